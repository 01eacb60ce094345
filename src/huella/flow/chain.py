"""The chain that the settings name: made, opened, and what a reader may trust of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from huella.errors import InputError, SettingsError
from huella.flow import keeper
from huella.ledger import keystore, node
from huella.ledger.asked import Asked, embedded, identity
from huella.ledger.delivery import Pace
from huella.ledger.keystore import Keystore
from huella.ledger.lineage import Ancestor, Lineage
from huella.ledger.node import Network, NodeLedger
from huella.ledger.nodes import Identity, Nodes
from huella.ledger.port import Ledger
from huella.ledger.registry import NOBODY, Setup
from huella.ledger.relay import Relay
from huella.ledger.rpc import Rpc
from huella.ledger.signer import Absent, Onlooker, Registrar, Signer
from huella.proof import headers
from huella.proof.checkpoint import VerifierKey
from huella.proof.headers import Consensus
from huella.proof.trust import Predecessor, Trust, ValidatorSet
from huella.records.identifiers import chain_address
from huella.settings import Settings

if TYPE_CHECKING:
    from huella.ledger.embedded import EmbeddedLedger

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
    if keeper.elsewhere(settings):
        return keeper.make(settings)
    path = settings.path("keys.registrar")
    if path.exists():
        return False
    _save_new(settings, path, "keys.registrar_password", randomness)
    return True


def make_administrator(settings: Settings, randomness: Randomness) -> bool:
    """Make the administrator's key where one of its own is named and there is none."""
    path = settings.path("keys.administrator")
    if not settings.text("keys.administrator") or path.exists():
        return False
    _save_new(settings, path, "keys.administrator_password", randomness)
    return True


def next_registrar(settings: Settings, randomness: Randomness) -> Signer:
    """The key that takes the registrar's place with `change_registrar`; made where there is none yet."""
    if keeper.elsewhere(settings):
        keeper.refuse_change()
    path = _next_path(settings)
    if not path.exists():
        _save_new(settings, path, "keys.registrar_password", randomness)
    return _key_of(path, settings.text("keys.registrar_password"))


def change_registrar(settings: Settings) -> None:
    """Put the next key in the registrar's place; the old one stays beside it, under its account's name."""
    path = settings.path("keys.registrar")
    if path.exists():
        aside = path.with_name(f"{path.stem}.{registrar(settings).address[2:12]}{path.suffix}")
        if not aside.exists():
            os.link(path, aside)
    _next_path(settings).replace(path)


def _next_path(settings: Settings) -> Path:
    path = settings.path("keys.registrar")
    return path.with_name(f"{path.stem}.next{path.suffix}")


def _save_new(settings: Settings, path: Path, named: str, randomness: Randomness) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Registrar(randomness(32))
    if not on_nodes(settings):
        key.save(path)  # who has this file can also write the whole chain anew
        return
    password = settings.text(named)
    if not password:
        raise SettingsError(
            f"the {named.split('.')[1].split('_')[0]}'s key needs a password",
            advice="Give it as HUELLA_KEYS_REGISTRAR_PASSWORD_FILE (a file's name) or HUELLA_KEYS_REGISTRAR_PASSWORD; "
            "the administrator's likewise.",
        )
    keystore.save(path, key, password, randomness)


def registrar(settings: Settings) -> Signer:
    """The registrar's signer: a key file under a password, or a bare key that only its owner reads, or none."""
    if settings.text("registry.role") == "mirror":
        return Onlooker()
    if keeper.elsewhere(settings):
        return keeper.signer(settings)
    return _key_of(settings.path("keys.registrar"), settings.text("keys.registrar_password"))


def administrator(settings: Settings) -> Signer:
    """The signer of the contract's administrator: the registrar's where no other is named."""
    if not settings.text("keys.administrator"):
        return registrar(settings)
    return _key_of(settings.path("keys.administrator"), settings.text("keys.administrator_password"))


def _key_of(path: Path, password: str) -> Signer:
    if not path.exists():  # the machine that seals needs no registrar's key
        return Absent(path)
    if path.is_file() and path.read_bytes()[:1] == b"{":
        return Keystore.open(path, password)
    return Registrar.load(path)


