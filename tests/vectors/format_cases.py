"""Vectors of each format by itself: tree, notes, log proofs, tries, headers, trust files, records,
disclosures.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

import vector_cast as cast
from epoch_cases import epoch_trust_cases
from huella.proof import checkpoint, cosignature, headers, merkle, rlp
from huella.records import canonical, disclosure

Case = dict[str, Any]


def merkle_cases() -> dict[str, Any]:
    """Roots, and proofs that hold or do not, for trees of up to nine leaves."""
    leaves = [merkle.leaf_hash(b"record %d" % number) for number in range(9)]
    node = merkle.tree_node(leaves)
    roots = [merkle.root_of(size, node) for size in range(10)]
    inclusion, consistency = [], []

    def included(name: str, index: int, size: int, path: list[bytes], leaf: int, valid: bool) -> None:
        inclusion.append(
            {"name": name, "leaf": leaf, "index": index, "size": size, "path": _hex(path), "valid": valid}
        )

    def consistent(
        name: str, old: int, new: int, path: list[bytes], roots_of: tuple[int, int], valid: bool
    ) -> None:
        shown = {"old_root": roots[roots_of[0]].hex(), "new_root": roots[roots_of[1]].hex()}
        consistency.append(
            {"name": name, "old": old, "new": new, **shown, "path": _hex(path), "valid": valid}
        )

    for size in (1, 2, 3, 5, 8, 9):
        for index in {0, size // 2, size - 1}:
            included("good", index, size, merkle.inclusion_proof(index, size, node), index, True)
    path = merkle.inclusion_proof(4, 7, node)
    included("another index", 3, 7, path, 4, False)
    included("the index is the size", 7, 7, path, 4, False)
    included("another leaf", 4, 7, path, 5, False)
    included("one hash less", 4, 7, path[:-1], 4, False)
    included("one hash more", 4, 7, [*path, path[0]], 4, False)
    included("in another order", 4, 7, path[::-1], 4, False)
    included("no path", 4, 7, [], 4, False)
    for old, new in ((1, 2), (1, 9), (2, 8), (3, 7), (4, 7), (6, 8), (8, 9), (5, 5), (0, 4)):
        consistent("good", old, new, merkle.consistency_proof(old, new, node), (old, new), True)
    path = merkle.consistency_proof(3, 7, node)
    consistent("empty although the sizes differ", 3, 7, [], (3, 7), False)
    consistent("empty, of a power of two", 4, 7, [], (4, 7), False)
    consistent("empty, both roots the same", 4, 7, [], (4, 4), False)
    consistent("not empty although the sizes are equal", 7, 7, path, (7, 7), False)
    consistent("the tree shrinks", 7, 3, path, (7, 3), False)
    consistent("another old root", 3, 7, path, (2, 7), False)
    consistent("another new root", 3, 7, path, (3, 8), False)
    consistent("one hash less", 3, 7, path[:-1], (3, 7), False)
    consistent("one hash more", 3, 7, [*path, path[0]], (3, 7), False)
    consistent("a proof from the empty tree", 0, 4, path, (0, 4), False)
    return {"leaves": _hex(leaves), "roots": _hex(roots), "inclusion": inclusion, "consistency": consistency}


def note_cases() -> dict[str, Any]:
    """Verifier keys, and checkpoints that are good, badly signed, of nobody known, or no checkpoints."""
    root = sha256(b"a root").digest()
    good = checkpoint.sign(cast.ORIGIN, 20852163, root, cast.LOG)
    text, signature = good.split("\n\u2014")
    signature = "\u2014" + signature
    key = cast.verifier(cast.LOG)
    name, key_id, encoded = key.split("+", 2)
    flipped = ("1" if key_id[0] == "0" else "0") + key_id[1:]
    ecdsa = base64.b64encode(b"\2" + bytes(32)).decode()
    notes = [
        ("good", good, "good"),
        ("stranger", checkpoint.sign(cast.ORIGIN, 7, root, cast.OTHER_LOG), "untrusted"),
    ]
    notes += [
        ("another size under the signature", good.replace("20852163", "20852164"), "wrong"),
        ("seventeen cosignatures", good + "\u2014 witness.example AQIDBAUG\n" * 17, "good"),
        ("sixty-five signatures", good + "\u2014 witness.example AQIDBAUG\n" * 64, "malformed"),
        ("no final newline", good[:-1], "malformed"),
        ("no empty line", good.replace("\n\n", "\n"), "malformed"),
        ("no signature", text + "\n", "malformed"),
        ("a size with a leading zero", good.replace("20852163", "020852163"), "malformed"),
        ("a size with a plus sign", good.replace("20852163", "+20852163"), "malformed"),
        ("a size in other digits", good.replace("20852163", "\u0662"), "malformed"),
        ("a size beyond 2^53-1", good.replace("20852163", str(2**53)), "malformed"),
        ("a root of 31 bytes", good.replace(_b64(root), _b64(root[:31])), "malformed"),
        (
            "a root in base64url",
            good.replace(_b64(root), base64.urlsafe_b64encode(root[:30] + b"\xff\xff").decode()),
            "malformed",
        ),
        ("two lines only", f"{cast.ORIGIN}\n7\n\n{signature}", "malformed"),
        ("an empty origin", good.replace(cast.ORIGIN, "", 1), "malformed"),
        ("a tab", good.replace("20852163", "20852163\t"), "malformed"),
        ("carriage returns", good.replace("\n", "\r\n"), "malformed"),
        ("a hyphen for the dash", good.replace("\u2014", "-"), "malformed"),
        ("two spaces", good.replace("\u2014 ", "\u2014  "), "malformed"),
        ("a key name with a plus sign", good.replace(f"\u2014 {cast.ORIGIN}", "\u2014 a+b"), "malformed"),
        (
            "a key name with a no-break space",
            good.replace(f"\u2014 {cast.ORIGIN}", "\u2014 a\u00a0b"),
            "malformed",
        ),
        ("a signature of four bytes", good.replace(signature.split(" ")[2], "AQIDBA==\n"), "malformed"),
        ("a signature without padding", good.replace("=\n", "\n").replace("==", "="), "malformed"),
        ("nothing", "", "malformed"),
    ]
    keys = [
        ("good", key, True),
        ("another id", f"{name}+{flipped}+{encoded}", False),
        ("an upper-case id", f"{name}+{key_id.upper()}+{encoded}", key_id.upper() == key_id),
        ("another name", f"other+{key_id}+{encoded}", False),
        ("an algorithm that is not Ed25519", f"{name}+{key_id}+{ecdsa}", False),
        ("no padding", key.rstrip("="), not key.endswith("=")),
        ("no name", f"+{key_id}+{encoded}", False),
        ("no key", f"{name}+{key_id}+", False),
        ("nothing", "", False),
    ]
    return {
        "origin": cast.ORIGIN,
        "trusted": [key],
        "witnesses": [
            cast.witness(cast.WITNESS, "witness.example/w1"),
            cast.witness(cast.OTHER_WITNESS, "w2"),
        ],
        "cosigned": cosigned_cases(good),
        "notes": [{"name": n, "note": note, "expect": expect} for n, note, expect in notes],
        "keys": [{"name": n, "key": found, "valid": valid} for n, found, valid in keys],
    }


def cosigned_cases(good: str) -> list[Case]:
    """Cosigned checkpoints: each trusted witness's earliest time, and whether a line under its name is false."""
    head, time, w1 = checkpoint.parse_checkpoint(good), 1_795_000_000, "witness.example/w1"
    other = checkpoint.parse_checkpoint(good.replace("20852163", "20852164"))

    def line(at: int = time, key: Any = cast.WITNESS, name: str = w1, of: Any = head) -> str:
        return cosignature.cosign(of, name, key, at).text + "\n"

    def spoilt(place: int, to: bytes) -> str:
        found = checkpoint.parse_signature(line()[:-1])
        raw = found.key_id + found.signature
        changed = raw[:place] + to + raw[place + len(to) :]
        return checkpoint.Signature(w1, changed[:4], changed[4:]).text + "\n"

    plain = (
        checkpoint.Signature(w1, head.note.signatures[0].key_id, head.note.signatures[0].signature).text
        + "\n"
    )
    short = cosignature.cosign(head, w1, cast.WITNESS, time)
    cases: list[tuple[str, str, dict[str, int], bool]] = [
        ("good", line(), {w1: time}, False),
        (
            "two witnesses",
            line() + line(time + 9, cast.OTHER_WITNESS, "w2"),
            {w1: time, "w2": time + 9},
            False,
        ),
        ("nobody", "", {}, False),
        ("a stranger's", line(key=cast.OTHER_LOG), {}, False),
        ("a trusted key under another name", line(name="w3"), {}, False),
        ("another time than the one signed", spoilt(11, b"\1"), {}, True),
        ("another key id", spoilt(0, b"\0\0\0\0"), {}, False),
        ("a false signature", spoilt(20, b"\0\0\0\0\0\0"), {}, True),
        ("of another size", line(of=other), {}, True),
        ("twice, the later time first", line(time + 60) + line(), {w1: time}, False),
        ("twice, once false", line() + spoilt(20, b"\0\0\0\0\0\0"), {w1: time}, True),
        ("behind the year 9999", spoilt(4, b"\x7f"), {}, True),
        ("a log's signature under a witness's name", plain, {}, False),
        ("cut short", f"{checkpoint.Signature(w1, short.key_id, short.signature[:40]).text}\n", {}, True),
    ]
    return [{"name": n, "note": good + lines, "times": t, "false": false} for n, lines, t, false in cases]


