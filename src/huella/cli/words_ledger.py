"""What the commands below `ledger` say, Spanish and English, by key."""

LEDGER: dict[str, tuple[str, str]] = {
    "ledger-before": (
        "contrato anterior {contract}: asientos hasta {until}",
        "earlier contract {contract}: entries up to {until}",
    ),
    "ledger-status": (
        "contrato {contract}: {size} asientos en la cadena, propios hasta {good}",
        "contract {contract}: {size} entries on the chain, ours up to {good}",
    ),
    "ledger-foreign": (
        "LOTE AJENO desde el asiento {first}: {transaction}; el anclaje está detenido; siga la guía de la llave robada",
        "FOREIGN BATCH from entry {first}: {transaction}; anchoring has stopped; follow the guide of the stolen key",
    ),
    "registrar-active": ("{account}  puede anclar {own}", "{account}  may anchor {own}"),
    "registrar-inactive": ("{account}  no puede anclar {own}", "{account}  may not anchor {own}"),
    "registrar-own": ("(llave de este registro)", "(this registry's key)"),
    "registrar-granted": (
        "{account} puede anclar; consta en el asiento {index}",
        "{account} may anchor; on record in entry {index}",
    ),
    "registrar-revoked": (
        "{account} ya no puede anclar; consta en el asiento {index}",
        "{account} may no longer anchor; on record in entry {index}",
    ),
    "registrar-unchanged": ("{account}: nada cambió", "{account}: nothing changed"),
    "registrar-replaced": (
        "llave perdida reemplazada por {new}; revoque la cuenta anterior y reinicie lo que esté en marcha",
        "lost key replaced by {new}; revoke the old one's account, and start again what runs",
    ),
    "registrar-rotated": (
        "llave cambiada: {old} revocada, {new} en su lugar; reinicie lo que esté en marcha",
        "key changed: {old} revoked, {new} in its place; start again what runs",
    ),
    "succession-untaken": (
        "no se pudo quitar a {account} su función en el contrato anterior: {reason}",
        "{account} could not be taken its role on the earlier contract: {reason}",
    ),
    "succession-done": (
        "sucesor {contract} desde el asiento {size}; antes {before}; llave nueva {registrar}; reparta trust.json",
        "successor {contract} from entry {size} on; before {before}; new key {registrar}; hand trust.json out",
    ),
}
