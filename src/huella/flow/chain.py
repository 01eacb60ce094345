"""The chain that the settings name: made, opened, and what a reader may trust of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import get_args

from huella.errors import SettingsError
from huella.ledger import keystore, node
from huella.ledger.delivery import Pace
from huella.ledger.embedded import EmbeddedLedger
from huella.ledger.keystore import Keystore
from huella.ledger.node import Network, NodeLedger
from huella.ledger.nodes import Identity, Nodes
from huella.ledger.port import Ledger
from huella.ledger.registry import Setup
from huella.ledger.rpc import Rpc
from huella.ledger.signer import Registrar, Signer
from huella.proof import headers
from huella.proof.checkpoint import VerifierKey
from huella.proof.headers import Consensus
from huella.proof.trust import Trust, ValidatorSet
from huella.settings import Settings

Now = Callable[[], datetime]
Randomness = Callable[[int], bytes]


def on_nodes(settings: Settings) -> bool:
    """Whether the chain is others' too. SettingsError where the settings contradict each other."""
    named = bool(addresses(settings))
    if named != (settings.text("ledger.kind") == "nodes"):
        raise SettingsError(
            "ledger.kind is `nodes` exactly where ledger.nodes names some",
            advice="Set both in huella.toml, or neither for the embedded chain.",
        )
    return named


def addresses(settings: Settings) -> list[str]:
    """The nodes' addresses."""
    return settings.text("ledger.nodes").replace(",", " ").split()


def find_chain_id(urls: list[str], timeout: float) -> int:
    """The id of the chain that all of these nodes are on. LedgerUnreachable where they do not agree."""
    rpcs = [Rpc(url, timeout) for url in urls]
    try:
        return node.chain_id_of(rpcs, 1)
    finally:
        for rpc in rpcs:
            rpc.close()


def make_registrar(settings: Settings, randomness: Randomness) -> bool:
    """Make the registrar's key where there is none: under a password where the chain is others' too."""
    path = settings.path("keys.registrar")
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Registrar(randomness(32))
    if not on_nodes(settings):
        key.save(path)  # who has this file can also write the whole chain anew
        return True
    password = settings.text("keys.registrar_password")
    if not password:
        raise SettingsError(
            "the registrar's key needs a password",
            advice="Give it as HUELLA_KEYS_REGISTRAR_PASSWORD_FILE (a file's name) or HUELLA_KEYS_REGISTRAR_PASSWORD.",
        )
    keystore.save(path, key, password, randomness)
    return True


def registrar(settings: Settings) -> Signer:
    """The registrar's signer: a key file under a password, or a bare key that only its owner reads."""
    path = settings.path("keys.registrar")
    if path.is_file() and path.read_bytes()[:1] == b"{":
        return Keystore.open(path, settings.text("keys.registrar_password"))
    return Registrar.load(path)


@contextmanager
def open_chain(settings: Settings, now: Now, trust: Trust) -> Iterator[Ledger]:
    """The chain, closed again at the end. No node is asked before the first question to it."""
    ledger: EmbeddedLedger | NodeLedger
    if on_nodes(settings):
        if settings.number("ledger.chain_id") != trust.chain_id:
            raise SettingsError(f"ledger.chain_id is not the trust file's, {trust.chain_id}")
        identity = Identity(trust.chain_id, trust.contract, trust.code_hash)
        nodes = _nodes(settings, identity)
        network = Network(_consensus(settings), settings.number("ledger.since"))
        ledger = NodeLedger(nodes, registrar(settings), network, _pace(settings), trust)
    else:
        ledger = _embedded(settings, now)
    try:
        yield ledger
    finally:
        ledger.close()


def make_chain(settings: Settings, now: Now) -> list[str]:
    """Make the embedded chain with its contract where there is none. Nodes' chains are there already."""
    path = settings.path("ledger.file")
    if on_nodes(settings) or path.exists():
        return []
    key = Registrar.load(settings.path("keys.registrar"))
    EmbeddedLedger.create(path, key, _setup(settings, key), now, settings.number("ledger.chain_id")).close()
    return [settings.text("ledger.file")]


def first_trust(settings: Settings, now: Now, key: VerifierKey) -> Trust:
    """What a reader may take from here; a reader who trusts nobody takes it from somewhere else.

    On a network of nodes the contract is deployed here, unless `ledger.contract` names one.
    """
    if on_nodes(settings):
        return _node_trust(settings, key)
    ledger = _embedded(settings, now)
    try:
        contract, block = bytes.fromhex(ledger.contract[2:]), ledger.prove(0)
    finally:
        ledger.close()
    account = headers.prove_account(
        headers.parse_header(block.header).state_root, contract, block.account_proof
    )
    if account is None:
        raise SettingsError("the chain has no contract at the registry's address")
    return Trust(
        origin=settings.text("registry.origin"), log_keys=(key,), chain_id=ledger.chain_id, contract=contract,
        consensus="none", code_hash=account.code_hash,
    )  # fmt: skip


def _node_trust(settings: Settings, key: VerifierKey) -> Trust:
    signer, consensus = registrar(settings), _consensus(settings)
    nodes = _nodes(settings, Identity(settings.number("ledger.chain_id")))
    try:
        named = settings.text("ledger.contract")
        contract = _address(named or node.deploy(nodes, signer, _setup(settings, signer), _pace(settings)))
        code_hash = node.code_hash_of(nodes, contract)
        validators: tuple[ValidatorSet, ...] = ()
        if consensus is not None:
            validators = (node.validators_now(nodes, consensus),)
    finally:
        nodes.close()
    return Trust(
        origin=settings.text("registry.origin"), log_keys=(key,), chain_id=nodes.identity.chain_id,
        contract=contract, consensus=consensus or "none", code_hash=code_hash, validators=validators,
        nodes=tuple(rpc.name for rpc in nodes.rpcs), agree=nodes.agree,
    )  # fmt: skip


def _nodes(settings: Settings, identity: Identity) -> Nodes:
    rpcs = [Rpc(url, settings.number("ledger.timeout")) for url in addresses(settings)]
    return Nodes(rpcs, min(settings.number("ledger.agree"), len({rpc.name for rpc in rpcs})), identity)


def _pace(settings: Settings) -> Pace:
    return Pace(
        patience=settings.number("ledger.patience"),
        depth=settings.number("ledger.confirmations"),
        per_block=settings.number("ledger.gas_per_block"),
        per_minute=settings.number("ledger.gas_per_minute"),
        at_once=settings.number("ledger.at_once"),
    )


def _consensus(settings: Settings) -> Consensus | None:
    named = settings.text("ledger.consensus")
    return next((known for known in get_args(Consensus) if known == named), None)


def _setup(settings: Settings, signer: Signer) -> Setup:
    base = settings.text("registry.address").rstrip("/") + "/api/v1/tokens/"
    return Setup(signer.address, signer.address, signer.address, base)


def _address(text: str) -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 20:
        raise SettingsError("ledger.contract is 0x and 40 hex digits")
    return found


def _embedded(settings: Settings, now: Now) -> EmbeddedLedger:
    key = Registrar.load(settings.path("keys.registrar"))
    return EmbeddedLedger.open(settings.path("ledger.file"), key, now, settings.number("ledger.chain_id"))