def proof_cases() -> list[Case]:
    """tlog-proof texts, and what is read of them."""
    note = checkpoint.sign(cast.ORIGIN, 5, sha256(b"a root").digest(), cast.LOG)
    line = _b64(sha256(b"a hash").digest())
    head = "c2sp.org/tlog-proof@v1\n"
    good = f"{head}index 3\n{line}\n{line}\n\n{note}"
    texts = [
        ("good", good, {"index": 3, "path": 2, "extra": None}),
        (
            "extra data",
            good.replace("index", "extra aGVsbG8=\nindex"),
            {"index": 3, "path": 2, "extra": "68656c6c6f"},
        ),
        ("no path", f"{head}index 0\n\n{note}", {"index": 0, "path": 0, "extra": None}),
        (
            "an index beyond the checkpoint's size is syntax",
            good.replace("3", "5", 1),
            {"index": 5, "path": 2, "extra": None},
        ),
        ("sixty-five hashes", f"{head}index 3\n{(line + chr(10)) * 65}\n{note}", None),
        ("extra after the index", good.replace("index 3", "index 3\nextra aGVsbG8="), None),
        ("extra twice", good.replace("index", "extra aGVsbG8=\nextra aGVsbG8=\nindex"), None),
        ("no index", f"{head}{line}\n\n{note}", None),
        ("an index with a space", good.replace("index 3", "index  3"), None),
        ("a hash of 31 bytes", good.replace(line, _b64(bytes(31)), 1), None),
        ("a hash in another spelling", good.replace(line, line[:-2] + chr(ord(line[-2]) + 1) + "=", 1), None),
        ("a space after a hash", good.replace(line, line + " ", 1), None),
        ("an empty line before the path", good.replace("index 3\n", "index 3\n\n"), None),
        ("no checkpoint", f"{head}index 3\n{line}\n", None),
        ("something before it", "\n" + good, None),
    ]
    return [{"name": name, "text": text, "expect": expect} for name, text, expect in texts]


