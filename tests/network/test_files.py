"""First block, keys and the files for operators: no node runs."""

from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path
from random import Random

import pytest
import rlp  # type: ignore[import-untyped]

from huella.errors import InputError, SettingsError
from huella.network import compose, engines, genesis, local
from huella.network.nodes import Node, new_key, new_nodes
from huella.proof import headers

# the test key of EIP-155's example: its address is published there
KEY, ADDRESS = bytes([0x46] * 32), "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"
HOSTS = tuple(f"10.0.0.{n}" for n in (1, 2, 3, 4))


def order(**changes: object) -> compose.Order:
    values = {"organisations": ("perucompras", "osce"), "hosts": HOSTS, "chain_id": 7} | changes
    return compose.Order(**values)  # type: ignore[arg-type]


def generated(folder: Path, **changes: object) -> dict[str, str]:
    made = compose.generate(folder, order(**changes), Random(1).randbytes)
    return {str(path.relative_to(folder)): path.read_text() for path in made}


def rules(count: int = 4) -> genesis.Rules:
    return genesis.Rules(7, tuple(bytes([n]) * 20 for n in range(count, 0, -1)))


def test_a_node_has_the_address_of_its_key() -> None:
    node = Node("validator-1", "127.0.0.1", 30303, 8545, KEY)
    assert node.address.hex() == ADDRESS
    assert node.enode == f"enode://{node.public.hex()}@127.0.0.1:30303"
    assert KEY.hex() not in repr(node)


def test_a_number_that_is_no_key_is_drawn_again() -> None:
    draws = iter([bytes(32), b"\xff" * 32, KEY])
    assert new_key(lambda _: next(draws)) == KEY


def test_two_nodes_never_have_the_same_port() -> None:
    with pytest.raises(InputError, match="same host and port"):
        new_nodes(["127.0.0.1"] * 2, [(1, 2), (3, 1)], Random(1).randbytes)


def test_extra_data_is_vanity_sorted_validators_no_vote_round_zero_no_seals() -> None:
    vanity, validators, *rest = rlp.decode(genesis.extra_data(rules().validators))
    assert vanity == bytes(32)
    assert validators == [bytes([n]) * 20 for n in (1, 2, 3, 4)]
    assert rest == [[], b"", []]


def test_extra_data_has_the_published_form_of_four_validators() -> None:
    assert genesis.extra_data(rules().validators).hex().startswith("f87aa0" + "00" * 32 + "f854" + "94")
    assert genesis.extra_data(rules().validators).hex().endswith("c080c0")


def test_both_engines_get_the_same_first_header() -> None:
    besu, goquorum = (genesis.genesis(rules(), engine) for engine in ("besu", "goquorum"))
    assert {**besu, "config": None} == {**goquorum, "config": None}
    assert besu["config"]["contractSizeLimit"] == 32_768
    assert goquorum["config"]["txnSizeLimit"] == 128
    assert besu["config"]["berlinBlock"] == goquorum["config"]["berlinBlock"] == 0
    assert not {"londonBlock"} & (set(besu["config"]) | set(goquorum["config"]))


@pytest.mark.parametrize(
    "wrong", [{"chain_id": 0}, {"validators": ()}, {"validators": (b"a" * 20,) * 2}, {"block_seconds": 0}]
)
def test_what_cannot_be_a_network_is_refused(wrong: dict[str, object]) -> None:
    values = {"chain_id": 7, "validators": (b"a" * 20,)} | wrong
    with pytest.raises(InputError):
        genesis.Rules(**values)  # type: ignore[arg-type]


def test_every_organisation_gets_its_validators_and_nobody_elses(tmp_path: Path) -> None:
    texts = generated(tmp_path)
    for name, own in (
        ("perucompras", {"validator-1", "validator-3"}),
        ("osce", {"validator-2", "validator-4"}),
    ):
        services = json.loads(texts[f"organisations/{name}/compose.yaml"])["services"]
        assert set(services) == own
        assert {path.parent.name for path in (tmp_path / "organisations" / name).glob("*/key")} == own


