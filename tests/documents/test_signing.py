"""Signing: level and shape of what comes out, keys in files, HSMs and services, time stamps that do not fit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    serialize_key_and_certificates,
)

import hsm
from cast import NOON
from conftest import absent
from documents import signed
from huella.documents.authority import ISSUER, ROOT, SIGNER, Authority
from huella.documents.authority_server import serving
from huella.documents.sign import HeldPen, ServicePen, life, tokens
from huella.documents.sign_keys import Slot, of_pkcs11, of_pkcs12
from huella.documents.sign_time import StampAuthority, over_http
from huella.errors import InputError, SettingsError, SigningUnavailable


def test_the_unsigned_bytes_are_a_prefix_of_the_signed_ones() -> None:
    assert signed.paper().startswith(signed.body())


def test_the_proof_lasts_as_long_as_the_stamp_s_certificate() -> None:
    end = life(signed.paper())
    assert end is not None
    assert end.year == NOON.year + 10
    assert life(signed.body()) is None


def test_renewal_adds_a_time_stamp_and_keeps_every_byte() -> None:
    renewed = signed.ours().signing.renew(signed.paper())
    assert renewed.startswith(signed.paper())
    assert len(tokens(renewed)) == 2
    assert {each.status for each in signed.looked(renewed).values()} == {"passed"}


def test_years_later_the_paper_still_holds_offline() -> None:
    years = NOON + timedelta(days=365 * 9)
    assert {each.status for each in signed.looked(signed.paper(), now=years).values()} == {"passed"}


def test_when_the_stamp_has_ended_unrenewed_it_is_unknown_not_altered() -> None:
    found = signed.looked(signed.paper(), now=NOON + timedelta(days=365 * 11))
    assert (found[11].status, found[12].status, found[16].code) == ("passed", "passed", "stamp-expired")


def test_openssl_verifies_the_bare_time_stamp(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        absent("openssl is not installed")
    ((token, covered),) = tokens(signed.paper())
    authority = signed.ours().authority
    for name, raw in {"token": token, "data": covered}.items():
        (tmp_path / name).write_bytes(raw)
    for name in (ROOT, ISSUER):
        pem = authority.holder(name).certificate.public_bytes(Encoding.PEM)
        (tmp_path / f"{name}.pem").write_bytes(pem)
    command = [
        "openssl",
        "ts",
        "-verify",
        "-token_in",
        "-in",
        "token",
        "-data",
        "data",
        "-CAfile",
        "root.pem",
    ]
    moment = str(int(NOON.timestamp()) + 60)
    command += ["-untrusted", "issuer.pem", "-attime", moment]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Verification: OK" in done.stdout


def pkcs12(password: bytes | None = b"secreta") -> bytes:
    holder, issuer = (signed.ours().authority.holder(name) for name in (SIGNER, ISSUER))
    lock = NoEncryption() if password is None else BestAvailableEncryption(password)
    return serialize_key_and_certificates(
        b"firma", holder.key, holder.certificate, [issuer.certificate], lock
    )


def test_a_key_in_a_pkcs12_file_signs() -> None:
    house = signed.ours()
    how = signed.signing(house.authority, HeldPen(of_pkcs12(pkcs12(), "secreta")), house.clock)
    assert {each.status for each in signed.looked(how.sign(signed.body())).values()} == {"passed"}


@pytest.mark.parametrize(("raw", "password"), [(b"no file", ""), (None, "otra")])
def test_a_pkcs12_file_that_does_not_open_is_named(raw: bytes | None, password: str) -> None:
    with pytest.raises(SettingsError, match="PKCS#12"):
        of_pkcs12(raw or pkcs12(), password)


@pytest.fixture(scope="module")
def slot(tmp_path_factory: pytest.TempPathFactory) -> Slot:
    """A token of SoftHSM2 with the authority's signer in it."""
    folder = tmp_path_factory.mktemp("softhsm")
    key = signed.ours().authority.holder(SIGNER).key
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    stored = ["--import", str(folder / "key.pem"), "--token", "huella", "--label", "firma", "--id", "01"]
    hsm.token(folder, "huella", [*stored, "--pin", hsm.PIN])
    return Slot(hsm.MODULE, "huella", "firma")


