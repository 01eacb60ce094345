"""The bundle (`huella/bundle/1`): one procedure and the offers it claims, each record with its evidence, in one file.

parse ─► every record's verdict ─► chains and rules ─► claims against the offers' records ─► award recomputed

Whoever has the file and a trust file needs no register (docs/spec/procedure.md, The bundle).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import orjson

from huella.errors import HuellaError, InputError, ProofError, RuleError
from huella.proof import evidence as files
from huella.proof.evidence import Evidence
from huella.proof.form import items, member, read_object, typed
from huella.proof.trust import Trust
from huella.proof.verdict import Overall, Verdict
from huella.proof.verify import verify
from huella.records import claims, identifiers, kinds, record, tender
from huella.records.tender import Case, Placed, Recomputed, Tender

FORMAT = "huella/bundle/1"
MAX_FILE = 134_217_728
MAX_RECORDS = 8_192
_MEMBERS = {"format", "requirement", "procedure", "offers"}
_CHECKED = ("offers.closed", "procedure.cancelled", "offers.opened", "award.decided")
"""Kinds of which nothing is sealed that their rules need: they are held to them again."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A requirement's number, the evidence of its records in order, and of the records of each claimed offer, the
    offers in the order of the claims."""

    requirement: str
    procedure: tuple[Evidence, ...]
    offers: tuple[tuple[Evidence, ...], ...] = ()

    def encode(self) -> bytes:
        """The file's bytes."""
        value = {
            "format": FORMAT,
            "requirement": self.requirement,
            "procedure": [each.value() for each in self.procedure],
            "offers": [[each.value() for each in own] for own in self.offers],
        }
        return orjson.dumps(value) + b"\n"

    def tender(self) -> Tender:
        """The records alone, offers by the code in their first record. InputError where a record cannot be read."""
        offers = {record.parse(own[0].record).subject: _placed(own) for own in self.offers}
        return Tender(self.requirement, _placed(self.procedure), offers)


class Fault(NamedTuple):
    """What does not fit: where (`procedure` or an offer's code) and the rule or field that it breaks."""

    place: str
    rule: str
    message: str = ""


class Held(NamedTuple):
    """One record's verdict: where it stands (`procedure/0`, `offers/2/0`), its kind, the verdict."""

    place: str
    kind: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `case` and `recomputed` are None where the records could not be followed that far."""

    held: tuple[Held, ...]
    faults: tuple[Fault, ...]
    case: Case | None = None
    recomputed: Recomputed | None = None

    @property
    def overall(self) -> Overall:
        """`altered` where a record or their connection was changed, else the worst of the records' verdicts."""
        words = {held.verdict.overall for held in self.held}
        if "forked" in words:
            return "forked"
        if self.faults or "altered" in words:
            return "altered"
        if "lost" in words:
            return "lost"
        return "unknown" if "unknown" in words else "authentic"

    @property
    def award(self) -> Literal["same", "differs", "not decided"]:
        """What became of the award: the same bytes again, others, or there is none."""
        if self.recomputed is None or self.recomputed.recorded is None:
            return "not decided"
        return "same" if self.recomputed.same else "differs"

    def to_dict(self) -> dict[str, Any]:
        """The check for `--json`."""
        return {
            "overall": self.overall,
            "award": self.award,
            "faults": [fault._asdict() for fault in self.faults],
            "records": [
                {"place": held.place, "kind": held.kind, **held.verdict.to_dict()} for held in self.held
            ],
        }


def parse(raw: bytes) -> Bundle:
    """Read a bundle strictly. ProofError names the member that is missing, unknown or not in its form."""
    value = read_object(raw, MAX_FILE, "the bundle")
    if value.get("format") != FORMAT:
        raise ProofError(f"the bundle's format is not {FORMAT}")
    unknown = sorted(set(value) - _MEMBERS)
    if unknown:
        raise ProofError(f"/{unknown[0][:40]} is no member of a bundle")
    number = member(value, "requirement", str, "")
    try:
        identifiers.requirement_number(number, "/requirement")
    except InputError as error:
        raise ProofError(f"/requirement: {error}") from None
    offers = []
    for position, own in enumerate(items(value, "offers", list, MAX_RECORDS, "")):
        offers.append(_evidence(own, f"/offers/{position}"))
    return Bundle(number, _evidence(member(value, "procedure", list, ""), "/procedure"), tuple(offers))


