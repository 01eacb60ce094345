"""Evidence files and fork proofs, good, bad and hostile, each with what every check must say."""

from __future__ import annotations

import copy
import json
from hashlib import sha256
from typing import Any

import vector_cast as cast
import vector_pdf as pdf
from huella.proof import checkpoint, merkle
from huella.records import canonical, disclosure

Case = dict[str, Any]
GOOD = "ppnnppppp"
"""Checks 1 to 9 of a good file without disclosures or document: p passed, f failed, u unknown, n not
asked.
"""
UNREAD = "fuuuuuuuu"


def case(name: str, evidence: Any, overall: str, statuses: str, **more: Any) -> Case:
    """One vector. `more`: trust (a change to the cast's), document, nodes, states, offline, state (status
    of 10).
    """
    text = evidence if isinstance(evidence, str) else cast.dumps(evidence)
    found = {"name": name, "evidence": text, **more}
    return found | {"expect": {"overall": overall, "checks": statuses + found.pop("state", "n")}}


def changed(value: Any, *path: str | int, to: Any = None, drop: bool = False) -> Any:
    """A copy with one member replaced or dropped."""
    found = copy.deepcopy(value)
    here = found
    for step in path[:-1]:
        here = here[step]
    if drop:
        del here[path[-1]]
    else:
        here[path[-1]] = to
    return found


def status(base: str, **checks: str) -> str:
    """The statuses with some of them others: `status(GOOD, c5="f")`."""
    letters = list(base)
    for name, letter in checks.items():
        letters[int(name[1:]) - 1] = letter
    return "".join(letters)


def form_cases(good: Any) -> list[Case]:
    """What check 1 must refuse, and what it must not."""
    text = cast.dumps(good)

    def bad(name: str, evidence: Any) -> Case:
        return case(name, evidence, "unknown", UNREAD)

    def with_proof(old: str, new: str) -> Any:
        assert old in good["proof"]
        return changed(good, "proof", to=good["proof"].replace(old, new, 1))

    hashes = good["proof"].split("\n\n")[0].split("\n")[2:]
    spelled = hashes[0][:-2] + chr(ord(hashes[0][-2]) + 1) + "="
    block = good["anchor"]["proof_block"]
    return [
        case(
            "members that nobody knows",
            text[:-1] + ', "later": {"a": 1.5, "b": [1e400, -0]}}',
            "authentic",
            GOOD,
        ),
        case("whitespace around it", f" \n{text}\n ", "authentic", GOOD),
        case(
            "a size written 7.0, the same number",
            text.replace('"size": 7,', '"size": 7.0,'),
            "authentic",
            GOOD,
        ),
        bad("a byte order mark", "\ufeff" + text),
        bad("a duplicate key", text[:-1] + ', "record": "{}"}'),
        bad("a duplicate key in a member that nobody knows", text[:-1] + ', "x": {"a": 1, "a": 1}}'),
        bad("a duplicate key inside the anchor", text.replace('"size": 7,', '"size": 7, "size": 7,')),
        bad("something after the object", text + "{}"),
        bad("NaN in a member that nobody knows", text[:-1] + ', "x": NaN}'),
        bad("nested without end", text[:-1] + ', "x": ' + "[" * 3000 + "]" * 3000 + "}"),
        bad("nested 65 levels deep", text[:-1] + ', "x": ' + "[" * 64 + "]" * 64 + "}"),
        case("nested 64 levels deep", text[:-1] + ', "x": ' + "[" * 63 + "]" * 63 + "}", "authentic", GOOD),
        bad("an array instead of an object", [good]),
        bad("another format", changed(good, "format", to="huella/evidence/2")),
        bad("no record", changed(good, "record", drop=True)),
        bad("a record that is no string", changed(good, "record", to={})),
        bad("half a surrogate pair in the record", text.replace("OCAM-2026", "\\ud800OCAM-2026", 1)),
        bad("an anchor that is null", changed(good, "anchor", to=None)),
        bad("an anchor size beyond 2^53-1", changed(good, "anchor", "size", to=2**53)),
        bad("a negative anchor size", changed(good, "anchor", "size", to=-7)),
        bad("an anchor size that is text", changed(good, "anchor", "size", to="7")),
        bad("an anchor size that is true", changed(good, "anchor", "size", to=True)),
        bad(
            "upper-case hex",
            changed(good, "anchor", "root", to=good["anchor"]["root"].upper().replace("X", "x")),
        ),
        bad("a root without 0x", changed(good, "anchor", "root", to=good["anchor"]["root"][2:])),
        bad("a root of 31 bytes", changed(good, "anchor", "root", to=good["anchor"]["root"][:-2])),
        bad("a consistency hash of 31 bytes", changed(good, "consistency", 0, to=good["consistency"][0][2:])),
        bad("too many consistency hashes", changed(good, "consistency", to=["00" * 32] * 65)),
        bad("the same disclosure twice", changed(good, "disclosures", to=[cast.EMAIL, cast.EMAIL])),
        bad("base64 in another spelling", with_proof(hashes[0], spelled)),
        bad("a path hash without padding", with_proof(hashes[0], hashes[0].rstrip("="))),
        bad("an index with a leading zero", with_proof("index 3", "index 03")),
        bad("a negative index", with_proof("index 3", "index -3")),
        bad("an index beyond 2^53-1", with_proof("index 3", f"index {2**53}")),
        bad("a log proof of another version", with_proof("@v1", "@v2")),
        bad(
            "carriage returns in the log proof",
            changed(good, "proof", to=good["proof"].replace("\n", "\r\n")),
        ),
        bad("a checkpoint without signature", changed(good, "proof", to=good["proof"].split("\u2014")[0])),
        bad("a header that is no RLP", changed(good, "anchor", "proof_block", "header", to="0xff")),
        bad(
            "a header with bytes after it",
            changed(good, "anchor", "proof_block", "header", to=block["header"] + "00"),
        ),
        bad(
            "a proof node that is no RLP",
            changed(good, "anchor", "proof_block", "account_proof", 0, to="0x81"),
        ),
        bad(
            "one storage proof only",
            changed(good, "anchor", "proof_block", "storage_proof", to=block["storage_proof"][:1]),
        ),
    ]


