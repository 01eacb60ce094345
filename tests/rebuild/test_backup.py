"""Backup and restore as the guide tells, on both databases: what was given out stays good, sealing goes on, and
a backup that is too old is not sealed into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

import postgres
from cast import anchored, natural_order, order, registry, sealed
from cli.conftest import huella
from cli.program import FIRST, Run, lines
from huella.flow.paper import seal_orders
from huella.flow.publish import evidence_of
from rebuild.backups import back_up, put_back, restore

__all__ = ["huella"]

pytestmark = pytest.mark.slow


class Stand(NamedTuple):
    """A registry, a backup of it, what was given out before, and the address of an empty database."""

    folder: Path
    url: str
    backup: Path
    evidence: Path
    receipt: Path
    elsewhere: str


@pytest.fixture
def stand(tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> Iterator[Stand]:
    folder, evidence, receipt = (tmp_path / name for name in ("one", "0.huella.json", "2.huella.json"))
    with registry(folder, database_url, documents__order_pdf="sealing") as house:
        seal_orders(house, [order(1), natural_order(2)])
        anchored(house)
        evidence.write_bytes(evidence_of(house, 0).encode())
        sealed(house, order(3))
        receipt.write_bytes(evidence_of(house, house.journal.size() - 1).encode())
    backup = back_up(folder, tmp_path / "backup", database_url)
    with ExitStack() as stack:
        elsewhere = f"sqlite:///{tmp_path / 'new.sqlite'}"
        if not database_url.startswith("sqlite"):
            server: postgres.Server = request.getfixturevalue("postgresql_server")
            elsewhere = stack.enter_context(server.database())
        yield Stand(folder, database_url, backup, evidence, receipt, elsewhere)


def test_a_restored_registry_is_clean_goes_on_and_its_old_papers_hold(
    stand: Stand, tmp_path: Path, huella: Run
) -> None:
    folder = restore(stand.backup, tmp_path / "new", stand.elsewhere)
    assert huella("recover", folder=folder).code == 0
    assert huella("audit", folder=folder).code == 3  # clean; one entry waits for its anchor, as it did before
    assert huella("anchor", folder=folder).code == 0
    clean = huella("audit", folder=folder)
    assert (clean.code, clean.out.startswith("clean: ")) == (0, True), clean.out
    for given in (stand.evidence, stand.receipt):
        told = huella("verify", given, "--json", folder=folder).value["results"][0]
        assert told["overall"] in ("authentic", "unknown"), told
        assert all(check["status"] != "failed" for check in told["checks"]), told
    assert huella("pdf", FIRST, "-o", tmp_path / "order.pdf", folder=folder).code == 0
    assert huella("evidence", FIRST, "--disclose", "-o", tmp_path / "o.huella.json", folder=folder).code == 0
    assert huella("seal", lines(tmp_path / "more.jsonl", order(9)), folder=folder).code == 0
    assert huella("anchor", folder=folder).code == 0
    assert huella("audit", folder=folder).code == 0


def test_an_old_backup_under_the_signers_newer_head_is_refused_and_then_completed(
    stand: Stand, tmp_path: Path, huella: Run
) -> None:
    with registry(stand.folder, stand.url) as house:
        before = house.journal.size()
        sealed(house, order(4))
        anchored(house)
        sealed(house, order(5))
        last = tmp_path / "last.huella.json"
        last.write_bytes(evidence_of(house, before + 1).encode())
    put_back(stand.backup, stand.url)  # the disk of the database alone was lost

    refused = huella("seal", lines(tmp_path / "more.jsonl", order(9)), folder=stand.folder)
    assert refused.code == 1, refused.err
    assert f"head at {before} does not extend the head signed at {before + 2}" in refused.err
    assert "huella recover" in refused.err
    assert huella("audit", folder=stand.folder).code == 1
    with registry(stand.folder, stand.url) as house:
        assert house.journal.size() == before

    missing = huella("recover", folder=stand.folder)
    assert (missing.code, f"behind the last anchor: {before + 1};" in missing.err) == (2, True), missing.err
    assert huella("recover", last, folder=stand.folder).code == 0
    assert huella("seal", lines(tmp_path / "more.jsonl", order(9)), folder=stand.folder).code == 0
    assert huella("anchor", folder=stand.folder).code == 0
    found = huella("audit", "--json", folder=stand.folder).value
    assert {(each["table"], each["entry"]) for each in found["findings"]} == {
        ("disclosures", before),
        ("disclosures", before + 1),
    }  # fmt: skip  (personal data that no backup has)


def test_an_old_backup_with_an_old_signer_is_told_by_the_chain(
    stand: Stand, tmp_path: Path, huella: Run
) -> None:
    """The signer's folder came from the same old backup: only the chain, or a receipt, knows better."""
    with registry(stand.folder, stand.url) as house:
        before = house.journal.size()
        sealed(house, order(4))
        anchored(house)
    folder = restore(stand.backup, tmp_path / "new", stand.elsewhere)
    for name in ("chain.db", "chain.db-wal", "chain.db-shm"):  # others' nodes have it; here the file is it
        (folder / name).unlink(missing_ok=True)
    (folder / "chain.db").symlink_to(stand.folder / "chain.db")
    told = huella("audit", folder=folder)
    assert told.code == 1, told.out
    anchor = huella("anchor", folder=folder)
    assert (anchor.code, f"the database {before}" in anchor.err) == (1, True), anchor.err
    assert huella("recover", "--nothing-behind", folder=folder).code == 0
    assert huella("seal", lines(tmp_path / "more.jsonl", order(9)), folder=folder).code == 0
    assert huella("anchor", folder=folder).code == 0
