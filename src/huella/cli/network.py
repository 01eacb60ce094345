"""Commands of networks: generate, up, status, down."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from huella.cli import console
from huella.cli.open import Json, registry
from huella.errors import InputError
from huella.network import compose, engines, health, local
from huella.records.identifiers import chain_address

networks = typer.Typer(no_args_is_help=True, help="Make, run and look at networks of validators.")

Place = Annotated[Path, typer.Option("--dir", help="Folder of the network.", file_okay=False)]
Nodes = Annotated[int, typer.Option("--nodes", help="How many validators; four stand one failure.", min=1)]
Chain = Annotated[int, typer.Option("--chain-id", help="The network's chain id.", min=1)]
FOLDER = Path("network")
BLOCK_SECONDS = 90.0


def register(app: typer.Typer) -> None:
    """Add the commands, all below `network`."""
    networks.command("generate")(generate)
    networks.command("up")(up)
    networks.command("status")(status)
    networks.command("down")(down)
    app.add_typer(networks, name="network")


def generate(  # noqa: PLR0913 - each is an option
    nodes: Nodes = 4,
    organisation: Annotated[
        list[str] | None, typer.Option("--organisation", help="Who runs validators, in turn; repeat it.")
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(
            "--host", help="Each validator's IPv4 address, in order; this machine's loopback if none."
        ),
    ] = None,
    account: Annotated[
        list[str] | None, typer.Option("--account", help="Account that may send; everybody if none.")
    ] = None,
    chain_id: Chain = 648_001,
    block_seconds: Annotated[int, typer.Option("--block-seconds", help="Time of a block.", min=1)] = 2,
    folder: Place = FOLDER,
    json: Json = False,
) -> int:
    """Write what operators of a Besu QBFT network need: first block, keys, peers, permissions, units, runbook."""
    hosts = tuple(host) if host else (local.HOST,) * nodes
    if len(hosts) != nodes:
        raise InputError(f"{len(hosts)} hosts for {nodes} validators", field="host")
    names = tuple(organisation or ["registry"])
    order = compose.Order(names, hosts, chain_id, block_seconds, accounts=tuple(account or ()))
    made = [str(path) for path in compose.generate(folder, order, os.urandom)]
    if json:
        console.emit({"folder": str(folder), "made": made})
        return 0
    for name in made:
        console.tell("made", name=name)
    console.show(console.say("network-generated", folder=folder, count=nodes))
    return 0


def up(  # noqa: PLR0913 - each is an option
    engine: Annotated[str, typer.Option("--engine", help="goquorum | besu")] = "goquorum",
    nodes: Nodes = 4,
    besu: Annotated[Path | None, typer.Option("--besu", help="Besu's program, 23.10 or newer.")] = None,
    geth: Annotated[
        Path | None, typer.Option("--geth", help="GoQuorum's program; `make goquorum`'s if none.")
    ] = None,
    chain_id: Chain = 648_001,
    block_seconds: Annotated[int, typer.Option("--block-seconds", help="Time of a block.", min=1)] = 1,
    folder: Place = FOLDER,
    json: Json = False,
) -> int:
    """Run validators on this machine's loopback interface; a network that the folder holds already goes on."""
    if not (folder / local.FILE).exists():
        local.make(folder, _plan(engine, besu, geth, (nodes, chain_id, block_seconds)), os.urandom)
    network = local.Local(folder)
    with console.progress("network-starting", None):
        network.start()
    height = network.wait_for_blocks(1, BLOCK_SECONDS)
    if json:
        told = {"engine": network.engine, "chain_id": network.chain_id, "height": height}
        console.emit({"folder": str(folder), **told, "nodes": list(network.urls)})
        return 0
    console.show(console.say("network-up", count=len(network.nodes), chain=network.chain_id, height=height))
    for node in network.nodes:
        console.show(f"  {node.name}  {node.url}")
    return 0