def check(bundle: Bundle, trust: Trust | None) -> Checked:
    """Check every record's evidence, then what the records say together, and run the award's rule again.

    The records speak for themselves: nothing that a register answers is asked. That nothing follows the last
    record is not told by a bundle.
    """
    held = tuple(_verdicts(bundle, trust))
    faults: list[Fault] = []
    try:
        found = bundle.tender()
        case = tender.read(found.number, found.procedure)
        _check_facts(found)
    except HuellaError as error:
        return Checked(held, (_fault("procedure", error),))
    faults += _claim_faults(found, case, len(bundle.offers))
    try:
        recomputed = tender.recompute(case, found.offers)
    except HuellaError as error:
        return Checked(held, (*faults, _fault("award", error)), case)
    if recomputed.recorded is not None and not recomputed.same:
        faults.append(Fault("award", "award-differs", "the rule gives another award than the one on record"))
    return Checked(held, tuple(faults), case, recomputed)


def _verdicts(bundle: Bundle, trust: Trust | None) -> Iterator[Held]:
    groups = [("procedure", bundle.procedure)]
    groups += [(f"offers/{position}", own) for position, own in enumerate(bundle.offers)]
    for name, group in groups:
        for position, each in enumerate(group):
            yield Held(f"{name}/{position}", _kind(each.record), verify(each, trust))


def _check_facts(found: Tender) -> None:
    """Each fact agrees with itself: the claims' order, count and root, the openings' and the award's form."""
    for placed in found.procedure:
        kind = record.parse(placed.record).kind
        if kind in _CHECKED:
            kinds.find(kind).check(tender.fact(placed), found.number)


def _claim_faults(found: Tender, case: Case, given: int) -> list[Fault]:
    """Claims held against the offers' own records; exactly the claimed offers are there, each chained."""
    faults: list[Fault] = []
    claimed = tuple(claim.offer for claim in case.life.claims)
    if tuple(found.offers) != claimed or given != len(claimed):
        faults.append(Fault("procedure", "bundle-offers", "the offers are not those of the claims, in order"))
    for code, own in found.offers.items():
        try:
            tender.check_chain(code, own)
        except InputError as error:
            faults.append(_fault(code, error))
    if case.closed is not None and not faults:
        rows = {code: [(each.index, each.record) for each in own] for code, own in found.offers.items()}
        ties = tuple(case.ties[code] for code in claimed)
        broken = claims.claim_faults(case.life, ties, case.closed, rows)
        faults += [
            Fault(each.offer, each.rule, "the claim does not fit the offer's records") for each in broken
        ]
    return faults


def _evidence(values: list[Any], place: str) -> tuple[Evidence, ...]:
    if not 0 < len(values) <= MAX_RECORDS:
        raise ProofError(f"{place} holds 1 to {MAX_RECORDS} records")
    found = []
    for position, value in enumerate(values):
        where = f"{place}/{position}"
        try:
            found.append(files.from_value(typed(value, dict, where)))
        except ProofError as error:
            raise ProofError(f"{where}: {error}") from None
    return tuple(found)


def _placed(own: Sequence[Evidence]) -> tuple[Placed, ...]:
    return tuple(Placed(each.proof.index, each.record, each.annexes) for each in own)


def _kind(raw: bytes) -> str:
    try:
        return record.parse(raw).kind
    except InputError:
        return ""


def _fault(place: str, error: HuellaError) -> Fault:
    rule = (
        error.rule if isinstance(error, RuleError) else error.field if isinstance(error, InputError) else ""
    )
    return Fault(place, rule or error.code, str(error))
