"""A procedure's verbs: submit an offer, close, open, award, cancel. Whoever decides holds the head of the log.

offer file ─► its own key ─► sealed (or refused: late) ─► receipt        the tie alone is readable before the close
deadline ─► offers.closed claims every offer tied to it, in the transaction that makes it
opening key ─► offers.opened, one an offer ─► award.decided by the announced rule, recomputable by anybody
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from huella.errors import HuellaError, RuleError, StoreError
from huella.flow.house import House
from huella.flow.lives import ties_of
from huella.flow.seal import Outcome, Sealed, decide, ready, seal
from huella.flow.together import Item, seal_together
from huella.records import (
    actors,
    canonical,
    claims,
    disclosure,
    offer_file,
    opening,
    procedure_life,
    record,
    tender,
)
from huella.records.award import Award
from huella.records.claims import Standing
from huella.records.draft import Draft
from huella.records.identifiers import moment
from huella.records.offer_file import OfferFile
from huella.records.offer_form import REFUSED, SEALED_KINDS, WITHDRAWN, Tie, read_as
from huella.records.procedure import Claim
from huella.records.procedure_life import ProcedureLife
from huella.records.record import Record
from huella.records.tender import Case, Placed, Recomputed, Tender
from huella.store.journal import Entry

LATE = "late"
_PAGE = 500


def submit(house: House, given: Sequence[OfferFile | bytes]) -> list[Outcome]:
    """Seal offers as suppliers handed them in (files, or their bytes), in order; what other threads hand in at the same
    time is sealed with them. Sealed, and covered by a signed head, before anybody is told "received".

    An offer whose procedure is closed is refused with RuleError `late`, and the refusal is put on record.
    """
    read = [_received(each) for each in given]
    good = [each for each in read if not isinstance(each, HuellaError)]
    made = iter(ready([offer_file.draft(file) for file, _ in good], house.vault.boxer))
    items: list[Item] = [
        (each, None) if isinstance(each, HuellaError) else (next(made), each[1]) for each in read
    ]
    outcomes = seal_together(house, items)
    late = [
        _refusal(each[0])
        for each, outcome in zip(read, outcomes, strict=True)
        if not isinstance(each, HuellaError) and isinstance(outcome, RuleError) and outcome.rule == LATE
    ]
    seal_together(house, [(each, None) for each in ready(late, house.vault.boxer)])
    return outcomes


def case(house: House, number: str) -> Case:
    """A procedure by its number, folded from its records. InputError where it is not published."""
    return tender.read(number, placed(house, number))


def procedure_of(house: House, number: str) -> Tender:
    """A procedure's records and those of every offer that it claims. InputError where it is not published."""
    found = case(house, number)
    return Tender(number, placed(house, number), _offers(house, found))


def placed(house: House, subject: str) -> tuple[Placed, ...]:
    """A subject's records as they stand in the log, with their annexes."""
    return tuple(_placed(house, entry) for entry in house.journal.of_subject(subject))


def close(house: House, number: str) -> Sealed:
    """Seal `offers.closed`: every offer tied to the requirement that stands before it in the log.

    The set is taken while the head is held: an offer is before the close, and then claimed, or behind it, and late.
    RuleError where the deadline has not come.
    """

    def make() -> list[Draft]:
        life = case(house, number).life
        closed = claims.closed_set(life.requirement.closes_at, _standings(house, number, life))
        return [_draft("offers.closed", number, closed)]

    return _one(decide(house, make))


def cancel(house: House, number: str, reason: str) -> Sealed:
    """Seal `procedure.cancelled`; while the procedure is open it claims its offers as a close does."""

    def make() -> list[Draft]:
        life = case(house, number).life
        data: dict[str, Any] = {"effective_at": moment(house.now()), "reason": reason}
        if life.status == procedure_life.OPEN:
            closed = claims.closed_set(life.requirement.closes_at, _standings(house, number, life))
            data |= {"count": closed.count, "root": closed.root}
            if closed.claims:  # without any the members are left out: an empty one is not in canonical form
                data |= {"claims": closed.claims, "ties": closed.ties}
        return [_draft("procedure.cancelled", number, data)]

    return _one(decide(house, make))


def open_offers(house: House, number: str, identity: str) -> list[tuple[str, Outcome]]:
    """Open every claimed offer that is not withdrawn with the opening key's private half; offer code and outcome.

    What does not open, or does not fit what was sealed, stays unopened and is named; it cannot win.
    """
    found = case(house, number)
    codes = found.life.unopened()
    made = [
        (claim.offer, _try_opening(house, found, claim, identity))
        for claim in found.life.claims
        if claim.offer in codes
    ]
    drafts = [each for _, each in made if isinstance(each, Draft)]
    done = iter(seal(house, drafts))
    return [(code, next(done) if isinstance(each, Draft) else each) for code, each in made]


def decide_award(house: House, number: str) -> Sealed:
    """Seal `award.decided` by the rule that the requirement announced, over every claimed offer."""

    def make() -> list[Draft]:
        return [_draft("award.decided", number, compute_award(house, case(house, number)))]

    return _one(decide(house, make))


def compute_award(house: House, found: Case) -> Award:
    """The award that the announced rule gives for the committed inputs: pure, the same for everybody."""
    return tender.decide(found, _offers(house, found))


