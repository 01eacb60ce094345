"""Every committed vector, as a second implementation would run it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from huella.errors import InputError, LedgerUnreachable, ProofError
from huella.proof import checkpoint, cosignature, headers, merkle, paper, trust
from huella.proof.issuer import Answer
from huella.proof.verdict import Verdict
from huella.proof.verify import verify, verify_fork
from huella.records import disclosure, record

FOLDER = Path(__file__).parents[1] / "vectors"
LETTERS = {"p": "passed", "f": "failed", "u": "unknown", "n": "not asked"}


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="ascii"))


def cases(name: str, member: str | None = None) -> list[Any]:
    found = load(name) if member is None else load(name)[member]
    return [pytest.param(case, id=case["name"]) for case in found]


class StoredNode:
    """A node that gives the vector's answers, or none."""

    def __init__(self, name: str, answer: dict[str, Any] | None) -> None:
        self.name, self._answer = name, answer

    def chain_id(self) -> int:
        return int(self._say("chain_id"))

    def root_at(self, size: int) -> bytes | None:
        return unhex(self._say("root"))

    def block_hash(self, number: int) -> bytes | None:
        return unhex(self._say("block_hash"))

    def _say(self, what: str) -> Any:
        if self._answer is None:
            raise LedgerUnreachable("nobody answers")
        return self._answer[what]


def unhex(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text.removeprefix("0x"))


def trust_of(case: dict[str, Any], file: str) -> trust.Trust | None:
    change = case.get("trust", {})
    if change is False:
        return None
    value = {name: found for name, found in (load(file)["trust"] | change).items() if found is not None}
    return trust.parse(json.dumps(value).encode())


def expected(case: dict[str, Any]) -> tuple[str, list[str]]:
    return case["expect"]["overall"], [LETTERS[letter] for letter in case["expect"]["checks"]]


def told(verdict: Verdict) -> tuple[str, list[str]]:
    return verdict.overall, [check.status for check in verdict.checks]