def integrity_cases(good: Any) -> list[Case]:
    """Checks 2, 3, 5 and 7: what is altered, and what only looks so."""
    altered = status(GOOD, c2="f", c5="f")
    other_root = "0x" + sha256(b"another root").hexdigest()
    equal = cast.evidence_value(index=3)
    small = cast.anchor_value(checkpoint.parse_proof(good["proof"]).checkpoint.root, size=cast.SIZE)
    equal["anchor"], equal["consistency"] = small, []
    annexed = cast.evidence_value(cast.ANNEXED) | {"annexes": [cast.ANNEX.decode()]}
    accepted = cast.evidence_value(cast.ACCEPTED)
    forged = canonical.encode(cast.ACCEPTED).replace(b"explicit", b"implicit")
    too_long = canonical.encode(cast.members("order.published", "X", {"a": "x" * 65_535}))
    return [
        case("good", good, "authentic", GOOD),
        case(
            "the record changed",
            changed(good, "record", to=good["record"].replace("2690.00", "9690.00")),
            "altered",
            status(GOOD, c5="f"),
        ),
        case("the record with a space", changed(good, "record", to=" " + good["record"]), "altered", altered),
        case(
            "the record with a duplicate key",
            changed(good, "record", to=good["record"].replace('"seq":0', '"seq":0,"seq":0')),
            "altered",
            altered,
        ),
        case(
            "a record that is not canonical but in the log",
            cast.evidence_value(b" " + canonical.encode(cast.ORDER)),
            "altered",
            status(GOOD, c2="f"),
        ),
        case(
            "a record over 65,535 bytes in the log",
            cast.evidence_value(too_long),
            "altered",
            status(GOOD, c2="f"),
        ),
        case("an annex in place", annexed, "authentic", GOOD),
        case(
            "an annex changed",
            changed(annexed, "annexes", 0, to=cast.ANNEX.decode().replace("2.50", "3.50")),
            "altered",
            status(GOOD, c2="f"),
        ),
        case("an annex absent", changed(annexed, "annexes", to=[]), "unknown", status(GOOD, c2="u")),
        case(
            "an annex that the record does not name",
            changed(good, "annexes", to=["{}"]),
            "altered",
            status(GOOD, c2="f"),
        ),
        case("a party's act", accepted, "authentic", GOOD),
        case(
            "an act over other data, in the log", cast.evidence_value(forged), "altered", status(GOOD, c2="f")
        ),
        case(
            "another leaf's proof",
            changed(good, "proof", to=good["proof"].replace("index 3", "index 2")),
            "altered",
            status(GOOD, c5="f"),
        ),
        case(
            "an index that is the size",
            changed(good, "proof", to=good["proof"].replace("index 3", "index 5")),
            "altered",
            status(GOOD, c5="f"),
        ),
        case("an anchor of the checkpoint's own size", equal, "authentic", GOOD),
        case(
            "equal sizes and no consistency member",
            changed(equal, "consistency", drop=True),
            "authentic",
            GOOD,
        ),
        case(
            "equal sizes with a proof all the same",
            changed(equal, "consistency", to=good["consistency"]),
            "altered",
            status(GOOD, c7="f"),
        ),
        case(
            "a larger anchor without consistency",
            changed(good, "consistency", drop=True),
            "unknown",
            status(GOOD, c7="u"),
        ),
        case(
            "a larger anchor with an empty consistency",
            changed(good, "consistency", to=[]),
            "altered",
            status(GOOD, c7="f"),
        ),
        case(
            "a consistency proof with a hash changed",
            changed(good, "consistency", 0, to="00" * 32),
            "altered",
            status(GOOD, c7="f"),
        ),
        case(
            "an anchor smaller than the checkpoint",
            {**good, "anchor": cast.anchor_value(b"\7" * 32, size=4)},
            "altered",
            status(GOOD, c7="f"),
        ),
        case(
            "a receipt: no anchor",
            changed(good, "anchor", drop=True),
            "unknown",
            status(GOOD, c7="u", c8="u", c9="u"),
        ),
        case(
            "an anchor's root that the chain does not hold",
            changed(good, "anchor", "root", to=other_root),
            "altered",
            status(GOOD, c7="f", c8="f"),
        ),
    ]