def verify_award(house: House, number: str) -> Recomputed:
    """Run the announced rule again: whether the recorded award has the same bytes, the computed and the recorded."""
    found = case(house, number)
    return tender.recompute(found, _offers(house, found))


def holds(house: House, code: str, number: str) -> str:
    """Whether a closed set has an offer: `claimed`, `withdrawn`, `omitted`, or `open` before the close."""
    return tender.holds(case(house, number), code)


def _placed(house: House, entry: Entry) -> Placed:
    named = record.annexes(record.parse(entry.record))
    bodies = tuple(house.journal.annex(annex.sha256) or b"" for annex in named)
    return Placed(entry.index, entry.record, bodies)


def _offers(house: House, found: Case) -> dict[str, tuple[Placed, ...]]:
    return {claim.offer: placed(house, claim.offer) for claim in found.life.claims}


def _standings(house: House, number: str, life: ProcedureLife) -> list[Standing]:
    """Every offer that is tied to this requirement, by its last record that is no refusal.

    Out of the entries themselves as they were sealed, from the requirement on, and out of no derived table: what is
    missing or changed there stops the close, so that nobody hides an offer from it.
    """
    last: dict[str, tuple[int, Record, str]] = {}
    for entry in _since(house, placed(house, number)[0].index):
        found = record.parse(entry.record)
        if found.kind in SEALED_KINDS and found.data["closes_on"] in life.dates:
            last[found.subject] = entry.index, found, entry.leaf.hex()
    ties = ties_of(house, {index: record.sealed(found) for index, found, _ in last.values()})
    standings = []
    for code, (index, found, leaf) in last.items():
        tie, text = ties[index]
        if tie.subject == number:
            standings.append(Standing(code, leaf, index, found.kind == WITHDRAWN, text))
    return standings


def _since(house: House, first: int) -> Iterator[Entry]:
    """Every entry from an index on that may be an offer's. StoreError where one is missing or not as it was sealed."""
    size = house.journal.size()
    for begin in range(first, size, _PAGE):
        rows = house.journal.entries(begin, min(begin + _PAGE, size))
        if [row.index for row in rows] != list(range(begin, min(begin + _PAGE, size))):
            raise StoreError(f"entries behind {begin} are missing: no offers are claimed without them")
        for row in rows:
            leaf = record.leaf_hash(row.record)
            if row.leaf != leaf or not hmac.compare_digest(row.mac, house.signer.mac(row.index, leaf)):
                raise StoreError(
                    f"entry {row.index} was changed after sealing: no offers are claimed behind it"
                )
            if b'"kind":"offer.' in row.record:
                yield row


def _opening(house: House, found: Case, claim: Claim, identity: str) -> Draft:
    """The draft of `offers.opened` for one claimed offer, checked before it is sealed."""
    texts: list[str] = []
    own: list[bytes] = []
    for entry in house.journal.of_subject(claim.offer):
        if entry.index > claim.index:
            break
        own.append(entry.record)
        if entry.kind == REFUSED:
            continue
        body = house.tenders.submission(entry.index)
        if body is None:
            raise StoreError(f"what was handed in with entry {entry.index} is gone")
        texts += offer_file.open_with(identity, offer_file.read_file(body))
    if not texts:
        raise StoreError(f"nothing is kept of the offer {claim.offer}")
    fact = opening.opened_fact(claim.offer, claim.leaf, texts)
    opening.check_opened(own, fact, found.ties[claim.offer])
    ruc, key = opening.bidder_of(fact)
    owned = [] if ruc is None else house.rights.keys_of(ruc)
    proven = actors.proven(house.rights.key(key), owned, ruc, claim.index)
    fact = msgspec.structs.replace(fact, unproven=not proven)
    return _draft("offers.opened", found.number, fact)


def _received(given: OfferFile | bytes) -> tuple[OfferFile, bytes] | HuellaError:
    """An offer that comes from its own key, and the bytes to keep of it; or what is wrong with it."""
    try:
        if isinstance(given, bytes):
            file = offer_file.read_file(given)
        else:
            file = given
            offer_file.check_control(file)
    except HuellaError as error:
        return error
    return file, offer_file.write(file)


def _refusal(file: OfferFile) -> Draft:
    """The record of a late offer: which requirement, and the digest of what was refused."""
    tie = read_as(disclosure.parse(file.tie).value, Tie, "/tie")
    data = {"requirement": tie.subject, "reason": LATE, "digest": offer_file.digest(file.offer)}
    return Draft(kind=REFUSED, subject=file.offer.subject, data=data)


def _draft(kind: str, subject: str, fact: Any) -> Draft:
    data: dict[str, Any] = msgspec.json.decode(canonical.encode(fact))
    return Draft(kind=kind, subject=subject, data=data)


def _try_opening(house: House, found: Case, claim: Claim, identity: str) -> Draft | HuellaError:
    try:
        return _opening(house, found, claim, identity)
    except HuellaError as error:
        return error


def _one(outcomes: Sequence[Outcome]) -> Sealed:
    (outcome,) = outcomes
    if not isinstance(outcome, Sealed):
        raise outcome
    return outcome
