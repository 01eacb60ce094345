"""Where a procedure's records come from: evidence files, an exported bundle, or the register of this machine.

The register is loaded only where a number is given, so that suppliers and readers need the verifier alone.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from huella.cli import console
from huella.errors import InputError
from huella.proof import bundle as bundles
from huella.proof import evidence as files
from huella.proof import trust
from huella.proof.bundle import Bundle, Checked
from huella.proof.evidence import Evidence
from huella.proof.trust import Trust
from huella.proof.verify import verify
from huella.records import record, tender
from huella.records.identifiers import requirement_number
from huella.records.offer import QuotationRequest, quotation_request
from huella.records.record import FORMAT as RECORD_FORMAT
from huella.records.tender import Case, Placed, Recomputed, Tender

_BEGINNING = 4_096


class Source(NamedTuple):
    """A procedure and its award, None where its records do not follow; what the check of a bundle found, None from the
    register, which the audit checks."""

    case: Case | None
    recomputed: Recomputed | None
    checked: Checked | None


def read(path: Path) -> bytes:
    """A file's bytes; InputError with one line where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name or path}: {error.strerror}", field="FILE") from None


def trusted(named: Path | None, folder: Path) -> Trust | None:
    """The trust file that was named, else the folder's if there is one."""
    if named is not None:
        return trust.parse(read(named))
    usual = folder / "trust.json"
    return trust.parse(usual.read_bytes()) if usual.exists() else None


def procedure(what: str, folder: Path, trusting: Trust | None) -> Source:
    """A procedure by its number, from the register here, or from a bundle's file. InputError where it is neither."""
    if Path(what).is_file():
        checked = bundles.check(bundles.parse(read(Path(what))), trusting)
        return Source(checked.case, checked.recomputed, checked)
    found = of_register(what, folder)
    case = tender.read(found.number, found.procedure)
    return Source(case, tender.recompute(case, found.offers), None)


def of_register(number: str, folder: Path) -> Tender:
    """A procedure's records out of the register in a folder. InputError where there is no register or number."""
    try:
        requirement_number(number, "requirement")
    except InputError:
        message = f"{number} is neither a requirement's number nor a file"
        raise InputError(message, field="REQUIREMENT") from None
    if not (find_spec("sqlalchemy") and find_spec("eth")):
        raise InputError(
            f"there is no register here to look {number} up; give the file that `huella export bundle` makes",
            field="REQUIREMENT",
        )
    found: Tender = importlib.import_module("huella.cli.procedures").records_of(number, folder)
    return found


def requirement(given: list[str], folder: Path, trusting: Trust | None) -> QuotationRequest:
    """What an offer answers: a number of the register here, or files with the requirement's records.

    The files are a bundle, evidence files, or records as they stand, first to last. InputError where one of them was
    altered or they are no chain; who cannot check them is told so, since an offer is encrypted to their key.
    """
    if len(given) == 1 and not Path(given[0]).exists():
        placed: tuple[Placed, ...] = of_register(given[0], folder).procedure
    else:
        placed = tuple(each for name in given for each in _placed(Path(name), trusting))
        placed = tuple(sorted(placed, key=lambda each: record.parse(each.record).seq))
    return quotation_request([(each.record, each.annexes) for each in placed])


def _placed(path: Path, trusting: Trust | None) -> list[Placed]:
    raw = read(path)
    beginning = raw[:_BEGINNING]
    if bundles.FORMAT.encode() in beginning:
        return [_held(path, each, trusting) for each in _of_bundle(raw)]
    if files.FORMAT.encode() in beginning:
        return [_held(path, files.parse(raw), trusting)]
    if RECORD_FORMAT.encode() in raw:
        console.tell("not-checked", file=path.name)
        return [Placed(0, raw.rstrip(b"\r\n"))]
    raise InputError(f"{path.name} is no bundle, evidence file or record", field="--requirement")


def _of_bundle(raw: bytes) -> tuple[Evidence, ...]:
    found: Bundle = bundles.parse(raw)
    return found.procedure


def _held(path: Path, evidence: Evidence, trusting: Trust | None) -> Placed:
    verdict = verify(evidence, trusting)
    if verdict.overall in ("altered", "forked", "lost"):
        raise InputError(
            f"{path.name} is {verdict.overall}: no offer is made for it",
            field="--requirement",
            advice="`huella verify` shows what was found.",
        )
    if verdict.check(6).status != "passed":
        console.tell("not-checked", file=path.name)
    return Placed(evidence.proof.index, evidence.record, evidence.annexes)
