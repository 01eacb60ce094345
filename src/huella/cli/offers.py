"""A supplier's commands that need no register: keys, sealing an offer, opening one's own copy.

They run with the verifier alone. What they write and only one person may read has the mode 0600 and is never
written over.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from huella.cli import console, source
from huella.cli.options import spread
from huella.errors import InputError
from huella.proof import evidence as files
from huella.records import act, canonical, envelope, offer, offer_file, record
from huella.records.act import PrivateKey
from huella.records.model import Contact, Value
from huella.records.offer import QuotationRequest, Supplier
from huella.records.offer_file import OfferCopy
from huella.records.offer_form import NOT_QUOTED, RESTRICTED, read_as
from huella.records.quotation import Quotation

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Folder = Annotated[
    Path, typer.Option("--dir", envvar="HUELLA_DIR", help="Folder of a registry or of trust.json.")
]
TrustFile = Annotated[
    Path | None, typer.Option("--trust", help="Trust file; trust.json of the folder if none.")
]
Secret = Annotated[Path, typer.Option("-o", "--output", help="File to write, for its owner alone (0600).")]
Output = Annotated[Path, typer.Option("-o", "--output", help="File for the registry (.huella-offer.json).")]
Copy = Annotated[Path, typer.Option("--copy", help="File for your own secret copy (0600).")]
Needed = Annotated[
    list[str],
    typer.Option(
        "--requirement", help="Bundle, evidence files or records of the requirement, or its number."
    ),
]
Quoted = Annotated[Path, typer.Option("--quotation", help="What is offered, as JSON.")]
PartyFile = Annotated[
    Path, typer.Option("--party", help="Who offers: ruc, name, address?, contact? as JSON.")
]
KeyFile = Annotated[Path, typer.Option("--key", help="The party's private key (PEM).")]
Previous = Annotated[Path, typer.Option("--previous", help="Your copy of the offer's last record.")]
Receipt = Annotated[Path, typer.Option("--receipt", help="The receipt of the offer's last record.")]

offers = typer.Typer(no_args_is_help=True, help="Seal, change, send and open offers.")


class _Party(Value, frozen=True, kw_only=True):
    """The members that a party's file may have."""

    ruc: str
    name: str
    address: str | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What every sealing needs: the requirement, who answers, and where the two files go."""

    wanted: Needed
    party: PartyFile
    key: KeyFile
    output: Output
    copy: Copy
    trust_file: TrustFile = None
    folder: Folder = Path()
    json: Json = False

    def request(self) -> QuotationRequest:
        """What is answered, checked as far as a trust file allows."""
        return source.requirement(self.wanted, self.folder, source.trusted(self.trust_file, self.folder))

    def supplier(self) -> Supplier:
        """Who answers."""
        return supplier(self.party, self.key)

    def write(self, request: QuotationRequest, made: OfferCopy) -> int:
        """The supplier's copy first: an offer whose copy is lost could be sent, but not be shown again."""
        body = offer_file.write(offer.offer_file(made, request))
        write_secret(self.copy, offer_file.write(made))
        write_plain(self.output, body)
        if self.json:
            console.emit(
                {
                    "offer": made.offer.subject, "kind": made.offer.kind, "requirement": request.subject,
                    "closes_on": request.closes_on, "digest": offer_file.digest(made.offer),
                    "file": str(self.output), "copy": str(self.copy),
                }
            )  # fmt: skip
            return 0
        console.show(console.say("offer-sealed", code=made.offer.subject, requirement=request.subject))
        console.show(console.say("offer-file", path=self.output, date=request.closes_on))
        console.tell("offer-copy", path=self.copy)
        return 0


@dataclass(frozen=True, slots=True)
class Last:
    """The last record of the offer that another follows."""

    previous: Previous
    receipt: Receipt

    def read(self) -> tuple[OfferCopy, str]:
        """The copy of that record, and the leaf hash (hex) under which the log has it."""
        copy = offer_file.read_copy(source.read(self.previous))
        raw = files.parse(source.read(self.receipt)).record
        found = record.parse(raw)
        if found.subject != copy.offer.subject or record.sealed(found) != copy.offer.sealed:
            raise InputError("the receipt is not that of this copy's record", field="--receipt")
        return copy, record.leaf_hash(raw).hex()


def register(app: typer.Typer) -> None:
    """Add the commands; those below `offer` stand in `offers`."""
    app.command("opening-key")(opening_key)
    app.command("party-key")(party_key)
    app.add_typer(offers, name="offer")


def opening_key(output: Secret, json: Json = False) -> int:
    """Make the key that opens a procedure's offers; keep it off the server until the opening.

    The requirement names the recipient that is printed. Whoever has the file can read every offer.
    """
    identity, recipient = envelope.new_identity()
    write_secret(output, f"# recipient: {recipient}\n{identity}\n".encode())
    if json:
        console.emit({"file": str(output), "recipient": recipient})
    else:
        console.show(recipient)
        console.tell("opening-key-kept", path=output)
    return 0


