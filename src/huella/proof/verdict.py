"""Verdict: what a verification found, check by check, and what follows from it (docs/spec/evidence.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from huella.proof.texts import NAMES, NOT_ATTESTED, OVERALL, PARTS, REASONS

Status = Literal["passed", "failed", "unknown", "not asked"]
Overall = Literal["authentic", "altered", "forked", "lost", "unknown"]
Language = Literal["es", "en"]

INTEGRITY = (2, 3, 4, 5, 7, 11, 12)
"""The checks whose failure means that something was altered."""
GROUPS = ("integrity", "issuer", "state")
EXIT_CODES: dict[Overall, int] = {"authentic": 0, "altered": 1, "forked": 1, "lost": 1, "unknown": 3}


@dataclass(frozen=True, slots=True)
class Check:
    """One numbered check: its status and the stable code of its reason, with the numbers and names in it."""

    number: int
    status: Status
    code: str = "ok"
    details: tuple[str | int, ...] = ()

    @property
    def name(self) -> str:
        """The check's stable name."""
        return NAMES[self.number][0]

    @property
    def group(self) -> Literal["integrity", "issuer", "state"]:
        """1 to 5, 11 and 12 speak of integrity, 10 of the state now, the others of who issued it."""
        if self.number == 10:
            return "state"
        return "integrity" if self.number <= 5 or self.number in (11, 12) else "issuer"

    def title(self, language: Language = "es") -> str:
        """What the check asks, as a statement."""
        return NAMES[self.number][1 if language == "es" else 2]

    def reason(self, language: Language = "es") -> str:
        """Why the status is what it is; empty where there is nothing to say."""
        return REASONS[self.code][0 if language == "es" else 1].format(*self.details)

    def to_dict(self) -> dict[str, Any]:
        """The check for `--json`."""
        return {
            "number": self.number,
            "name": self.name,
            "group": self.group,
            "status": self.status,
            "code": self.code,
            "reason": {"es": self.reason("es"), "en": self.reason("en")},
        }


