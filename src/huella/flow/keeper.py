"""Where the registrar's key is when it is in no file: an HSM, or a signing service."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from huella.errors import InputError, SettingsError
from huella.later import later
from huella.ledger.rpc import Rpc
from huella.ledger.service import ServiceSigner
from huella.ledger.signer import Signer
from huella.records.identifiers import chain_address
from huella.settings import Settings

if TYPE_CHECKING:
    from huella.ledger import hsm
else:
    hsm = later("huella.ledger.hsm")

KEPT = "keys.registrar_kept"


def elsewhere(settings: Settings) -> bool:
    """Whether the registrar's key is in no file of ours."""
    return settings.text(KEPT) != "file"


def signer(settings: Settings) -> Signer:
    """The registrar's signer, whose key is elsewhere. SettingsError where a setting that names it is missing."""
    if settings.text(KEPT) == "pkcs11":
        return hsm.HsmSigner(_slot(settings))
    account = _named(settings, "keys.registrar_account")
    try:
        account = "0x" + chain_address(account, "keys.registrar_account").hex()
    except InputError:
        raise SettingsError("keys.registrar_account is 0x and 40 hex digits") from None
    rpc = Rpc(_named(settings, "keys.registrar_service"), settings.number("ledger.timeout"))
    return ServiceSigner(rpc, account)


def make(settings: Settings) -> bool:
    """Make the key in the HSM where there is none of that label; whether it was made. A service makes its own."""
    return settings.text(KEPT) == "pkcs11" and hsm.make(_slot(settings))


def name(settings: Settings) -> str:
    """How the registrar's key is called, where it was just made."""
    if settings.text(KEPT) == "file":
        return settings.text("keys.registrar")
    return f"{settings.text('keys.registrar_token')}/{settings.text('keys.registrar_label')}"


def refuse_change() -> NoReturn:
    """SettingsError: only who keeps the key can make another one."""
    raise SettingsError(
        "the registrar's key is kept elsewhere: the next one has to be made there",
        advice="Make a key in the HSM or service and name it in huella.toml (keys.registrar_label or "
        "keys.registrar_account). For a succession run the command again then; for a change of keys grant the new "
        "account before, and revoke the old one afterwards.",
    )


def _slot(settings: Settings) -> hsm.Slot:
    return hsm.Slot(
        module=_named(settings, "keys.registrar_module"),
        token=_named(settings, "keys.registrar_token"),
        label=_named(settings, "keys.registrar_label"),
        pin=settings.text("keys.registrar_password"),
    )


def _named(settings: Settings, name: str) -> str:
    found = settings.text(name)
    if not found:
        raise SettingsError(f"{name} is not set, and keys.registrar_kept is {settings.text(KEPT)}")
    return found