def trie_cases() -> list[Case]:
    """Merkle-Patricia proofs: `expect` is the value in hex, null where the proof shows that there is none,
    or "wrong".
    """
    root = sha256(b"a root").digest()
    held = cast.storage({7: root})
    slot, other = headers.head_slots(7)
    nodes, others = cast.prove(held, slot), cast.prove(held, other)
    absent = b"\7" * 32
    swapped = [*nodes[:-1], others[-1]]
    single = cast.HexaryTrie({})
    single[headers.keccak(slot)] = rlp.encode(root)
    empty = headers.EMPTY_TRIE
    cases = [
        ("a value", held.root_hash, slot, nodes, rlp.encode(root).hex()),
        ("a trie of one leaf", single.root_hash, slot, cast.prove(single, slot), rlp.encode(root).hex()),
        ("another key in a trie of one leaf", single.root_hash, other, cast.prove(single, slot), None),
        ("a key that the trie does not hold", held.root_hash, absent, cast.prove(held, absent), None),
        ("the empty trie", empty, slot, [], None),
        ("another slot's proof", held.root_hash, slot, others, "wrong"),
        ("another slot's leaf", held.root_hash, slot, swapped, "wrong"),
        ("no nodes", held.root_hash, slot, [], "wrong"),
        ("nodes for the empty trie", empty, slot, nodes, "wrong"),
        ("the leaf missing", held.root_hash, slot, nodes[:-1], "wrong"),
        ("the root missing", held.root_hash, slot, nodes[1:], "wrong"),
        ("a node twice", held.root_hash, slot, [nodes[0], *nodes], "wrong"),
        ("a node after the leaf", held.root_hash, slot, [*nodes, nodes[0]], "wrong"),
        ("in another order", held.root_hash, slot, nodes[::-1], "wrong"),
        ("another root", root, slot, nodes, "wrong"),
    ]
    return [
        {"name": name, "root": top.hex(), "key": key.hex(), "nodes": list(given), "expect": expect}
        for name, top, key, given, expect in cases
    ]