def disclosure_cases(good: Any) -> list[Case]:
    """Check 3: digests, pointers, recursion, the bidder's act."""
    passed, failed = status(GOOD, c3="p"), status(GOOD, c3="f")
    offer, texts = cast.offer()
    fake, fake_texts = cast.offer("1.00")
    parent = disclosure.make(cast.salt(9), "/supplier", {"name": "x"})
    moved = disclosure.make(cast.salt(1), "/supplier/contact/phone", "ventas@example.pe")
    street = disclosure.make(cast.salt(11), "/street", "Jr. Lima 1")
    holder = disclosure.make(
        cast.salt(12), "/place", {"city": "Lima", "sealed": {"/street": disclosure.digest(street)}}
    )
    sealed_place = cast.members("order.amended", "X", {}, sealed={"/place": disclosure.digest(holder)})
    prefix = cast.members(
        "order.amended",
        "X",
        {"a": {}},
        sealed={"/a": disclosure.digest(parent), "/a/b": disclosure.digest(street)},
    )
    odd = disclosure.make(cast.salt(13), "/place", {"sealed": {"/street": [1]}})
    odd_record = cast.members("order.amended", "X", {}, sealed={"/place": disclosure.digest(odd)})

    def shown(base: Any, *given: str) -> Any:
        return changed(base, "disclosures", to=list(given))

    return [
        case("a disclosure", shown(good, cast.EMAIL), "authentic", passed),
        case("two disclosures", shown(good, cast.EMAIL, cast.DOCUMENT), "authentic", passed),
        case(
            "a disclosure with another salt",
            shown(good, disclosure.make(cast.salt(8), "/supplier/contact/email", "x")),
            "altered",
            failed,
        ),
        case("a disclosure of the parent of a sealed field", shown(good, parent), "altered", failed),
        case("a disclosure at another pointer", shown(good, moved), "altered", failed),
        case("a good disclosure and a stranger's", shown(good, cast.EMAIL, street), "altered", failed),
        case("a disclosure with padding", shown(good, cast.EMAIL + "="), "altered", failed),
        case("a disclosure that is not ASCII", shown(good, "ñ"), "altered", failed),
        case("a disclosure that is empty", shown(good, ""), "altered", failed),
        case(
            "a sealed field inside a disclosed one",
            shown(cast.evidence_value(sealed_place), holder, street),
            "authentic",
            passed,
        ),
        case("its holder alone", shown(cast.evidence_value(sealed_place), holder), "authentic", passed),
        case(
            "the inner one without its holder",
            shown(cast.evidence_value(sealed_place), street),
            "altered",
            failed,
        ),
        case(
            "a disclosed value whose sealed members are no digests",
            shown(cast.evidence_value(odd_record), odd, street),
            "altered",
            failed,
        ),
        case(
            "a record that seals a field and its parent",
            cast.evidence_value(prefix),
            "altered",
            status(GOOD, c2="f"),
        ),
        case("an offer and its bidder's act", shown(cast.evidence_value(offer), *texts), "authentic", passed),
        case(
            "an offer whose content the bidder did not sign",
            shown(cast.evidence_value(fake), *fake_texts),
            "altered",
            failed,
        ),
    ]


