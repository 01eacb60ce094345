"""An agency's own PDF: stamped, then registered as it is with its order, handed out with its evidence attached."""

from __future__ import annotations

from pathlib import Path

import pytest

from cast import anchored, order, registry
from cli.program import lines, spawn
from documents import foreign, paper, signed
from huella.errors import InputError, SettingsError
from huella.flow import audit, stamped, stamping
from huella.flow.bring import bring
from huella.flow.house import House
from huella.flow.paper import complete_data, order_paper, seal_orders
from huella.flow.publish import newest_entry
from huella.flow.seal import Sealed
from huella.proof.paper import embedded
from huella.proof.verify import verify
from huella.records.draft import file_digest

pytestmark = pytest.mark.slow
NUMBER = "OCAM-2026-1335-1-0"


def put(house: House, number: str = NUMBER) -> tuple[bytes, str]:
    """A stamped PDF and its code."""
    made, code = stamping.stamp_order(house, foreign.office(), number)
    return made.body, code


def kept(house: House, body: bytes) -> Sealed:
    (outcome,) = seal_orders(house, [order()], stamped={NUMBER: body})
    assert isinstance(outcome, Sealed), outcome
    return outcome


@pytest.mark.parametrize("when", ["sealing", "request"])
def test_the_stamped_bytes_are_the_record_s_file_as_they_are(tmp_path: Path, when: str) -> None:
    with registry(tmp_path, documents__order_pdf=when) as house:
        body, code = put(house)
        kept(house, body)
        data = complete_data(house, newest_entry(house, NUMBER))
        assert order_paper(house, NUMBER, original=True) == body
        assert (data["verification_code"], data["documents"][0]["sha256"]) == (code, file_digest(body))
        assert audit.audit(house).clean


def test_its_copy_is_authentic_and_its_digest_is_not_public(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        body, code = put(house)
        kept(house, body)
        anchored(house)
        copy, record = order_paper(house, NUMBER), newest_entry(house, NUMBER).record
        ((_, evidence),) = embedded(copy)
        found = verify(evidence, house.trust, document=copy)
    assert (found.overall, found.check(4).status) == ("authentic", "passed")
    assert copy.startswith(body)
    assert file_digest(body).encode() not in record
    assert code.encode() not in record


def test_an_agency_may_sign_the_stamped_pdf_before_it_is_registered(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        body = signed.ours().signing.sign(put(house)[0])
        kept(house, body)
        anchored(house)
        copy = order_paper(house, NUMBER)
        ((_, evidence),) = embedded(copy)
        assert verify(evidence, house.trust, document=copy).check(4).status == "passed"
    assert {each.status for number, each in signed.looked(copy).items() if number < 13} == {"passed"}


def test_a_registered_order_gets_no_stamp_any_more(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        kept(house, put(house)[0])
        with pytest.raises(InputError, match="registered already"):
            put(house)
        with pytest.raises(InputError, match="such as OCAM"):
            put(house, "17")


def test_a_mirror_stamps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with registry(tmp_path) as house:
        monkeypatch.setattr(type(house), "mirror", property(lambda self: True))
        with pytest.raises(SettingsError, match="mirror"):
            put(house)


def test_a_paper_goes_with_the_order_that_it_was_stamped_for_alone(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        body, _ = put(house, "OCAM-2026-1335-2-0")
        (outcome,) = seal_orders(house, [order()], stamped={NUMBER: body})
        assert isinstance(outcome, InputError)
        named = order(
            documents=[{"media_type": "application/pdf", "name": "orden.pdf", "sha256": "ab" * 32, "size": 1}]
        )
        (outcome,) = seal_orders(house, [named], stamped={NUMBER: put(house)[0]})
        assert isinstance(outcome, InputError)
        assert house.journal.size() == 0


def test_papers_are_told_apart_by_their_stamps(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        body, _ = put(house)
    assert list(stamped.numbered([("a.pdf", body)])) == [NUMBER]
    with pytest.raises(InputError, match="two papers"):
        stamped.numbered([("a.pdf", body), ("b.pdf", body)])
    with pytest.raises(InputError, match="has no stamp"):
        stamped.numbered([("a.pdf", foreign.office())])


def test_an_import_takes_papers_too_and_tells_which(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        body, _ = put(house)
        found = bring(
            house, lines(tmp_path / "orders.jsonl", order(1), order(2)), "jsonl", papers={NUMBER: body}
        )
    assert (found.sealed, found.taken) == (2, [NUMBER])


def test_from_the_command_line_it_is_stamped_registered_and_verified(tmp_path: Path) -> None:
    folder, made, copy = tmp_path / "r", tmp_path / "stamped.pdf", tmp_path / "copy.pdf"
    (tmp_path / "own.pdf").write_bytes(foreign.office())
    rows, idle = lines(tmp_path / "o.jsonl", order(1)), lines(tmp_path / "p.jsonl", order(2))
    assert spawn("init", folder=folder).code == 0
    ran = spawn("stamp", tmp_path / "own.pdf", "--order", NUMBER, "-o", made, "--json", folder=folder)
    assert (ran.code, ran.value["page"], ran.value["added"]) == (0, 1, False)
    assert spawn("seal", idle, "--paper", made, folder=folder).code == 1  # no order of this file takes it
    assert spawn("seal", rows, "--paper", made, folder=folder).code == 0
    assert spawn("anchor", folder=folder).code == 0
    assert spawn("pdf", NUMBER, "-o", copy, folder=folder).code == 0
    assert spawn("verify", copy, folder=folder).code == 0
    assert ran.value["code"] in paper.text(copy.read_bytes())
