"""The pass over a watched source: every row is read and compared, then every sealed row is looked for, again and again.

The first one seals what the source held before it was watched; later ones find what neither polling nor the log told.
It is taken in steps, so that capture goes on between them, and goes on after a stop where it was.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from huella.errors import SourceError, SourceUnreachable
from huella.flow.capture import Capture, Judged
from huella.flow.capture_state import TableState
from huella.flow.rows import Seen, Version
from huella.records.rows import DELETE, NULL, READ, TRUNCATE, UPDATE
from huella.sources.plan import Table
from huella.sources.port import Mark, Row

WALK = 1_000
"""Sealed rows that are looked for in a step."""
STABLE = 4
"""How often a row that changes under the pass is read again."""
SAMPLE = 50


def poll(capture: Capture) -> None:
    """Rows above the floor of the order, and above that of what announces a change."""
    mark = capture.source.rows.product.mark()
    for name, table in capture.plan.tables.items():
        if name in capture.aside or not capture.state.tables[name].lap:
            continue  # the first pass reads all of it
        with capture.reading(name):
            _poll(capture, name, table, mark)
    capture.mark()


def _poll(capture: Capture, name: str, table: Table, mark: Mark) -> None:
    state = capture.state.tables[name]
    for column, track in ((table.order, state.order), (table.announce, state.announce)):
        if not column or (column == table.order and track is state.announce):
            continue
        for piece in capture.source.rows.above(name, table, column, track.floor or None):
            capture.compare(name, piece, UPDATE)
        # what had begun before a moment of long ago, and is read now, has appeared
        track.raise_floor(mark.oldest, capture.now() - capture.plan.safety)


def catch_up(capture: Capture) -> None:
    """Seal what appeared and changed, as far as the source tells it now."""
    if capture.source.feed is None:
        poll(capture)
    else:
        capture.drain()


def step(capture: Capture, name: str) -> bool:
    """One step of a table's pass; whether it goes on. Ends a lap where the table does."""
    if name not in capture.aside:
        with capture.reading(name):
            return _stepped(capture, name)
    return False


def _stepped(capture: Capture, name: str) -> bool:
    state = capture.state.tables[name]
    begun = time.monotonic()
    if state.phase == "source":
        if state.cursor is None:
            _begin(capture, state)
        count = _read(capture, name, state)
    else:
        count = _walk(capture, name, state)
    _rest(capture, count, begun)
    return not (state.phase == "source" and state.cursor is None)


def lap(capture: Capture, name: str) -> None:
    """A whole pass from the beginning, or the rest of the first one."""
    state = capture.state.tables[name]
    if state.lap and (state.cursor is not None or state.phase != "source"):
        state.phase, state.cursor, state.subject = "source", None, ""
    while step(capture, name):
        catch_up(capture)


def _begin(capture: Capture, state: TableState) -> None:
    state.begun, state.anchored, state.rows = capture.now(), capture.house.anchors.anchored(), 0


def _read(capture: Capture, name: str, state: TableState) -> int:
    """The next rows of the source."""
    table = capture.plan.tables[name]
    over = None if state.cursor is None else tuple(state.cursor)
    most = capture.plan.chunk
    if capture.plan.rows_per_second:
        most = min(most, max(1, capture.plan.rows_per_second))
    found = capture.source.rows.page(name, table, over, most)
    settle(capture, name, found)
    state.rows += len(found)
    if len(found) == most:
        state.cursor = list(found[-1].key)  # type: ignore[arg-type]
    elif state.lap:
        state.phase, state.cursor, state.subject = "log", None, ""
    else:  # nothing was sealed before: there is nothing to look for
        end(state)
    return len(found)


