"""The command that trusts nobody: verify. It needs records and proof alone."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from huella.cli import console, explain, row_words, source
from huella.cli.awards import Standing, standing, tell_checked
from huella.cli.scan import Where, scanned
from huella.errors import InputError, ProofError
from huella.flow.ask import witnesses
from huella.proof import evidence as evidence_files
from huella.proof import paper
from huella.proof.checkpoint import Checkpoint, parse_checkpoint
from huella.proof.evidence import Fork
from huella.proof.trust import Trust
from huella.proof.verdict import Check, Verdict, with_paper
from huella.proof.verify import verify, verify_fork
from huella.records import record
from huella.records.offer_form import REFUSED, SEALED_KINDS

_STYLES = {
    "authentic": "bold green", "altered": "bold red", "forked": "bold red", "lost": "bold red",
    "unknown": "bold yellow",
}  # fmt: skip
_PAGE = "constancia.huella.json"
"""What a page brings that tells of a record and is not named by it (docs/spec/paper.md, The constancia)."""
_MARKS = {"passed": "✔", "failed": "✘", "unknown": "?", "not asked": "·"}


class Case(NamedTuple):
    """One thing to verify: its name, the evidence's bytes (None: there is none) and the document, if one was given."""

    name: str
    evidence: bytes | None
    document: bytes | None
    paper: bytes | None = None
    """The PDF whose signature is to be looked at."""
    page: bool = False
    """Whether the PDF tells of the record without being the document that the record names."""


class Result(NamedTuple):
    """A case with its verdict and, where that was asked, whether the closed set has its offer."""

    case: Case
    verdict: Verdict
    standing: Standing | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify_)