def test_a_key_in_an_hsm_signs(slot: Slot) -> None:
    house = signed.ours()
    chain = [house.authority.certificate(name) for name in (ISSUER, ROOT)]
    with of_pkcs11(slot, "1234", chain, house.authority.certificate(SIGNER)) as signer:
        paper = signed.signing(house.authority, HeldPen(signer), house.clock).sign(signed.body())
    assert {each.status for each in signed.looked(paper).values()} == {"passed"}


@pytest.mark.parametrize(("token", "pin"), [("huella", "9999"), ("otro", "1234")])
def test_an_hsm_that_is_not_at_hand_is_unavailable(slot: Slot, token: str, pin: str) -> None:
    with pytest.raises(SigningUnavailable), of_pkcs11(slot._replace(token=token), pin):
        pass


def by_service(answer: Callable[[bytes], bytes | None]) -> bytes:
    house = signed.ours()
    own = house.authority.certificate(SIGNER)
    with signed.service(answer) as url:
        pen = ServicePen(url, certificates=[own])
        return signed.signing(house.authority, pen, house.clock).sign(signed.body())


def test_a_signing_service_signs_and_the_rest_is_added_here() -> None:
    house = signed.ours()
    signer = of_pkcs12(pkcs12(), "secreta")
    paper = by_service(lambda raw: signed.plainly(signer, raw, house.signing.stamps[0]))
    assert {each.status for each in signed.looked(paper).values()} == {"passed"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda raw: None, "no answer"),
        (lambda raw: b"%PDF" + raw, "changed the document"),
        (lambda raw: raw, "one signature"),
        (lambda raw: signed.plainly(signed.issue(signed.ours().authority), raw), "another certificate"),
    ],
)
def test_a_signing_service_that_does_something_else_is_not_used(
    answer: Callable[[bytes], bytes | None], reason: str
) -> None:
    with pytest.raises(SigningUnavailable, match=reason):
        by_service(answer)


def stamped(ask: Callable[[bytes], bytes], authority: Authority | None = None) -> bytes:
    house = signed.ours()
    roots = [(authority or house.authority).certificate(ROOT)]
    stamp = StampAuthority("own", ask, roots, house.clock)
    return signed.signing(house.authority, house.signing.pen, house.clock, [stamp]).sign(signed.body())


def changed(**members: object) -> Callable[[bytes], bytes]:
    """A time-stamp authority that answers another question than it was asked."""

    def ask(request: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(request)
        for name, value in members.items():
            asked[name] = value
        return signed.ours().authority.stamp(asked.dump(force=True))

    return ask


def down(request: bytes) -> bytes:
    raise ConnectionError


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (down, "no answer"),
        (lambda request: b"sorry", "no answer"),
        (lambda request: signed.ours().authority.stamp(b"x"), "is no time stamp"),
        (changed(nonce=7), "another nonce"),
        (
            changed(message_imprint={"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}),
            "something else",
        ),
        (signed.strangers().authority.stamp, "accepted authority"),
    ],
)
def test_a_time_stamp_that_does_not_fit_is_not_used(ask: Callable[[bytes], bytes], reason: str) -> None:
    with pytest.raises(SigningUnavailable, match=reason):
        stamped(ask)


def test_a_time_stamp_from_another_hour_is_not_used(tmp_path: Path) -> None:
    house = signed.house(tmp_path / "a", "hour")
    house.clock.forward(hours=1)
    with pytest.raises(SigningUnavailable, match="minutes apart"):
        stamped(house.authority.stamp, house.authority)


def test_the_next_authority_stamps_where_the_first_is_down() -> None:
    house = signed.ours()
    broken = StampAuthority("down", down, house.papers.timestamps, house.clock)
    how = signed.signing(house.authority, house.signing.pen, house.clock, [broken, *house.signing.stamps])
    assert len(tokens(how.sign(signed.body()))) == 1


def test_the_authority_stamps_over_http_too() -> None:
    house = signed.ours()
    with serving(house.authority) as url:
        assert len(tokens(stamped(over_http(f"{url}/authority/timestamps")))) == 1


def test_a_revoked_signer_signs_no_more(tmp_path: Path) -> None:
    house = signed.house(tmp_path / "a", "gone")
    house.authority.revoke(house.authority.certificate(SIGNER))
    house.clock.forward(hours=2)
    with pytest.raises(SigningUnavailable, match="could not be validated"):
        house.signing.sign(signed.body())


def test_what_is_no_pdf_is_not_signed() -> None:
    with pytest.raises(InputError):
        signed.ours().signing.sign(b"hello")