@contextmanager
def open_chain(settings: Settings, now: Now, trust: Trust, signer: Signer | None = None) -> Iterator[Ledger]:
    """The chain, closed again at the end. No node is asked before the first question to it.

    What it sends is signed by `signer`, the registrar if none. Predecessors of the trust file hold their part.
    """
    who = signer or registrar(settings)
    if not on_nodes(settings):
        with ExitStack() as closing:
            yield _asked(settings, now, trust, who, closing)
        return
    if settings.number("ledger.chain_id") != trust.chain_id:
        raise SettingsError(f"ledger.chain_id is not the trust file's, {trust.chain_id}")
    present = _node_ledger(settings, trust, who, (trust.contract, trust.code_hash))
    held_by = [
        (held.until, _node_ledger(settings, trust, who, (held.contract, held.code_hash)))
        for held in trust.predecessors
    ]
    try:
        yield _descended([Ancestor(*each) for each in held_by], present)
    finally:
        for ledger in (present, *(ledger for _, ledger in held_by)):
            ledger.close()


def _asked(settings: Settings, now: Now, trust: Trust, signer: Signer, closing: ExitStack) -> Ledger:
    """The embedded chain, opened at the first question; `closing` ends it where it was."""
    path, chain_id = settings.path("ledger.file"), settings.number("ledger.chain_id")
    known = identity(path, chain_id)

    def opening() -> Ledger:
        whole = embedded().open(path, signer, now, chain_id)
        closing.callback(whole.close)
        before = [Ancestor(held.until, whole.at(_hex(held.contract))) for held in trust.predecessors]
        return _descended(before, whole.at(_hex(trust.contract)) if before else whole)

    return Asked(known._replace(contract=_hex(trust.contract)) if trust.predecessors else known, opening)


def _descended(ancestors: list[Ancestor], present: Ledger) -> Ledger:
    return Lineage(ancestors, present) if ancestors else present


def _node_ledger(
    settings: Settings, trust: Trust, signer: Signer, contract: tuple[bytes, bytes | None]
) -> NodeLedger:
    nodes = _nodes(settings, Identity(trust.chain_id, *contract))
    network = Network(_consensus(settings), settings.number("ledger.since"), _relay(settings))
    return NodeLedger(nodes, signer, network, _pace(settings), trust)


def deploy(settings: Settings, now: Now, signer: Signer, setup: Setup) -> Predecessor:
    """Deploy a further contract by an account whose first transaction this is; run again it finds the one it made.

    Returns the contract with its code's hash, as the trust file names it, with `until` 0.
    """
    if on_nodes(settings):
        nodes = _nodes(settings, Identity(settings.number("ledger.chain_id")))
        try:
            contract = _made(nodes, settings, signer, setup)
            return Predecessor(contract, 0, node.code_hash_of(nodes, contract))
        finally:
            nodes.close()
    ledger = embedded().open(settings.path("ledger.file"), signer, now, settings.number("ledger.chain_id"))
    try:
        contract = ledger.deploy(setup)
        return Predecessor(contract, 0, _code_hash(ledger.at(_hex(contract)), contract))
    finally:
        ledger.close()


def _hex(contract: bytes) -> str:
    return "0x" + contract.hex()


def make_chain(settings: Settings, now: Now) -> list[str]:
    """Make the embedded chain with its contract where there is none. Nodes' chains are there already."""
    path = settings.path("ledger.file")
    if on_nodes(settings) or path.exists():
        return []
    key = registrar(settings)
    embedded().create(path, key, _setup(settings, key), now, settings.number("ledger.chain_id")).close()
    return [settings.text("ledger.file")]


def first_trust(settings: Settings, now: Now, key: VerifierKey) -> Trust:
    """What a reader may take from here; a reader who trusts nobody takes it from somewhere else.

    On a network of nodes the contract is deployed here, unless `ledger.contract` names one.
    """
    if on_nodes(settings):
        return _node_trust(settings, key)
    ledger = _embedded(settings, now)
    try:
        contract = bytes.fromhex(ledger.contract[2:])
        code_hash = _code_hash(ledger, contract)
    finally:
        ledger.close()
    return Trust(
        origin=settings.text("registry.origin"), log_keys=(key,), chain_id=ledger.chain_id, contract=contract,
        consensus="none", code_hash=code_hash,
    )  # fmt: skip