@dataclass(frozen=True, slots=True)
class Part:
    """One of the three answers of a verdict: `group` asks, `word` answers, the check that decided says why.

    integrity: intact, altered, unknown · issuer: confirmed, unattested, refused, forked, lost, unknown · state: agreed,
    told, unknown
    """

    group: Literal["integrity", "issuer", "state"]
    word: str
    because: Check | None = None

    def sentence(self, language: Language = "es") -> str:
        """The answer in one sentence, without a full stop."""
        place = 0 if language == "es" else 1
        reason = "" if self.because is None else self.because.reason(language)
        if self.group == "state":
            return reason[:1].upper() + reason[1:]
        told = PARTS[self.group][self.word][place]
        return f"{told}: {reason}" if reason else told

    def to_dict(self) -> dict[str, Any]:
        """The answer for `--json`."""
        return {
            "word": self.word,
            "check": None if self.because is None else self.because.number,
            "sentence": {"es": self.sentence("es"), "en": self.sentence("en")},
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """All ten checks (sixteen of a signed PDF) and the overall word.

    `attested` is False on a network without validators (`consensus: none`).
    """

    checks: tuple[Check, ...]
    overall: Overall = field(default="unknown")
    attested: bool = True

    def check(self, number: int) -> Check:
        """The check of that number, 1 to 10; 11 to 16 for a signed PDF only."""
        return self.checks[number - 1]

    @property
    def exit_code(self) -> int:
        """0 authentic, 1 altered, forked or lost, 3 could not be checked."""
        return EXIT_CODES[self.overall]

    def sentence(self, language: Language = "es") -> str:
        """The verdict in one sentence, without a full stop; offline it ends in "state not checked"."""
        place = 0 if language == "es" else 1
        parts = [OVERALL[self.overall][place].format(self._because(language))]
        if not self.attested:
            parts.append(NOT_ATTESTED[place])
        parts.append(self.check(10).reason(language))
        return "; ".join(part for part in parts if part)

    def parts(self) -> tuple[Part, Part, Part]:
        """The three answers that no reader should mix up: is it whole, who stands behind it, is it still so.

        Whole and issued by somebody who counts does not mean valid today; a good issuer does not heal changed bytes.
        """
        return _integrity(self), _issuer(self), _state(self.check(10))

    def to_dict(self) -> dict[str, Any]:
        """The verdict for `--json`: overall, exit code, sentences, the three answers, checks."""
        return {
            "overall": self.overall,
            "exit_code": self.exit_code,
            "attested": self.attested,
            "sentence": {"es": self.sentence("es"), "en": self.sentence("en")},
            "parts": {part.group: part.to_dict() for part in self.parts()},
            "checks": [check.to_dict() for check in self.checks],
        }

    def _because(self, language: Language) -> str:
        """The reason of the first check that decided against `authentic`."""
        deciding = [check for check in self.checks if decides(check, self.overall)]
        return deciding[0].reason(language) if deciding else ""


def _integrity(verdict: Verdict) -> Part:
    """Whether record and page are as they were sealed and signed; a page needs its digest (4) or its signature."""
    own = [check for check in verdict.checks if check.group == "integrity" or check.number == 7]
    failed = [check for check in own if check.status == "failed" and check.number in INTEGRITY]
    if failed:
        return Part("integrity", "altered", failed[0])
    named = verdict.check(4).status == "passed"  # then nobody needs to have signed the page
    doubts = [
        check
        for check in own
        if check.status in ("failed", "unknown") and check.number != 7 and not (named and check.number > 10)
    ]
    if doubts:
        return Part("integrity", "unknown", doubts[0])
    return Part("integrity", "intact")


def _issuer(verdict: Verdict) -> Part:
    """Whether log, chain and, where a page holds by its signature alone, the signer are those that one trusts."""
    paper = [check for check in verdict.checks if check.number in (13, 14, 15)]
    if verdict.check(4).status == "passed":
        paper = []
    asked = [
        check for check in (*verdict.checks[5:9], *paper) if (check.number, check.status) != (7, "failed")
    ]
    if verdict.overall == "forked":
        return Part("issuer", "forked")
    if verdict.overall == "lost":
        return Part("issuer", "lost", verdict.check(7))
    for status, word in (("failed", "refused"), ("unknown", "unknown")):
        found = [check for check in asked if check.status == status]
        if found:
            return Part("issuer", word, found[0])
    if not any(check.status == "passed" for check in asked):
        return Part("issuer", "unknown", verdict.check(1) if verdict.check(1).status != "passed" else None)
    signer = [check for check in paper if check.number == 13]
    word = "confirmed" if verdict.attested else "unattested"
    return Part("issuer", word, signer[0] if signer else None)


def _state(check: Check) -> Part:
    """What the subject's state is now: as mirrors agree, as the registry alone tells, or not asked."""
    if check.status == "passed":
        return Part("state", "agreed", check)
    return Part("state", "unknown" if check.status == "not asked" else "told", check)


def decides(check: Check, overall: Overall) -> bool:
    """Whether a check is a reason for the overall word `altered`, `lost` or `unknown`."""
    if check.number == 10:
        return False
    if overall == "lost":
        return check.code == "lost"
    if overall == "altered":
        return check.status == "failed" and (check.number in INTEGRITY or check.code == "signature-wrong")
    return overall == "unknown" and (
        check.status in ("failed", "unknown") or check.code == "no-contradiction"
    )


def judge(
    checks: tuple[Check, ...], *, attested: bool, forked: bool = False, issued: bool = False
) -> Verdict:
    """The overall word over ten checks. `issued`: the log's key signed the head, witnessed or not.

    `forked` goes before `altered`; `altered` needs a failure of 2 to 5 or 7 or a false signature under a
    trusted key;
    `lost` needs an entry that 7 says was lost, issued and whole;
    `authentic` needs every asked check of 1 to 7 passed, 8 passed, and 9 passed or not asked. 10 changes
    nothing.
    """
    overall: Overall = "unknown"
    if checks[0].status == "passed":
        held = all(check.status in ("passed", "not asked") for check in checks[:9])
        if forked:
            overall = "forked"
        elif any(decides(check, "altered") for check in checks):
            overall = "altered"
        elif issued and checks[6].code == "lost":
            whole = (check.status in ("passed", "not asked") for check in checks[1:5])
            overall = "lost" if all(whole) else "unknown"
        elif held and all(checks[number - 1].status == "passed" for number in (2, 5, 6, 7, 8)):
            overall = "authentic"
    return Verdict(checks, overall, attested)


def with_paper(verdict: Verdict | None, paper: tuple[Check, ...]) -> Verdict:
    """The verdict of a PDF: that of its evidence (None: it brings none) with checks 11 to 16 of a signed one behind it.

    A page that a record names by its digest (4 passed) needs no signature: there 11 to 16 only inform, unless 11 or 12
    failed. Any other page holds by its signature alone: `authentic` needs 11 to 15 passed and 16 not failed. Without
    evidence nothing was compared with the register, so that it is never `authentic`.
    """
    if verdict is None:
        first = Check(1, "unknown", "no-evidence" if paper else "none-attached")
        rest = (Check(number, "not asked") for number in range(2, 10))
        verdict = Verdict((first, *rest, Check(10, "not asked", "not-consulted")))
    checks = (*verdict.checks, *paper)
    overall = verdict.overall
    if overall in ("altered", "forked"):
        pass
    elif any(decides(check, "altered") for check in paper):
        overall = "altered"
    elif overall == "authentic" and verdict.check(4).status != "passed":
        held = all(check.status == "passed" for check in paper[:5]) and paper[5].status in (
            "passed",
            "not asked",
        )
        overall = "authentic" if held else "unknown"
    return Verdict(checks, overall, verdict.attested)
