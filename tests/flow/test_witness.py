"""Witnesses over HTTP, honest and not: what they say is checked and kept, and nothing waits for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from cast import NOON, Clock, anchored, order, randomness, registry, sealed
from huella.errors import ClockDrift, StoreError, WitnessRefused, WitnessUnreachable
from huella.flow import cosign, drift
from huella.flow import witness as witnesses
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.publish import evidence_of
from huella.flow.witness import Witness
from huella.flow.witness_server import Server
from huella.proof.checkpoint import COSIGNATURE, parse_checkpoint, parse_verifier_key
from huella.proof.cosignature import Request
from huella.proof.evidence import Fork
from huella.proof.verify import verify, verify_fork
from huella.store.heads import Heads

Answer = tuple[int, bytes]


def witness(folder: Path, house: House, clock: Clock, name: str = "w1") -> Witness:
    witnesses.init(folder / name, name, [house.trust.log_keys[0].text], randomness(name))
    return witnesses.open_witness(folder / name, clock)


def trusting(house: House, urls: list[str], *of: Witness, needed: int = 1) -> House:
    keys = tuple(parse_verifier_key(each.verifier_key, COSIGNATURE) for each in of)
    values = {**house.settings.values, "witness.urls": ",".join(urls), "witness.timeout": 1}
    trust = replace(house.trust, witnesses=keys, witnesses_needed=needed)
    return replace(house, trust=trust, settings=replace(house.settings, values=values))


@contextmanager
def serving(found: Witness) -> Iterator[str]:
    with Server("127.0.0.1", 0, found, lambda _: None) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def saying(answer: Callable[[bytes], Answer]) -> Iterator[str]:
    """A server that gives its own answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_evidence_carries_the_cosignature_and_its_time(database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    with registry(tmp_path / "r", database_url, clock) as plain:
        found = witness(tmp_path, plain, clock)
        with serving(found) as url:
            house = trusting(plain, [url], found)
            sealed(house, order(1))
            anchored(house)
            assert verify(evidence_of(house, 0), house.trust).check(6).code == "witnesses-few"
            assert list(cosign.cosign(house)) == [(url, 1)]
            assert cosign.due(house) == []
        verdict = verify(evidence_of(house, 0), house.trust)
        assert verdict.overall == "authentic"
        assert verdict.check(6).details == (1, "2026-11-23T17:00:00.000Z")
        assert audit(house).findings == []


def test_a_receipt_is_cosigned_before_the_chain_knows_of_it(database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    with registry(tmp_path / "r", database_url, clock, anchor__max_leaves=1) as plain:
        found = witness(tmp_path, plain, clock)
        with serving(found) as url:
            house = trusting(plain, [url], found)
            sealed(house, order(1), order(2), order(3))
            assert [size for _, size in cosign.cosign(house)] == [3]
            assert evidence_of(house, 0).anchor is None
            anchored(house)  # in three batches, of which the last one reaches the cosigned head
        evidence = evidence_of(house, 0)
        assert (evidence.proof.checkpoint.size, evidence.anchor and evidence.anchor.size) == (3, 3)
        assert verify(evidence, house.trust).overall == "authentic"


@pytest.mark.parametrize("lost", ["answer", "row"])
def test_what_was_cosigned_and_lost_is_asked_for_again(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    clock = Clock()
    with registry(tmp_path / "r", database_url, clock) as plain:
        found = witness(tmp_path, plain, clock)
        with serving(found) as url, monkeypatch.context() as patch:
            house = trusting(plain, [url], found)
            sealed(house, order(1))
            real = cosign.post

            def losing(*given: object) -> cosign.Answer:
                real(*given)  # type: ignore[arg-type]
                raise WitnessUnreachable("the answer was lost")

            def crashing(*_: object) -> bool:
                raise StoreError("the disk is full")

            patch.setattr(*((cosign, "post", losing) if lost == "answer" else (Heads, "swap", crashing)))
            with pytest.raises((WitnessUnreachable, StoreError)):
                list(cosign.cosign(house))
            patch.undo()
            assert [kept.size for kept in found.heads()] == [1]
            assert list(cosign.cosign(house)) == [(url, 1)]
        assert verify(evidence_of(house, 0), house.trust).check(6).code == "witnessed"


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ((404, b""), WitnessRefused, "does not know this log"),
        ((403, b""), WitnessRefused, "does not trust the key"),
        ((422, b""), WitnessRefused, "does not extend"),
        ((409, b"1\n"), WitnessRefused, "another head of 1 entries"),
        ((409, b"7\n"), WitnessRefused, "beyond all that was signed"),
        ((409, b"\n"), WitnessUnreachable, "no size"),
        ((500, b""), WitnessUnreachable, "status 500"),
        ((302, b""), WitnessUnreachable, "status 302"),
        ((200, b"good\n"), WitnessUnreachable, "no signature lines"),
        ((200, b"\xe2\x80\x94 w1 AAAAAAAAAAAA\n"), WitnessRefused, "no cosignature"),
        ((200, b"x" * 70_000), WitnessUnreachable, "no answer"),
    ],
)
def test_a_witness_that_lies_or_fails_is_named_and_its_word_not_kept(
    tmp_path: Path, answer: Answer, error: type[Exception], said: str
) -> None:
    with registry(tmp_path / "r") as plain, saying(lambda _: answer) as url:
        house = trusting(plain, [url], witness(tmp_path, plain, Clock()))
        sealed(house, order(1))
        with pytest.raises(error, match=said):
            list(cosign.cosign(house))
        assert house.heads.at(1) is None
        assert anchored(house) == 1
        assert evidence_of(house, 0).anchor is not None


def test_a_witness_that_is_down_or_slow_holds_nothing_up(tmp_path: Path) -> None:
    ended = Event()

    def late(_: bytes) -> Answer:
        ended.wait(10)
        return 200, b""

    with registry(tmp_path / "r") as plain, saying(late) as slow:
        for url, said in ((slow, "in 1 s"), ("http://127.0.0.1:9", "cannot be reached")):
            house = trusting(plain, [url], witness(tmp_path, plain, Clock()))
            sealed(house, order(1 + house.journal.size()))
            with pytest.raises(WitnessUnreachable, match=said):
                list(cosign.cosign(house))
        ended.set()


def test_a_split_view_shown_to_two_witnesses_is_a_fork(tmp_path: Path) -> None:
    """Two registries with one log key: each witness sees its own; both notes together accuse the log."""
    clock, notes = Clock(), []
    with registry(tmp_path / "one", None, clock) as first:
        key = (tmp_path / "one" / "keys" / "log.pem").read_bytes()
    (tmp_path / "two" / "keys").mkdir(parents=True)
    (tmp_path / "two" / "keys" / "log.pem").write_bytes(key)
    for number, name in enumerate(("one", "two"), 1):
        with registry(tmp_path / name, None, clock) as plain:
            found = witness(tmp_path, plain, clock, f"w{number}")
            with serving(found) as url:
                sealed(plain, order(number))
                list(cosign.cosign(trusting(plain, [url], found)))
            notes.append(found.heads()[0].note)
            trust = plain.trust
    heads = tuple(parse_checkpoint(note) for note in notes)
    assert verify_fork(Fork(heads), trust).overall == "forked"
    one = witnesses.open_witness(tmp_path / "w1", clock)
    assert one.add_checkpoint(Request(0, (), heads[1]).encode())[:2] == (409, b"1\n")
    (kept,) = one.forks()
    assert verify_fork(kept.read_bytes(), first.trust).overall == "forked"


def test_a_witness_without_its_state_or_with_a_clock_gone_back_cosigns_nothing(tmp_path: Path) -> None:
    clock = Clock()
    with registry(tmp_path / "r", None, clock) as house:
        found = witness(tmp_path, house, clock)
        sealed(house, order(1))
        head = parse_checkpoint(house.journal.head()[2] or "")
    assert found.add_checkpoint(Request(0, (), head).encode()).status == 200
    clock.time = NOON - timedelta(seconds=30)
    assert found.heads()[0].time == NOON.timestamp()
    assert found.add_checkpoint(Request(1, (), head).encode()).status == 200  # the last time again
    clock.time = NOON - timedelta(hours=1)
    assert found.add_checkpoint(Request(1, (), head).encode()).status == 503
    (tmp_path / "w1" / "heads.db").unlink()
    with pytest.raises(StoreError, match="two histories"):
        witnesses.open_witness(tmp_path / "w1", clock)


def test_requests_that_are_no_requests_are_refused(tmp_path: Path) -> None:
    with registry(tmp_path / "r") as house, registry(tmp_path / "other", registry__origin="b") as other:
        found = witness(tmp_path, house, Clock())
        sealed(house, order(1))
        sealed(other, order(1))
        note, stranger = (each.journal.head()[2] or "" for each in (house, other))
        forged = note.replace("\n1\n", "\n2\n")
        bodies = {
            b"": 400, b"old 0\n": 400, f"old 01\n\n{note}".encode(): 400, f"old 2\n\n{note}".encode(): 400,
            f"old 0\n\n{stranger}".encode(): 404, f"old 0\n\n{forged}".encode(): 403,
            f"old 1\n\n{note}".encode(): 409, f"old 0\n{'A' * 43}=\n\n{note}".encode(): 422,
            f"old 0\n\n{note}".encode(): 200,
        }  # fmt: skip
        assert [found.add_checkpoint(body).status for body in bodies] == list(bodies.values())


def test_clocks_that_drift_apart_are_an_alarm(database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    with registry(tmp_path / "r", database_url, clock) as house:
        sealed(house, order(1))
        anchored(house)
        drift.check(house)
        clock.forward(hours=-2)
        with pytest.raises(ClockDrift, match="behind the chain's"):
            drift.check(house)
        assert [(found.cls, found.column) for found in audit(house).findings] == [("noted", "block_time")]
