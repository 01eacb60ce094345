"""The contract's build and its price."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from huella.ledger import registry

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"


@pytest.mark.slow
def test_the_gas_report_is_what_the_contract_uses() -> None:
    committed = json.loads((CONTRACTS / "gas-report.json").read_text())
    assert runpy.run_path(str(CONTRACTS / "gas.py"))["report"]() == committed


def test_the_reports_records_are_as_long_as_compressed_orders() -> None:
    gas = runpy.run_path(str(CONTRACTS / "gas.py"))
    orders = [gas["order"](seed) for seed in range(500)]
    share = len(registry.pack_records(orders, [])) / 500
    assert abs(share - gas["RECORD_BYTES"]) < 0.05 * share
    assert 800 < sum(map(len, orders)) / 500 < 1000


def test_a_leaf_stays_below_2500_gas() -> None:
    committed = json.loads((CONTRACTS / "gas-report.json").read_text())
    assert committed["append, a leaf in batches of 500, digests only"] < 2500


@pytest.mark.skipif(not (CONTRACTS / "node_modules").exists(), reason="no compiler installed here")
@pytest.mark.slow
def test_compiling_again_gives_the_same_bytes(tmp_path: Path) -> None:
    if shutil.which("node") is None and not (CONTRACTS / "build").exists():
        pytest.skip("no node")
    subprocess.run([sys.executable, str(CONTRACTS / "build.py"), str(tmp_path)], check=True, timeout=300)
    assert json.loads((tmp_path / "registry.json").read_text()) == registry.artifact()


def test_the_compiled_contract_is_of_these_sources() -> None:
    digest = runpy.run_path(str(CONTRACTS / "build.py"))["inputs_digest"]()
    assert registry.artifact()["inputs"] == digest, "run contracts/build.py"


def test_the_contract_fits_the_limit_of_every_network() -> None:
    size = len(registry.artifact()["deployed"]) // 2
    assert size < 24_576  # EIP-170


def test_the_lock_file_names_no_download_address() -> None:
    text = (CONTRACTS / "package-lock.json").read_text()
    assert '"resolved"' not in text
    packages = json.loads(text)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
