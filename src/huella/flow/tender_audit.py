"""The audit's third pass, closing date by closing date: procedures and offers, held against each other.

1 every claim is that offer's last record before the close      2 every offer of a day is claimed once, or still waits
3 what was opened fits what was sealed, the award comes out the same, orders are those it gave
4 closes came in time, refusals did not come too early          5 what was handed in is kept as it came

What a record says by itself, and whether it may follow, was looked at before (recheck). Here stands what one record
says of others; memory is that of one closing date.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from huella.errors import HuellaError, InputError, RuleError
from huella.flow.findings import At, Report, differences
from huella.flow.house import House
from huella.flow.lives import tie_of
from huella.records import award, canonical, claims, hashlink, kinds, offer_file, record, tender
from huella.records.identifiers import lasting, moment, parse_moment
from huella.records.offer_form import SEALED_KINDS
from huella.records.procedure import Claim
from huella.records.tender import CLOSING, Case, Placed
from huella.store.journal import Entry
from huella.store.snapshot import PAGE, Snapshot

IN_TIME = 60
"""Seconds between a deadline and its close's anchor, above which the close was not attested in time."""
LATELY = timedelta(days=3)
"""How long a close that is late is looked for in every round of a watch; later when its date's turn comes."""
KINDS = tuple(sorted(SEALED_KINDS))

_UNSEEN = (award.WITHDRAWN, award.NOT_OPENED, award.BIDDER_UNKNOWN, award.MALFORMED)
"""Reasons of the award behind which an opening may not fit, or not be there."""

_RULES = {
    "claim-in-log": "the claimed record is not in the log at its place",
    "claim-last-record": "an older record of this offer is claimed than its last one before the close",
    "claim-withdrawn": "the claim does not tell rightly whether the offer was withdrawn",
    "claim-tied": "the tie is not the one that the claimed record sealed",
    "claim-date": "the claimed record shows a date that this procedure never announced",
}


class Found(NamedTuple):
    """A procedure as far as its records follow each other, and its entries."""

    case: Case
    entries: list[Entry]

    def at(self, kind: str, **data: object) -> int:
        """The index of its first entry of a kind with these data."""
        for entry in self.entries:
            if entry.kind == kind and data.items() <= record.parse(entry.record).data.items():
                return entry.index
        return self.entries[-1].index


