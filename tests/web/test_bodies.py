"""What the API's description says of bodies is what the registry takes."""

from __future__ import annotations

import jsonschema  # type: ignore[import-untyped]
import pytest

from huella.records import kinds
from huella.web.api import bodies
from huella.web.app import description

DOCUMENT = description()
WRITES = [
    (path, told["post"]["requestBody"]["content"]["application/json"])
    for path, told in DOCUMENT["paths"].items()
    if "application/json" in told.get("post", {}).get("requestBody", {}).get("content", {})
]


def test_the_orders_example_is_a_whole_order_that_is_taken() -> None:
    order = kinds.read("order.published", bodies.ORDER["data"])
    assert kinds.find("order.published").check(order, bodies.ORDER["subject"]) == []


@pytest.mark.parametrize(("path", "body"), WRITES, ids=[path for path, _ in WRITES])
def test_no_body_is_described_as_any_object(path: str, body: dict[str, object]) -> None:
    assert body["schema"] != {"type": "object"}, path


def test_the_example_of_an_order_answers_its_schema_and_a_wrong_one_does_not() -> None:
    (body,) = [body for path, body in WRITES if path == "/api/v1/orders"]
    whole = {**body["schema"]["anyOf"][0], "components": DOCUMENT["components"]}
    check = jsonschema.Draft202012Validator(whole)
    assert [*check.iter_errors(body["example"])] == []
    assert [*check.iter_errors({"data": {**body["example"]["data"], "items": "many"}})]


def test_every_kind_of_record_has_its_schema() -> None:
    named = DOCUMENT["components"]["schemas"]
    assert {f"record.{kind.shape.__name__}" for kind in kinds.KINDS.values()} <= set(named)
