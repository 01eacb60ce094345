"""What a command loads: `huella serve` answers in under two seconds because it loads nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

NOT_YET = (
    "alembic",
    "aiohttp",
    "asn1crypto.cms",
    "eth_abi",
    "eth_utils",
    "httpx",
    "huella.proof.paper",
    "huella.web.families",
    "pikepdf",
    "PIL",
    "pkcs11",
    "psycopg",
    "pyhanko",
    "pymysql",
    "pypdfium2",
    "rich.console",
    "rlp",
    "signxml",
    "sqlalchemy.dialects.postgresql",
)
"""Each takes between twenty and five hundred milliseconds to load, and is for papers, migrations, the chain, a page."""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    code = "import sys, huella.cli.main, huella.cli.serve; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    return set(told.split())


@pytest.mark.parametrize("name", NOT_YET)
def test_the_server_starts_without(loaded: set[str], name: str) -> None:
    assert name not in loaded


def test_the_worker_beside_is_loaded_only_where_it_is_asked_for(loaded: set[str]) -> None:
    assert "huella.flow.worker" not in loaded


def test_what_the_server_answers_with_is_loaded(loaded: set[str]) -> None:
    assert {"fastapi", "huella.web.app", "huella.web.api.status"} <= loaded
