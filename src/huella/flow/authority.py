"""The development authority of a registry: made by `init`, named in its trust file, refused in production."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from huella.errors import SettingsError
from huella.later import later
from huella.proof.trust import Papers as Accepted
from huella.settings import Settings

if TYPE_CHECKING:
    from huella.documents import authority as development
else:  # what makes certificates; they are there long since when a registry is opened
    development = later("huella.documents.authority")

SIGNED = "Firmado digitalmente por el registro, con sello de tiempo."
"""What every page of a paper says at its foot that an accepted authority's key signs."""

UNSIGNED = "Sin firma digital: vale por la evidencia adjunta."
"""What a paper's pages say where nothing signs."""


def signed_feet() -> tuple[str, str]:
    """What a paper's pages may say at their foot, where something signs."""
    return development.NOTICE, SIGNED


def make(settings: Settings, now: Callable[[], datetime], randomness: Callable[[int], bytes]) -> list[str]:
    """Make the development authority, where the settings sign with it. Returns the names of what was made."""
    if settings.text("signatures.key") != "development":
        return []
    folder = settings.path("signatures.folder")
    names = development.make(
        folder, settings.text("registry.operator"), settings.text("registry.address"), now, randomness
    )
    return [f"{settings.text('signatures.folder')}/{name}" for name in names]


def accepted(settings: Settings) -> Accepted | None:
    """What a new trust file accepts: the development authority, until somebody names others."""
    if settings.text("signatures.key") != "development":
        return None
    folder = settings.path("signatures.folder")
    root = certificates((folder / f"{development.ROOT}.pem").read_bytes())
    (signer,) = certificates((folder / f"{development.SIGNER}.pem").read_bytes())
    name = x509.load_der_x509_certificate(signer).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return Accepted(root, root, (f"CN={name[0].value!s}",))


def check_mode(settings: Settings) -> None:
    """SettingsError where production would sign with the development authority untold."""
    if (
        settings.text("registry.mode") == "production"
        and settings.text("signatures.key") == "development"
        and settings.text("signatures.development") != "accepted"
    ):
        raise SettingsError(
            "production does not sign with the development authority",
            advice="Set signatures.key to pkcs12, pkcs11, service or none; or signatures.development to accepted.",
        )


def notice(settings: Settings) -> str:
    """What every page says of the signature that it is to have; empty where a real one comes."""
    return development.NOTICE if settings.text("signatures.key") == "development" else ""


def certificates(pem: bytes) -> tuple[bytes, ...]:
    """The certificates (DER) of a PEM file. SettingsError where it cannot be read."""
    try:
        return tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise SettingsError("a file of certificates (PEM) cannot be read") from None
