"""A mirror: a registry folder without keys, filled from a node. It shows, proves and audits, and writes nothing new.

What a registry keeps in its signer's folder a mirror keeps in `mirror.json`: the newest head that it took over, outside
the database, so that a database that was cut or put back shows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, NoReturn

import orjson

from huella.errors import LedgerRefused, SettingsError
from huella.flow import chain
from huella.flow.sign import replace_durably
from huella.ledger import node, registry
from huella.ledger.asked import embedded
from huella.ledger.delivery import Pace
from huella.ledger.node import Network, NodeLedger
from huella.ledger.nodes import Identity, Nodes
from huella.ledger.port import Ledger
from huella.ledger.rpc import Rpc
from huella.ledger.signer import Onlooker
from huella.proof import headers
from huella.proof.checkpoint import VerifierKey, parse_checkpoint, verifier_key
from huella.proof.trust import Trust, ValidatorSet
from huella.proof.trust import parse as parse_trust
from huella.records.identifiers import chain_address
from huella.settings import Settings
from huella.store.journal import Journal

FILE = "mirror.json"
_PATIENCE = 10.0
"""Seconds that a node has for one answer when a mirror is made."""
_NO_KEY = verifier_key("none", bytes(32))


def refuse() -> NoReturn:
    """Raises the error of everything that only the registry itself can do."""
    raise SettingsError(
        "this is a mirror: it has no keys, and seals and anchors nothing",
        advice="Write in the registry that it follows. Show, stats, export, evidence, verify and audit work here.",
    )


class Keyless:
    """What stands in a mirror where a registry has its signer."""

    def __init__(self, path: Path, journal: Journal, origin: str, keys: Sequence[VerifierKey]) -> None:
        """`path` is the file of the newest head; `keys` the log's, where they are known."""
        self._path = path
        self._journal = journal
        self._keys = tuple(keys)
        self.origin = origin

    def of(self, origin: str, keys: Sequence[VerifierKey]) -> Keyless:
        """The same memory under the log's present name and keys."""
        return Keyless(self._path, self._journal, origin, keys)

    @property
    def verifier_key(self) -> str:
        """The log's public key as C2SP writes it; empty where it is not known."""
        return self._keys[0].text if self._keys else ""

    def last(self) -> tuple[int, str | None]:
        """Size and note of the newest head taken over: the file's, or the database's where that is ahead."""
        size, _, note = self._journal.head()
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return size, note
        if not isinstance(kept, dict) or not isinstance(kept.get("size"), int):
            raise SettingsError(
                f"{self._path.name} is not as it was written: remove it if the audit is clean"
            )
        return (kept["size"], kept["note"]) if kept["size"] > size else (size, note)

    def remember(self, size: int, note: str) -> None:
        """Keep the newest head, durably."""
        replace_durably(self._path, json.dumps({"size": size, "note": note}).encode())

    def root(self) -> bytes:
        """The root of the newest head."""
        _, note = self.last()
        return parse_checkpoint(note).root if note else self._journal.head()[1]

    def leaves(self, first: int, end: int) -> list[bytes]:
        """None: a mirror has signed for nothing."""
        del first, end
        return []

    def mac(self, index: int, leaf: bytes) -> bytes:
        """Empty: nobody sealed here, the chain's leaves say what belongs in the log."""
        del index, leaf
        return b""

    def mac_of_submission(self, *_: object) -> NoReturn:
        """Refused."""
        refuse()

    def check_extends(self, *_: object) -> NoReturn:
        """Refused: nothing is sealed here."""
        refuse()

    def sign(self, *_: object) -> NoReturn:
        """Refused: there is no key."""
        refuse()


def trusted(raw: bytes) -> Trust:
    """A mirror's trust file, which may name no log key: then checkpoints are not checked, and say so."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict) or value.get("log_keys") != []:
        return parse_trust(raw)
    return replace(parse_trust(orjson.dumps({**value, "log_keys": [_NO_KEY.text]})), log_keys=())


class Plan(NamedTuple):
    """What a mirror is made from: nodes or the file of an embedded chain, the contract, and what is trusted.

    Without `trust` the chain's id, the contract's code and the validators are taken as the node tells them; `log_key`
    is the log's, where it is known. `contract` may be empty where `trust` or the chain's file names it.
    """

    nodes: tuple[str, ...] = ()
    chain: Path | None = None
    contract: str = ""
    trust: Trust | None = None
    log_key: VerifierKey | None = None
    consensus: str = "qbft"
    since: int = 0
    database: str = ""


def answers(plan: Plan, trust: Trust) -> dict[str, str | int]:
    """The settings of a mirror that are not the defaults."""
    given: dict[str, str | int] = {
        "registry.role": "mirror", "registry.origin": trust.origin, "ledger.chain_id": trust.chain_id,
        "ledger.contract": "0x" + trust.contract.hex(),
    }  # fmt: skip
    if plan.database:
        given["database.url"] = plan.database
    if plan.chain is not None:
        return given | {"ledger.file": str(plan.chain.resolve())}
    given |= {"ledger.kind": "nodes", "ledger.nodes": ",".join(plan.nodes), "ledger.agree": len(plan.nodes)}
    consensus = plan.consensus if plan.trust is None else trust.consensus
    return given | {"ledger.consensus": consensus, "ledger.since": plan.since}


def trust_of(plan: Plan, now: Callable[[], datetime]) -> Trust:
    """What the mirror trusts: the file that was given, checked against the contract that was named, or the node's word.

    SettingsError where two of the given things contradict each other, LedgerError where the chain does not answer.
    """
    if plan.chain is None and not plan.nodes:
        raise SettingsError("name a node with --rpc, or the file of an embedded chain with --chain")
    if plan.trust is None:
        return _on_file(plan, plan.chain, now) if plan.chain is not None else _on_nodes(plan)
    if plan.contract and chain_address(plan.contract, "contract") != plan.trust.contract:
        raise SettingsError("--contract is not the contract that the trust file names")
    if plan.log_key is not None and plan.log_key not in plan.trust.log_keys:
        raise SettingsError("--log-key is not among the keys that the trust file names")
    if plan.nodes:  # before anything is made: the mirror's settings will name them
        found = chain.find_chain_id(list(plan.nodes), _PATIENCE)
        if found != plan.trust.chain_id:
            raise SettingsError(f"the nodes are on chain {found}, the trust file's is {plan.trust.chain_id}")
    return plan.trust


def matches(settings: Settings, plan: Plan, trust: Trust) -> None:
    """SettingsError unless the folder's registry is a mirror of the contract that the plan names."""
    check_role(settings)
    named = [chain_address(plan.contract, "contract")] if plan.contract else []
    named += [plan.trust.contract] if plan.trust is not None else []
    if any(contract != trust.contract for contract in named):
        raise SettingsError(f"the mirror in this folder follows the contract 0x{trust.contract.hex()}")


