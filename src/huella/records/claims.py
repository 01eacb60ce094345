"""Claims: whether a closed set is the whole set, held against the offers' own records in the log.

closed_set   the registry makes the claims          claim_faults  anybody holds each claim against the log
check_day    every offer of a day is claimed once    standing      what became of one offer, by its receipt
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from huella.errors import InputError
from huella.records import disclosure, record
from huella.records.offer_form import SEALED_KINDS, WITHDRAWN, Tie, check_form, read_as
from huella.records.procedure import Claim, OffersClosed
from huella.records.procedure_life import OPEN, ProcedureLife
from huella.records.procedure_rules import closed_root
from huella.records.record import Record

CLAIMED, SUPERSEDED, OMITTED, OTHER = "claimed", "superseded", "omitted", "other"


@dataclass(frozen=True, slots=True)
class Standing:
    """An offer as the registry holds it at the close: its last record's leaf (hex), index and tie (disclosure)."""

    offer: str
    leaf: str
    index: int
    withdrawn: bool
    tie: str


class Fault(NamedTuple):
    """A claim that does not fit the log: the offer's code and the rule that it breaks."""

    offer: str
    rule: str


class Day(NamedTuple):
    """The claims of one closing date. `pending` while a procedure that ever announced it is open: then an unclaimed
    offer is no finding yet."""

    pending: bool
    unclaimed: tuple[str, ...]
    twice: tuple[str, ...]


def closed_set(deadline: str, standings: Iterable[Standing]) -> OffersClosed:
    """The closing record's facts: every offer tied to the requirement, whatever became of it, in index order."""
    ordered = sorted(standings, key=lambda standing: standing.index)
    claims = tuple(Claim(s.offer, s.leaf, s.index, s.withdrawn) for s in ordered)
    root = closed_root([bytes.fromhex(claim.leaf) for claim in claims]).hex()
    return OffersClosed(deadline, claims, len(claims), root, tuple(s.tie for s in ordered))


def claim_faults(
    life: ProcedureLife, ties: Sequence[str], close: int, offers: Mapping[str, Sequence[tuple[int, bytes]]]
) -> list[Fault]:
    """Hold a procedure's claims against the log: `close` the index of the record that claims, `ties` its ties,
    `offers` code to all that offer's records with their indexes, in order.

    Rules: `claim-in-log` the claimed record is there, `claim-last-record` it is the last one before the close,
    `claim-withdrawn` it is flagged as what it is, `claim-tied` the tie is its own, `claim-date` it showed a date that
    the procedure announced.
    """
    found: list[Fault] = []
    for claim, tie in zip(life.claims, ties, strict=True):
        rule = _fault(life, claim, tie, [each for each in offers.get(claim.offer, ()) if each[0] < close])
        if rule:
            found.append(Fault(claim.offer, rule))
    return found


def _fault(life: ProcedureLife, claim: Claim, tie: str, before: Sequence[tuple[int, bytes]]) -> str:
    held = [(index, raw, record.parse(raw)) for index, raw in before]
    counted = [each for each in held if each[2].kind in SEALED_KINDS]
    matching = [each for each in counted if record.leaf_hash(each[1]).hex() == claim.leaf]
    if not matching or matching[0][0] != claim.index:
        return "claim-in-log"
    if counted[-1] != matching[0]:
        return "claim-last-record"
    last = matching[0][2]
    if (last.kind == WITHDRAWN) != claim.withdrawn:
        return "claim-withdrawn"
    if not _tied(last, tie):
        return "claim-tied"
    return "" if last.data["closes_on"] in life.dates else "claim-date"


def _tied(last: Record, tie: str) -> bool:
    try:
        check_form(last)
        return disclosure.digest(tie) == record.sealed(last)["/requirement"]
    except (InputError, UnicodeEncodeError):
        return False


def check_day(date: str, offers: Iterable[str], procedures: Iterable[ProcedureLife]) -> Day:
    """Hold the codes of all offers whose last record before their close shows this date against all claims on it."""
    lives = [life for life in procedures if date in life.dates]
    times = Counter(claim.offer for life in lives for claim in life.claims)
    return Day(
        pending=any(life.status == OPEN for life in lives),
        unclaimed=tuple(offer for offer in offers if offer not in times),
        twice=tuple(offer for offer, count in times.items() if count > 1),
    )


def standing(raw: bytes, tie: str, subject: str, life: ProcedureLife) -> str:
    """What became of an offer's record in a procedure (`subject` its number), as whoever holds receipt and tie asks.

    `open` while the set is not closed, `claimed`, `superseded` (a later record of this offer is claimed), `omitted`
    from the closed set, or `other` where the tie shows that the record belongs elsewhere. InputError where the tie is
    not this record's.
    """
    found = record.parse(raw)
    check_form(found)
    opened = disclosure.parse(tie)
    if disclosure.digest(tie) != record.sealed(found)["/requirement"] or opened.pointer != "/requirement":
        raise InputError("the tie is not that of this record", field="/tie")
    if read_as(opened.value, Tie, "/tie") != Tie(subject, life.leaf):
        return OTHER
    if life.status == OPEN:
        return OPEN
    leaves = {claim.offer: claim.leaf for claim in life.claims}
    if found.subject not in leaves:
        return OMITTED
    return CLAIMED if leaves[found.subject] == record.leaf_hash(raw).hex() else SUPERSEDED