def settle(capture: Capture, name: str, found: Sequence[Row]) -> None:
    """Compare rows; where the source's log is streamed, only once it was read beyond what was seen."""
    feed = capture.source.feed
    if feed is None:
        capture.compare(name, found, READ)
        return
    table = capture.plan.tables[name]
    upto, known = 0, dict[str, Version]()
    for _ in range(STABLE):
        upto = feed.reached()
        capture.drain(upto)
        known = capture.rows.latest([capture.rows.subject(name, table, row.values) for row in found])
        found = [row for row in found if not _is_sealed(capture, name, table, row, known)]
        if not found or not any(capture.rows.subject(name, table, row.values) in known for row in found):
            break
        # sealed otherwise: either it was changed behind the log's back, or once more since it was read
        found = capture.source.rows.look(name, table, [[row.values[c] for c in table.key] for row in found])
    else:
        upto = feed.reached()
        capture.drain(upto)
        known = capture.rows.latest([capture.rows.subject(name, table, row.values) for row in found])
    place = capture.place(upto)
    capture.compare(name, found, READ, place, known)


def _is_sealed(capture: Capture, name: str, table: Table, row: Row, known: Mapping[str, Version]) -> bool:
    last = capture.standing(name, known.get(capture.rows.subject(name, table, row.values)))
    return last is not None and last.same(row.values)


def _walk(capture: Capture, name: str, state: TableState) -> int:
    """The next sealed rows: those that the source does not hold any more."""
    table = capture.plan.tables[name]
    groups = capture.rows.histories(name, state.subject, WALK)
    if not groups:
        end(state)
        return 0
    here = {subject: versions[-1] for subject, versions in groups if not versions[-1].gone}
    gone = _absent(capture, name, table, here)
    if gone and capture.source.feed is not None:  # the log may tell of it
        capture.drain(capture.source.feed.reached())
        newest = capture.rows.latest(list(gone))
        gone = _absent(capture, name, table, {s: v for s, v in newest.items() if not v.gone})
    if gone and not capture.source.rows.page(name, table, None, 1):
        _emptied(capture, name, gone)
        end(state)
        return len(groups)
    capture.seal([Judged(name, subject, _gone(capture, name, last)) for subject, last in gone.items()])
    state.subject = groups[-1][0]
    return len(groups)


def _absent(capture: Capture, name: str, table: Table, here: Mapping[str, Version]) -> dict[str, Version]:
    """Of sealed rows those that the source does not hold."""
    keyed = {s: v for s, v in here.items() if all(column in v.values for column in table.key)}
    keys = [[version.values[column] for column in table.key] for version in keyed.values()]
    found = capture.source.rows.look(name, table, keys)
    present = {capture.rows.subject(name, table, row.values) for row in found}
    return {subject: version for subject, version in keyed.items() if subject not in present}


def _gone(capture: Capture, name: str, last: Version) -> Seen:
    """That a row is not there any more. Where the source's log is streamed it should have told: of the row, or that
    the table was emptied."""
    table = capture.plan.tables[name]
    missed = capture.source.feed is not None and not capture.emptied_since(name, last)
    notes = () if table.deletions else ("changed",)
    return Seen(DELETE, _place(capture), _key(table, last), (*notes, "missed") if missed else notes)


def _emptied(capture: Capture, name: str, gone: Mapping[str, Version]) -> None:
    """A whole table that went is one fact, not as many as it had rows."""
    if all(capture.emptied_since(name, last) for last in gone.values()):
        return
    subject = capture.rows.structure_of(name)
    last = capture.rows.latest([subject]).get(subject)
    if last is None or last.seen != TRUNCATE:
        capture.seal([Judged(name, subject, Seen(TRUNCATE, _place(capture), {}, ("changed",)))])


def end(state: TableState) -> None:
    """The lap is over: what was right in it was right when it began."""
    if state.phase == "log" or not state.lap:
        state.lap += 1
    state.whole = state.anchored
    state.phase, state.cursor, state.subject = "source", None, ""


def _place(capture: Capture) -> str:
    feed = capture.source.feed
    return "read" if feed is None else capture.place(feed.reached())


def _key(table: Table, version: Version) -> dict[str, str]:
    return {column: version.values.get(column, NULL) for column in table.key}


