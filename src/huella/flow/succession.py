"""Succession: a new contract goes on where the old one was last good, after a stolen key put something else on it.

foreign batch ─► plan on disk ─► new registrar's key ─► old roles taken ─► successor ─► on record ─► trust.json

The plan is a file: stopped anywhere and run again, it goes on with the same key, size and contract.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec

from huella.errors import HuellaError, LedgerRefused, ProofError, SettingsError
from huella.flow import chain, registrars
from huella.flow.house import TRUST_FILE, House
from huella.flow.sign import replace_durably
from huella.ledger import registry, roles
from huella.ledger.port import Anchored
from huella.ledger.registry import Setup
from huella.ledger.signer import Signer
from huella.proof.checkpoint import parse_checkpoint
from huella.proof.merkle import frontier_of, root_of
from huella.proof.trust import Predecessor

SUCCEEDED = "contract.succeeded"
"""The action of the record; its subject is `NEW OLD SIZE`."""
FILE = "succession.json"


class Standing(NamedTuple):
    """What the chain holds against the log: its size, the size up to which every batch is ours, and the first batch
    that is not (None: there is none)."""

    size: int
    good: int
    foreign: Anchored | None


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A succession under way: the contract that is left, its last good size, the registrar's account that is left."""

    contract: str
    size: int
    replaced: str


class Succession(NamedTuple):
    """What was done: the contract that was left and the new one (0x hex), the size at which it goes on, the new
    registrar's account, and which of the old accounts could not be taken their role (with the reason)."""

    before: str
    contract: str
    size: int
    registrar: str
    untaken: tuple[tuple[str, str], ...]


def standing(house: House) -> Standing:
    """Compare the chain's newest batches with the log: those behind the last one that the outbox knows to be final.

    Raises LedgerUnreachable where the chain does not show a batch that it says it has.
    """
    head = registry.head(house.ledger)
    good = _sound(house)
    while good < head.size:
        found = house.ledger.batch(good)
        if found is None:
            raise LedgerRefused(f"the chain does not show the batch from entry {good} yet", reason="Pending")
        if not is_ours(house, found):
            return Standing(head.size, good, found)
        good = found.size
    return Standing(head.size, min(good, head.size), None)


def is_ours(house: House, found: Anchored) -> bool:
    """Whether the log's key signed a batch's very head, and the log has its leaves."""
    try:
        note = parse_checkpoint(found.checkpoint.decode())
    except (ProofError, UnicodeDecodeError):
        return False
    return (
        house.trust.holds(note)
        and (note.size, note.root) == (found.size, found.root)
        and list(found.leaves) == house.journal.leaves(found.first, found.size)
    )


def succeed(house: House, reason: str, *, planned: bool = False) -> Succession:
    """Deploy a successor at the last good size, under a new registrar's key, and write it into the trust file.

    Evidence from before stays valid by the trust file's predecessors. LedgerRefused (reason `NothingForeign`) where
    the chain holds nothing foreign, unless it is `planned`. What is open of this registry has to be opened anew.
    """
    path = house.settings.folder / FILE
    plan = _plan(house, path, planned)
    signer = chain.registrar(house.settings)
    if signer.address == plan.replaced:
        chain.next_registrar(house.settings, house.randomness)
        chain.change_registrar(house.settings)
        signer = chain.registrar(house.settings)
    untaken = _take(house, plan)
    made = chain.deploy(house.settings, house.now, signer, _setup(house, plan, signer))
    new = "0x" + made.contract.hex()
    subject = f"{new} {plan.contract} {plan.size}"
    if registrars.newest(house, SUCCEEDED) != subject:
        registrars.note(house, registrars.GRANTED, signer.address, reason)
        for account, act in registrars.recorded(house).items():  # the new contract knows none of them
            if act == registrars.GRANTED and account != signer.address:
                registrars.note(house, registrars.REVOKED, account, reason)
        registrars.note(house, SUCCEEDED, subject, reason)
    before = Predecessor(house.trust.contract, plan.size, house.trust.code_hash)
    trust = replace(
        house.trust,
        contract=made.contract,
        code_hash=made.code_hash,
        predecessors=(*(each for each in house.trust.predecessors if each.until < plan.size), before),
    )
    replace_durably(house.settings.folder / TRUST_FILE, trust.encode())
    path.unlink()
    return Succession(plan.contract, new, plan.size, signer.address, untaken)


def _plan(house: House, path: Path, planned: bool) -> Plan:
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Plan)
    except FileNotFoundError:
        kept = None
    except msgspec.DecodeError as error:
        raise SettingsError(f"{FILE} cannot be read: {error}") from error
    if kept is not None and kept.contract == house.ledger.contract:
        return kept
    found = standing(house)
    if found.foreign is None and not planned:
        raise LedgerRefused(
            "the chain holds nothing foreign: there is no need of a successor",
            reason="NothingForeign",
            advice="With --planned a successor is deployed all the same.",
        )
    plan = Plan(house.ledger.contract, found.good, chain.registrar(house.settings).address)
    replace_durably(path, msgspec.json.encode(plan))
    return plan


def _take(house: House, plan: Plan) -> tuple[tuple[str, str], ...]:
    """Take the role from every account known to have it on the old contract; those where that failed, and why.

    It has to be tried, no more: whoever has an administrator's key may give it back.
    """
    failed = []
    signer = chain.administrator(house.settings)
    if not house.settings.text("keys.administrator"):
        return ()  # the stolen key was the administrator's: the old contract is theirs
    with chain.open_chain(house.settings, house.now, house.trust, signer) as ledger:
        for account in dict.fromkeys((plan.replaced, *registrars.recorded(house))):
            try:
                if roles.has(ledger, "registrar", account):
                    ledger.send(roles.revoke_call("registrar", account), roles.GAS)
            except HuellaError as error:
                failed.append((account, str(error)))
    return tuple(failed)


def _setup(house: House, plan: Plan, signer: Signer) -> Setup:
    settings = house.settings
    named = settings.text("keys.administrator")
    owner = chain.administrator(settings).address if named else signer.address
    first = plan.size == 0  # nothing of the old contract is ours: the new one is a first one
    return Setup(
        administrator=owner,
        registrar=signer.address,
        custodian=registry.custodian(house.ledger),
        base_uri=chain.base_uri(settings),
        forwarder=chain.forwarder(settings),
        predecessor=registry.NOBODY if first else plan.contract,
        size=plan.size,
        frontier=frontier_of(plan.size, house.journal.tree()),
    )


def _sound(house: House) -> int:
    """The end of the last batch that the outbox knows to be final, where the log's root there is the chain's; else
    where the present contract began, so that every batch of it is looked at."""
    anchored = house.anchors.anchored()
    held = registry.root_at(house.ledger, anchored) if anchored <= house.journal.size() else None
    if held is not None and anchored and held.root == root_of(anchored, house.journal.tree()):
        return anchored
    return registry.start(house.ledger)
