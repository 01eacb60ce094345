"""Rows of a watched source as records: their drafts, their subjects, and the sealed versions, opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from huella.errors import StoreError
from huella.flow.house import House
from huella.records import disclosure, kinds, record
from huella.records.draft import Draft
from huella.records.rows import (
    CATALOGUE,
    DELETE,
    NULL,
    TRUNCATE,
    RowVersion,
    key_bytes,
    prefix_of,
    subject_of,
)
from huella.sources.plan import Plan, Table
from huella.store.journal import Entry

KIND = "row.sealed"
PAGE = 1_000
GONE = (DELETE, TRUNCATE)


class Version(NamedTuple):
    """A sealed version of a row: its entry, and its values by column, personal ones too where they are not erased."""

    entry: int
    seq: int
    leaf: bytes
    recorded_at: str
    seen: str
    position: str
    values: Mapping[str, str]
    personal: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    committed_at: str | None = None

    @property
    def gone(self) -> bool:
        """Whether it says that the row is not there any more."""
        return self.seen in GONE

    def same(self, values: Mapping[str, str]) -> bool:
        """Whether a row holds what was sealed; what was erased, or was not watched then, is not compared."""
        if self.gone:
            return False
        return self.values == values or all(
            values[column] == value for column, value in self.values.items() if column in values
        )


class Seen(NamedTuple):
    """A version on its way: how it was seen, where, what is odd about it."""

    seen: str
    position: str
    values: Mapping[str, str]
    notes: tuple[str, ...] = ()
    committed_at: str | None = None


class Rows:
    """The rows of one source in one registry."""

    def __init__(self, house: House, plan: Plan) -> None:
        self._house = house
        self.plan = plan
        self._plain = {name for name, table in plan.tables.items() if not table.secret}

    def subject(self, name: str, table: Table, values: Mapping[str, str]) -> str:
        """The subject of a row by the values of its key."""
        key = [values.get(column, NULL) for column in table.key]
        mac = None
        if name not in self._plain and table.secret:
            mac = bytes.fromhex(self._house.vault.blind(f"{name}\n{key_bytes(key).hex()}"))
        return subject_of(self.plan.name, name, key, mac)

    def draft(self, name: str, table: Table, subject: str, given: Seen) -> Draft:
        """A version as a fact to be sealed; columns that the row does not have are left out."""
        values = given.values
        clear = [column for column in table.clear if column in values]
        digest = [column for column in table.digest if column in values]
        data: dict[str, Any] = {
            "source": self.plan.name, "table": name, "key": list(table.key), "seen": given.seen,
            "position": given.position,
        }  # fmt: skip
        if clear:
            data |= {"columns": clear, "values": [values[column] for column in clear]}
        if digest:
            data |= {"sealed_columns": digest, "sealed_values": [values[column] for column in digest]}
        if given.committed_at is not None:
            data["committed_at"] = given.committed_at
        if given.notes:
            data["notes"] = list(given.notes)
        return Draft(kind=KIND, subject=subject, data=data)

    def structure(self, name: str, facts: Mapping[str, str], given: Seen) -> Draft:
        """A table's structure as a fact to be sealed."""
        values = {"table": f"text:{name}", **{fact: f"text:{text}" for fact, text in sorted(facts.items())}}
        table = Table(key=("table",), mode="versioned", clear=tuple(values))
        return self.draft(CATALOGUE, table, self.structure_of(name), given._replace(values=values))

    @property
    def structures(self) -> str:
        """What the subjects of all structures begin with."""
        return prefix_of(self.plan.name, CATALOGUE)

    def structure_of(self, name: str) -> str:
        """The subject of a table's structure."""
        return subject_of(self.plan.name, CATALOGUE, [f"text:{name}"])

    def latest(self, subjects: Sequence[str]) -> dict[str, Version]:
        """The newest version of each subject that has one."""
        found = self._house.journal.latest(KIND, list(dict.fromkeys(subjects)))
        opened = self.open(list(found.values()))
        return {entry.subject: opened[entry.index] for entry in found.values()}

    def history(self, subject: str) -> list[Version]:
        """One subject's versions."""
        found = self._house.journal.of_subject(subject)
        opened = self.open(found)
        return [opened[entry.index] for entry in found]

    def histories(self, name: str, over: str = "", most: int = PAGE) -> list[tuple[str, list[Version]]]:
        """The next subjects of a table behind one, each with its versions."""
        groups = self._house.journal.beginning(prefix_of(self.plan.name, name), over, most)
        opened = self.open([entry for group in groups for entry in group])
        return [(group[0].subject, [opened[entry.index] for entry in group]) for group in groups]

    def all_histories(self, name: str) -> Iterator[tuple[str, list[Version]]]:
        """Every subject of a table with its versions, in pages."""
        over = ""
        while found := self.histories(name, over):
            yield from found
            over = found[-1][0]

    def open(self, entries: Iterable[Entry]) -> dict[int, Version]:
        """Entries as versions by index, with their personal values out of the vault."""
        read = [(entry, *kinds.read_record(entry.record)) for entry in entries]
        wanted = {entry.index: record.sealed(frame) for entry, frame, _ in read if record.sealed(frame)}
        texts = self._house.vault.open_many(wanted) if wanted else {}
        return {
            entry.index: _version(entry, fact or self._whole(entry), texts.get(entry.index, {}))
            for entry, _, fact in read
        }

    def _whole(self, entry: Entry) -> RowVersion:
        """A version whose values are so many that they moved to annexes."""
        found = record.parse(entry.record)
        bodies = [self._house.journal.annex(each.sha256) for each in record.annexes(found)]
        if None in bodies:
            raise StoreError(f"an annex of entry {entry.index} is missing")
        data = record.effective_data(found, [body for body in bodies if body is not None])
        fact: RowVersion = kinds.read(KIND, data)
        return fact


def _version(entry: Entry, fact: RowVersion, texts: Mapping[str, str]) -> Version:
    values = dict(zip(fact.columns, fact.values, strict=True))
    for place, name in enumerate(fact.sealed_columns):
        text = texts.get(f"/sealed_values/{place}")
        if text is not None:
            values[name] = disclosure.parse(text).value
    return Version(
        entry.index, entry.seq, entry.leaf, entry.recorded_at, fact.seen, fact.position, values,
        fact.sealed_columns, fact.notes, fact.committed_at,
    )  # fmt: skip
