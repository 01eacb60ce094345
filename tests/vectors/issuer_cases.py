"""Checks 6 to 10: keys, origins, the chain offline and online, states; and fork proofs."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import vector_cast as cast
from evidence_cases import GOOD, UNREAD, Case, case, changed, status
from huella.proof import checkpoint, cosignature


def issuer_cases(good: Any) -> list[Case]:
    """Check 6: keys, names, origins."""
    head = checkpoint.parse_proof(good["proof"]).checkpoint
    stranger = cast.evidence_value(note_key=cast.OTHER_LOG)
    body = head.note.text

    def line(name: str, key_id: bytes, signature: bytes) -> str:
        return f"\u2014 {name} {checkpoint.b64(key_id + signature)}\n"

    def noted(text: str, *lines: str) -> Any:
        index = good["proof"].split("\n\n")[0]
        return changed(good, "proof", to=f"{index}\n\n{text}\n{''.join(lines)}")

    def signature(text: str, key: Any = cast.LOG, name: str = cast.ORIGIN) -> str:
        public = checkpoint.verifier_key(name, key.public_key().public_bytes_raw())
        return line(name, public.key_id, key.sign(text.encode()))

    trusted = checkpoint.parse_verifier_key(cast.verifier(cast.LOG))
    wrong = line(cast.ORIGIN, trusted.key_id, bytes(64))
    witness = line("witness.example", b"\1\2\3\4", bytes(72))
    elsewhere = body.replace(cast.ORIGIN, "other.example/log")
    altered, unknown = status(GOOD, c6="f"), status(GOOD, c6="u")
    return [
        case("signed by a stranger under the trusted name", stranger, "unknown", unknown),
        case("the trusted name and id with a wrong signature", noted(body, wrong), "altered", altered),
        case("a wrong signature beside a good one", noted(body, signature(body), wrong), "altered", altered),
        case(
            "the trusted name and id with a signature of 63 bytes",
            noted(body, line(cast.ORIGIN, trusted.key_id, bytes(63))),
            "altered",
            altered,
        ),
        case("a witness's cosignature beside it", noted(body, signature(body), witness), "authentic", GOOD),
        case("a witness alone", noted(body, witness), "unknown", unknown),
        case("the log's signature twice", noted(body, signature(body), signature(body)), "authentic", GOOD),
        case("an extension line", noted(body + "ext\n", signature(body + "ext\n")), "authentic", GOOD),
        case(
            "sound signature over another origin", noted(elsewhere, signature(elsewhere)), "unknown", altered
        ),
        case(
            "another trusted log's head",
            noted(elsewhere, signature(elsewhere, name="other.example/log")),
            "unknown",
            altered,
            trust={"log_keys": [cast.verifier(cast.LOG), cast.verifier(cast.LOG, "other.example/log")]},
        ),
        case(
            "the second of two trusted keys",
            stranger,
            "authentic",
            GOOD,
            trust={"log_keys": [cast.verifier(cast.LOG), cast.verifier(cast.OTHER_LOG)]},
        ),
        case("no trust file", good, "unknown", status(GOOD, c6="u", c8="u", c9="u"), trust=False),
        case(
            "no trust file and a changed record",
            changed(good, "record", to=good["record"].replace("2690", "1690")),
            "altered",
            status(GOOD, c5="f", c6="u", c8="u", c9="u"),
            trust=False,
        ),
    ]


def witness_cases(good: Any) -> list[Case]:
    """Check 6 where the trust file names witnesses and how many are needed."""
    index, _, note = good["proof"].partition("\n\n")
    head = checkpoint.parse_checkpoint(note)
    keys = [cast.witness(cast.WITNESS, "w1"), cast.witness(cast.OTHER_WITNESS, "w2")]
    one = cosignature.cosign(head, "w1", cast.WITNESS, 1_795_000_000)
    two = cosignature.cosign(head, "w2", cast.OTHER_WITNESS, 1_795_000_060)
    false = checkpoint.Signature("w2", two.key_id, two.signature[:-1] + bytes([two.signature[-1] ^ 1]))

    def witnessed(name: str, lines: list[Any], needed: int, overall: str, status_: str) -> Case:
        cosigned = note + "".join(f"{line.text}\n" for line in lines)
        trust = {"witnesses": keys, "witnesses_needed": needed}
        return case(name, changed(good, "proof", to=f"{index}\n\n{cosigned}"), overall, status_, trust=trust)

    few = status(GOOD, c6="u")
    return [
        witnessed("both witnesses that are needed", [one, two], 2, "authentic", GOOD),
        witnessed("one of two that are needed", [one], 2, "unknown", few),
        witnessed("one witness twice where two are needed", [one, one], 2, "unknown", few),
        witnessed("none where none is needed", [], 0, "authentic", GOOD),
        witnessed("a witness's false line", [one, false], 1, "unknown", status(GOOD, c6="f")),
    ]


def chain_cases(good: Any) -> list[Case]:
    """Checks 8 and 9 offline."""
    anchor, root = good["anchor"], bytes.fromhex(good["anchor"]["root"][2:])
    block = anchor["proof_block"]
    other = sha256(b"another root").digest()
    three = cast.VALIDATORS[:3]
    few, seals = status(GOOD, c9="f"), status(GOOD, c8="f")

    def anchored(**how: Any) -> Any:
        return {**good, "anchor": cast.anchor_value(root, **how)}

    def blocked(name: str, to: Any) -> Any:
        return changed(good, "anchor", "proof_block", name, to=to)

    none = {"consensus": "none", "validators": None}
    held = [block["storage_proof"][1], block["storage_proof"][1]]
    later = {"validators": [{"from_block": 80, "addresses": ["0x" + "22" * 20]}]}
    renewed = {
        "validators": [*cast.trust_value()["validators"], {"from_block": 79, "addresses": ["0x" + "22" * 20]}]
    }
    return [
        case("IBFT 2.0", anchored(consensus="ibft2"), "authentic", GOOD, trust={"consensus": "ibft2"}),
        case("round 3, signed and shown", anchored(signed_round=3, shown_round=3), "authentic", GOOD),
        case(
            "IBFT 2.0 in round 3",
            anchored(consensus="ibft2", signed_round=3, shown_round=3),
            "authentic",
            GOOD,
            trust={"consensus": "ibft2"},
        ),
        case("seals of another round", anchored(signed_round=1, shown_round=0), "unknown", few),
        case("IBFT 2.0 seals in a QBFT network", anchored(consensus="ibft2"), "unknown", few),
        case("one seal less than the quorum", anchored(keys=three[:2]), "unknown", few),
        case("one validator's seal three times", anchored(keys=[three[0]] * 3), "unknown", few),
        case("seals of strangers", anchored(keys=cast.STRANGERS), "unknown", few),
        case(
            "enough trusted seals among strangers'",
            anchored(keys=[*cast.STRANGERS, *three]),
            "authentic",
            GOOD,
        ),
        case("the transaction's own block", anchored(number=77), "authentic", GOOD),
        case(
            "the transaction's own block under another hash",
            changed(anchored(number=77), "anchor", "block_hash", to="0x" + "33" * 32),
            "unknown",
            few,
        ),
        case(
            "a later block and another block hash",
            changed(good, "anchor", "block_hash", to="0x" + "33" * 32),
            "authentic",
            GOOD,
        ),
        case("a block before the transaction's", anchored(number=76), "unknown", seals),
        case("a header of another number than the file says", blocked("number", 80), "unknown", seals),
        case(
            "no proof block",
            changed(good, "anchor", "proof_block", drop=True),
            "unknown",
            status(GOOD, c8="u", c9="u"),
        ),
        case("the chain holds another root", anchored(heads={cast.ANCHORED: other}), "unknown", seals),
        case("the chain holds nothing of that size", anchored(heads={6: root}), "unknown", seals),
        case("the time's slot for the root's", blocked("storage_proof", held), "unknown", seals),
        case(
            "a node missing in the account's proof",
            blocked("account_proof", block["account_proof"][:-1]),
            "unknown",
            seals,
        ),
        case(
            "a node too many in the account's proof",
            blocked("account_proof", block["account_proof"] + block["account_proof"][-1:]),
            "unknown",
            seals,
        ),
        case("no account proof", blocked("account_proof", []), "unknown", seals),
        case("other code at the contract", anchored(code_hash=b"\4" * 32), "unknown", seals),
        case(
            "other code where the trust file does not say",
            anchored(code_hash=b"\4" * 32),
            "authentic",
            GOOD,
            trust={"code_hash": None},
        ),
        case("another chain id", changed(good, "anchor", "chain_id", to=1), "unknown", seals),
        case("another contract", changed(good, "anchor", "contract", to="0x" + "44" * 20), "unknown", seals),
        case("no consensus", good, "authentic", status(GOOD, c9="n"), trust=none),
        case(
            "no consensus and no anchor",
            changed(good, "anchor", drop=True),
            "unknown",
            status(GOOD, c7="u", c8="u", c9="n"),
            trust=none,
        ),
        case("validators known only later", good, "unknown", status(GOOD, c9="u"), trust=later),
        case("validators renewed at that block", good, "unknown", few, trust=renewed),
        case(
            "no validators in the trust file",
            good,
            "unknown",
            status(GOOD, c9="u"),
            trust={"validators": None},
        ),
    ]


def node_cases(good: Any) -> list[Case]:
    """Check 8 online: N nodes of which M = 2 must agree; and check 10."""
    anchor = good["anchor"]
    yes = {"chain_id": anchor["chain_id"], "root": anchor["root"], "block_hash": anchor["block_hash"]}
    no, empty = yes | {"root": "0x" + "55" * 32}, yes | {"root": None}
    fork, elsewhere = yes | {"block_hash": "0x" + "66" * 32}, yes | {"chain_id": 1}
    behind, gone = yes | {"block_hash": None, "root": None}, None
    passed, failed, unknown = (status(GOOD, c8=letter, c9="n") for letter in "pfu")
    broken = changed(good, "record", to=good["record"].replace("2690", "1690"))

    def asked(name: str, overall: str, statuses: str, *nodes: Any, evidence: Any = good, **more: Any) -> Case:
        named = [{"name": f"node{n}", "answer": answer} for n, answer in enumerate(nodes)]
        return case(name, evidence, overall, statuses, nodes=named, offline=False, **more)

    def told(state: str, source: str, mirror: bool = True, size: int = 9) -> Any:
        return {
            "source": source,
            "mirror": mirror,
            "state": state,
            "size": size,
            "time": "2026-11-23T15:00:00.000Z",
        }

    mirrors = [told("PUBLICADA", "a", size=9), told("PUBLICADA", "b", size=8), told("ACEPTADA", "c")]
    return [
        asked("two of three nodes agree", "authentic", passed, yes, yes, no),
        asked("two of three, one gone", "authentic", passed, yes, gone, yes),
        asked("one agrees, two gone", "unknown", unknown, yes, gone, gone),
        asked("two of three contradict", "unknown", failed, yes, no, empty),
        asked("one agrees, one contradicts, one gone", "unknown", unknown, yes, no, gone),
        asked("a node of another network, one on a fork", "unknown", failed, elsewhere, fork, yes),
        asked("nodes that have not come that far", "unknown", unknown, yes, behind, behind),
        asked("fewer nodes than must agree", "unknown", unknown, yes),
        asked("no nodes", "unknown", unknown),
        asked(
            "nodes agree and the file brings no proof block",
            "authentic",
            passed,
            yes,
            yes,
            evidence=changed(good, "anchor", "proof_block", drop=True),
        ),
        asked(
            "nodes agree and the record is changed",
            "altered",
            status(passed, c5="f"),
            yes,
            yes,
            evidence=broken,
        ),
        asked(
            "nobody answers and the record is changed",
            "altered",
            status(unknown, c5="f"),
            gone,
            gone,
            evidence=broken,
        ),
        asked(
            "no consensus, asked online",
            "authentic",
            passed,
            yes,
            yes,
            trust={"consensus": "none", "validators": None},
        ),
        case(
            "one node under two addresses counts once",
            good,
            "unknown",
            unknown,
            offline=False,
            nodes=[{"name": "node", "answer": yes}, {"name": "node", "answer": yes}],
        ),
        case("two mirrors agree on the state", good, "authentic", GOOD, states=mirrors, state="p"),
        case(
            "mirrors agree on nothing",
            good,
            "authentic",
            GOOD,
            states=[*mirrors, told("ACEPTADA", "d")],
            state="u",
        ),
        case(
            "one mirror under the same name twice",
            good,
            "authentic",
            GOOD,
            states=[mirrors[0]] * 2,
            state="u",
        ),
        case(
            "the registry alone tells the state",
            good,
            "authentic",
            GOOD,
            states=[told("PUBLICADA", "registry", mirror=False)],
            state="u",
        ),
        case(
            "mirrors agree on a changed record's state",
            broken,
            "altered",
            status(GOOD, c5="f"),
            states=mirrors,
            state="p",
        ),
    ]


def fork_evidence_cases(good: Any) -> list[Case]:
    """An evidence file that contradicts itself at one size is a fork proof where head and chain are both
    trusted.
    """
    other = sha256(b"another history").digest()
    forked = {**good, "anchor": cast.anchor_value(other, size=cast.SIZE), "consistency": []}
    unsealed = {
        **good,
        "anchor": cast.anchor_value(other, size=cast.SIZE, keys=cast.STRANGERS),
        "consistency": [],
    }
    return [
        case("the signed head and the chain's contradict each other", forked, "forked", status(GOOD, c7="f")),
        case(
            "the same, and the record is changed too",
            changed(forked, "record", to=good["record"].replace("2690", "1690")),
            "forked",
            status(GOOD, c5="f", c7="f"),
        ),
        case("a contradiction that no validator sealed", unsealed, "altered", status(GOOD, c7="f", c9="f")),
        case(
            "a contradiction on a network without consensus",
            forked,
            "altered",
            status(GOOD, c7="f", c9="n"),
            trust={"consensus": "none", "validators": None},
        ),
    ]


def fork_cases() -> list[Case]:
    """Fork proofs; what `expect` says of checks 2 to 5 and 7 is that they are not asked."""
    first, second = (sha256(text).digest() for text in (b"one history", b"another history"))
    one, two = (checkpoint.sign(cast.ORIGIN, 5, root, cast.LOG) for root in (first, second))
    longer = checkpoint.sign(cast.ORIGIN, 6, second, cast.LOG)
    stranger = checkpoint.sign(cast.ORIGIN, 5, second, cast.OTHER_LOG)
    lifted = one.split("\u2014")[1]
    false = f"{two.split(chr(0x2014))[0]}\u2014{lifted}"
    held = {"head": one, "anchor": cast.anchor_value(second, size=5)}
    few = {"head": one, "anchor": cast.anchor_value(second, size=5, keys=cast.VALIDATORS[:2])}
    both, chain = "pnnnnpnnn", "pnnnnpnpp"

    def fork(name: str, value: dict[str, Any], overall: str, statuses: str, **more: Any) -> Case:
        return case(name, {"format": "huella/fork/1", **value}, overall, statuses, **more)

    return [
        fork("two heads of one size", {"heads": [one, two]}, "forked", both),
        fork("the same head twice", {"heads": [one, one]}, "unknown", both),
        fork("heads of two sizes", {"heads": [one, longer]}, "unknown", both),
        fork("a stranger's head", {"heads": [one, stranger]}, "unknown", status(both, c6="u")),
        fork("a head with another's signature", {"heads": [one, false]}, "altered", status(both, c6="f")),
        fork("no trust", {"heads": [one, two]}, "unknown", status(both, c6="u"), trust=False),
        fork("a head and the chain", held, "forked", chain),
        fork(
            "a head and the chain's same word",
            {"head": one, "anchor": cast.anchor_value(first, size=5)},
            "unknown",
            chain,
        ),
        fork(
            "a head and the chain at another size",
            {"head": one, "anchor": cast.anchor_value(second, size=6)},
            "unknown",
            chain,
        ),
        fork("a head and a chain with too few seals", few, "unknown", status(chain, c9="f")),
        fork(
            "a head and a chain without consensus",
            held,
            "unknown",
            status(chain, c9="n"),
            trust={"consensus": "none", "validators": None},
        ),
        fork(
            "an anchor that the chain does not hold",
            {"head": one, "anchor": cast.anchor_value(second, size=5, heads={5: first})},
            "unknown",
            status(chain, c8="f"),
        ),
        fork("three heads", {"heads": [one, two, longer]}, "unknown", UNREAD),
        fork("heads and an anchor", {"heads": [one, two], "anchor": held["anchor"]}, "unknown", UNREAD),
        fork("nothing", {}, "unknown", UNREAD),
    ]
