"""A network of validators on this machine: child processes on the loopback interface, their files in one folder.

    network.json    engine, program, chain id, ports
    genesis.json    the first block
    NODE/key        the node's key, for its owner alone
    NODE/config.toml, NODE/data, NODE/log
    NODE/pid        process id and start time: what this network started, and nothing else, is what it ends

Linux only: whether a process is still the one that was started is read from /proc.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from huella.errors import InputError, LedgerUnreachable, SettingsError
from huella.network import engines, health
from huella.network.genesis import Engine, Rules, encode, genesis
from huella.network.nodes import Node, Randomness, new_nodes, read_key, static_nodes

FILE = "network.json"
FORMAT = "huella/local-network/1"
HOST = "127.0.0.1"
START_SECONDS = {"goquorum": 60.0, "besu": 180.0}
STOP_SECONDS = 20.0
MAX_NODES = 32


@dataclass(frozen=True, slots=True)
class Plan:
    """What a network on this machine is made of."""

    engine: Engine
    program: Path
    count: int = 4
    chain_id: int = 648_001
    block_seconds: int = 1
    besu: tuple[int, int] = (24, 1)


class Local:
    """A network in a folder. `bound` nodes end with the thread that started them; others go on until `stop`."""

    def __init__(self, folder: Path, *, bound: bool = False) -> None:
        """Open what `make` made. SettingsError where there is no network, or its files are not in their form."""
        self.folder = folder.resolve()
        self._bound = bound
        self._children: set[int] = set()
        try:
            value: dict[str, Any] = orjson.loads((self.folder / FILE).read_bytes())
            if value["format"] != FORMAT:
                raise ValueError(FORMAT)
            self.engine: Engine = "besu" if value["engine"] == "besu" else "goquorum"
            self.program = Path(value["program"])
            self.chain_id = int(value["chain_id"])
            self.nodes = tuple(
                Node(
                    str(n["name"]),
                    HOST,
                    int(n["p2p_port"]),
                    int(n["rpc_port"]),
                    read_key(self.folder / n["name"] / "key"),
                )
                for n in value["nodes"]
            )
        except FileNotFoundError:
            raise _absent(folder) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SettingsError(f"{folder / FILE} is not a network's file") from error

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the nodes answer JSON-RPC, in their order."""
        return tuple(node.url for node in self.nodes)

    @property
    def names(self) -> tuple[str, ...]:
        """The nodes' names, in their order."""
        return tuple(node.name for node in self.nodes)

    @property
    def validators(self) -> tuple[bytes, ...]:
        """The validators' 20-byte addresses, in the nodes' order."""
        return tuple(node.address for node in self.nodes)

    def running(self) -> tuple[str, ...]:
        """The names of the nodes whose process runs."""
        return tuple(name for name in self.names if self._pid(name) is not None)

    def start(self, names: Iterable[str] | None = None) -> None:
        """Start these nodes, all without `names`, and return once each answers. Those that run already stay.

        Where one does not come up, those that this call started are ended again: LedgerUnreachable with its log's end.
        """
        wanted = [
            node
            for node in self.nodes
            if (names is None or node.name in names) and self._pid(node.name) is None
        ]
        with ExitStack() as undo:
            undo.callback(lambda: self.kill(node.name for node in wanted))
            for node in wanted:
                self._launch(node)
            end = time.monotonic() + START_SECONDS[self.engine]
            for node in wanted:
                self._await(node, end)
            undo.pop_all()

    def stop(self, names: Iterable[str] | None = None) -> tuple[str, ...]:
        """End these nodes, all without `names`, in good order; who does not end in time is killed. The names ended."""
        return self._end(signal.SIGTERM, names)

    def kill(self, names: Iterable[str] | None = None) -> tuple[str, ...]:
        """End these nodes, all without `names`, as a power failure would. The names ended."""
        return self._end(signal.SIGKILL, names)

    def wait_for_blocks(self, count: int, seconds: float) -> int:
        """Return the lowest height once the nodes that run have all gone `count` blocks beyond the highest of now.

        LedgerUnreachable where that takes longer than `seconds`.
        """
        urls = [node.url for node in self.nodes if self._pid(node.name) is not None]
        if not urls:
            raise LedgerUnreachable("no node of the network runs", advice="huella network up starts them.")
        highest = max(node.height for node in health.look(urls).nodes)
        return health.wait_for_height(urls, highest + count, seconds)

    def _launch(self, node: Node) -> None:
        folder = self.folder / node.name
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HUELLA_")}
        environment["PRIVATE_CONFIG"] = "ignore"  # GoQuorum without a manager of private transactions
        if self.engine == "goquorum" and not (folder / "data" / "geth").exists():
            self._initialise(folder, environment)
        words = engines.command(self.engine, self.program, folder, node, self.chain_id)
        if self._bound:
            words = ["setpriv", "--pdeathsig", "KILL", *words]
        log = str(folder / "log")
        pid = os.posix_spawnp(
            words[0],
            words,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,  # a terminal's interrupt is for the command, not for the nodes
        )
        self._children.add(pid)
        (folder / "pid").write_text(f"{pid} {_started(pid)}\n", encoding="ascii")

    def _initialise(self, folder: Path, environment: dict[str, str]) -> None:
        """GoQuorum writes the first block into its data before it runs."""
        words = [
            str(self.program),
            "--datadir",
            str(folder / "data"),
            "init",
            str(self.folder / "genesis.json"),
        ]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            shutil.rmtree(folder / "data", ignore_errors=True)
            raise SettingsError(f"the node refuses its genesis: {_tail(done.stderr)}")

    def _await(self, node: Node, end: float) -> None:
        while True:
            found = health.look([node.url], seconds=2.0).nodes[0]
            if not found.error and found.chain_id == self.chain_id:
                return
            if self._pid(node.name) is None or time.monotonic() > end:
                log = (self.folder / node.name / "log").read_text(errors="replace")
                raise LedgerUnreachable(
                    f"{node.name} does not come up: {_tail(log)}",
                    advice=f"Its log: {self.folder / node.name / 'log'}",
                )
            time.sleep(0.1)

    def _end(self, number: signal.Signals, names: Iterable[str] | None) -> tuple[str, ...]:
        wanted = self.names if names is None else tuple(names)
        found = {name: pid for name in wanted if (pid := self._pid(name)) is not None}
        for pid in found.values():
            _signal(pid, number)
        end = time.monotonic() + STOP_SECONDS
        for name, pid in found.items():
            while self._pid(name) is not None:
                if time.monotonic() > end:
                    _signal(pid, signal.SIGKILL)
                time.sleep(0.02)
        for name in found:
            (self.folder / name / "pid").unlink(missing_ok=True)
        return tuple(found)

    def _pid(self, name: str) -> int | None:
        """The process that runs a node; None where it ended, or its number is another process' by now."""
        try:
            pid, started = (self.folder / name / "pid").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return None
        if int(pid) in self._children and os.waitpid(int(pid), os.WNOHANG)[0]:
            self._children.discard(int(pid))
        return int(pid) if _started(int(pid)) == started else None


