"""What the operators of a Besu QBFT network need, as files: first block, keys, peers, permissions, configuration,
compose files, systemd units, runbook, and a member's part for LACChain.

    genesis.json static-nodes.json permissions.toml validators.json     the same for everybody
    compose.yaml RUNBOOK.md LACCHAIN.md
    organisations/ORGANISATION/compose.yaml
    organisations/ORGANISATION/NODE/key config.toml huella-NODE.service
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

import orjson

from huella.errors import InputError
from huella.network import engines
from huella.network.genesis import Rules, block_hash, encode, genesis
from huella.network.nodes import Node, Randomness, new_nodes, static_nodes
from huella.proof.headers import quorum
from huella.records.identifiers import chain_address

P2P_PORT, RPC_PORT = 30303, 8545
IMAGE = "hyperledger/besu:24.12.2"
_INSTALLED = "/etc/huella-network"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be generated. Node i runs at `hosts[i]` (IP addresses) and belongs to `organisations[i % M]`.

    `accounts` (0x hex) may send transactions; empty: everybody who reaches a node.
    """

    organisations: tuple[str, ...]
    hosts: tuple[str, ...]
    chain_id: int
    block_seconds: int = 2
    name: str = "huella"
    accounts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """InputError names what cannot be generated."""
        for name in (*self.organisations, self.name):
            if not _NAME.fullmatch(name):
                raise InputError(f"{name!r} is not a name of a-z, 0-9 and hyphens", field="organisation")
        if len(set(self.organisations)) != len(self.organisations) or not self.organisations:
            raise InputError("there is at least one organisation, and each once", field="organisation")
        if len(self.organisations) > len(self.hosts):
            raise InputError("there are more organisations than validators", field="organisation")
        for host in self.hosts:
            try:
                ipaddress.IPv4Address(host)
            except ValueError:
                raise InputError(f"{host!r} is no IPv4 address; enodes take no names", field="host") from None
        for account in self.accounts:
            chain_address(account, "account")

    @property
    def rules(self) -> tuple[int, int]:
        """Seconds of a block and of a round."""
        return self.block_seconds, max(4, 2 * self.block_seconds)


def generate(folder: Path, order: Order, randomness: Randomness) -> tuple[Path, ...]:
    """Write all files into an empty or new folder and return their paths.

    InputError where the folder holds anything: keys are never written over.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty; keys are never written over", field="dir")
    nodes = new_nodes(order.hosts, _ports(order.hosts), randomness)
    block, round_ = order.rules
    rules = Rules(order.chain_id, tuple(node.address for node in nodes), block, round_)
    owned = {name: nodes[place :: len(order.organisations)] for place, name in enumerate(order.organisations)}
    texts = {
        "genesis.json": encode(genesis(rules, "besu")).decode(),
        "static-nodes.json": static_nodes(nodes).decode(),
        "permissions.toml": permissions(nodes, order.accounts),
        "validators.json": _validators(rules),
        "compose.yaml": _compose(owned, "."),
        "RUNBOOK.md": _runbook(order, rules, owned),
        "LACCHAIN.md": _template("LACCHAIN.md"),
    }
    for name, own in owned.items():
        texts[f"organisations/{name}/compose.yaml"] = _compose({name: own}, "../..")
        for node in own:
            place = f"organisations/{name}/{node.name}"
            texts[f"{place}/key"] = node.secret.hex() + "\n"
            texts[f"{place}/config.toml"] = engines.toml(_configuration(node, bool(order.accounts)))
            unit = Template(_template("unit.service")).substitute(node=node.name, name=order.name)
            texts[f"{place}/huella-{node.name}.service"] = unit
    return tuple(_write(folder / path, text) for path, text in texts.items())


def permissions(nodes: Sequence[Node], accounts: Sequence[str]) -> str:
    """Besu's permissions file: which nodes may be peers, which accounts may send."""
    lists: dict[str, str | int | bool | list[str]] = {"nodes-allowlist": [node.enode for node in nodes]}
    if accounts:
        lists["accounts-allowlist"] = ["0x" + chain_address(each, "account").hex() for each in accounts]
    return engines.toml(lists)


