"""What is read by right of office is on record: one `operator.acted` for each command, before anything is shown."""

from __future__ import annotations

from huella.flow.house import House
from huella.flow.seal import Sealed, seal
from huella.records import kinds
from huella.records.draft import Draft

DISCLOSED = "disclosures.read"


def note(house: House, action: str, subject: str) -> Sealed:
    """Put a privileged act on record: what was done (`disclosures.read`) and to which subject. By role."""
    told = {"action": action, "role": "operator", "subject": subject}
    (outcome,) = seal(house, [Draft(kind="operator.acted", subject=kinds.REGISTRY, data=told)])
    if not isinstance(outcome, Sealed):
        raise outcome
    return outcome
