"""Writes the test vectors again, byte for byte the same: `python tests/vectors/make.py`.

Each file is JSON for readers of any language. The chain's headers and tries are synthesised with keys of
this folder; none comes from a real network. README.md in this folder explains the members.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import award_cases  # noqa: E402
import epoch_cases  # noqa: E402
import evidence_cases  # noqa: E402
import format_cases  # noqa: E402
import issuer_cases  # noqa: E402
import offer_cases  # noqa: E402
import vector_cast as cast  # noqa: E402
import vector_pdf as pdf  # noqa: E402


def vectors() -> dict[str, Any]:
    """File name to content."""
    trust = cast.trust_value()
    papers = [
        {"name": name, "document": body.decode("ascii"), "expect": word} for name, body, word in pdf.cases()
    ]
    return {
        "merkle.json": format_cases.merkle_cases(),
        "checkpoint.json": format_cases.note_cases(),
        "tlog-proof.json": format_cases.proof_cases(),
        "trie.json": format_cases.trie_cases(),
        "headers.json": {
            "validators": trust["validators"][0]["addresses"],
            "cases": format_cases.header_cases(),
        },
        "trust.json": format_cases.trust_cases(),
        "record.json": format_cases.record_cases(),
        "disclosure.json": format_cases.disclosure_cases(),
        "paper.json": {"original_size": len(pdf.ORIGINAL), "cases": papers},
        "evidence.json": {"trust": trust, "log": evidence_cases.root_of_log(), "cases": evidence()},
        "award.json": award_cases.award_cases(),
        "offer.json": offer_cases.offer_cases(),
        "fork.json": {"trust": trust, "cases": [*issuer_cases.fork_cases(), *epoch_cases.epoch_fork_cases()]},
    }


def evidence() -> list[Any]:
    """Every evidence file's vector, in the order of the checks."""
    good = cast.evidence_value()
    builders = (
        evidence_cases.integrity_cases,
        evidence_cases.disclosure_cases,
        evidence_cases.document_cases,
        issuer_cases.issuer_cases,
        issuer_cases.witness_cases,
        issuer_cases.chain_cases,
        issuer_cases.node_cases,
        issuer_cases.fork_evidence_cases,
        epoch_cases.epoch_cases,
        evidence_cases.form_cases,
    )
    return [found for build in builders for found in build(good)]


def written() -> dict[str, str]:
    """File name to the text that stands in it."""
    return {name: json.dumps(value, indent=1, ensure_ascii=True) + "\n" for name, value in vectors().items()}


if __name__ == "__main__":
    for name, text in written().items():
        (HERE / name).write_text(text, encoding="ascii", newline="\n")
