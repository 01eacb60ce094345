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
}