def verify_(  # noqa: PLR0913 - one parameter an option
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE…", help="PDF, evidence file, a finding's .zip, fork proof, or two signed heads."
        ),
    ] = None,
    document: Annotated[
        Path | None, typer.Option("--document", help="The PDF that the evidence speaks of.")
    ] = None,
    trust_file: Annotated[
        Path | None, typer.Option("--trust", help="Trust file; trust.json of the folder if none.")
    ] = None,
    rpc: Annotated[
        list[str] | None,
        typer.Option("--rpc", metavar="URL", help="A node to ask; once for each of several that must agree."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody (this is what it does without --rpc).")
    ] = False,
    folder: Annotated[
        Path, typer.Option("--dir", envvar="HUELLA_DIR", help="Folder whose trust.json counts.")
    ] = Path(),
    against: Annotated[
        str,
        typer.Option(
            "--against", help="Requirement or bundle: whether its closed set has a receipt's offer."
        ),
    ] = "",
    scan: Annotated[
        Path | None,
        typer.Option("--scan", help="A photograph or scan of a paper; FILE is its evidence, if at hand."),
    ] = None,
    portal: Annotated[
        str,
        typer.Option("--portal", help="With --scan: the registry's address, which the QR has to lead to."),
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> int:
    """The numbered checks and the verdict. A PDF and an evidence file given together are checked together."""
    if offline and (rpc or portal):
        raise typer.BadParameter("--offline asks nobody, --rpc and --portal ask: give one of them")
    trusted = source.trusted(trust_file, folder)
    if scan is not None:
        return scanned(scan, Where(files or [], folder, portal), trusted, json)
    if not files:
        raise typer.BadParameter("give a FILE, or --scan with a picture")
    results = []
    for case in _cases(files, document):
        verdict = _judged(case, trusted, rpc or [])
        about = bool(against) and case.evidence is not None
        found = standing(case.evidence or b"", against, folder, trusted) if about else None
        results.append(Result(case, verdict, found))
    versions = row_words.compared([each.case.evidence for each in results])
    if json:
        told = {"results": [_row(*each) for each in results]}
        console.emit(told if versions is None else {**told, "row": versions})
    else:
        for each in results:
            _tell_result(each, against)
        row_words.tell_compared(versions)
    codes = [each.standing.exit_code for each in results if each.standing is not None]
    return _worst([*codes, *(each.verdict.exit_code for each in results)])


def _tell_result(result: Result, against: str) -> None:
    """What was found of one case, for people."""
    case, verdict, found = result
    _tell(case.name, verdict)
    _tell_own_evidence(case, verdict)
    explain.tell_reading(explain.reading(verdict, case.evidence, case.document or case.paper))
    _tell_receipt(case)
    row_words.tell_row(case.evidence)
    _tell_standing(found, against)


def _judged(case: Case, trusted: Trust | None, rpc: list[str]) -> Verdict:
    """One case's verdict: of its evidence, of its signature, or of both."""
    signed = () if case.paper is None else _signatures(case.paper, trusted)
    if case.evidence is None:
        return with_paper(None, signed)
    if b'"huella/fork/1"' in case.evidence[:4096]:
        return verify_fork(case.evidence, trusted)
    verdict = _about(case, _checked(case, case.evidence, trusted, rpc))
    return with_paper(verdict, signed) if signed else verdict


def _signatures(document: bytes, trusted: Trust | None) -> tuple[Check, ...]:
    """Checks 11 to 16 of a signed PDF; who has not installed what they need is told so."""
    if b"/ByteRange" not in document:
        return ()
    if not find_spec("pyhanko") or not find_spec("pkcs11"):
        return tuple(Check(number, "unknown", "paper-library") for number in range(11, 17))
    found: tuple[Check, ...] = importlib.import_module("huella.flow.papers").check_paper(
        document, trusted, datetime.now(UTC)
    )
    return found


def _row(case: Case, verdict: Verdict, found: Standing | None) -> dict[str, Any]:
    row = {"file": case.name, **verdict.to_dict()}
    text = explain.reading(verdict, case.evidence, case.document or case.paper)
    if text is not None:
        row["text"] = text
    if found is not None:
        row["standing"] = found.word
        row["against"] = found.checked.to_dict() if found.checked else None
    return row


def _tell_receipt(case: Case) -> None:
    """What a receipt's page has to say to be the page of its evidence."""
    offer = _offer(case.evidence or b"")
    if offer is not None:
        code, index, leaf = offer
        console.show("  " + console.say("receipt-of", code=code, index=index, leaf=leaf))


def _tell_own_evidence(case: Case, verdict: Verdict) -> None:
    """Where the evidence does not speak of the PDF: whether the PDF brings evidence of its own, as a paper does that
    was made after its order was registered."""
    if verdict.check(4).code not in ("no-files", "document-sealed") or case.document is None:
        return
    if any(name.endswith(".huella.json") for name, _ in paper.embedded(case.document)):
        console.tell("own-evidence")


def _tell_standing(found: Standing | None, against: str) -> None:
    if found is None:
        return
    tell_checked(found.checked)
    style = {"claimed": "bold green", "omitted": "bold red", "open": "bold"}.get(found.word, "bold yellow")
    console.show("  " + console.say(f"standing-{found.word}", against=against), style=style)


def _checked(case: Case, evidence: bytes, trusted: Trust | None, rpc: list[str]) -> Verdict:
    """Offline, or by asking these nodes about the contract that the trust file names."""
    if not rpc or trusted is None:
        return verify(evidence, trusted, document=case.document)
    with witnesses(rpc, trusted.contract_at) as nodes:
        return verify(evidence, trusted, document=case.document, nodes=nodes, offline=False)


def _about(case: Case, verdict: Verdict) -> Verdict:
    """Who gives a document asks about it: where the record names none, the answer is that it cannot be told.

    A page about the record is no document on record: only an accepted signature makes it stand for something.
    """
    check = verdict.check(4)
    if case.page and b"/ByteRange" not in (case.paper or b"") and verdict.overall == "authentic":
        told = replace(check, status="unknown", code="page-not-recorded")
        return replace(verdict, checks=(*verdict.checks[:3], told, *verdict.checks[4:]), overall="unknown")
    if case.document is None or check.status != "not asked" or verdict.overall != "authentic":
        return verdict
    checks = (*verdict.checks[:3], replace(check, status="unknown"), *verdict.checks[4:])
    return replace(verdict, checks=checks, overall="unknown")


def _worst(codes: list[int]) -> int:
    """Altered outweighs wrong use, that what could not be checked, and that authentic."""
    return next((code for code in (1, 2, 3) if code in codes), 0)


def _cases(files: list[Path], document: Path | None) -> Iterator[Case]:
    """What is to be checked: one PDF and one evidence file together are one case, else each file is one."""
    read = [each for path in files for each in _members(path)]
    papers = [(name, body) for name, body in read if body.startswith(b"%PDF-")]
    others = [(name, body) for name, body in read if not body.startswith(b"%PDF-")]
    heads = [(name, head) for name, body in others if (head := _head(body)) is not None]
    if heads:
        yield _fork(heads, len(read))
        return
    given = source.read(document) if document is not None else None
    if len(papers) == 1 and len(others) == 1 and given is None:
        yield Case(f"{papers[0][0]} + {others[0][0]}", others[0][1], papers[0][1], papers[0][1])
        return
    for name, body in others:
        yield Case(name, body, given)
    for name, body in papers:
        yield from _of_paper(name, body)


def _members(path: Path) -> list[tuple[str, bytes]]:
    """A file by its name, or what is in an archive."""
    body = source.read(path)
    return (
        list(row_words.members(path.name, body))
        if body.startswith(row_words.ARCHIVE)
        else [(path.name, body)]
    )


def _fork(heads: Sequence[tuple[str, Checkpoint]], given: int) -> Case:
    """Two signed heads beside each other. InputError where there is one, or other files (of `given`) are too."""
    if len(heads) != 2 or given != 2:
        raise InputError("a signed head proves nothing alone: give two heads of one size", field="FILE")
    (one, first), (other, second) = heads
    return Case(f"{one} + {other}", Fork((first, second)).encode(), None)


def _of_paper(name: str, body: bytes) -> Iterator[Case]:
    """A PDF, by each evidence that is attached to it."""
    attached = [each for each in paper.embedded(body) if each[0].endswith(".huella.json")]
    if not attached:
        yield Case(name, None, body, body)
    for file, found in attached:
        # a receipt's page is no document on record: its evidence is what counts
        offer = _offer(found) is not None
        page = (file == _PAGE or row_words.is_row(found)) and not offer
        told = name if len(attached) == 1 else f"{name}: {file}"
        yield Case(told, found, None if offer or page else body, body, page)


def _head(body: bytes) -> Checkpoint | None:
    """The signed head that a file is; None where it is anything else."""
    try:
        return None if body.lstrip().startswith(b"{") else parse_checkpoint(body.decode())
    except (ProofError, UnicodeDecodeError):
        return None


def _offer(evidence: bytes) -> tuple[str, int, str] | None:
    """Code, index and leaf hash (hex) of the offer that an evidence file is a receipt of; None for anything else."""
    try:
        read = evidence_files.parse(evidence)
        found = record.parse(read.record)
    except (ProofError, InputError):
        return None
    if found.kind not in SEALED_KINDS and found.kind != REFUSED:
        return None
    return found.subject, read.proof.index, record.leaf_hash(read.record).hex()


def _tell(name: str, verdict: Verdict) -> None:
    language = console.language()
    verdict = console.judged(verdict)
    console.show(name)
    console.show("  " + verdict.sentence(language), style=_STYLES[verdict.overall])
    explain.tell_parts(verdict)
    if verdict.check(6).code == "no-trust":
        console.tell("give-trust")
    for check in verdict.checks:
        reason = check.reason(language)
        line = f"  {check.number:>2} {_MARKS[check.status]} {check.title(language)}"
        console.show(f"{line} — {reason}" if reason else line)