def make(folder: Path, plan: Plan, randomness: Randomness) -> None:
    """Write the files of a new network into a folder that holds none. InputError where the plan makes no network."""
    if not 1 <= plan.count <= MAX_NODES:
        raise InputError(f"a network on one machine has 1 to {MAX_NODES} nodes", field="nodes")
    if (folder / FILE).exists():
        raise InputError(f"{folder} holds a network already", field="dir")
    if folder.exists() and any(folder.iterdir()):  # another network's first block, or keys
        raise InputError(f"{folder} is not empty; keys are never written over", field="dir")
    nodes = new_nodes([HOST] * plan.count, _free_ports(plan.count), randomness)
    rules = Rules(
        plan.chain_id, tuple(node.address for node in nodes), plan.block_seconds, max(2, plan.block_seconds)
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "genesis.json").write_bytes(encode(genesis(rules, plan.engine)))
    (folder / "static-nodes.json").write_bytes(static_nodes(nodes))
    for node in nodes:
        own = folder / node.name
        own.mkdir(mode=0o700, exist_ok=True)
        (own / "key").touch(mode=0o600)
        (own / "key").write_text(node.secret.hex() + "\n", encoding="ascii")
        (own / "config.toml").write_text(
            _configuration(plan, node, nodes, folder.resolve()), encoding="utf-8"
        )
    value = {
        "format": FORMAT,
        "engine": plan.engine,
        "program": str(plan.program),
        "chain_id": plan.chain_id,
        "nodes": [{"name": n.name, "p2p_port": n.p2p_port, "rpc_port": n.rpc_port} for n in nodes],
    }
    # last: a folder with this file is complete
    (folder / FILE).write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


def _absent(folder: Path) -> SettingsError:
    """What to do where no network of this machine is: the files of a real one may be there."""
    if (folder / "RUNBOOK.md").exists():
        return SettingsError(
            f"{folder} holds the files of a network whose validators run elsewhere",
            advice="Name them with --rpc URL; its RUNBOOK.md says how they are started and ended.",
        )
    return SettingsError(f"{folder} holds no network", advice="huella network up makes one.")


def _configuration(plan: Plan, node: Node, nodes: tuple[Node, ...], folder: Path) -> str:
    if plan.engine == "besu":
        own = str(folder / node.name)
        return engines.toml(engines.besu_configuration(node, own, str(folder), plan.besu))
    return engines.geth_configuration(node, nodes)


def _free_ports(count: int) -> list[tuple[int, int]]:
    """Ports that nobody listens on now, two for each node; another program may still take one before the node does."""
    with ExitStack() as held:
        found = []
        for _ in range(2 * count):
            holder = held.enter_context(socket.socket())
            holder.bind((HOST, 0))
            found.append(int(holder.getsockname()[1]))
    return list(zip(found[::2], found[1::2], strict=True))


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it ended by itself in between
        os.kill(pid, number)


def _started(pid: int) -> str | None:
    """When a process was started, in the kernel's ticks (proc(5), field 22); None where it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = text.rpartition(")")[2].split()
    return None if state in "ZX" else rest[18]


def _tail(text: str) -> str:
    return " / ".join(text.strip().splitlines()[-3:])[-400:]
