"""What is read by right of office is on record: one `operator.acted` for each command, before anything is shown."""

from __future__ import annotations

from huella.flow.house import House
from huella.flow.publish import newest_entry
from huella.flow.seal import Sealed, seal
from huella.records import kinds, record
from huella.records.draft import Draft

DISCLOSED = "disclosures.read"


def note(house: House, action: str, subject: str) -> Sealed:
    """Put a privileged act on record: what was done (`disclosures.read`) and to which subject. By role."""
    told = {"action": action, "role": "operator", "subject": subject}
    (outcome,) = seal(house, [Draft(kind="operator.acted", subject=kinds.REGISTRY, data=told)])
    if not isinstance(outcome, Sealed):
        raise outcome
    return outcome


def note_paper(house: House, number: str) -> Sealed | None:
    """The same for an order's paper, where it shows personal data; None where it shows none.

    What the order's record seals is what its paper shows, whatever the vault still opens: a paper is kept as it is.
    """
    sealed = record.sealed(record.parse(newest_entry(house, number).record))
    shown = [pointer for pointer in sealed if not pointer.startswith(("/documents/", "/verification_code"))]
    return note(house, DISCLOSED, number) if shown else None
