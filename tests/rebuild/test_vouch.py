"""A mirror that follows is a witness: it cosigns what it took over from the chain itself, and nothing else."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cast import Clock, anchored, order, registry, sealed
from cli.conftest import huella
from cli.program import Run
from flow.test_witness import serving, trusting, witness
from huella.errors import InputError
from huella.flow import cosign, vouch
from huella.flow import witness as witnesses
from huella.flow.house import House
from huella.flow.publish import evidence_of
from huella.flow.rebuild import rebuild
from huella.flow.sign import LogSigner
from huella.flow.witness import Witness
from huella.proof.checkpoint import parse_checkpoint
from huella.proof.checkpoint import sign as sign_head
from huella.proof.cosignature import Request
from huella.proof.merkle import consistency_proof
from huella.proof.verify import verify, verify_fork
from rebuild.mirrors import mirror

__all__ = ["huella"]


@contextmanager
def vouching(tmp_path: Path, house: House, copy: House) -> Iterator[tuple[Witness, House]]:
    """The mirror's witness, and the registry that asks it."""
    own = vouch.witness(copy, witness(tmp_path, house, Clock(copy.now())))
    with serving(own) as url:
        yield own, trusting(house, [url], own)


def sizes(found: Iterator[tuple[str, int]]) -> list[int]:
    return [size for _, size in found]


def test_a_mirror_cosigns_each_batch_once_it_has_taken_it_over(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "one", anchor__max_leaves=2) as house:
        sealed(house, order(1), order(2))
        anchored(house)
        with (
            mirror(tmp_path / "two", house, database=database_url) as copy,
            vouching(tmp_path, house, copy) as (own, asking),
        ):
            assert sizes(cosign.cosign(asking)) == [2]
            sealed(house, *(order(n) for n in range(3, 6)))
            anchored(house)
            assert sizes(cosign.cosign(asking)) == []  # the chain has more, the mirror has not
            assert cosign.due(asking)
            assert list(rebuild(copy))
            assert sizes(cosign.cosign(asking)) == [4, 5]
            assert not cosign.due(asking)
            assert [kept.size for kept in own.heads()] == [5]
            for index in range(5):
                found = verify(evidence_of(asking, index).encode(), asking.trust)
                assert found.overall == "authentic", found.to_dict()


def test_what_is_sealed_and_not_anchored_is_not_cosigned(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order(1))
        anchored(house)
        with mirror(tmp_path / "two", house) as copy, vouching(tmp_path, house, copy) as (own, asking):
            sealed(house, order(2))
            assert sizes(cosign.cosign(asking)) == [1]
            assert [kept.size for kept in own.heads()] == [1]


def test_another_history_under_the_logs_own_key_is_refused_and_kept_as_a_fork(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order(1), order(2))
        anchored(house)
        assert isinstance(house.signer, LogSigner)
        with mirror(tmp_path / "two", house) as copy, vouching(tmp_path, house, copy) as (own, _):
            for size, kept in (
                (2, 1),
                (1, 1),
            ):  # only at a batch's end the mirror has a signed head to hold against it
                note = sign_head(house.signer.origin, size, b"\7" * 32, house.signer._key)
                reply = own.add_checkpoint(Request(0, (), parse_checkpoint(note)).encode())
                assert reply.status == 422
                assert len(own.forks()) == kept
            assert own.heads() == []
            assert verify_fork(own.forks()[0].read_bytes(), house.trust).overall == "forked"


def test_a_mirror_whose_records_were_changed_cosigns_nothing(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order(1), order(2))
        anchored(house)
        with mirror(tmp_path / "two", house) as copy, vouching(tmp_path, house, copy) as (own, _):
            with copy.engine.begin() as connection:
                connection.exec_driver_sql("UPDATE entries SET leaf = x'00' WHERE \"index\" = 1")
            head = parse_checkpoint(house.journal.head()[2] or "")
            proof = consistency_proof(0, 2, house.journal.tree())
            assert own.add_checkpoint(Request(0, tuple(proof), head).encode()).status == 422
            assert own.heads() == []


def test_a_witness_that_does_not_know_the_log_is_no_mirrors(tmp_path: Path) -> None:
    with (
        registry(tmp_path / "one") as house,
        registry(tmp_path / "other", registry__origin="other.example/log") as other,
    ):
        sealed(house, order(1))
        anchored(house)
        alone = witness(tmp_path, other, Clock())
        with (
            mirror(tmp_path / "two", house) as copy,
            pytest.raises(InputError, match="does not know the log"),
        ):
            vouch.witness(copy, alone)


def test_the_command_follows_and_cosigns_until_it_is_stopped(
    tmp_path: Path, huella: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, own = tmp_path / "one", tmp_path / "w1"
    with registry(one) as house:
        sealed(house, order(1))
        anchored(house)
    trust = one / "trust.json"
    assert huella("witness", "init", "--dir", own, "--name", "mirror.example/w1", "--trust", trust).code == 0
    port = _free_port()
    asked: list[int] = []

    def ask() -> None:
        with registry(one) as house:
            found = witnesses.open_witness(own, house.now)
            asking = trusting(house, [f"http://127.0.0.1:{port}"], found)
            while not asked:
                asked.extend(_tried(asking))
        os.kill(os.getpid(), signal.SIGTERM)

    asking = threading.Thread(target=ask)
    asking.start()
    ran = huella("rebuild", "--chain", one / "chain.db", "--trust", trust, "--follow", "--every", "0.1",
                 "--witness", own, "--port", port, folder=tmp_path / "two")  # fmt: skip
    asking.join()
    assert (ran.code, asked) == (0, [1]), ran.err
    assert "200" in ran.err


def test_to_cosign_it_has_to_follow(tmp_path: Path, huella: Run) -> None:
    ran = huella("rebuild", "--chain", tmp_path / "c", "--witness", tmp_path / "w", folder=tmp_path / "two")
    assert (ran.code, "give --follow with it" in ran.err) == (2, True)


def _tried(asking: House) -> list[int]:
    """What came of asking; nothing while nobody listens yet."""
    try:
        return sizes(cosign.cosign(asking))
    except Exception as error:
        if "cannot be reached" not in str(error):
            raise
        return []


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
