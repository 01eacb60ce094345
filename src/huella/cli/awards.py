"""Commands on what a procedure's records say, from the register or from a bundle: verify-award, and standing.

With a bundle they need the verifier and a trust file alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import typer

from huella.cli import console, source
from huella.cli.offers import Folder, Json, TrustFile
from huella.cli.source import Source
from huella.errors import InputError, ProofError
from huella.proof import evidence as files
from huella.proof.bundle import Checked
from huella.proof.evidence import Evidence
from huella.proof.trust import Trust
from huella.proof.verify import verify
from huella.records import canonical, disclosure, record, tender
from huella.records.award import Award
from huella.records.tender import Placed

SAME, DIFFERS, UNDECIDED = "same", "differs", "not decided"
UNSIGNED, UNKNOWN = "unsigned", "unknown"
STANDING_CODES = {tender.OMITTED: 1, tender.OTHER: 2, tender.UNTIED: 3, UNSIGNED: 3, UNKNOWN: 3}
"""Exit codes of what became of a receipt's offer; all others are good."""
_SIGNED = (2, 5, 6)
"""The checks that tell that the log's key signed for a record."""
_UNSURE = {"altered": 1, "forked": 1, "lost": 1, "unknown": 3}


class Standing(NamedTuple):
    """What became of a receipt's offer in a procedure; the bundle's check where it came from one."""

    word: str
    checked: Checked | None

    @property
    def exit_code(self) -> int:
        """1 omitted, or the bundle was altered; 2 it belongs elsewhere; 3 nobody can say; 0 else."""
        told = _UNSURE.get(self.checked.overall, 0) if self.checked else 0
        return 1 if 1 in (told, STANDING_CODES.get(self.word)) else STANDING_CODES.get(self.word, told)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify-award")(verify_award)


def verify_award(
    what: Annotated[
        str,
        typer.Argument(metavar="REQUIREMENT|BUNDLE", help="A requirement's number, or an exported bundle."),
    ],
    trust_file: TrustFile = None,
    folder: Folder = Path(),
    json: Json = False,
) -> int:
    """Run the announced rule again on the committed offers: the award must come out the same, byte for byte.

    Exit code 0 the same, 1 it differs or the bundle was altered, 3 not decided or not to be checked.
    """
    found = source.procedure(what, folder, source.trusted(trust_file, folder))
    word = _award_word(found)
    recorded = found.recomputed.recorded if found.recomputed else None
    if json:
        value: dict[str, Any] = {"award": word, "recorded": plain(recorded)}
        value["computed"] = plain(found.recomputed.computed) if found.recomputed and recorded else None
        value["bundle"] = found.checked.to_dict() if found.checked else None
        console.emit(value)
    else:
        tell_checked(found.checked)
        if found.case is not None:  # else nobody can say what was decided
            style = {SAME: "bold green", DIFFERS: "bold red"}.get(word, "bold yellow")
            console.show(console.say(f"award-{word.replace(' ', '-')}"), style=style)
        if recorded is not None:
            tell_award(recorded)
    told = _UNSURE.get(found.checked.overall, 0) if found.checked else 0
    return 1 if word == DIFFERS or told == 1 else 3 if word == UNDECIDED else told


def standing(evidence: bytes, against: str, folder: Path, trusting: Trust | None) -> Standing:
    """What became of a receipt's offer in a procedure, by number or bundle. InputError where it is no receipt.

    Nobody is accused on unsigned papers: `omitted` is said only where the log's key signed receipt and closed set.
    """
    try:
        receipt = files.parse(evidence)
    except ProofError:
        return Standing(UNKNOWN, None)  # the verdict says what is wrong with the file
    found = source.procedure(against, folder, trusting)
    if found.case is None:
        return Standing(UNKNOWN, found.checked)
    tie = _tie(receipt.record, receipt.disclosures)
    placed = Placed(receipt.proof.index, receipt.record, receipt.annexes)
    word = tender.standing(found.case, placed, tie)
    if word == tender.OMITTED and not _signed(receipt, found.checked, trusting):
        word = UNSIGNED
    return Standing(word, found.checked)


def tell_checked(checked: Checked | None) -> None:
    """What the check of a bundle found, for people."""
    if checked is None:
        return
    styles = {"authentic": "green", "unknown": "yellow"}
    console.show(
        console.say(f"bundle-{checked.overall}", count=len(checked.held)),
        style=styles.get(checked.overall, "bold red"),
    )
    language = console.language()
    reasons: dict[str, int] = {}
    for held in checked.held:
        if held.verdict.overall != "authentic":
            line = f"{held.kind or held.place}: {console.judged(held.verdict).sentence(language)}"
            reasons[line] = reasons.get(line, 0) + 1
    for line, count in reasons.items():
        console.show(f"  {line}" + (f" (× {count})" if count > 1 else ""))
    for fault in checked.faults:
        console.show(f"  {fault.place}: {fault.rule}: {console.said(fault.message)}", style="bold red")


def tell_award(award: Award) -> None:
    """An award for people: each ranking, then the winners."""
    console.show(f"{award.rule}/{award.version} · {award.currency}")
    for ranking in award.ranking:
        console.show("  " + console.say("products", numbers=", ".join(map(str, ranking.products))))
        for place in ranking.places:
            if place.rank is not None:
                console.show(f"    {place.rank:>3}  {place.total:>16,.2f}  {place.offer[:16]}…")
            else:
                reason = console.say(f"excluded-{place.excluded}")
                console.show(f"      –  {reason:>16}  {place.offer[:16]}…")
    for winner in award.winners:
        console.show(
            "  " + console.say("winner", bidder=winner.bidder, total=f"{winner.total:,.2f}"), style="bold"
        )
    if award.deserted:
        console.show("  " + console.say("deserted", numbers=", ".join(map(str, award.deserted))))


def _signed(receipt: Evidence, checked: Checked | None, trusting: Trust | None) -> bool:
    """Whether the log's key signed for the receipt's record and for all of the procedure's."""
    verdicts = [verify(receipt, trusting)]
    verdicts += [held.verdict for held in checked.held] if checked else []
    return all(verdict.check(number).status == "passed" for verdict in verdicts for number in _SIGNED)


def _award_word(found: Source) -> str:
    if found.recomputed is None or found.recomputed.recorded is None:
        return UNDECIDED
    return SAME if found.recomputed.same else DIFFERS


def _tie(raw: bytes, disclosures: tuple[str, ...]) -> str | None:
    """The disclosure of a record's requirement, where the receipt shows it."""
    try:
        wanted = record.sealed(record.parse(raw)).get("/requirement")
        return next((text for text in disclosures if disclosure.digest(text) == wanted), None)
    except (InputError, UnicodeEncodeError):
        return None


def plain(award: Award | None) -> Any:
    """An award for `--json`, as its record has it."""
    return None if award is None else msgspec.json.decode(canonical.encode(award))
