"""The two programs that validate: where they are, which version, how one node is started."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import orjson

from huella.errors import SettingsError
from huella.network.genesis import GAS_LIMIT, Engine
from huella.network.nodes import Node

OLDEST_BESU = (23, 10)
_SEQUENCED = (24, 1)
_VERSION_SECONDS = 60

Toml = Mapping[str, str | int | bool | list[str]]


def find_geth(given: Path | None = None) -> Path:
    """GoQuorum's program: the one given, the one `make goquorum` built in this checkout, or the path's.

    SettingsError where there is none, or it is Ethereum's own geth, which knows no QBFT.
    """
    built = Path(__file__).resolve().parents[3] / ".cache" / "goquorum" / "geth"
    onpath = shutil.which("geth")
    found = given or (built if built.is_file() else None) or (Path(onpath) if onpath else None)
    if found is None:
        raise SettingsError(
            "GoQuorum is not built",
            advice="make goquorum builds it in some minutes; or name one with --geth.",
        )
    if not re.search(r"^Quorum Version: 22\.", _output(found, "version"), re.MULTILINE):
        raise SettingsError(f"{found} is not GoQuorum 22", advice="make goquorum builds the right one.")
    return found.resolve()


def find_besu(given: Path | None = None) -> tuple[Path, tuple[int, int]]:
    """Besu's program, the one given or the path's, and its version. SettingsError where there is none or it is old."""
    onpath = shutil.which("besu")
    found = given or (Path(onpath) if onpath else None)
    if found is None:
        raise SettingsError("Besu is not there", advice="Name its program: --besu PATH (23.10 or newer).")
    version = besu_version(_output(found, "--version"))
    if version is None or version < OLDEST_BESU:
        raise SettingsError(f"{found} is not Besu 23.10 or newer", advice="Name a newer one: --besu PATH.")
    return found.resolve(), version


def besu_version(said: str) -> tuple[int, int] | None:
    """Year and month out of what `besu --version` says, such as `besu/v23.10.3/linux-x86_64/…`."""
    found = re.search(r"\bbesu/v?(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else None


def toml(values: Toml) -> str:
    """A flat TOML file. Strings are written as JSON writes them, which TOML reads."""
    return "".join(f"{name}={orjson.dumps(value).decode()}\n" for name, value in values.items())


def geth_configuration(node: Node, nodes: tuple[Node, ...]) -> str:
    """GoQuorum's configuration file: peers only by list, and only where `node.host` says (a flag for the port would
    open it on every interface).
    """
    peers = [other.enode for other in nodes if other != node]
    listen: Toml = {
        "ListenAddr": f"{node.host}:{node.p2p_port}",
        "NoDiscovery": True,
        "MaxPeers": 50,
        "StaticNodes": peers,
    }
    return "[Node.P2P]\n" + toml(listen)


def geth_command(program: Path, folder: Path, node: Node, chain_id: int) -> list[str]:
    """The command that runs a GoQuorum validator whose files are in `folder`.

    `--gcmode archive`: otherwise a killed node replays for a minute and shows old state meanwhile.
    """
    return [
        str(program),
        *("--config", str(folder / "config.toml"), "--datadir", str(folder / "data")),
        *("--nodekey", str(folder / "key"), "--networkid", str(chain_id)),
        *(
            "--syncmode",
            "full",
            "--gcmode",
            "archive",
            "--cache",
            "64",
            "--nat",
            "none",
            "--nousb",
            "--ipcdisable",
        ),
        *("--mine", "--miner.threads", "1", "--miner.gasprice", "0"),
        *("--miner.gastarget", str(GAS_LIMIT), "--miner.gaslimit", str(GAS_LIMIT)),
        *("--txpool.accountslots", "1024", "--txpool.accountqueue", "1024", "--txpool.pricelimit", "0"),
        *("--http", "--http.addr", node.host, "--http.port", str(node.rpc_port)),
        *("--http.api", "eth,net,web3,istanbul,txpool,admin,debug", "--verbosity", "2"),
    ]


def besu_configuration(node: Node, folder: str, network: str, version: tuple[int, int] = _SEQUENCED) -> Toml:
    """Besu's configuration for a validator: its key and data in `folder`, genesis and peers in `network`.

    JSON-RPC stays on this machine; the whole state is kept (FOREST), so that old heads can be proven.
    """
    return {
        "genesis-file": f"{network}/genesis.json",
        "data-path": f"{folder}/data",
        "node-private-key-file": f"{folder}/key",
        "static-nodes-file": f"{network}/static-nodes.json",
        "discovery-enabled": False,
        "p2p-host": node.host,
        "p2p-interface": node.host,
        "p2p-port": node.p2p_port,
        "rpc-http-enabled": True,
        "rpc-http-host": "127.0.0.1",
        "rpc-http-port": node.rpc_port,
        "rpc-http-api": ["ETH", "NET", "WEB3", "QBFT", "TXPOOL"],
        "host-allowlist": ["localhost", "127.0.0.1"],
        "sync-mode": "FULL",
        "data-storage-format": "FOREST",
        "min-gas-price": 0,
        "target-gas-limit": GAS_LIMIT,
        # first come, first served: the pool for networks without a gas price, under its name of that version
        "tx-pool": "sequenced" if version >= _SEQUENCED else "legacy",
        "tx-pool-limit-by-account-percentage": "1",
        "logging": "INFO",
    }


def command(engine: Engine, program: Path, folder: Path, node: Node, chain_id: int) -> list[str]:
    """The command that runs a validator of this engine."""
    if engine == "besu":
        return [str(program), "--config-file", str(folder / "config.toml")]
    return geth_command(program, folder, node, chain_id)


def _output(program: Path, word: str) -> str:
    """What a program says about itself. SettingsError where it cannot be run."""
    try:
        done = subprocess.run(
            [str(program), word], capture_output=True, text=True, check=False, timeout=_VERSION_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        raise SettingsError(
            f"{program} cannot be run: {why}",
            advice="Name a program that runs here: --geth PATH or --besu PATH.",
        ) from error
    return done.stdout + done.stderr