def _configuration(node: Node, accounts: bool) -> engines.Toml:
    values = dict(engines.besu_configuration(node, f"{_INSTALLED}/{node.name}", _INSTALLED))
    file = f"{_INSTALLED}/permissions.toml"
    values |= {"permissions-nodes-config-file-enabled": True, "permissions-nodes-config-file": file}
    if accounts:
        values |= {"permissions-accounts-config-file-enabled": True, "permissions-accounts-config-file": file}
    # the runbook's votes and reloads
    return values | {"rpc-http-api": ["ETH", "NET", "WEB3", "QBFT", "TXPOOL", "PERM", "ADMIN"]}


def _validators(rules: Rules) -> str:
    """The part of a trust file that a network gives."""
    addresses = ["0x" + address.hex() for address in sorted(rules.validators)]
    value = {
        "chain_id": rules.chain_id,
        "consensus": "qbft",
        "validators": [{"from_block": 0, "addresses": addresses}],
    }
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n"


def _compose(owned: dict[str, tuple[Node, ...]], top: str) -> str:
    """A compose file, in JSON's subset of YAML. Host networking: a node's address is the one in its enode."""
    network = "${HUELLA_NETWORK:-" + top + "}"
    common = ("genesis.json", "static-nodes.json", "permissions.toml")
    services = {}
    for name, own in owned.items():
        for node in own:
            place = f"{network}/organisations/{name}/{node.name}"
            mounts = [f"{network}/{file}:{_INSTALLED}/{file}:ro" for file in common]
            mounts += [
                f"{place}/{file}:{_INSTALLED}/{node.name}/{file}:ro" for file in ("key", "config.toml")
            ]
            services[node.name] = {
                "image": "${BESU_IMAGE:-" + IMAGE + "}",
                "user": "${BESU_USER:-1000:1000}",
                "command": [f"--config-file={_INSTALLED}/{node.name}/config.toml"],
                "network_mode": "host",
                "restart": "unless-stopped",
                "stop_grace_period": "2m",
                "volumes": [*mounts, f"{place}/data:{_INSTALLED}/{node.name}/data"],
            }
    return orjson.dumps({"services": services}, option=orjson.OPT_INDENT_2).decode() + "\n"


def _runbook(order: Order, rules: Rules, owned: dict[str, tuple[Node, ...]]) -> str:
    pairs = [(name, node) for name, own in owned.items() for node in own]
    rows = "\n".join(
        f"| {node.name} | {name} | `0x{node.address.hex()}` | {node.host}:{node.p2p_port} |"
        for name, node in sorted(pairs, key=lambda pair: int(pair[1].name.rpartition("-")[2]))
    )
    count = len(rules.validators)
    return Template(_template("RUNBOOK.md")).substitute(
        name=order.name,
        count=count,
        chain_id=order.chain_id,
        block_seconds=order.block_seconds,
        quorum=quorum(count),
        spare=count - quorum(count),
        peers=count - 1,
        genesis_hash="0x" + block_hash(rules).hex(),
        rows=rows,
    )


def _ports(hosts: Sequence[str]) -> list[tuple[int, int]]:
    """The usual ports; the next ones for further nodes of the same host."""
    before = [hosts[:place].count(host) for place, host in enumerate(hosts)]
    return [(P2P_PORT + count, RPC_PORT + count) for count in before]


def _template(name: str) -> str:
    return files("huella.network").joinpath("templates", name).read_text(encoding="utf-8")


def _write(path: Path, text: str) -> Path:
    """A key is for its owner's eyes from the first moment on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name == "key":
        path.touch(mode=0o600)
        (path.parent / "data").mkdir()
    path.write_text(text, encoding="utf-8")
    return path
