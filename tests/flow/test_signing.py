"""Papers are signed by the worker once they are anchored; without a signature they wait, and the rest goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import offer_cases as people
import tenders
from cast import Clock, anchored, registry
from documents import signed
from documents.paper import texts
from huella.documents.authority import ISSUER, STAMPS
from huella.errors import SettingsError, SigningUnavailable
from huella.flow import authority, signing
from huella.flow.house import House
from huella.flow.papers import check_paper
from huella.flow.receipt import RENDERS, receipt_paper
from huella.flow.worker import Worker, jobs
from huella.proof import trust
from huella.proof.paper import embedded
from huella.proof.verdict import with_paper
from huella.proof.verify import verify
from huella.store.papers import Papers


class Fair:
    """One offer whose receipt was asked for before the anchor and is signed behind it."""

    def __init__(self, folder: Path) -> None:
        with tenders.fair(folder) as fair:
            house = fair.house
            (sent,) = fair.send(tenders.quote(fair.request, people.rosa()))
            self.early = receipt_paper(house, sent.index)
            self.due_before = signing.due(house)
            anchored(house)
            self.due_after = signing.due(house)
            self.worker = Worker(house, [job for job in jobs() if job.name in ("sign", "renew")], print)
            self.worker.round(lambda: False)
            self.paper = receipt_paper(house, sent.index)
            self.counts = Papers(house.engine).counts()
            self.trust, self.now, self.report = house.trust, house.now(), signing.report(house)
            fair.clock.forward(days=365 * 9 + 340)
            self.ending = signing.ending(house)
            self.name = f"receipt/{sent.index}"
            self.refusal = refused(house, self.name)
            self.kept = receipt_paper(house, sent.index)
            newer(house)
            Worker(house, [job for job in jobs() if job.name == "renew"], print).round(lambda: False)
            self.renewed, self.ending_after = receipt_paper(house, sent.index), signing.ending(house)
            self.later = house.now()


def refused(house: House, name: str) -> str:
    """Why a paper cannot be renewed now."""
    with pytest.raises(SigningUnavailable) as error, signing.signing(house) as how:
        signing.renew_paper(house, name, how)
    return str(error.value)


def newer(house: House) -> None:
    """The authority's time stamps get a certificate of today."""
    (house.settings.path("signatures.folder") / f"{STAMPS}.pem").unlink()
    authority.make(house.settings, house.now, house.randomness)


@pytest.fixture(scope="module")
def fair(tmp_path_factory: pytest.TempPathFactory) -> Fair:
    return Fair(tmp_path_factory.mktemp("signing"))


def test_a_paper_waits_for_its_anchor_and_is_signed_behind_it(fair: Fair) -> None:
    assert (fair.due_before, fair.due_after) == ([], [fair.name])
    assert fair.counts == {"due": 0, "signed": 1}
    assert b"/ByteRange" not in fair.early
    assert b"/ByteRange" in fair.paper


def test_the_signed_receipt_is_authentic_by_the_folder_s_trust_file(fair: Fair) -> None:
    ((_, evidence),) = embedded(fair.paper)
    checks = check_paper(fair.paper, trust.parse(fair.trust.encode()), fair.now)
    verdict = with_paper(verify(evidence, fair.trust), checks)
    assert [check.status for check in checks] == ["passed"] * 6
    assert verdict.overall == "authentic"


def test_without_an_accepted_signature_the_page_is_not_authentic(fair: Fair) -> None:
    ((_, evidence),) = embedded(fair.paper)
    verdict = with_paper(verify(evidence, fair.trust), check_paper(fair.paper, None, fair.now))
    assert verdict.overall == "unknown"


def test_every_page_says_that_a_development_authority_signed(fair: Fair) -> None:
    assert all("Autoridad de desarrollo" in text for text in texts(fair.paper))


def test_papers_near_the_end_of_their_proof_are_to_be_renewed(fair: Fair) -> None:
    assert fair.ending == [fair.name]


def test_a_renewal_that_would_hold_no_longer_leaves_the_paper_as_it_was(fair: Fair) -> None:
    assert "no longer than the present one" in fair.refusal
    assert fair.kept == fair.paper


def test_the_worker_renews_with_a_newer_certificate_and_keeps_every_byte(fair: Fair) -> None:
    assert fair.renewed.startswith(fair.paper)
    assert len(fair.renewed) > len(fair.paper)
    assert fair.ending_after == []


def test_the_renewed_paper_holds_ten_years_later_offline(fair: Fair) -> None:
    ((_, evidence),) = embedded(fair.renewed)
    checks = check_paper(fair.renewed, fair.trust, fair.later)
    assert [check.status for check in checks] == ["passed"] * 6
    assert with_paper(verify(evidence, fair.trust), checks).overall == "authentic"


def test_nothing_is_missing_where_the_development_authority_signs(fair: Fair) -> None:
    assert fair.report["missing"] == ""


def test_without_a_signature_service_papers_wait_and_say_why(tmp_path: Path) -> None:
    clock = Clock()
    with registry(tmp_path, clock=clock, signatures__key="pkcs12") as house:
        Papers(house.engine).ask("receipt", 0)
        with pytest.raises(SigningUnavailable, match="authorities"), signing.signing(house) as how:
            signing.sign_paper(house, "receipt/0", how, RENDERS)
        found = signing.report(house)
    assert (found["due"], found["signed"]) == (1, 0)
    assert "signatures.authorities" in found["missing"]


def test_production_does_not_start_with_the_development_authority_untold(tmp_path: Path) -> None:
    with (
        pytest.raises(SettingsError, match="production"),
        registry(tmp_path / "a", registry__mode="production"),
    ):
        pass
    with registry(tmp_path / "b", registry__mode="production", signatures__development="accepted") as house:
        assert house.trust.papers is not None


def test_authorities_without_a_root_never_mean_those_of_the_operating_system(tmp_path: Path) -> None:
    with registry(tmp_path, signatures__key="pkcs12", signatures__timestamps="http://localhost:1") as house:
        (tmp_path / "keys" / "authorities.pem").write_bytes(tmp_pem())
        with pytest.raises(SigningUnavailable, match="no root"), signing.signing(house):
            pass


def tmp_pem() -> bytes:
    """A certificate that another one issued."""
    return signed.ours().authority.holder(ISSUER).certificate.public_bytes(Encoding.PEM)
