"""Cosign: witnesses are asked for their word on the log's heads (C2SP tlog-witness), and it is kept with the head.

a head that a witness lacks ─► its last size, the proof from there, the note ─► its line, checked ─► kept

Nothing waits for a witness: sealing and anchoring go on, and a head without cosignatures is as good as before.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from huella.errors import ProofError, SettingsError, WitnessRefused, WitnessUnreachable
from huella.flow.house import House
from huella.proof.checkpoint import Checkpoint, Signature, parse_checkpoint
from huella.proof.cosignature import MAX_ANSWER, Request, attested, parse_answer, with_signatures
from huella.proof.merkle import consistency_proof

PATH = "/add-checkpoint"
MOST = 20
"""Heads that one witness is asked for in one go."""
_CONFLICT = 409
_TOO_EARLY = 425


class Answer(NamedTuple):
    """What a witness said: HTTP status and body."""

    status: int
    body: bytes


def urls(house: House) -> list[str]:
    """The witnesses' addresses. SettingsError where one is no http or https address, or trust.json has no keys."""
    named = [url.rstrip("/") for url in house.settings.text("witness.urls").replace(",", " ").split()]
    for url in named:
        _split(url)
    if named and not house.trust.witnesses:
        raise SettingsError(
            "witness.urls names witnesses and trust.json has no witness's key",
            advice="Put each witness's verifier key into trust.json's `witnesses`; `huella witness show` tells it.",
        )
    return list(dict.fromkeys(named))


def due(house: House) -> list[str]:
    """The witnesses that are not known to hold the newest signed head."""
    named = urls(house)
    note = house.journal.head()[2] if named else None
    if note is None:
        return []
    size = parse_checkpoint(note).size
    return [url for url in named if house.heads.held_by(url) < size]


def step(house: House, url: str) -> Iterator[int]:
    """Ask one witness for the heads that it lacks, the outbox's batches first, the newest one last; yields each size.

    Ends after twenty heads, or where it took twice what one answer may take: the others wait for the next turn.
    WitnessUnreachable and WitnessRefused say what is wrong with the witness; what was kept before stays.
    """
    until = time.monotonic() + 2 * house.settings.number("witness.timeout")
    for note in _lacking(house, url):
        head = parse_checkpoint(note)
        if head.size > house.heads.held_by(url):
            if _ask_for(house, url, head):
                yield head.size
            if time.monotonic() > until:
                return


def cosign(house: House) -> Iterator[tuple[str, int]]:
    """One turn for every witness that lacks heads: its address and the size that it cosigned."""
    for url in due(house):
        for size in step(house, url):
            yield url, size


def _lacking(house: House, url: str) -> list[str]:
    """Notes of the heads that a witness lacks, in growing order: each batch's, so that its evidence can carry it."""
    begun = house.trust.epochs[-1].kept if house.trust.epochs else 0  # older heads are another origin's
    known = max(house.heads.held_by(url), begun)
    notes = [batch.checkpoint for batch in house.anchors.beyond(known, MOST)]
    newest = house.journal.head()[2]
    last = parse_checkpoint(notes[-1]).size if notes else known
    if newest is not None and len(notes) < MOST and parse_checkpoint(newest).size > last:
        notes.append(newest)
    return notes


def _ask_for(house: House, url: str, head: Checkpoint) -> bool:
    """Ask for one head, a second time where the witness tells another size than we knew. False where it is past it."""
    if not house.trust.holds(head):
        raise ProofError(f"the head of {head.size} entries is not signed by the log's key")
    old = house.heads.held_by(url)
    answer = _submit(house, url, old, head)
    if answer.status == _CONFLICT:
        told = _told_size(url, answer.body)
        if told > house.signer.last()[0]:
            raise WitnessRefused(
                f"the witness {url} holds a head of {told} entries, beyond all that was signed here",
                advice="Somebody else signs with the log's key, the signer's folder was put back, or it is wrong.",
            )
        if (
            told != head.size
        ):  # else its line was lost on the way: it is asked for again, whatever happens now
            house.heads.note_held(url, told)
        if told > head.size:
            return False
        answer = _submit(house, url, told, head)
    if answer.status == _TOO_EARLY:
        return False  # a mirror that has not taken it over from the chain yet: it is asked again
    if answer.status == _CONFLICT:
        if _told_size(url, answer.body) != head.size:
            return False  # another worker was first
        raise WitnessRefused(
            f"the witness {url} holds another head of {head.size} entries",
            advice="Two heads of one size are signed. Ask the witness for its head and give both to `huella verify`.",
        )
    if answer.status != 200:
        raise _refusal(url, answer.status)
    _keep(house, url, head, _lines(url, answer.body))
    return True