def _rest(capture: Capture, count: int, begun: float) -> None:
    """Keep to the plan's rows a second."""
    limit = capture.plan.rows_per_second
    if limit and count:
        spare = count / limit - (time.monotonic() - begun)
        if spare > 0:
            time.sleep(spare)


# ------------------------------------------------------------------------------------------------------------ structure


def look_at_structure(capture: Capture) -> None:
    """Seal each table's structure where it is not what was sealed last; follow a column under its new name."""
    capture.source.rows.forget()
    subjects = {name: capture.rows.structure_of(name) for name in capture.plan.tables}
    known = {s: _last_told(capture, s) for s in subjects.values()}
    seen = (
        (name, subject, _structure_seen(capture, name, known[subject])) for name, subject in subjects.items()
    )
    judged = [Judged(name, subject, found) for name, subject, found in seen if found is not None]
    capture.seal(judged)
    for name in list(capture.aside):
        _try_again(capture, name)


def _structure_seen(capture: Capture, name: str, last: Version | None) -> Seen | None:
    """A table's structure where it is not what was told last; None where nothing is to be sealed."""
    facts = dict(capture.source.rows.catalogue(name))
    if last is not None and not facts:
        return None if last.gone else Seen(DELETE, "-", {}, ("changed",))
    facts |= {f"renamed {old}": new for old, new in _renamed(capture, name, facts).items()}
    if last is None:
        return Seen(READ, "-", facts, ()) if facts else None
    sealed = {k: v.partition(":")[2] for k, v in last.values.items() if k != "table"}
    return Seen(UPDATE, "-", facts, ("changed",)) if last.gone or facts != sealed else None


def _try_again(capture: Capture, name: str) -> None:
    """A table that was set aside is read on once it can be: its column stands under another name, or it is back."""
    try:
        capture.source.rows.page(name, capture.plan.tables[name], None, 1)
    except SourceUnreachable:
        raise
    except SourceError as error:
        capture.aside[name] = str(error)
    else:
        del capture.aside[name]


def _last_told(capture: Capture, subject: str) -> Version | None:
    """The newest version of a structure that tells it; an emptied table keeps its own."""
    found = capture.house.journal.of_subject(subject)
    opened = capture.rows.open(found)
    told = [opened[entry.index] for entry in found if opened[entry.index].seen != TRUNCATE]
    return told[-1] if told else None


def _renamed(capture: Capture, name: str, facts: Mapping[str, str]) -> dict[str, str]:
    """Columns of the plan that are there under another name: what they hold is what was sealed."""
    table, state = capture.plan.tables[name], capture.state.tables[name]
    present = {fact.removeprefix("column ") for fact in facts if fact.startswith("column ")}
    missing = [column for column in table.columns if column not in present]
    renamed = {old: new for old, new in state.renamed.items() if old in missing and new in present}
    for column in missing:
        if column not in renamed:
            others = sorted(present - set(table.columns) - set(table.ignore) - set(renamed.values()))
            new = next((each for each in others if _holds(capture, name, column, each, renamed)), None)
            if new is not None:
                renamed[column] = new
    state.renamed = renamed
    capture.source.rows.rename(name, renamed)
    return renamed


def _holds(capture: Capture, name: str, column: str, other: str, renamed: Mapping[str, str]) -> bool:
    """Whether the rows hold in another column what was sealed of this one."""
    table = capture.plan.tables[name]
    versions = [v[-1] for _, v in capture.rows.histories(name, "", SAMPLE) if not v[-1].gone]
    keys = [[version.values[each] for each in table.key] for version in versions]
    capture.source.rows.rename(name, {**renamed, column: other})
    try:
        found = capture.source.rows.look(name, table, keys)
    except SourceError:
        return False
    sealed = {tuple(key): v.values.get(column) for key, v in zip(keys, versions, strict=True)}
    same = [row.values[column] == sealed.get(tuple(row.values[each] for each in table.key)) for row in found]
    return bool(same) and sum(same) * 10 >= len(same) * 9