def status(
    rpc: Annotated[
        list[str] | None,
        typer.Option("--rpc", help="A node's address; repeat it. The folder's nodes if none."),
    ] = None,
    contract: Annotated[str, typer.Option("--contract", help="Registry contract to compare nodes by.")] = "",
    kept: Annotated[
        Path | None, typer.Option("--registry", help="Folder of a registry that nodes must agree with.")
    ] = None,
    folder: Place = FOLDER,
    json: Json = False,
) -> int:
    """Show heights, peers, validators, each node's hash of the shared block, and if it holds the registry's root."""
    if contract:
        contract = "0x" + chain_address(contract, "contract").hex()
    urls = health.checked(rpc) if rpc else local.Local(folder).urls
    found = health.look(urls, _expected(kept, contract))
    if json:
        judged = {"forked": found.forked, "validators": found.validators, "exit_code": found.exit_code}
        console.emit(asdict(found) | judged)
        return found.exit_code
    for node in found.nodes:
        console.show(
            _line(node, node in found.strangers, kept is not None),
            style="bold red" if node.error or node.agrees is False or node in found.strangers else None,
        )
    console.show(*_judged(found))
    told = "network-validators" if found.validators else "network-validators-differ"
    if found.reachable:
        console.show(console.say(told, count=len(found.validators), named=", ".join(found.validators)))
    return found.exit_code


def _line(node: health.NodeHealth, stranger: bool, with_registry: bool) -> str:
    """What is said about one node."""
    if node.error:
        return console.said(node.error)  # names the node
    if stranger:
        return console.say(
            "network-stranger", url=node.url, height=node.height, chain=node.chain_id, first=node.first[:18]
        )
    agrees = {
        True: "network-agrees",
        False: "network-contradicts",
        None: "network-nothing" if with_registry else "network-uncompared",
    }[node.agrees]
    age, anchored = max(0, int(time.time()) - node.at), "—" if node.anchored is None else node.anchored
    return console.say(
        "network-node", url=node.url, height=node.height, age=age, peers=node.peers, hash=node.shared_hash[:18],
        anchored=anchored, agrees=console.say(agrees),
    )  # fmt: skip


def _judged(found: health.Health) -> tuple[str, str]:
    """What is said about all nodes, and in which colour."""
    if not found.reachable:
        return console.say("network-nobody"), "bold red"
    if found.strangers:
        return console.say("network-strangers", count=len(found.strangers)), "bold red"
    if found.forked:
        return console.say("network-forked", shared=found.shared), "bold red"
    return console.say("network-one-chain", shared=found.shared), "green"


def down(folder: Place = FOLDER, json: Json = False) -> int:
    """End the folder's validators, and nothing else; their data stay."""
    ended = local.Local(folder).stop()
    if json:
        console.emit({"folder": str(folder), "ended": list(ended)})
    else:
        console.show(console.say("network-down", count=len(ended)))
    return 0


def _plan(engine: str, besu: Path | None, geth: Path | None, numbers: tuple[int, int, int]) -> local.Plan:
    count, chain_id, block_seconds = numbers
    if engine == "goquorum":
        return local.Plan("goquorum", engines.find_geth(geth), count, chain_id, block_seconds)
    if engine == "besu":
        program, version = engines.find_besu(besu)
        return local.Plan("besu", program, count, chain_id, block_seconds, version)
    raise typer.BadParameter("--engine is goquorum or besu")


def _expected(folder: Path | None, contract: str) -> health.Registry | None:
    """What the nodes' contract must hold: the registry's root at the size that it knows to be anchored."""
    if folder is None:
        return health.Registry(contract) if contract else None
    with registry(folder) as house:
        address = contract or "0x" + house.trust.contract.hex()
        anchored = house.anchors.anchored()
        batch = house.anchors.holding(anchored - 1) if anchored else None
        return health.Registry(address, batch.size, batch.root) if batch else health.Registry(address)
