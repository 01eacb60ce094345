"""huella network: generate, up, status, down."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from cast import Clock, order, registry
from cli.program import Run, is_short
from huella.flow.anchor import anchor
from huella.flow.seal import seal
from huella.network.local import Local
from huella.store.tables import batches


def test_generate_writes_an_operators_files(huella: Run, tmp_path: Path) -> None:
    hosts = [word for n in range(1, 5) for word in ("--host", f"10.0.0.{n}")]
    names = ["--organisation", "perucompras", "--organisation", "osce"]
    ran = huella("network", "generate", *hosts, *names, "--dir", tmp_path / "net", "--json")
    assert ran.code == 0
    assert len(list((tmp_path / "net").glob("organisations/*/*/key"))) == 4
    assert (tmp_path / "net" / "RUNBOOK.md").exists()
    assert "key" in {Path(name).name for name in ran.value["made"]}


def test_generate_twice_keeps_the_keys(huella: Run, tmp_path: Path) -> None:
    assert huella("network", "generate", "--dir", tmp_path / "net").code == 0
    again = huella("network", "generate", "--dir", tmp_path / "net")
    assert again.code == 2
    assert is_short(again.err)


def test_generate_wants_a_host_for_each_validator(huella: Run, tmp_path: Path) -> None:
    ran = huella("network", "generate", "--host", "10.0.0.1", "--dir", tmp_path / "net")
    assert ran.code == 2
    assert "1 hosts for 4 validators" in ran.err


@pytest.mark.parametrize("command", ["status", "down"])
def test_without_a_network_one_clear_line(huella: Run, tmp_path: Path, command: str) -> None:
    ran = huella("network", command, "--dir", tmp_path)
    assert ran.code == 2
    assert is_short(ran.err)


def test_status_of_a_silent_node_is_that_it_could_not_be_checked(huella: Run) -> None:
    ran = huella("network", "status", "--rpc", "http://127.0.0.1:1", "--json")
    assert ran.code == 3
    assert ran.value["nodes"][0]["error"]


def test_status_wants_addresses_that_are_some(huella: Run) -> None:
    node = huella("network", "status", "--rpc", "nodo-a")
    assert (node.code, is_short(node.err)) == (2, True)
    assert "rpc: a node's address is" in node.err
    contract = huella("network", "status", "--rpc", "http://127.0.0.1:1", "--contract", "0x12")
    assert "contract: an address on the chain is" in contract.err


def test_a_generated_networks_files_are_never_written_over(huella: Run, tmp_path: Path) -> None:
    assert huella("network", "generate", "--dir", tmp_path).code == 0
    first = (tmp_path / "genesis.json").read_bytes()
    program = tmp_path.with_name("geth-22")
    program.write_text("#!/bin/sh\necho 'Quorum Version: 22.7.4'\n")
    program.chmod(0o755)
    ran = huella("network", "up", "--geth", program, "--dir", tmp_path)
    assert (ran.code, "is not empty" in ran.err) == (2, True)
    assert (tmp_path / "genesis.json").read_bytes() == first
    assert "--rpc URL" in huella("network", "status", "--dir", tmp_path).err


def test_a_folder_that_cannot_be_made_is_named(huella: Run, tmp_path: Path) -> None:
    ran = huella("network", "generate", "--dir", "/proc/huella", "--json")
    assert (ran.code, is_short(ran.err), ran.value["error"]["code"]) == (2, True, "file")
    assert "/proc/huella: No such file or directory" in ran.err


def test_an_engine_that_is_none_is_wrong_use(huella: Run, tmp_path: Path) -> None:
    assert huella("network", "up", "--engine", "other", "--dir", tmp_path).code == 2


@pytest.mark.network
@pytest.mark.slow
def test_up_status_down(huella: Run, goquorum: Path, tmp_path: Path) -> None:
    try:
        up = huella("network", "up", "--geth", goquorum, "--dir", tmp_path, "--json")
        assert up.code == 0, up.err
        assert len(up.value["nodes"]) == 4
        again = huella("network", "up", "--dir", tmp_path, "--json")
        assert again.value["nodes"] == up.value["nodes"]
        status = huella("network", "status", "--dir", tmp_path, "--json")
        assert status.code == 0
        assert (len(status.value["validators"]), status.value["forked"]) == (4, False)
        assert "4 validators ended" in huella("network", "down", "--dir", tmp_path).out
    finally:
        left = Local(tmp_path).kill()
    assert left == ()


@pytest.mark.network
@pytest.mark.slow
def test_each_node_is_held_against_what_a_registry_anchored(
    huella: Run, network: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUELLA_KEYS_REGISTRAR_PASSWORD", "la clave de la prueba")
    nodes: dict[str, str | int] = {"ledger__nodes": ",".join(network.urls), "ledger__agree": 3}
    with registry(tmp_path, None, Clock(datetime.now(UTC)), **nodes) as house:
        seal(house, [order(1)])
        list(anchor(house))
        asked = ("network", "status", "--dir", network.folder, "--registry", tmp_path, "--json")
        whole = huella(*asked)
        assert [(each["anchored"], each["agrees"]) for each in whole.value["nodes"]] == [(1, True)] * 4
        with house.engine.begin() as connection:  # another root than the chain's
            connection.execute(update(batches).values(root=b"r" * 32))
        assert [each["agrees"] for each in huella(*asked).value["nodes"]] == [False] * 4
