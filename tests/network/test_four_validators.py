"""A real network: four GoQuorum validators on the loopback interface."""

from __future__ import annotations

from pathlib import Path

import pytest

import networks
from huella.errors import LedgerUnreachable
from huella.network import genesis, health
from huella.network.local import Local

pytestmark = [pytest.mark.network, pytest.mark.slow]
BLOCK_SECONDS = 180


def processes(folder: Path) -> list[int]:
    """Every process on this machine that was started with a file of this folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def test_four_validators_make_the_same_blocks(network: Local) -> None:
    network.wait_for_blocks(2, BLOCK_SECONDS)
    networks.assert_one_chain(network)
    found = health.look(network.urls)
    assert found.enough
    assert found.exit_code == 0
    assert {node.peers for node in found.nodes} == {3}
    assert found.validators == tuple(sorted("0x" + address.hex() for address in network.validators))


def test_the_first_block_has_the_hash_that_we_compute(network: Local) -> None:
    rules = genesis.Rules(network.chain_id, network.validators, 1, 2)
    assert health.block_hash(network.urls[3], 0) == "0x" + genesis.block_hash(rules).hex()


def test_one_killed_goes_on_two_killed_halt_all_back_go_on(own_network: Local) -> None:
    first, second, *_ = own_network.names
    own_network.wait_for_blocks(1, BLOCK_SECONDS)  # all are on one height: they know each other
    own_network.kill([first])
    own_network.wait_for_blocks(2, BLOCK_SECONDS)
    own_network.kill([second])
    assert own_network.running() == own_network.names[2:]
    with pytest.raises(LedgerUnreachable, match="no block"):
        own_network.wait_for_blocks(2, 5)
    networks.restart(own_network)
    own_network.wait_for_blocks(2, BLOCK_SECONDS)
    networks.assert_one_chain(own_network)


def test_all_killed_at_once_come_back_with_what_they_had(own_network: Local) -> None:
    height = own_network.wait_for_blocks(2, BLOCK_SECONDS)
    before = health.block_hash(own_network.urls[0], height)
    own_network.kill()
    own_network.start()
    own_network.wait_for_blocks(1, BLOCK_SECONDS)
    assert {health.block_hash(url, height) for url in own_network.urls} == {before}


def test_down_leaves_no_process(own_network: Local) -> None:
    assert len(processes(own_network.folder)) == 4
    assert own_network.stop() == own_network.names
    assert processes(own_network.folder) == []
    assert own_network.stop() == ()


def test_down_ends_only_what_the_network_started(own_network: Local, network: Local) -> None:
    own_network.stop()
    # after a restart of the machine the number in the file may be anybody's
    number = (network.folder / network.names[0] / "pid").read_text().split()[0]
    (own_network.folder / own_network.names[0] / "pid").write_text(f"{number} 1\n")
    assert own_network.stop() == ()
    assert network.running() == network.names


def test_a_node_that_does_not_come_up_takes_the_others_of_the_call_down(own_network: Local) -> None:
    own_network.stop()
    (own_network.folder / own_network.names[2] / "config.toml").write_text("nothing of use")
    with pytest.raises(LedgerUnreachable, match="validator-3 does not come up"):
        own_network.start()
    assert own_network.running() == ()
    assert processes(own_network.folder) == []
