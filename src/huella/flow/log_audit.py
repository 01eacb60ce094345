"""The audit's first pass, entry by entry: the chain's batches and the signer against the records' bytes.

What is as it should be is taken some hundreds at a time; where anything else stands, it is looked at row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from huella.errors import ProofError
from huella.flow import around
from huella.flow.findings import At, Report, differences
from huella.flow.house import House
from huella.ledger import registry
from huella.ledger.port import Anchored
from huella.proof.checkpoint import parse_checkpoint
from huella.proof.merkle import Frontier
from huella.records import kinds
from huella.records.record import leaf_hash
from huella.store.journal import Entry
from huella.store.snapshot import Snapshot

CHUNK = 500
_PAYLOAD_LIMIT = 256 * 1024 * 1024
Progress = Callable[[int], None]


class Log:
    """Entries in the order of the log, against the chain and the signer.

    `frontier` and `last` (the newest entry's recorded_at) are those of what was read before; from there it goes on.
    """

    def __init__(
        self, house: House, snapshot: Snapshot, report: Report,
        progress: Progress = lambda _: None, frontier: Frontier | None = None, last: str | None = None,
    ) -> None:  # fmt: skip
        self._house = house
        self._snapshot = snapshot
        self._report = report
        self._progress = progress
        # a row far above all others would make every loop over places endless
        self._size = snapshot.dense_size(house.signer.last()[0])
        self._frontier = frontier or Frontier()
        self._at = self._frontier.size
        self._whole = True
        self._last = last
        self._ours: set[int] = set()
        report.entries = self._size

    @property
    def size(self) -> int:
        """How many places the log has, by the entries and the signer."""
        return self._size

    @property
    def read(self) -> tuple[Frontier, str | None]:
        """What is to be known of the entries read so far, to go on behind them another time."""
        return self._frontier, self._last

    def check_chain(self, head_size: int, since: int) -> None:
        """Every batch of the chain against the entries that it names."""
        if self.check_batches(0, head_size, since) is not None:
            self.check_outbox(0, None)

    def check_batches(self, first: int, end: int, since: int = 0) -> int | None:
        """The batches from that of leaf `first` to that which ends at `end` or behind; where the next one begins.

        None where the chain does not show one. `since` leaves out the entries of those that end before it.
        """
        while first < end:
            found = self._house.ledger.batch(first)
            if found is None:
                self._report.add(
                    "unreachable", At("chain", first, "batch"), "the chain does not show this batch"
                )
                return None
            self._report.batches += 1
            if self._check_signed(found):
                self._ours.add(found.first)
                around.check_batch(self._house, self._snapshot, self._report, found)
                if found.size > since:
                    self._check_batch(found)
                if self._report.anchored == found.first:  # behind a foreign batch nothing of ours is anchored
                    self._report.anchored = found.size
            first = found.size
        return first

    def check_outbox(self, first: int, end: int | None) -> None:
        """The outbox's rows from `first` to before `end`, whose batches were looked at before."""
        around.check_outbox(self._house, self._snapshot, self._report, self._ours, (first, end))

    def check_waiting(self, begin: int, end: int, signed: int) -> None:
        """Entries begin … end-1, which no batch of the chain holds yet, against what the signer remembers."""
        for start in range(begin, end, CHUNK):
            stop = min(start + CHUNK, end)
            expected = self._house.signer.leaves(start, min(stop, signed)) if start < signed else []
            self._compare(start, stop, expected, lambda _index: None, "the signed head")

    def check_tail(self, signed: int, note: str | None) -> None:
        """Entries that no batch of the chain holds yet, and what the signer remembers of them."""
        self.check_waiting(max(self._at, self._report.anchored), max(self._size, signed), signed)
        self.check_signed_head(signed, note)

    def check_signed_head(self, signed: int, note: str | None) -> None:
        """What waits for its anchor, and the newest signed head, against the signer."""
        if self._size > self._report.anchored and self._size >= signed:
            waiting = self._size - self._report.anchored
            self._report.add(
                "behind",
                At("entries", f"{self._report.anchored}–{self._size - 1}", "anchor"),
                f"entries that wait for their anchor: {waiting}",
                entry=self._report.anchored,
            )
        if self._report.anchored > signed:
            self._report.add(
                "tampered",
                At("signer", "head", "size"),
                "the signer has forgotten what it signed: its folder was lost or put back",
                sealed=self._report.anchored,
                present=signed,
                entry=min(signed, self._report.anchored - 1),
            )
        around.check_checkpoint(self._house, self._snapshot, self._report, (signed, note))

    def check_head(self) -> None:
        """What stands around the entries, against them."""
        if self.check_row():
            around.check_tiles(self._snapshot, self._report, self._size)

    def check_row(self) -> bool:
        """The head's row against the entries read, and rows outside the log; whether every entry was read."""
        complete = self._whole and self._at == self._size
        if complete:
            around.check_head(self._snapshot, self._report, self._frontier, self._last)
        for index in self._snapshot.strays(self._size):
            self._report.add(
                "tampered",
                At("entries", index, "row"),
                "the log has no place for this row",
                entry=max(0, min(index, self._size)),
            )
        return complete

    def _check_signed(self, found: Anchored) -> bool:
        """Whether the batch is ours: its checkpoint is signed with the log's key over the chain's root."""
        try:
            note = parse_checkpoint(found.checkpoint.decode())
        except (ProofError, UnicodeDecodeError):
            note = None
        ours = note is not None and around.of_the_log(self._house, note)
        if not ours:
            self._report.add(
                "foreign",
                At("chain", found.transaction, "checkpoint"),
                "a batch on the chain that the log's key did not sign",
                present=found.root,
                entry=found.first,
            )
        elif note is not None and (note.size, note.root) != (found.size, found.root):
            self._report.add(
                "forked",
                At("chain", found.transaction, "root"),
                "the log's key signed another root than the chain holds",
                sealed=found.root,
                present=note.root,
                entry=found.first,
            )
        return ours

    def _check_batch(self, found: Anchored) -> None:
        payload: dict[int, bytes] = {}

        def original(index: int) -> bytes | None:
            if not payload and found.records:
                payload.update(_published(found))
            return payload.get(index)

        for begin in range(found.first, found.size, CHUNK):
            end = min(begin + CHUNK, found.size)
            expected = list(found.leaves[begin - found.first : end - found.first])
            rows = self._compare(begin, end, expected, original, "the chain")
            for row in rows:
                self._check_token(row, found)

    def _compare(
        self,
        begin: int,
        end: int,
        expected: list[bytes],
        original: Callable[[int], bytes | None],
        witness: str,
    ) -> list[Entry]:
        """Entries begin … end-1 by their bytes against the leaves that a witness holds for them."""
        rows = self._snapshot.entries(begin, end)
        if self._fits(rows, begin, expected[: end - begin]):
            self._progress(len(rows))
            return rows
        by_index = {row.index: row for row in rows}
        missing: list[int] = []
        for index in range(begin, end):
            row = by_index.get(index)
            wanted = expected[index - begin] if index - begin < len(expected) else None
            if row is None:
                missing.append(index)
                continue
            computed = leaf_hash(row.record)
            self._extend(row, wanted or computed)  # the head is that of what was signed, whatever stands here
            if wanted is not None and computed != wanted:
                self._report_edit(row, computed, wanted, original(index), witness)
            if row.leaf not in (computed, wanted):  # the witness's own leaf over other bytes is told already
                self._report.add(
                    "tampered",
                    At("entries", index, "leaf"),
                    "the leaf is not that of the record's bytes",
                    sealed=wanted or computed,
                    present=row.leaf,
                    entry=index,
                )
            if row.mac != self._house.signer.mac(index, row.leaf):
                self._report.add(
                    "tampered",
                    At("entries", index, "mac"),
                    "the row was not written by the sealing process",
                    entry=index,
                )
        if missing:
            self._report_missing(missing, expected, begin, original, witness)
        self._progress(len(rows))
        return rows

    def _fits(self, rows: list[Entry], begin: int, expected: list[bytes]) -> bool:
        """Whether the entries that go on from here are all that a witness holds for them: then they are taken at once.

        Where anything else stands there, nothing is taken, and it is looked at row by row.
        """
        if not self._whole or begin != self._at or not rows:
            return False
        times = [row.recorded_at for row in rows]
        if set(map(type, times)) != {str} or not isinstance(self._last, str | None):
            return False
        leaves = [leaf_hash(row.record) for row in rows]
        mac = self._house.signer.mac
        if (
            leaves != expected
            or [row.leaf for row in rows] != leaves
            or [row.index for row in rows] != list(range(begin, begin + len(leaves)))
            or [row.mac for row in rows] != [mac(begin + n, leaf) for n, leaf in enumerate(leaves)]
            or times != sorted(times)
            or times[0] < (self._last or "")
        ):
            return False
        self._frontier.extend(leaves)
        self._last = times[-1]
        self._at += len(rows)
        return True

    def _extend(self, row: Entry, leaf: bytes) -> None:
        if row.index < self._at:  # read before, as one that waited for its batch
            return
        if row.index != self._at or not self._whole:
            self._whole = False
            return
        self._frontier.append(leaf)
        # what stands there may be no text
        if self._last is not None and str(row.recorded_at) < str(self._last):
            self._report.add_sealed(
                At("entries", row.index, "recorded_at"),
                "recorded before the entry in front of it: the log's time runs against its order",
                row.index,
                f"{self._last} or later",
                row.recorded_at,
            )
        self._last = row.recorded_at
        self._at += 1

    def _report_edit(
        self, row: Entry, computed: bytes, wanted: bytes, original: bytes | None, witness: str
    ) -> None:
        """Name every field that differs where the witness kept the record itself, else the leaf."""
        before, now = _json(original), _json(row.record)
        known = original is not None and leaf_hash(original) == wanted
        changed = list(differences(before, now)) if known and before and now else []
        if not changed:
            self._report.add(
                "tampered",
                At("entries", row.index, "record"),
                f"the record's bytes are not those that {witness} holds",
                sealed=wanted,
                present=computed,
                entry=row.index,
            )
            return
        for pointer, sealed, present in changed:
            self._report.add(
                "tampered",
                At("entries", row.index, f"record{pointer}"),
                f"the record of {row.subject} was changed after sealing",
                sealed=sealed,
                present=present,
                entry=row.index,
            )

    def _report_missing(
        self,
        missing: list[int],
        expected: list[bytes],
        begin: int,
        original: Callable[[int], bytes | None],
        witness: str,
    ) -> None:
        first, last = missing[0], missing[-1]
        at_end = last + 1 >= self._size and len(missing) > 1
        named = _json(original(first)) or {}
        what = (
            f"{named.get('kind', 'record')} of {named.get('subject', 'a subject')}" if named else "a record"
        )
        wanted = expected[first - begin] if first - begin < len(expected) else None
        message = f"{what} is on {witness} and not in the database"
        if at_end:
            message = f"{len(missing)} records of {witness} are gone from the end: the database was cut or rolled back"
        row = str(first) if first == last else f"{first}–{last}"
        self._report.add("tampered", At("entries", row, "record"), message, sealed=wanted, entry=first)

    def _check_token(self, row: Entry, found: Anchored) -> None:
        place = row.index - found.first
        is_token = bool(found.orders[place // 8] >> place % 8 & 1)
        if is_token != (row.seq == 0 and row.kind in kinds.FIRST_OF_ORDER):
            self._report.add(
                "tampered",
                At("entries", row.index, "kind"),
                "token and record do not agree on whether an order begins here",
                sealed="order" if is_token else "no order",
                present=f"{row.kind} {row.seq}",
                entry=row.index,
            )


def _published(found: Anchored) -> Iterator[tuple[int, bytes]]:
    """Index and bytes of each record that the chain keeps with a batch."""
    try:
        items = registry.unpack_records(found.records, _PAYLOAD_LIMIT)
    except ProofError:
        return
    for place, item in enumerate(items[: len(found.leaves)]):
        yield found.first + place, item


def _json(raw: bytes | None) -> dict[str, Any] | None:
    try:
        value = None if raw is None else orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