def _code_hash(ledger: EmbeddedLedger, contract: bytes) -> bytes:
    block = ledger.prove(0)
    state = headers.parse_header(block.header).state_root
    account = headers.prove_account(state, contract, block.account_proof)
    if account is None:
        raise SettingsError("the chain has no contract at the registry's address")
    return account.code_hash


def _node_trust(settings: Settings, key: VerifierKey) -> Trust:
    signer, consensus = registrar(settings), _consensus(settings)
    nodes = _nodes(settings, Identity(settings.number("ledger.chain_id")))
    try:
        if settings.text("ledger.contract"):
            contract = address(settings, "ledger.contract")
        else:
            contract = _made(nodes, settings, signer, _setup(settings, signer))
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


def _made(nodes: Nodes, settings: Settings, signer: Signer, setup: Setup) -> bytes:
    return chain_address(node.deploy(nodes, signer, setup, _pace(settings), _relay(settings)), "contract")


def _nodes(settings: Settings, identity: Identity) -> Nodes:
    rpcs = [Rpc(url, settings.number("ledger.timeout")) for url in addresses(settings)]
    return Nodes(rpcs, min(settings.number("ledger.agree"), len({rpc.name for rpc in rpcs})), identity)


def _pace(settings: Settings) -> Pace:
    return Pace(
        patience=settings.number("ledger.patience"),
        depth=0 if _consensus(settings) else settings.number("ledger.confirmations"),
        per_block=settings.number("ledger.gas_per_block"),
        per_minute=settings.number("ledger.gas_per_minute"),
        at_once=settings.number("ledger.at_once"),
    )


def _consensus(settings: Settings) -> Consensus | None:
    return consensus_of(settings.text("ledger.consensus"))


def consensus_of(named: str) -> Consensus | None:
    """The consensus that has this name; None for `none`."""
    return next((known for known in get_args(Consensus) if known == named), None)


def _setup(settings: Settings, signer: Signer) -> Setup:
    owner = signer.address if not settings.text("keys.administrator") else administrator(settings).address
    return Setup(owner, signer.address, signer.address, base_uri(settings), forwarder(settings))


def forwarder(settings: Settings) -> str:
    """LACChain's trusted forwarder, 0x hex; zero where transactions arrive directly."""
    named = settings.text("ledger.forwarder")
    return _hex(address(settings, "ledger.forwarder")) if named else NOBODY


def _relay(settings: Settings) -> Relay | None:
    url = settings.text("ledger.relay")
    if not url:
        return None
    node_account, hub = (address(settings, name) for name in ("ledger.relay_node", "ledger.relay_hub"))
    return Relay(url, node_account, hub, settings.number("ledger.relay_lifetime"))


def base_uri(settings: Settings) -> str:
    """How the addresses of tokens begin."""
    return settings.text("registry.address").rstrip("/") + "/api/v1/tokens/"


def address(settings: Settings, named: str) -> bytes:
    """The 20 bytes of the address that a setting holds. SettingsError where it is none."""
    try:
        return chain_address(settings.text(named), named)
    except InputError:
        raise SettingsError(f"{named} is 0x and 40 hex digits") from None


def check_contract(settings: Settings, trust: Trust) -> None:
    """SettingsError where `ledger.contract` names another contract than the registry stands on, or stood on before."""
    named = settings.text("ledger.contract") and address(settings, "ledger.contract")
    if named and named not in {trust.contract, *(held.contract for held in trust.predecessors)}:
        raise SettingsError(
            f"ledger.contract is {_hex(named)}, but trust.json says that this registry is on {_hex(trust.contract)}",
            advice="Take ledger.contract out of huella.toml (and HUELLA_LEDGER_CONTRACT out of the environment), or "
            "name the contract of trust.json there. A registry on another contract is another one: give it a folder "
            "of its own.",
        )


def _embedded(settings: Settings, now: Now) -> EmbeddedLedger:
    return embedded().open(
        settings.path("ledger.file"), registrar(settings), now, settings.number("ledger.chain_id")
    )