def test_keys_are_for_their_owner_alone_and_never_written_over(tmp_path: Path) -> None:
    generated(tmp_path)
    keys = list(tmp_path.glob("organisations/*/*/key"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}
    assert len({path.read_text() for path in keys}) == 4
    with pytest.raises(InputError, match="not empty"):
        generated(tmp_path)


def test_no_file_but_the_key_holds_a_key(tmp_path: Path) -> None:
    texts = generated(tmp_path)
    keys = [text.strip() for path, text in texts.items() if path.endswith("/key")]
    others = "".join(text for path, text in texts.items() if not path.endswith("/key"))
    assert not any(key in others for key in keys)


def test_keys_peers_permissions_and_first_block_name_the_same_nodes(tmp_path: Path) -> None:
    texts = generated(tmp_path)
    named = json.loads(texts["validators.json"])["validators"][0]["addresses"]
    extra = bytes.fromhex(json.loads(texts["genesis.json"])["extraData"][2:])
    assert ["0x" + address.hex() for address in rlp.decode(extra)[1]] == named
    enodes = json.loads(texts["static-nodes.json"])
    assert tomllib.loads(texts["permissions.toml"])["nodes-allowlist"] == enodes
    ids = {enode[8:136] for enode in enodes}
    assert {"0x" + headers.keccak(bytes.fromhex(node))[12:].hex() for node in ids} == set(named)


def test_a_configuration_keeps_json_rpc_on_its_machine_and_gas_free(tmp_path: Path) -> None:
    texts = generated(tmp_path)
    found = tomllib.loads(texts["organisations/osce/validator-2/config.toml"])
    assert found["rpc-http-host"] == "127.0.0.1"
    assert found["p2p-host"] == "10.0.0.2"
    assert (found["min-gas-price"], found["discovery-enabled"]) == (0, False)
    assert "permissions-accounts-config-file-enabled" not in found


def test_accounts_are_permitted_where_they_are_named(tmp_path: Path) -> None:
    texts = generated(tmp_path, accounts=("0x" + "AB" * 20,))
    assert tomllib.loads(texts["permissions.toml"])["accounts-allowlist"] == ["0x" + "ab" * 20]
    found = tomllib.loads(texts["organisations/osce/validator-2/config.toml"])
    assert found["permissions-accounts-config-file-enabled"] is True


def test_the_runbook_knows_its_network_and_leaves_no_gap(tmp_path: Path) -> None:
    texts = generated(tmp_path)
    runbook = texts["RUNBOOK.md"]
    assert "goes on while 3 of 4 validators answer; 1 may fail" in runbook
    for chapter in (
        "Add a validator",
        "Remove a validator",
        "Replace a key",
        "Recover after a halt",
        "Back up",
    ):
        assert f"## {chapter}" in runbook
    assert "$" not in runbook
    assert not any("$" in text for path, text in texts.items() if path.endswith((".service", "LACCHAIN.md")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisations": ("a b",)}, {"organisations": ()}, {"organisations": ("a", "a")},
        {"organisations": tuple("abcde")}, {"hosts": ("node.example",)}, {"accounts": ("0x12",)}, {"name": "../x"},
    ],
)  # fmt: skip
def test_an_order_that_cannot_be_filled_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        order(**wrong)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("besu/v23.10.3/linux-x86_64/openjdk-java-17", (23, 10)),
        ("besu/v22.4.0/linux-x86_64/openjdk-java-11", (22, 4)),
        ("besu/24.12.2/linux", (24, 12)),
        ("something else", None),
    ],
)
def test_besu_says_its_version(said: str, version: tuple[int, int] | None) -> None:
    assert engines.besu_version(said) == version


@pytest.mark.parametrize("said", ["besu/v23.4.1/linux-x86_64", "hello"])
def test_an_old_besu_and_what_is_none_are_refused(tmp_path: Path, said: str) -> None:
    program = tmp_path / "besu"
    program.write_text(f"#!/bin/sh\necho {said}\n")
    program.chmod(0o755)
    with pytest.raises(SettingsError, match="is not Besu"):
        engines.find_besu(program)


def test_a_local_besu_network_is_written_for_the_version_given(tmp_path: Path) -> None:
    plan = local.Plan("besu", Path("/opt/besu/bin/besu"), besu=(23, 10))
    local.make(tmp_path, plan, Random(1).randbytes)
    found = tomllib.loads((tmp_path / "validator-1" / "config.toml").read_text())
    assert found["tx-pool"] == "legacy"
    assert found["genesis-file"] == str(tmp_path / "genesis.json")
    opened = local.Local(tmp_path)
    assert (opened.engine, len(opened.nodes), opened.running()) == ("besu", 4, ())


def test_a_folder_without_a_network_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="holds no network"):
        local.Local(tmp_path)
    (tmp_path / local.FILE).write_text("{}")
    with pytest.raises(SettingsError, match="not a network's file"):
        local.Local(tmp_path)
