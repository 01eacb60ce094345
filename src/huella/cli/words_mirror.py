"""What the command line says of mirrors and recoveries, Spanish and English, by key."""

MIRROR: dict[str, tuple[str, str]] = {
    "rebuilding": ("reconstruyendo", "rebuilding"),
    "mirror-key-unknown": (
        "no se conoce la clave del registro: los puntos de control no se comprueban (dé --log-key o --trust)",
        "the log's key is not known: checkpoints are not checked (give --log-key or --trust)",
    ),
    "mirror-seals-unknown": (
        "no se conocen los validadores: los sellos de los bloques no se comprueban",
        "the validators are not known: blocks' seals are not checked",
    ),
    "taken-over": (
        "asientos {first}–{last} del bloque {block}, comprobados",
        "entries {first}–{last} of block {block}, checked",
    ),
    "rebuilt": (
        "{size} asientos aquí, raíz {root}; {taken} nuevos",
        "{size} entries here, root {root}; {taken} new",
    ),
    "mirror-waits": (
        "el nodo no responde: {message}; otra vez",
        "the node does not answer: {message}; again",
    ),
    "recovered-all": (
        "{size} asientos, {tail} de ellos después del último anclaje; nada falta",
        "{size} entries, {tail} of them behind the last anchor; nothing is missing",
    ),
    "lodged-sealed": (
        "SELLADO: {digest} es el asiento {index} ({kind}, {subject}), registrado {recorded_at}",
        "SEALED: {digest} is entry {index} ({kind}, {subject}), recorded {recorded_at}",
    ),
    "lodged-refused": (
        "RECHAZADO: {digest} fue rechazado por tardío; lo dice el asiento {index}, registrado {recorded_at}",
        "REFUSED: {digest} was refused as late; entry {index} says so, recorded {recorded_at}",
    ),
    "lodged-not-sealed": (
        "NO SELLADO: {digest} está en la cadena desde hace {age} y en ninguno de los {entries} asientos",
        "NOT SEALED: {digest} has been on the chain for {age} and is in none of the {entries} entries",
    ),
    "lodged-unknown": (
        "{digest}: todavía no se han leído todos los asientos ({entries})",
        "{digest}: not all entries are read yet ({entries})",
    ),
    "lodged-not-lodged": (
        "{digest}: entregado al registro, todavía no está en la cadena",
        "{digest}: given to the registry, not on the chain yet",
    ),
    "lodged-at": (
        "  depositado {time} en el bloque {block} por {account}, transacción {transaction}",
        "  lodged {time} in block {block} by {account}, transaction {transaction}",
    ),
    "lodged-before": (
        "  antes del cierre de {number} ({closes_at})",
        "  before the deadline of {number} ({closes_at})",
    ),
    "lodged-after": (
        "  después del cierre de {number} ({closes_at})",
        "  behind the deadline of {number} ({closes_at})",
    ),
    "lodged-none": (
        "nada depositado sin sellar hasta el bloque {block}",
        "nothing is lodged and not sealed up to block {block}",
    ),
    "lodged-waits": (
        "la cadena no responde: {message}; se contesta con lo leído hasta el bloque {block}",
        "the chain does not answer: {message}; this is as of block {block}",
    ),
    "age-days": ("{days} d {hours} h", "{days} d {hours} h"),
    "age-hours": ("{hours} h {minutes} min", "{hours} h {minutes} min"),
    "epoch-ended": (
        "la época terminó: quedan {kept} asientos, se perdieron los asientos {first}–{last}; lo dice el {entry}",
        "the epoch ended: {kept} entries were kept, entries {first}–{last} are lost; entry {entry} says so",
    ),
    "epoch-saved": (
        "del rango perdido se guarda en ese asiento el texto de: {count}",
        "of the lost range that entry keeps the text of: {count}",
    ),
    "epoch-begun": (
        "la época siguiente firma con {key}; ahora: `huella anchor`, y publique el nuevo trust.json",
        "the next epoch signs with {key}; now: `huella anchor`, and publish the new trust.json",
    ),
    "epoch-followed": (
        "la época {ended} del registro terminó; este espejo sigue a {origin}: reinicie lo que sirve",
        "the log's epoch {ended} ended; this mirror follows {origin}: start again what serves",
    ),
}