def test_the_generator_writes_the_same_files_again() -> None:
    spec = importlib.util.spec_from_file_location("make_vectors", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    for name, text in make.written().items():
        assert (FOLDER / name).read_text(encoding="ascii") == text, name


@pytest.mark.parametrize("case", cases("evidence.json", "cases"))
def test_an_evidence_file_gets_its_verdict(case: dict[str, Any]) -> None:
    verdict = verify(
        case["evidence"].encode(),
        trust_of(case, "evidence.json"),
        document=case["document"].encode() if "document" in case else None,
        nodes=[StoredNode(node["name"], node["answer"]) for node in case.get("nodes", [])],
        offline=case.get("offline", True),
        states=[Answer(**answer) for answer in case.get("states", [])],
    )
    assert told(verdict) == expected(case)


@pytest.mark.parametrize("case", cases("fork.json", "cases"))
def test_a_fork_proof_gets_its_verdict(case: dict[str, Any]) -> None:
    assert told(verify_fork(case["evidence"].encode(), trust_of(case, "fork.json"))) == expected(case)


@pytest.mark.parametrize("case", cases("paper.json", "cases"))
def test_a_document_is_unchanged_changed_or_unreadable(case: dict[str, Any]) -> None:
    found = paper.compare(case["document"].encode(), load("paper.json")["original_size"])
    assert found.status == case["expect"]


@pytest.mark.parametrize("case", cases("checkpoint.json", "notes"))
def test_a_note_is_good_wrong_untrusted_or_malformed(case: dict[str, Any]) -> None:
    file = load("checkpoint.json")
    keys = [checkpoint.parse_verifier_key(key) for key in file["trusted"]]
    try:
        found = checkpoint.check_signatures(checkpoint.parse_checkpoint(case["note"]), keys, file["origin"])
    except ProofError:
        assert case["expect"] == "malformed"
    else:
        assert case["expect"] == found


@pytest.mark.parametrize("case", cases("checkpoint.json", "cosigned"))
def test_a_cosigned_checkpoint_tells_who_and_when(case: dict[str, Any]) -> None:
    texts = load("checkpoint.json")["witnesses"]
    keys = [checkpoint.parse_verifier_key(text, checkpoint.COSIGNATURE) for text in texts]
    found = cosignature.attested(checkpoint.parse_checkpoint(case["note"]), keys)
    assert ({key.name: time for key, time in found.times.items()}, found.false) == (
        case["times"],
        case["false"],
    )


@pytest.mark.parametrize("case", cases("checkpoint.json", "keys"))
def test_a_verifier_key_is_read_back_or_refused(case: dict[str, Any]) -> None:
    try:
        read = checkpoint.parse_verifier_key(case["key"])
    except ProofError:
        assert not case["valid"]
    else:
        assert case["valid"]
        assert read.text == case["key"]


@pytest.mark.parametrize("case", cases("tlog-proof.json"))
def test_a_log_proof_is_read_back_or_refused(case: dict[str, Any]) -> None:
    try:
        read = checkpoint.parse_proof(case["text"])
    except ProofError:
        assert case["expect"] is None
    else:
        extra = None if read.extra is None else read.extra.hex()
        assert case["expect"] == {"index": read.index, "path": len(read.path), "extra": extra}
        assert read.encode() == case["text"]


@pytest.mark.parametrize("case", cases("trie.json"))
def test_a_trie_proof_shows_a_value_none_or_nothing(case: dict[str, Any]) -> None:
    nodes = [bytes.fromhex(node[2:]) for node in case["nodes"]]
    try:
        value = headers.prove(bytes.fromhex(case["root"]), bytes.fromhex(case["key"]), nodes)
    except ProofError:
        assert case["expect"] == "wrong"
    else:
        assert case["expect"] == (None if value is None else value.hex())


@pytest.mark.parametrize("case", cases("headers.json", "cases"))
def test_a_header_carries_these_seals(case: dict[str, Any]) -> None:
    validators = [bytes.fromhex(text[2:]) for text in load("headers.json")["validators"]]
    try:
        sealed = headers.read_seals(headers.parse_header(bytes.fromhex(case["header"])), case["consensus"])
    except ProofError:
        assert case["expect"] is None
    else:
        trusted = headers.count_trusted(sealed.signers, validators)
        quorum = headers.quorum(len(validators))
        assert case["expect"] == {"block_hash": sealed.block_hash.hex(), "trusted": trusted, "quorum": quorum}


@pytest.mark.parametrize("case", cases("trust.json"))
def test_a_trust_file_is_read_back_or_refused(case: dict[str, Any]) -> None:
    try:
        read = trust.parse(case["trust"].encode())
    except ProofError:
        assert not case["valid"]
    else:
        assert case["valid"]
        assert trust.parse(read.encode()) == read


@pytest.mark.parametrize("case", cases("record.json"))
def test_a_record_is_read_or_refused_and_has_its_leaf(case: dict[str, Any]) -> None:
    raw = case["record"].encode()
    assert merkle.leaf_hash(raw).hex() == case["leaf"]
    try:
        record.parse(raw)
    except InputError:
        assert not case["valid"]
    else:
        assert case["valid"]


@pytest.mark.parametrize("case", cases("disclosure.json"))
def test_a_disclosure_is_read_or_refused_and_has_its_digest(case: dict[str, Any]) -> None:
    assert disclosure.digest(case["disclosure"]) == case["digest"]
    try:
        read = disclosure.parse(case["disclosure"])
    except InputError:
        assert case["expect"] is None
    else:
        assert case["expect"] == {"pointer": read.pointer, "value": read.value}


@pytest.mark.parametrize(
    "case", [case for kind in ("inclusion", "consistency") for case in load("merkle.json")[kind]]
)
def test_a_tree_proof_holds_or_does_not(case: dict[str, Any]) -> None:
    file = load("merkle.json")
    path = [bytes.fromhex(value) for value in case["path"]]
    if "index" in case:
        leaf, root = bytes.fromhex(file["leaves"][case["leaf"]]), bytes.fromhex(file["roots"][case["size"]])
        held = merkle.verify_inclusion(leaf, case["index"], case["size"], path, root)
    else:
        old, new = bytes.fromhex(case["old_root"]), bytes.fromhex(case["new_root"])
        held = merkle.verify_consistency(case["old"], case["new"], old, new, path)
    assert held == case["valid"]
