"""Read this first: the straight road, from a draft to evidence that a stranger verifies."""

from __future__ import annotations

from pathlib import Path

from cast import anchored, fact, natural_order, order, registry, sealed
from huella.flow.audit import audit
from huella.flow.paper import order_paper, seal_orders
from huella.flow.publish import evidence_of
from huella.flow.seal import Sealed, seal
from huella.proof import paper
from huella.proof.verify import verify


def test_an_order_is_sealed_anchored_and_verified_by_a_stranger(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        (receipt,) = sealed(house, order())
        assert anchored(house) == 1
        verdict = verify(evidence_of(house, receipt.index).encode(), house.trust)
        assert verdict.overall == "authentic"
        assert audit(house).exit_code == 0


def test_before_the_anchor_the_evidence_is_a_receipt(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        (receipt,) = sealed(house, order())
        verdict = verify(evidence_of(house, receipt.index).encode(), house.trust)
        assert (verdict.overall, verdict.check(5).status, verdict.check(6).status) == (
            "unknown",
            "passed",
            "passed",
        )
        assert verdict.check(7).code == "no-anchor"


def test_the_paper_carries_its_evidence(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        sealed(house, natural_order())
        order_paper(house, "OCAM-2026-1335-1-0")
        anchored(house)
        copy = order_paper(house, "OCAM-2026-1335-1-0")
        ((_, evidence),) = paper.embedded(copy)
        verdict = verify(evidence, house.trust, document=copy)
        assert (verdict.overall, verdict.check(4).status) == ("authentic", "passed")


def test_a_paper_made_at_sealing_is_named_by_the_orders_own_record(tmp_path: Path) -> None:
    with registry(tmp_path, documents__order_pdf="sealing") as house:
        assert isinstance(seal_orders(house, [order()])[0], Sealed)
        anchored(house)
        copy = order_paper(house, "OCAM-2026-1335-1-0")
        assert house.journal.size() == 1
        ((_, evidence),) = paper.embedded(copy)
        assert verify(evidence, house.trust, document=copy).overall == "authentic"
        assert copy.startswith(order_paper(house, "OCAM-2026-1335-1-0", original=True))


def test_a_refusal_leaves_the_others_alone(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        outcomes = seal(
            house, [order(1), order(2, total="2950.01"), fact("delivery.made", 1, delivery=1), order(3)]
        )
        assert [type(outcome).__name__ for outcome in outcomes] == [
            "Sealed",
            "InputError",
            "RuleError",
            "Sealed",
        ]
        assert house.journal.size() == 2
        assert audit(house).clean
