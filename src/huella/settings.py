"""The settings: one table, read once, frozen. huella.toml in the registry's folder, over it HUELLA_* variables.

`[anchor] max_leaves` in the file is `anchor.max_leaves` here and HUELLA_ANCHOR_MAX_LEAVES in the environment.
A variable HUELLA_…_FILE names a file that holds the value (for secrets).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from huella.errors import SettingsError

FILE = "huella.toml"


class Setting(NamedTuple):
    """One row of the table: dotted name, default (its type is the setting's), what it does, allowed words."""

    name: str
    default: str | int
    help: str
    choices: tuple[str, ...] = ()


TABLE: tuple[Setting, ...] = (
    Setting(
        "registry.operator",
        "huella",
        "Name of the organisation that keeps the register, in every record as recorded_by",
    ),
    Setting(
        "registry.origin",
        "localhost/huella",
        "Origin line of the log's checkpoints in its first epoch; fixed once the first is signed",
    ),
    Setting("registry.address", "http://localhost:8000", "Public address of the portal; QR codes lead there"),
    Setting(
        "registry.role",
        "owner",
        "`owner` seals and anchors; a `mirror` has no keys and follows the chain (`huella rebuild` makes one)",
        ("owner", "mirror"),
    ),
    Setting(
        "registry.mode",
        "trial",
        "`production` refuses the development authority's signatures unless signatures.development accepts them",
        ("trial", "production"),
    ),
    Setting(
        "database.url",
        "sqlite:///huella.db",
        "sqlite:///FILE (relative to the folder) or postgresql+psycopg://…",
    ),
    Setting(
        "vault.url",
        "sqlite:///vault-keys.db",
        "Database of the disclosures' keys; keep it out of the main database's backups",
    ),
    Setting("keys.log", "keys/log.pem", "Ed25519 key that signs the log's checkpoints (PEM)"),
    Setting(
        "keys.registrar",
        "keys/registrar.hex",
        "secp256k1 key that signs transactions: a key file under a password, or 64 hex digits",
    ),
    Setting(
        "keys.registrar_password",
        "",
        "Password of the registrar's key file, or PIN of its HSM; better given in a file",
    ),
    Setting(
        "keys.registrar_kept",
        "file",
        "Where the registrar's key is: a file, an HSM (PKCS#11), or a signing service (JSON-RPC eth_signTransaction)",
        ("file", "pkcs11", "service"),
    ),
    Setting("keys.registrar_module", "", "The HSM vendor's PKCS#11 library"),
    Setting("keys.registrar_token", "", "Label of the HSM's token"),
    Setting("keys.registrar_label", "registrar", "Label of the registrar's key in the token"),
    Setting("keys.registrar_service", "", "Address of the signing service"),
    Setting(
        "keys.registrar_account", "", "The registrar's account at the signing service, 0x and 40 hex digits"
    ),
    Setting(
        "keys.administrator",
        "",
        "Key of the contract's administrator, in the same forms; empty: the registrar's key is the administrator's",
    ),
    Setting("keys.administrator_password", "", "Password of the administrator's key file"),
    Setting("keys.vault", "keys/vault.hex", "Master key of the vault, 32 bytes in hex"),
    Setting(
        "signer.folder",
        "signer",
        "Where the signer keeps what it signed; outside the database, on its own disk if there is one",
    ),
    Setting(
        "ledger.kind",
        "embedded",
        "The chain: `embedded` is a chain in one file of this folder, `nodes` a network's",
        ("embedded", "nodes"),
    ),
    Setting("ledger.file", "chain.db", "File of the embedded chain"),
    Setting("ledger.chain_id", 648_000, "Chain id; transactions for another one are refused"),
    Setting("ledger.nodes", "", "Addresses of the network's nodes (JSON-RPC), separated by commas"),
    Setting("ledger.agree", 2, "So many nodes must say the same; all where there are fewer"),
    Setting("ledger.contract", "", "The registry contract's address; `init` deploys one where there is none"),
    Setting(
        "ledger.consensus",
        "qbft",
        "How the network seals its blocks; `none`: a block is final under ledger.confirmations others",
        ("qbft", "ibft2", "none"),
    ),
    Setting("ledger.confirmations", 12, "Blocks above one that make it final; QBFT and IBFT need none"),
    Setting(
        "ledger.since", 0, "Number of a block before the contract's first event; saves time on long chains"
    ),
    Setting(
        "ledger.gas_per_block", 0, "Most gas of the registrar in one block, 0: no limit; LACChain sets one"
    ),
    Setting("ledger.gas_per_minute", 0, "Most gas of the registrar in a minute, 0: no limit"),
    Setting(
        "ledger.relay", "", "On LACChain: address of the writer node's relay signer; empty: sent to the nodes"
    ),
    Setting("ledger.relay_node", "", "Account of that writer node, 0x and 40 hex digits"),
    Setting("ledger.relay_hub", "", "The relay hub's contract, 0x and 40 hex digits"),
    Setting("ledger.relay_lifetime", 300, "Seconds until a relayed transaction expires"),
    Setting(
        "ledger.forwarder", "", "LACChain's trusted forwarder, built into a contract that `init` deploys"
    ),
    Setting("ledger.timeout", 10, "Seconds that a node has for one answer"),
    Setting(
        "ledger.at_once",
        16,
        "Transactions under way at once, with nonces in a row; the embedded chain takes one",
    ),
    Setting("ledger.patience", 60, "Seconds until a transaction that is in no block yet is left for later"),
    Setting(
        "ledger.drift",
        60,
        "Seconds that the registry's clock and the chain's may be apart before it is an alarm",
    ),
    Setting(
        "ledger.publish",
        "records",
        "What every node keeps: whole public records, or only their digests",
        ("records", "digests"),
    ),
    Setting("anchor.max_leaves", 500, "Most entries in one batch (the contract takes 2,048)"),
    Setting("anchor.max_gas", 10_000_000, "Most gas of one transaction"),
    Setting("anchor.max_bytes", 128_000, "Most bytes of one transaction; GoQuorum takes 128 kB"),
    Setting(
        "witness.urls",
        "",
        "Addresses of witnesses that cosign the log's heads, separated by commas; trust.json has their keys",
    ),
    Setting("witness.timeout", 5, "Seconds that a witness has for one answer"),
    Setting(
        "signatures.key",
        "development",
        "What signs papers: the development authority, a PKCS#12 file, an HSM, a signing service, or nothing",
        ("development", "pkcs12", "pkcs11", "service", "none"),
    ),
    Setting(
        "signatures.development",
        "refused",
        "Whether production takes the development authority, whose signatures prove nothing",
        ("refused", "accepted"),
    ),
    Setting("signatures.folder", "keys/authority", "Where the development authority keeps its keys"),
    Setting("signatures.file", "keys/signature.p12", "PKCS#12 file, or the vendor's PKCS#11 library"),
    Setting(
        "signatures.password", "", "Password of the PKCS#12 file, PIN of the HSM or token of the service"
    ),
    Setting("signatures.token", "", "Label of the HSM's token"),
    Setting("signatures.label", "", "Label of key and certificate in the HSM"),
    Setting("signatures.service", "", "Address of the signing service"),
    Setting(
        "signatures.timestamps",
        "",
        "Addresses of time-stamp authorities (RFC 3161) in the order of their use, separated by commas",
    ),
    Setting("signatures.accuracy", 1, "Seconds that a time stamp may be inaccurate"),
    Setting(
        "signatures.authorities",
        "keys/authorities.pem",
        "Certificates (PEM) of the authorities of signer and time stamps: roots and what stands between",
    ),
    Setting("signatures.renew", 90, "Days before its end that a paper's proof is renewed"),
    Setting(
        "ocds.prefix",
        "ocds-000000",
        "OCID prefix that the Open Contracting Partnership gave; ids begin with it",
    ),
    Setting(
        "oidc.issuer",
        "",
        "Address of the identity provider (OpenID Connect) where people may sign in; empty: they sign in here alone",
    ),
    Setting("oidc.client", "", "What that provider knows this registry by (client id)"),
    Setting("oidc.secret", "", "The client's secret, better given in a file; empty: a public client"),
    Setting("oidc.name", "", "What the button for signing in there calls it; empty: its host"),
    Setting(
        "oidc.acr",
        "",
        "Values of `acr` in an ID token, separated by blanks, each of which proves a second factor asked there",
    ),
    Setting("oidc.amr", "", "The same for values of `amr`; without any, the second factor is asked here"),
    Setting("web.rate", 600, "Requests a minute that one address may make"),
    Setting(
        "web.guesses", 20, "Codes, hashes, passwords and lodged digests a minute that one address may try"
    ),
    Setting(
        "documents.order_pdf",
        "sealing",
        "When an order's PDF is made: before it is sealed, or on request",
        ("sealing", "request"),
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of one registry; paths and SQLite files are relative to `folder`."""

    folder: Path
    values: Mapping[str, str | int]

    def text(self, name: str) -> str:
        """A setting that is text."""
        return str(self.values[name])

    def number(self, name: str) -> int:
        """A setting that is a number."""
        return int(self.values[name])

    def path(self, name: str) -> Path:
        """A setting that names a file or folder."""
        return self.folder / str(self.values[name])

    def database(self, name: str) -> str:
        """A database's address, a relative SQLite file resolved against the folder."""
        url = str(self.values[name])
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.startswith(prefix + "/"):
            return prefix + str(self.folder.resolve() / url.removeprefix(prefix))
        return url


def read(folder: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of the registry in `folder`. Raises SettingsError where there is none or a value does not fit."""
    path = folder / FILE
    try:
        given = _flatten(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise SettingsError(
            f"there is no registry in {folder}", advice="Make one with `huella init`."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{FILE} cannot be read: {error}") from None
    unknown = sorted(set(given) - {setting.name for setting in TABLE})
    if unknown:
        raise SettingsError(f"{FILE}: unknown setting {unknown[0]}")
    values = {setting.name: _value(setting, given, environment) for setting in TABLE}
    return Settings(folder, values)


def template(answers: Mapping[str, str | int]) -> str:
    """The text of a new huella.toml: every setting with its help; those that differ from the default in force."""
    lines: list[str] = []
    section = ""
    for setting in TABLE:
        head, _, name = setting.name.partition(".")
        if head != section:
            lines += ["", f"[{head}]"]
            section = head
        value = answers.get(setting.name, setting.default)
        shown = (
            str(value)
            if isinstance(value, int)
            else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        )
        mark = "" if setting.name in answers else "# "
        lines += [f"# {setting.help}", f"{mark}{name} = {shown}"]
    return "\n".join(lines[1:]) + "\n"


def variable(setting: Setting) -> str:
    """The environment variable of a setting."""
    return "HUELLA_" + setting.name.upper().replace(".", "_")


def _value(setting: Setting, given: Mapping[str, Any], environment: Mapping[str, str]) -> str | int:
    value: Any = given.get(setting.name, setting.default)
    name = variable(setting)
    if name + "_FILE" in environment:
        try:
            value = Path(environment[name + "_FILE"]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{name}_FILE: {error.strerror}") from None
    value = environment.get(name, value)
    if isinstance(setting.default, int):
        return _number(setting, value)
    if not isinstance(value, str):
        raise SettingsError(f"{setting.name} is text, not {value!r}")
    if setting.choices and value not in setting.choices:
        raise SettingsError(f"{setting.name} is one of {', '.join(setting.choices)}, not {value!r}")
    return value


def _number(setting: Setting, value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise SettingsError(f"{setting.name} is a whole number, not {value!r}") from None
    if number < 0 or (number == 0 and setting.default != 0):
        raise SettingsError(f"{setting.name} is above zero")
    return number


def _flatten(tree: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{before}{name}.")
        else:
            flat[before + name] = value
    return flat
