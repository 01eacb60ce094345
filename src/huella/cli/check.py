"""The command that trusts nobody: verify. It needs records and proof alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from huella.cli import console
from huella.errors import InputError
from huella.proof import paper, trust
from huella.proof.trust import Trust
from huella.proof.verdict import Verdict
from huella.proof.verify import verify, verify_fork

_STYLES = {"authentic": "bold green", "altered": "bold red", "forked": "bold red", "unknown": "bold yellow"}
_MARKS = {"passed": "✔", "failed": "✘", "unknown": "?", "not asked": "·"}


class Case(NamedTuple):
    """One thing to verify: its name, the evidence's bytes (None: there is none) and the document, if one was given."""

    name: str
    evidence: bytes | None
    document: bytes | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify_)


def verify_(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Order PDF, evidence file or fork proof.")
    ],
    document: Annotated[
        Path | None, typer.Option("--document", help="The PDF that the evidence speaks of.")
    ] = None,
    trust_file: Annotated[
        Path | None, typer.Option("--trust", help="Trust file; trust.json of the folder if none.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody (this is what it does without --rpc).")
    ] = True,
    folder: Annotated[
        Path, typer.Option("--dir", envvar="HUELLA_DIR", help="Folder whose trust.json counts.")
    ] = Path(),
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> int:
    """The numbered checks and the verdict. A PDF and an evidence file given together are checked together."""
    trusted = _trust(trust_file, folder / "trust.json")
    results: list[tuple[Case, Verdict]] = []
    for case in _cases(files, document):
        if case.evidence is None:
            raise InputError(console.say("no-evidence", file=case.name), field="FILE")
        if b'"huella/fork/1"' in case.evidence[:4096]:
            results.append((case, verify_fork(case.evidence, trusted)))
        else:
            verdict = verify(case.evidence, trusted, document=case.document, offline=offline)
            results.append((case, _about(case, verdict)))
    if json:
        console.emit({"results": [{"file": case.name, **verdict.to_dict()} for case, verdict in results]})
    else:
        for case, verdict in results:
            _tell(case.name, verdict)
    return _worst([verdict.exit_code for _, verdict in results])


def _about(case: Case, verdict: Verdict) -> Verdict:
    """Who gives a document asks about it: where the record names none, the answer is that it cannot be told."""
    check = verdict.check(4)
    if case.document is None or check.status != "not asked" or verdict.overall != "authentic":
        return verdict
    checks = (*verdict.checks[:3], replace(check, status="unknown"), *verdict.checks[4:])
    return replace(verdict, checks=checks, overall="unknown")


def _worst(codes: list[int]) -> int:
    """Altered outweighs what could not be checked, which outweighs authentic."""
    return next((code for code in (1, 3) if code in codes), 0)


def _cases(files: list[Path], document: Path | None) -> Iterator[Case]:
    """What is to be checked: one PDF and one evidence file together are one case, else each file is one."""
    read = [(path.name, _read(path)) for path in files]
    papers = [(name, body) for name, body in read if body.startswith(b"%PDF-")]
    others = [(name, body) for name, body in read if not body.startswith(b"%PDF-")]
    given = _read(document) if document is not None else None
    if len(papers) == 1 and len(others) == 1 and given is None:
        yield Case(f"{papers[0][0]} + {others[0][0]}", others[0][1], papers[0][1])
        return
    for name, body in others:
        yield Case(name, body, given)
    for name, body in papers:
        attached = [found for file, found in paper.embedded(body) if file.endswith(".huella.json")]
        if not attached:
            yield Case(name, None, body)
        for found in attached:
            yield Case(name, found, body)


def _trust(named: Path | None, usual: Path) -> Trust | None:
    """The trust file that was named, else the folder's if there is one."""
    if named is not None:
        return trust.parse(_read(named))
    return trust.parse(usual.read_bytes()) if usual.exists() else None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name}: {error.strerror}", field="FILE") from None


def _tell(name: str, verdict: Verdict) -> None:
    language = console.language()
    console.show(name)
    console.show("  " + verdict.sentence(language), style=_STYLES[verdict.overall])
    if verdict.check(6).code == "no-trust":
        console.tell("give-trust")
    for check in verdict.checks:
        reason = check.reason(language)
        line = f"  {check.number:>2} {_MARKS[check.status]} {check.title(language)}"
        console.show(f"{line} — {reason}" if reason else line)
