"""Requests made from the API's own description, right and wrong ones: none ends in a server error."""

from __future__ import annotations

import re
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.core.result import Ok

from huella.web.app import description
from web.desks import key
from web.site import Site

NOT_NOW = 503
"""Told in words, with Retry-After: a registry that is asked for what it cannot give at this moment."""
EXAMPLES = 12


@pytest.mark.slow
def test_no_request_ends_in_a_server_error(own: Site) -> None:
    description = own.client.get("/api/v1/openapi.json").json()
    del description["paths"]["/api/v1/bulk"]  # JSON Lines have tests of their own
    schema = schemathesis.openapi.from_dict(description)
    who = key(own, "registrar", "auditor", "administrator")
    tried: dict[str, int] = {}

    def check(case: Any) -> None:
        if "wait" in (case.query or {}):
            case.query["wait"] = 0
        asked = case.as_transport_kwargs(base_url="http://localhost:8000", headers=who)
        asked.pop("cookies", None)
        answer = own.client.request(**asked)
        assert answer.status_code < 500 or answer.status_code == NOT_NOW, (asked, answer.text)
        tried[case.operation.label] = tried.get(case.operation.label, 0) + 1

    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        strategy = found.ok().as_strategy()
        phases = (Phase.explicit, Phase.generate)
        quiet = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=phases,
                         suppress_health_check=list(HealthCheck))  # fmt: skip
        quiet(hypothesis.given(strategy)(check))()
    assert len(tried) == sum(len(methods) for methods in description["paths"].values())


def test_every_reference_of_the_description_leads_somewhere() -> None:
    told = description()
    named = set(re.findall(r"'#/components/schemas/([^']+)'", str(told)))

    assert "Problem" in named
    assert named <= set(told["components"]["schemas"])