def document_cases(good: Any) -> list[Case]:
    """Check 4: whole files, files with something after them, files of which nothing can be said."""
    plain = cast.members("order.published", "X", {}, files=[cast.file_ref("orden.pdf", pdf.ORIGINAL)])
    text_file = cast.file_ref("orden.txt", b"hello\n") | {"media_type": "text/plain"}
    of_text = cast.evidence_value(cast.members("order.published", "X", {}, files=[text_file]))
    signed = pdf.updated(pdf.ORIGINAL, pdf.signed())
    both = [cast.file_ref("orden.pdf", pdf.ORIGINAL), cast.file_ref("firmada.pdf", signed)]
    two_files = cast.members("order.published", "X", {}, files=both)
    forged = pdf.updated(pdf.ORIGINAL, {4: pdf.text("S/ 1.00")})
    public = cast.evidence_value(plain)
    disclosed = changed(good, "disclosures", to=[cast.DOCUMENT])

    def given(name: str, evidence: Any, document: bytes, overall: str, letter: str, **more: str) -> Case:
        return case(
            name, evidence, overall, status(GOOD, c4=letter, **more), document=document.decode("ascii")
        )

    found = [
        given("the document", good, pdf.ORIGINAL, "authentic", "p"),
        given("another document", public, pdf.ORIGINAL.replace(b"2690", b"9690"), "altered", "f"),
        given("an empty document", public, b"", "altered", "f"),
        given("another document where one is sealed and not disclosed", good, b"hello", "unknown", "u"),
        given("the disclosed document", disclosed, cast.GUIDE, "authentic", "p", c3="p"),
        given(
            "a document changed where the sealed one is disclosed",
            disclosed,
            b"hello",
            "altered",
            "f",
            c3="p",
        ),
        given(
            "a document for a record without files",
            cast.evidence_value(cast.ACCEPTED),
            b"x",
            "authentic",
            "n",
        ),
        given("a text file with bytes after it", of_text, b"hello\nS/ 1.00", "altered", "f"),
        given(
            "the later of two files with a change after it",
            cast.evidence_value(two_files),
            pdf.updated(signed, {4: pdf.text("S/ 1.00")}),
            "altered",
            "f",
        ),
        given(
            "a forged page after a good signature", public, pdf.updated(forged, pdf.signed()), "altered", "f"
        ),
    ]
    words = {"unchanged": ("authentic", "p"), "changed": ("altered", "f"), "unreadable": ("unknown", "u")}
    return found + [
        given(f"pdf: {name}", public, document, *words[word]) for name, document, word in pdf.cases()
    ]


def root_of_log() -> dict[str, Any]:
    """The log that the vectors stand on, to be read beside them."""
    records = cast.records_with(canonical.encode(cast.ORDER), 3)
    leaves = [merkle.leaf_hash(body) for body in records]
    return {"records": [json.loads(body) for body in records], "root": merkle.root(leaves).hex()}