class TenderAudit:
    """Holds the procedures and offers of one snapshot against each other."""

    def __init__(self, house: House, snapshot: Snapshot, report: Report, since: int) -> None:
        self._house = house
        self._snapshot = snapshot
        self._report = report
        self._since = since

    def run(self) -> None:
        """Every closing date with an entry from `since` on; what is late by the clock always."""
        for date in self._snapshot.closing_dates(self._since):
            self._check_date(date)
        self._check_overdue(None, None)
        self.check_span(self._since, None)

    def run_new(self) -> None:
        """The same, but of what is late only that of the last days: what is read does not grow with the register."""
        for date in self._snapshot.closing_dates(self._since):
            self._check_date(date)
        self._check_overdue(moment(self._house.now() - LATELY)[:10], None)
        self.check_span(self._since, None)

    def check_dates(self, over: str, most: int) -> str | None:
        """So many closing dates behind one, whatever is new of them; the last one, None where there are no more."""
        dates = self._snapshot.dates_behind(over, most)
        for date in dates:
            self._check_date(date)
        if dates:
            self._check_overdue(dates[0], dates[-1])
        return dates[-1] if len(dates) == most else None

    def check_span(self, first: int, end: int | None) -> None:
        """Refusals, linked orders and what was handed in, of the entries from one to before another (None: to the end,
        and beyond it)."""
        self._check_refusals(first, end)
        self._check_orders(first, end)
        self._check_submissions(first, end)

    def _check_date(self, date: str) -> None:
        read = (self._read(number) for number in self._snapshot.closing_on(date))
        found = [each for each in read if each is not None]
        changed = set(self._snapshot.offers_on(date, self._since)) if self._since else set()
        for each in found:
            if each.case.life.dates[0] == date and self._is_new(each, changed):
                self._check_procedure(each)
        self._check_day(date, found)

    def _is_new(self, found: Found, changed: Set[str]) -> bool:
        """Whether a procedure, or an offer that it claims, has an entry from `since` on."""
        newest = found.entries[-1].index >= self._since
        return newest or any(claim.offer in changed for claim in found.case.life.claims)

    # ----------------------------------------------------------------------------------------------- one procedure

    def _check_procedure(self, found: Found) -> None:
        case = found.case
        self._check_sets(found)
        if case.closed is None:
            return
        self._check_time(found)
        shown = self._check_award(found) if case.award is not None else frozenset()
        for start in range(0, len(case.life.claims), PAGE):
            self._check_claims(found, start, shown)

    def _check_sets(self, found: Found) -> None:
        """What each record says by itself: count and root of the claims, no offer twice, only what may be public."""
        for entry in found.entries:
            try:
                fact = tender.fact(self._placed(entry))
                kinds.find(entry.kind).check(fact, found.case.number)
            except InputError as error:
                at = At("entries", entry.index, f"record/data{error.field}")
                self._report.add_sealed(at, f"{found.case.number}: {error}", entry.index)

    def _check_claims(self, found: Found, start: int, shown: Set[str]) -> None:
        """Some of the claims, against the log; and what was opened of them, against what was sealed. `shown` are the
        leaves (hex) of those whose opening the award has used already."""
        case, close = found.case, found.case.closed or 0
        some = case.life.claims[start : start + PAGE]
        held = self._offers(some)
        places = {offer: [(each.index, each.record) for each in own] for offer, own in held.items()}
        life, ties = replace(case.life, claims=some), [case.ties[claim.offer] for claim in some]
        numbers = {claim.offer: start + n for n, claim in enumerate(some, 1)}
        for fault in claims.claim_faults(life, ties, close, places):
            self._report.add_sealed(
                At("claims", f"{case.number}/{numbers[fault.offer]}", fault.rule),
                f"{case.number} claims {fault.offer}: {_RULES[fault.rule]}",
                close,
            )
        for claim in some:
            if claim.leaf not in shown:
                self._check_opened(found, claim, held.get(claim.offer, []))
            for late in (each for each in held.get(claim.offer, []) if each.index > close):
                if record.parse(late.record).kind in SEALED_KINDS:
                    self._report.add_sealed(
                        At("entries", late.index, "record"),
                        f"{claim.offer} was changed behind the close of {case.number}",
                        late.index,
                    )

    def _check_opened(self, found: Found, claim: Claim, own: Sequence[Placed]) -> None:
        case = found.case
        try:
            opened = tender.opened_offer(case, claim, own)
        except (InputError, RuleError) as error:
            self._report.add_sealed(
                At("claims", f"{case.number}/{claim.offer}", "opened"),
                f"what was opened of {claim.offer} is not what it sealed: {error}",
                found.at("offers.opened", offer=claim.offer),
            )
            return
        if opened is None and not claim.withdrawn and case.award is not None:
            self._note(
                At("claims", f"{case.number}/{claim.offer}", "opened"),
                f"{claim.offer} is claimed and nobody opened it before the award",
                found.at("award.decided"),
            )

    def _check_award(self, found: Found) -> frozenset[str]:
        """The award on record against the announced rule, run again over the committed inputs; the leaves (hex) of the
        offers that were opened and fit what they sealed."""
        case, index = found.case, found.at("award.decided")
        try:
            same = tender.recompute(case, self._offers(case.life.claims))
        except HuellaError as error:
            message = f"the award of {case.number} cannot be computed: {error}"
            self._report.add_sealed(At("entries", index, "record/data"), message, index)
            return frozenset()
        computed, recorded = (canonical.decode(canonical.encode(a)) for a in (same.computed, same.recorded))
        for pointer, sealed, present in differences(computed, recorded):
            self._report.add_sealed(
                At("entries", index, f"record/data{pointer}"),
                f"the award of {case.number} is not what its rule gives for the closed set",
                index,
                sealed,
                present,
            )
        places = same.computed.ranking[0].places if same.computed.ranking else ()
        return frozenset(place.offer for place in places if place.excluded not in _UNSEEN)

    def _check_time(self, found: Found) -> None:
        """Deadline and close against the chain's time. A procedure cancelled while it was open had no deadline yet."""
        case, close = found.case, found.case.closed or 0
        if "offers.closed" not in {entry.kind for entry in found.entries}:
            return
        deadline = parse_moment(case.life.requirement.closes_at, "/closes_at")
        _, anchor = self._snapshot.anchors_of(close)
        if anchor is not None and anchor[1] < int(deadline.timestamp()):  # a block tells whole seconds
            message = f"{case.number} was closed before its deadline, by the chain's time"
            at = At("procedures", case.number, "closes_at")
            self._report.add_sealed(at, message, close, case.life.requirement.closes_at, anchor[1])
        late = anchor is not None and anchor[1] - deadline.timestamp() > IN_TIME
        if late and anchor is not None:
            seconds = round(anchor[1] - deadline.timestamp())
            self._note(
                At("procedures", case.number, "closes_at"),
                f"the close of {case.number} was not attested in time: anchored {lasting(seconds)} after the deadline",
                close,
            )
        if anchor is None and self._house.now() - deadline > timedelta(seconds=IN_TIME):
            self._report.add(
                "behind",
                At("procedures", case.number, "closes_at"),
                f"the close of {case.number} is not anchored yet",
                entry=close,
            )

    # ------------------------------------------------------------------------------------------------------ one day

    def _check_day(self, date: str, found: Sequence[Found]) -> None:
        """Every offer that shows the date is claimed once, by the procedures that ever announced it."""
        codes = self._snapshot.offers_on(date)
        day = claims.check_day(date, codes, [each.case.life for each in found])
        for offer in set(day.twice) & set(codes):
            numbers = [f.case.number for f in found if any(c.offer == offer for c in f.case.life.claims)]
            entry = max(f.case.closed or 0 for f in found if f.case.number in numbers)
            self._report.add_sealed(
                At("offers", offer, "claims"), f"claimed twice: by {', '.join(numbers)}", entry
            )
        waiting = 0
        cases = {each.case.number: each.case for each in found}
        for start in range(0, len(day.unclaimed), PAGE):
            entries = self._snapshot.of_subjects(day.unclaimed[start : start + PAGE])
            for code, own in entries.items():
                waiting += self._check_unclaimed(code, own, cases, day.pending)
        if waiting:
            message = f"{waiting} offers that name {date} wait for a close"
            self._note(At("offers", date, "closes_on"), message)

    def _check_unclaimed(
        self, code: str, own: Sequence[Entry], cases: Mapping[str, Case], pending: bool
    ) -> bool:
        """Name an offer that no close claims; True where its procedure is still open, or may be."""
        given = [entry for entry in own if entry.kind in SEALED_KINDS]
        if not given:
            return False
        last, at = given[-1], At("offers", code, "claims")
        if self._house.mirror:  # whose it is only the registry's vault and the supplier can say
            return True
        try:
            tie, _ = tie_of(self._house, last.index, record.sealed(record.parse(last.record)))
        except HuellaError as error:
            self._report.add(
                "tampered", at, f"nobody can say whose offer {code} is: {error}", entry=last.index
            )
            return False
        case = cases.get(tie.subject)
        if case is not None and case.closed is not None:
            late = given[0].index > case.closed
            how = "was put into the log behind the close" if late else "is omitted from the close"
            self._report.add_sealed(
                at, f"{code} {how} of {tie.subject}", given[0].index if late else case.closed
            )
            return False
        if case is not None or pending:
            return True
        self._report.add_sealed(
            at, f"{code} is unclaimed: {tie.subject} never announced its date", last.index
        )
        return False

    # ----------------------------------------------------------------------------------- what is late, what is kept

    def _check_overdue(self, first: str | None, last: str | None) -> None:
        for number, closes_at, entry in self._snapshot.overdue(moment(self._house.now()), first, last):
            self._report.add(
                "behind",
                At("procedures", number, "status"),
                f"the deadline of {number} has passed and its close is not sealed",
                sealed=closes_at,
                present="open",
                entry=entry,
            )

    def _check_refusals(self, first: int, end: int | None) -> None:
        """An offer is refused as late behind its procedure's close only."""
        for entry in self._snapshot.refusals(first, end):
            try:
                found = record.parse(entry.record)
            except InputError:  # named before
                continue
            number = str(found.data.get("requirement"))
            if not any(each.index < entry.index for each in self._claiming(number)):
                self._report.add_sealed(
                    At("entries", entry.index, "record/data/reason"),
                    f"{entry.subject} was refused as late while {number} was open",
                    entry.index,
                )

    def _check_orders(self, first: int, end: int | None) -> None:
        """An order that says it comes from a procedure is one that its award gave."""
        for number, entry in self._snapshot.linked_orders(first, end):
            for row in self._snapshot.entries(entry, entry + 1):
                try:
                    order = tender.fact(self._placed(row))
                    link = getattr(order, "hashlink", None)
                    found = self._read(link.requirement) if link is not None else None
                    hashlink.check_link(order, found and found.case.life, found and found.case.award)
                except RuleError as error:
                    message = f"{number} is not what its award gave: {error} (rule {error.rule})"
                    self._report.add_sealed(At("orders", number, error.rule), message, entry)
                except (InputError, AttributeError):  # no order stands there: named before
                    continue

    def _check_submissions(self, first: int, end: int | None) -> None:
        if self._house.mirror:  # what was handed in is with the registry
            return
        for entry, body, mac in self._snapshot.submissions(KINDS, first, end):
            message = self._unkept(entry, body, mac)
            if message:
                self._report.add(
                    "tampered",
                    At("submissions", entry.index, "row" if body is None else "body"),
                    f"{entry.subject}: {message}",
                    entry=entry.index,
                )
        for index in self._snapshot.stray_submissions(KINDS, first or None, end):
            message = "something is kept for an entry that is no offer's"
            self._report.add("tampered", At("submissions", index, "row"), message, entry=max(index, 0))

    def _unkept(self, entry: Entry, body: bytes | None, mac: bytes) -> str:
        """What is wrong with what is kept of an offer, if anything."""
        if body is None:
            return "what was handed in is gone: only its supplier's copy opens this offer"
        try:
            file, found = offer_file.read_file(body), record.parse(entry.record)
        except InputError as error:
            return f"what is kept is no offer's file: {error}"
        for name, value in offer_file.members(file.offer).items():
            if value != getattr(found, name):
                return f"what is kept belongs to another record: /{name} differs"
        if not hmac.compare_digest(mac, self._house.signer.mac_of_submission(entry.index, body)):
            return "what was handed in was changed: its envelopes are not those that came"
        return ""

    # ------------------------------------------------------------------------------------------------------ reading

    def _read(self, number: str) -> Found | None:
        """A procedure as far as its records follow each other; what does not was named before."""
        entries = self._snapshot.of_subject(number)
        whole = entries
        while entries:
            try:
                placed = [self._placed(entry) for entry in entries]
                return Found(tender.read(number, placed), whole)
            except (HuellaError, ValueError):  # ValueError: not a tie for every claim
                entries = entries[:-1]
        return None

    def _offers(self, some: Iterable[Claim]) -> dict[str, list[Placed]]:
        """The readable records of claimed offers, by code."""
        held = self._snapshot.of_subjects([claim.offer for claim in some])
        return {code: [p for p in map(_readable, own) if p is not None] for code, own in held.items()}

    def _placed(self, entry: Entry) -> Placed:
        named = record.annexes(record.parse(entry.record))
        return Placed(entry.index, entry.record, tuple(self._snapshot.annex(a.sha256) or b"" for a in named))

    def _claiming(self, number: str) -> list[Entry]:
        return [entry for entry in self._snapshot.of_subject(number) if entry.kind in CLOSING]

    def _note(self, at: At, message: str, entry: int | None = None) -> None:
        self._report.add("noted", at, message, entry=entry)


def _readable(entry: Entry) -> Placed | None:
    try:
        record.parse(entry.record)
    except InputError:
        return None
    return Placed(entry.index, entry.record)
