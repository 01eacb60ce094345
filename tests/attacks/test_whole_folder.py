"""The limit, honestly: a thief of the whole folder, all keys and the embedded chain in it, rebuilds everything.

The registry's own audit cannot notice. Whoever holds an evidence file or a checkpoint from before can.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson

from cast import Clock, anchored, order, registry, sealed
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.publish import evidence_of
from huella.proof.checkpoint import parse_checkpoint
from huella.proof.evidence import parse
from huella.proof.verify import verify, verify_fork

CHEAP, DEAR = order(1), order(1, supplier={"ruc": "20100047218", "name": "OTRA EMPRESA SA"})


def rebuilt(folder: Path, real: House, url: str) -> Path:
    """A second folder with the same keys, from which a new history is told."""
    folder.mkdir()
    for name in ("keys.log", "keys.registrar", "keys.vault"):
        path = folder / real.settings.text(name)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(real.settings.path(name).read_bytes())
        path.chmod(0o600)
    authority = "signatures.folder"
    shutil.copytree(real.settings.path(authority), folder / real.settings.text(authority))
    return folder


def test_the_thief_of_everything_has_a_clean_audit_and_is_betrayed_by_every_earlier_paper(
    database_url: str, tmp_path: Path
) -> None:
    with registry(tmp_path / "real", database_url, Clock()) as real:
        sealed(real, CHEAP)
        anchored(real)
        before = evidence_of(real, 0)
        trust = real.trust
        rebuilt(tmp_path / "forged", real, database_url)
    with registry(tmp_path / "forged", None, Clock()) as forged:
        sealed(forged, DEAR)
        anchored(forged)
        assert audit(forged).exit_code == 0  # nobody who asks this folder alone can notice
        assert forged.trust == trust  # the same keys, the same address of the contract
        after = evidence_of(forged, 0)
        assert verify(after.encode(), trust).overall == "authentic"

        # who notices: everybody with a paper, a receipt or a checkpoint of the first history
        heads = [before.proof.checkpoint, parse_checkpoint(forged.journal.head()[2] or "")]
        fork = orjson.dumps({"format": "huella/fork/1", "heads": [head.raw for head in heads]})
        assert verify_fork(fork, trust).overall == "forked"
        assert parse(before.encode()).anchor != parse(after.encode()).anchor
        batch = forged.ledger.batch(0)
        assert batch is not None
        assert before.anchor is not None
        assert batch.root != before.anchor.root
