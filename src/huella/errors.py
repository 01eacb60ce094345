"""The error tree. Every error that a user can meet is one of these.

    HuellaError
    ├── InputError            what was given is wrong: file, row, field and reason
    │   ├── NotFound          what was asked for is not here
    │   └── TooLarge          more was given at once than is taken
    ├── AccessError           who asks may not have this
    │   ├── NotSignedIn       no valid key, session or second factor
    │   ├── NotAllowed        the key or the person has not this right
    │   └── TooMany           asked too often; later again
    ├── RuleError             a record that the rules do not allow in this state
    ├── ProofError            a proof, note or evidence file that cannot be read; the only error of a verifier
    ├── SettingsError         the registry's settings or keys are missing or unsafe
    ├── FileError             a file or folder cannot be read or written: no room, no right, not there
    ├── StoreError            the database refuses or contradicts itself
    ├── SignerError           the log's signer refuses a head that does not extend its last one
    ├── SigningUnavailable    no key or time stamp to sign a paper with; it waits
    ├── LedgerError           the chain refused or could not be reached
    │   ├── LedgerRefused     the contract or the network said no, with its reason
    │   └── LedgerUnreachable nobody answered; asking again may help
    ├── WitnessRefused        a witness does not cosign: it does not know the log, or holds another head of it
    ├── WitnessUnreachable    a witness gave no answer that can be used; asking again may help
    ├── SourceError           a watched database cannot be read as its file says
    │   ├── SourceRefused     it does not let this user in
    │   └── SourceUnreachable it gave no answer; asking again may help
    ├── PortalUnreachable     a registry's portal gave no answer that can be used; asking again may help
    └── ClockDrift            the registry's clock and the chain's are too far apart

Each class has a stable `code`, `advice` (what the reader can do) and `retryable`.
"""

from __future__ import annotations


class HuellaError(Exception):
    """Root of the tree: a message for people, a stable code for programs."""

    code = "huella"
    advice = "Report this with the command that led to it."
    retryable = False
    exit_code = 2
    """Of the command line: 1 something does not fit, 2 wrong use or bad input, 3 could not be checked."""

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        super().__init__(message)
        if advice is not None:
            self.advice = advice


class InputError(HuellaError):
    """Something given from outside is wrong. `field` is a JSON pointer or a column's name."""

    code = "input"
    advice = "Correct what is named and give it again; nothing else was affected."

    def __init__(self, message: str, *, field: str = "", advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.field = field


class NotFound(InputError):
    """What was asked for is not here."""

    code = "not-found"
    advice = "Check the number, the code or the address."


class TooLarge(InputError):
    """More was given at once than is taken."""

    code = "too-large"
    advice = "Give it in smaller parts."


class AccessError(HuellaError):
    """Who asks may not have this."""

    code = "access"


class NotSignedIn(AccessError):
    """No valid key, session or second factor was given."""

    code = "not-signed-in"
    advice = "Sign in, or send an API key as `Authorization: Bearer …`."


class NotAllowed(AccessError):
    """The key or the person has not this right."""

    code = "not-allowed"
    advice = "Ask an administrator for a key with the scope that is named."


class TooMany(AccessError):
    """Asked too often. `wait` is how many seconds to wait."""

    code = "too-many"
    advice = "Wait as long as Retry-After says, then ask again."
    retryable = True

    def __init__(self, message: str, *, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


class RuleError(HuellaError):
    """The record is well formed, but its subject's state does not allow it. `rule` names the rule; `wait` the seconds
    after which it may be allowed, 0 where waiting does not help."""

    code = "rule"
    advice = "Look at the subject's present state with `huella show` before sealing again."

    def __init__(self, message: str, *, rule: str = "", advice: str | None = None, wait: int = 0) -> None:
        super().__init__(message, advice=advice)
        self.rule = rule
        self.wait = wait
        self.retryable = bool(wait)


class ProofError(HuellaError):
    """A proof, checkpoint, evidence file or trust file is not in its format."""

    code = "proof"
    advice = "Ask whoever gave you the file for an unchanged copy."


class SettingsError(HuellaError):
    """A setting or key is missing, malformed or unsafe."""

    code = "settings"
    advice = "Correct huella.toml or the HUELLA_* variable that the message names."


class FileError(HuellaError):
    """The operating system does not let a file or folder be read or written."""

    code = "file"
    advice = "Make room, or correct the path or its rights, and run the same again: what was finished stays."

    @classmethod
    def of(cls, error: OSError) -> FileError:
        """What the system said, with the file where it names one."""
        why = error.strerror or type(error).__name__
        names = [str(name) for name in (error.filename, error.filename2) if name is not None]
        return cls(f"{' → '.join(names)}: {why}" if names else why)


class StoreError(HuellaError):
    """The database refuses, or contradicts itself."""

    code = "store"
    advice = "Run `huella audit`; it names what does not fit."


class SignerError(HuellaError):
    """The signer of the log refuses a head that does not extend the last one it signed."""

    code = "signer"
    advice = (
        "The database is older than what was signed, or was changed. Run `huella audit` before anything else; where a "
        "backup was put back, `huella recover` brings what came after it."
    )
    exit_code = 1


class SigningUnavailable(HuellaError):
    """A paper cannot be signed now: no key, no time stamp or no revocation information is at hand."""

    code = "signing-unavailable"
    advice = "Sealing and anchoring go on; the paper waits and is signed once what is missing is there."
    retryable = True
    exit_code = 3


class LedgerError(HuellaError):
    """The chain refused or could not be asked."""

    code = "ledger"


class LedgerRefused(LedgerError):
    """The contract or the network refused; `reason` is the contract's error name where known."""

    code = "ledger-refused"
    advice = "Nothing was written. The reason tells whether the registry or the chain has moved on."
    exit_code = 1

    def __init__(self, message: str, *, reason: str = "", advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.reason = reason


class LedgerUnreachable(LedgerError):
    """No node answered in time."""

    code = "ledger-unreachable"
    advice = "Sealing goes on; anchoring continues by itself once a node answers."
    retryable = True
    exit_code = 3


class WitnessRefused(HuellaError):
    """A witness does not cosign a head of the log."""

    code = "witness-refused"
    advice = "Ask who runs the witness whether it knows this log's present key."
    exit_code = 1


class WitnessUnreachable(HuellaError):
    """A witness gave no answer that can be used."""

    code = "witness-unreachable"
    advice = "Sealing and anchoring go on; the witness is asked again by itself."
    retryable = True
    exit_code = 3


class SourceError(HuellaError):
    """A watched database cannot be read as its file says, or says what it may not say."""

    code = "source"
    advice = "Compare the source's file with the database: `huella watch init` proposes one anew."


class SourceRefused(SourceError):
    """A watched database does not let this user in, or is not there under this name."""

    code = "source-refused"
    advice = "Check user, password, database: `url` or `url_file` in the source's file, or HUELLA_WATCH_<NAME>_URL."


class SourceUnreachable(SourceError):
    """A watched database gave no answer."""

    code = "source-unreachable"
    advice = "What is sealed stays; watching goes on by itself where it was, once the database answers."
    retryable = True
    exit_code = 3


class PortalUnreachable(HuellaError):
    """A registry's portal gave no answer that can be used."""

    code = "portal-unreachable"
    advice = "Ask again later, or give the order's evidence file beside the picture."
    retryable = True
    exit_code = 3


class ClockDrift(HuellaError):
    """The registry's clock and the chain's tell times too far apart."""

    code = "clock-drift"
    advice = "Set the machine's clock (NTP); if it is right, tell who runs the network. `ledger.drift` is the limit."
    exit_code = 1