def _submit(house: House, url: str, old: int, head: Checkpoint) -> Answer:
    proof = consistency_proof(old, head.size, house.journal.tree())
    request = Request(old, tuple(proof), parse_checkpoint(head.raw))
    return post(url + PATH, request.encode(), house.settings.number("witness.timeout"))


def _refusal(url: str, status: int) -> WitnessRefused | WitnessUnreachable:
    if status == 404:
        return WitnessRefused(f"the witness {url} does not know this log")
    if status == 403:
        return WitnessRefused(f"the witness {url} does not trust the key that signs this log")
    if status == 422:
        return WitnessRefused(
            f"the witness {url} holds a head of this log that ours does not extend",
            advice="Two histories are signed, or the witness is wrong. Ask it for its head and run `huella audit`.",
        )
    return WitnessUnreachable(f"the witness {url} answers with status {status}")


def _told_size(url: str, body: bytes) -> int:
    text = body[:-1] if body.endswith(b"\n") else body
    if not text.isdigit() or len(text) > 16 or (text[:1] == b"0" and text != b"0"):
        raise WitnessUnreachable(f"the witness {url} answers with a conflict and no size")
    return int(text)


def _lines(url: str, body: bytes) -> tuple[Signature, ...]:
    try:
        return parse_answer(body)
    except ProofError:
        raise WitnessUnreachable(f"the witness {url} answers with no signature lines") from None


def _keep(house: House, url: str, head: Checkpoint, lines: tuple[Signature, ...]) -> None:
    """Keep the lines of trusted witnesses, each verified on its own, with what is kept of this head already."""
    trusted = house.trust.witnesses
    sound = [
        line for line in lines
        if (found := attested(with_signatures(head, [line]), trusted)).times and not found.false
    ]  # fmt: skip
    if not sound:
        raise WitnessRefused(
            f"the witness {url} answers with no cosignature of a witness in trust.json",
            advice="Compare the key that `huella witness show` tells with `witnesses` in trust.json.",
        )
    while True:
        before = house.heads.at(head.size)
        kept = head if before is None else parse_checkpoint(before)
        if kept.note.text != head.note.text:
            raise WitnessRefused(
                f"another head of {head.size} entries is kept as cosigned", advice="Run `huella audit`."
            )
        merged = with_signatures(kept, sound)
        count = len(attested(merged, trusted).times)
        if merged.raw == before or house.heads.swap(head.size, before, merged.raw, count):
            break
    house.heads.note_held(url, head.size)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if (
        host is None
        or parts.scheme not in ("http", "https")
        or parts.username
        or parts.query
        or parts.fragment
    ):
        raise SettingsError("a witness's address is http://HOST:PORT/… or https://HOST/…, without a password")
    return parts


def post(url: str, body: bytes, timeout: float) -> Answer:
    """POST a body and read the answer, all within `timeout` seconds and 64 KiB; redirections are not followed.

    WitnessUnreachable where there is no such answer.
    """
    parts = _split(url)
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=timeout)
    late = threading.Event()
    timer = threading.Timer(timeout, _cut, (connection, late))
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", parts.path, body, {"Content-Type": "text/plain; charset=utf-8"})
        answer = connection.getresponse()
        content = answer.read(MAX_ANSWER + 1)
    except (OSError, HTTPException) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise WitnessUnreachable(f"the witness {url} gave no answer in {timeout:g} s") from None
        raise WitnessUnreachable(f"the witness {url} cannot be reached: {type(error).__name__}") from None
    finally:
        timer.cancel()
        connection.close()
    if late.is_set() or len(content) > MAX_ANSWER:
        raise WitnessUnreachable(f"the witness {url} gave no answer in {timeout:g} s and {MAX_ANSWER} bytes")
    return Answer(answer.status, content)


def _cut(connection: HTTPConnection, late: threading.Event) -> None:
    """A socket's own timeout counts for each piece: a witness that drips would hold us for ever."""
    late.set()
    found = connection.sock
    if found is not None:
        with suppress(OSError):  # it is closed already
            found.shutdown(socket.SHUT_RDWR)