def header_cases() -> list[Case]:
    """Sealed headers, made up: the block hash and how many of the four validators sealed; null where
    malformed.
    """
    state, three = sha256(b"a state").digest(), cast.VALIDATORS[:3]

    def made(consensus: str, *seals: bytes, round_: int = 0) -> bytes:
        return rlp.encode(cast.header(79, state, cast.extra_items(consensus, round_, list(seals))))

    def with_extra(extra: Any) -> bytes:
        return rlp.encode(cast.header(79, state, extra))

    found: list[Case] = []
    for consensus in ("qbft", "ibft2"):
        hash_ = cast.block_hash(consensus, 79, state).hex()
        good = [cast.seal(consensus, 79, state, 0, key) for key in three]
        items = cast.extra_items(consensus, 0, good)
        late = [cast.seal(consensus, 79, state, 2, key) for key in three]
        texts: list[tuple[str, bytes, int | None]] = [
            ("three seals", made(consensus, *good), 3),
            ("three seals in round 2", made(consensus, *late, round_=2), 3),
            ("round 2's seals shown in round 0", made(consensus, *late), 0),
            ("one seal three times", made(consensus, *[good[0]] * 3), 1),
            ("no seals", made(consensus), 0),
            ("v of 27", made(consensus, good[0][:64] + bytes([good[0][64] + 27]), *good[1:]), 2),
            ("the other v", made(consensus, good[0][:64] + bytes([1 - good[0][64]]), *good[1:]), 2),
            ("a seal of 64 bytes", made(consensus, good[0][:64], *good[1:]), 2),
            ("a seal of zeros", made(consensus, bytes(65), *good[1:]), 2),
            ("a seal beyond the curve's order", made(consensus, b"\xff" * 64 + b"\0", *good[1:]), 2),
            ("four items", with_extra(items[:4]), None),
            ("six items", with_extra([*items, b""]), None),
            ("a vanity of 31 bytes", with_extra([bytes(31), *items[1:]]), None),
            ("a validator of 19 bytes", with_extra([items[0], [bytes(19)], *items[2:]]), None),
            ("seals that are no list", with_extra([*items[:4], good[0]]), None),
            ("a seal that is a list", with_extra([*items[:4], [[good[0]]]]), None),
            ("extraData with bytes after it", with_extra(rlp.encode(items) + b"\0"), None),
            ("extraData that is no RLP", with_extra(b"\xff"), None),
            (
                "the other consensus's round",
                with_extra([*items[:3], b"\0\0\0\0" if consensus == "qbft" else b"", items[4]]),
                None,
            ),
        ]
        if consensus == "qbft":
            texts.append(("a vote that is an empty string", with_extra([*items[:2], b"", *items[3:]]), None))
        for name, raw, count in texts:
            expect = None if count is None else {"block_hash": hash_, "trusted": count, "quorum": 3}
            found.append({"name": name, "consensus": consensus, "header": raw.hex(), "expect": expect})
    return found


def trust_cases() -> list[Case]:
    """Trust files, and whether they are read."""
    good = cast.trust_value()
    key = cast.verifier(cast.LOG)
    named = good["validators"][0]["addresses"]
    text = cast.dumps(good)
    bad: dict[str, Any] = {
        "another format": {"format": "huella/trust/2"},
        "no origin": {"origin": None},
        "no log keys": {"log_keys": []},
        "a log key twice": {"log_keys": [key, key]},
        "a log key with another id": {"log_keys": [key.replace("+", "+0", 1)]},
        "an unknown consensus": {"consensus": "clique"},
        "no consensus": {"consensus": None},
        "a chain id as text": {"chain_id": "648539"},
        "an upper-case contract": {"contract": "0x" + "AB" * 20},
        "a contract of 19 bytes": {"contract": "0x" + "11" * 19},
        "nobody needs to agree": {"agree": 0},
        "a validator twice": {"validators": [{"from_block": 0, "addresses": [named[0], named[0]]}]},
        "a set without validators": {"validators": [{"from_block": 0, "addresses": []}]},
        "sets in another order": {"validators": [{"from_block": n, "addresses": named} for n in (5, 0)]},
        "a log's key for a witness's": {"witnesses": [cast.verifier(cast.OTHER_LOG)]},
        "one witness's key under two names": {
            "witnesses": [cast.witness(cast.WITNESS, name) for name in ("one", "two")]
        },
        "the log as its own witness": {"witnesses": [cast.witness(cast.LOG, "one")]},
        "more witnesses needed than named": {
            "witnesses": [cast.witness(cast.WITNESS, "one")],
            "witnesses_needed": 2,
        },
        "two sets from one block": {"validators": [{"from_block": 5, "addresses": named}] * 2},
    }
    found = [
        ("good", text, True),
        (
            "without what may be left out",
            cast.dumps(cast.trust_value(**dict.fromkeys(("code_hash", "validators", "nodes", "agree")))),
            True,
        ),
        (
            "with witnesses",
            cast.dumps(cast.trust_value(witnesses=[cast.witness(cast.WITNESS, "one")], witnesses_needed=1)),
            True,
        ),
        ("a member that nobody knows", text[:-1] + ', "later": 1}', True),
        ("a byte order mark", "\ufeff" + text, False),
        ("a duplicate key", text[:-1] + ', "agree": 1}', False),
        *((name, cast.dumps(cast.trust_value(**change)), False) for name, change in bad.items()),
        *epoch_trust_cases(),
    ]
    return [{"name": name, "trust": body, "valid": valid} for name, body, valid in found]