def succeeds(settings: Settings, given: Trust, held: Trust) -> bool:
    """Whether a trust file leads on from the one that a mirror has: to a successor of its contract, or to the next
    epoch of its log, on the same chain."""
    check_role(settings)
    moved = any(before.contract == held.contract for before in given.predecessors)
    ended = given.ended(held.origin)
    return (
        given.chain_id == held.chain_id
        and (moved or given.contract == held.contract)
        and (given.contract, given.origin) != (held.contract, held.origin)
        and (ended is not None or given.origin == held.origin)
        and set(held.log_keys) <= set(given.log_keys if ended is None else ended.log_keys)
    )


def check_role(settings: Settings) -> None:
    """SettingsError where the folder's registry has keys."""
    if settings.text("registry.role") != "mirror":
        raise SettingsError(
            "there is a registry with keys in this folder: a mirror needs a folder of its own",
            advice="Name an empty folder, or use `huella recover` for this registry's own database.",
        )


def _on_nodes(plan: Plan) -> Trust:
    if not plan.contract:
        raise SettingsError("name the contract with --contract, or give the trust file that names it")
    contract = chain_address(plan.contract, "contract")
    consensus = chain.consensus_of(plan.consensus)
    rpcs = tuple(Rpc(url, _PATIENCE) for url in plan.nodes)
    chain_id = node.chain_id_of(list(rpcs), len(rpcs))
    nodes = Nodes(rpcs, len(rpcs), Identity(chain_id, contract))
    try:
        code_hash = node.code_hash_of(nodes, contract)
        validators: tuple[ValidatorSet, ...] = ()
        if consensus is not None:
            validators = (node.validators_now(nodes, consensus),)
        ledger = NodeLedger(nodes, Onlooker(), Network(consensus, plan.since), Pace())
        origin, keys = _origin(plan, ledger)
    finally:
        nodes.close()
    return Trust(
        origin=origin, log_keys=keys, chain_id=chain_id, contract=contract, consensus=consensus or "none",
        code_hash=code_hash, validators=validators, nodes=tuple(rpc.name for rpc in rpcs), agree=len(rpcs),
    )  # fmt: skip


def _on_file(plan: Plan, path: Path, now: Callable[[], datetime]) -> Trust:
    ledger = embedded().look(path, now)
    try:
        contract = bytes.fromhex(ledger.contract[2:])
        if plan.contract and chain_address(plan.contract, "contract") != contract:
            raise SettingsError(f"the chain in {path.name} has its registry at {ledger.contract}")
        block = ledger.prove(0)
        account = headers.prove_account(
            headers.parse_header(block.header).state_root, contract, block.account_proof
        )
        origin, keys = _origin(plan, ledger)
        return Trust(
            origin=origin, log_keys=keys, chain_id=ledger.chain_id, contract=contract, consensus="none",
            code_hash=account.code_hash if account else None,
        )  # fmt: skip
    finally:
        ledger.close()


def _origin(plan: Plan, ledger: Ledger) -> tuple[str, tuple[VerifierKey, ...]]:
    """The log's name and keys: of the key that was given, else the name in the first checkpoint and no key."""
    start = registry.start(ledger)
    if start:
        raise LedgerRefused(
            f"this contract goes on from entry {start} of an older one",
            reason="Successor",
            advice="Give the trust file that names the contracts before it with --trust: the first stand there.",
        )
    if plan.log_key is not None:
        return plan.log_key.name, (plan.log_key,)
    found = ledger.batch(0)
    if found is None:
        raise LedgerRefused(
            "the contract holds no entries yet", reason="Empty", advice="Give the log's key with --log-key."
        )
    return parse_checkpoint(found.checkpoint.decode()).origin, ()