def party_key(output: Secret, json: Json = False) -> int:
    """Make the Ed25519 key with which a supplier or entity signs its acts. Prints the public half."""
    key = Ed25519PrivateKey.generate()
    while act.public(key).startswith("-"):  # in an argument it would be taken for an option
        key = Ed25519PrivateKey.generate()
    write_secret(output, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    if json:
        console.emit({"file": str(output), "alg": "ed25519", "key": act.public(key)})
    else:
        console.show(act.public(key))
        console.tell("party-key-kept", path=output)
    return 0


@offers.command("seal")
@spread
def seal(answer: Answer, quotation: Quoted) -> int:
    """Seal and sign a new offer. Anybody may send the registry's file; your copy opens the offer: keep it secret."""
    request = answer.request()
    return answer.write(request, offer.compose(request, answer.supplier(), _quotation(quotation)))


@offers.command("decline")
@spread
def decline(
    answer: Answer,
    reason: Annotated[str, typer.Option("--reason", help=f"{RESTRICTED} | {NOT_QUOTED}")] = NOT_QUOTED,
) -> int:
    """Answer that nothing is quoted, sealed like an offer: before the opening nobody tells it from one."""
    request = answer.request()
    return answer.write(request, offer.decline(request, answer.supplier(), reason))


@offers.command("replace")
@spread
def replace(answer: Answer, last: Last, quotation: Quoted) -> int:
    """Seal another content for your offer, signed with the key that made it."""
    request = answer.request()
    made = offer.replace(request, answer.supplier(), _quotation(quotation), *last.read())
    return answer.write(request, made)


@offers.command("withdraw")
@spread
def withdraw(answer: Answer, last: Last) -> int:
    """Take your offer back, signed with the key that made it. Nothing follows a withdrawal."""
    request = answer.request()
    return answer.write(request, offer.withdraw(request, answer.supplier(), *last.read()))


@offers.command("open-own")
def open_own(
    copy: Annotated[Path, typer.Argument(metavar="COPY", help="Your own copy of the offer.")],
    json: Json = False,
) -> int:
    """Show your own offer from your own copy, everything in its place. Needs nobody."""
    mine = offer_file.read_copy(source.read(copy))
    opened = offer_file.open_own(mine)
    if json:
        digest = offer_file.digest(mine.offer)
        console.emit({"offer": mine.offer.subject, "kind": mine.offer.kind, "digest": digest, **opened})
        return 0
    number, _ = mine.requirement()
    console.show(f"{mine.offer.subject}  {mine.offer.kind}  {number}", style="bold")
    console.show(canonical_text({name: opened[name] for name in ("bidder", "content")}))
    return 0


def write_secret(path: Path, body: bytes) -> None:
    """Write a file that only its owner may read; one that is there is never written over."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InputError(
            f"{path}: {error.strerror}",
            field="FILE",
            advice="Name a new file: a secret is never written over.",
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def write_plain(path: Path, body: bytes) -> None:
    """Write a file; InputError with one line where that cannot be done."""
    try:
        path.write_bytes(body)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", field="--output") from None


def supplier(party: Path, key: Path) -> Supplier:
    """Who offers, out of the party's file and its key."""
    value = json_object(party, "--party")
    read_as(value, _Party, "--party")
    return Supplier(value, load_key(key), lambda: os.urandom(16))


def load_key(path: Path) -> PrivateKey:
    """A party's private key: Ed25519 or P-256, PEM without password."""
    try:
        found = load_pem_private_key(source.read(path), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InputError(f"{path.name} is no private key in PEM without password", field="--key") from None
    if isinstance(found, Ed25519PrivateKey):
        return found
    if isinstance(found, ec.EllipticCurvePrivateKey) and isinstance(found.curve, ec.SECP256R1):
        return found
    raise InputError(f"{path.name} is neither an Ed25519 nor a P-256 key", field="--key")


def canonical_text(value: Any) -> str:
    """A value as indented JSON for people."""
    return msgspec.json.format(canonical.encode(value), indent=2).decode()


def _quotation(path: Path) -> Quotation:
    value = json_object(path, "--quotation")
    return read_as(value, Quotation, "--quotation")


def json_object(path: Path, field: str) -> Any:
    """A JSON object as a person wrote it; members in any order, values in their one form."""
    value = canonical.decode(_canonical(source.read(path), path, field))
    if not isinstance(value, dict):
        raise InputError(f"{path.name} is a JSON object", field=field)
    return value


def _canonical(raw: bytes, path: Path, field: str) -> bytes:
    try:
        return canonical.encode(msgspec.json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is not JSON: {error}", field=field) from None