def record_cases() -> list[Case]:
    """Records by their exact text: canonical or refused, and the leaf hash."""
    good = canonical.encode(cast.ORDER).decode()
    texts = [
        ("good", good, True),
        ("with an act", canonical.encode(cast.ACCEPTED).decode(), True),
        ("with an annex", canonical.encode(cast.ANNEXED).decode(), True),
        ("a space", good + " ", False),
        ("a byte order mark", "\ufeff" + good, False),
        ("a duplicate key", good.replace('"seq":0', '"seq":0,"seq":0'), False),
        ("an unknown member", good.replace('"seq":0', '"seq":0,"sex":0'), False),
        (
            "members in another order",
            '{"subject":"x",' + good[1:].replace(',"subject":"OCAM-2026-1335-17-0"', ""),
            False,
        ),
        ("an escape that is not needed", good.replace("OCAM", "\\u004fCAM", 1), False),
        ("a float", good.replace('"total":"2690.00"', '"total":2690.0'), False),
        ("an integer beyond 2^53-1", good.replace('"total":"2690.00"', '"total":9007199254740992'), False),
        ("a key that is not ASCII", good.replace('"total"', '"totál"'), False),
        ("prev null with seq 1", good.replace('"seq":0', '"seq":1'), False),
        (
            "a sealed pointer that is a prefix of another",
            good.replace("/supplier/contact/email", "/documents"),
            False,
        ),
        ("an empty list of files", canonical.encode({**cast.ACCEPTED, "files": []}).decode(), False),
        ("another format", good.replace("huella/record/1", "huella/record/2"), False),
    ]
    return [
        {"name": name, "record": text, "valid": valid, "leaf": merkle.leaf_hash(text.encode()).hex()}
        for name, text, valid in texts
    ]


def disclosure_cases() -> list[Case]:
    """Disclosures by their text: what they open, or null where they are not in their form."""

    def encoded(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    salt = disclosure.b64(cast.salt(1))
    good = encoded(f'["{salt}","/a",{{"b":1}}]')
    texts: list[tuple[str, str, Any]] = [
        ("good", good, {"pointer": "/a", "value": {"b": 1}}),
        ("padding", good + "=", None),
        ("standard base64", base64.b64encode(f'["{salt}","/a","\u00ff\u00fe?>~"]'.encode()).decode(), None),
        ("a salt of 15 bytes", encoded(f'["{disclosure.b64(bytes(15))}","/a",1]'), None),
        ("two elements", encoded(f'["{salt}","/a"]'), None),
        ("four elements", encoded(f'["{salt}","/a",1,2]'), None),
        ("an object", encoded(f'{{"salt":"{salt}","pointer":"/a","value":1}}'), None),
        ("a float", encoded(f'["{salt}","/a",1.5]'), None),
        ("an integer beyond 2^53-1", encoded(f'["{salt}","/a",9007199254740992]'), None),
        ("a duplicate key in the value", encoded(f'["{salt}","/a",{{"b":1,"b":1}}]'), None),
        ("a byte order mark", encoded(f'\ufeff["{salt}","/a",1]'), None),
        ("no JSON", encoded("hello"), None),
        ("nothing", "", None),
    ]
    return [
        {"name": name, "disclosure": text, "digest": disclosure.digest(text), "expect": expect}
        for name, text, expect in texts
    ]


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _hex(values: list[bytes]) -> list[str]:
    return [value.hex() for value in values]
