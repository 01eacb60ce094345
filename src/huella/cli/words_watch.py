"""What the commands of watched sources say, Spanish and English, by key; and the names of what they find."""

WATCH: dict[str, tuple[str, str]] = {
    "source-made": ("fuente {name}: {path}, {count} tablas", "source {name}: {path}, {count} tables"),
    "source-personal": (
        "parece personal y se sella por huella: {table}.{column} ({why})",
        "looks personal and is sealed by digest: {table}.{column} ({why})",
    ),
    "source-statements": (
        "lo que ejecuta una vez quien administra esa base de datos (contraseña propia):",
        "what its administrator runs once (with a password of your own):",
    ),
    "source-check": (
        "revise el archivo antes de empezar: qué se sella en claro, qué por huella, qué se ignora",
        "look through the file before you begin: what is sealed in clear, what by digest, what is ignored",
    ),
    "source-first": ("{source}: primera pasada, {count} filas", "{source}: first pass, {count} rows"),
    "source-sealed": ("{count} versiones selladas", "{count} versions sealed"),
    "source-away": ("{source} no responde: {reason}", "{source} does not answer: {reason}"),
    "source-back": ("{source} responde otra vez", "{source} answers again"),
    "source-ended": ("vigilancia de {source} terminada", "watch of {source} ended"),
    "source-found": (
        "{cls} · {table}[{key}] {column}: {message}",
        "{cls} · {table}[{key}] {column}: {message}",
    ),
    "source-values": (
        "      sellado:  {sealed}\n      presente: {present}",
        "      sealed:  {sealed}\n      present: {present}",
    ),
    "source-between": (
        "      entre el ancla {before} y el ancla {after}; asientos {entry} y {seen}",
        "      between anchor {before} and anchor {after}; entries {entry} and {seen}",
    ),
    "source-clean": (
        "{source}: {rows} filas, {versions} versiones; nada se cambió fuera de lo permitido",
        "{source}: {rows} rows, {versions} versions; nothing was changed that may not be",
    ),
    "source-count": (
        "{source}: {count} hallazgos en {rows} filas",
        "{source}: {count} findings in {rows} rows",
    ),
    "source-bundle": ("escrito: {file}", "written: {file}"),
    "source-refused": (
        "no se registró como orden {row}: {reason}",
        "not registered as an order, {row}: {reason}",
    ),
    "comparing-source": ("comparando", "comparing"),
}
WATCH_LABELS: dict[str, tuple[str, str]] = {
    "edited": ("editada", "edited"),
    "moved": ("movida de padre", "moved"),
    "redated": ("cambiada de fecha", "redated"),
    "recoded": ("otro juego de caracteres", "recoded"),
    "deleted": ("borrada", "deleted"),
    "rekeyed": ("cambiada de clave", "rekeyed"),
    "replaced": ("sustituida", "replaced"),
    "rewritten": ("escrita de nuevo", "rewritten"),
    "reverted": ("cambiada y devuelta", "reverted"),
    "unannounced": ("sin anunciar", "unannounced"),
    "inserted": ("insertada fuera de orden", "inserted out of order"),
    "backdated": ("antedatada", "backdated"),
    "hidden": ("oculta al registro de la fuente", "hidden from the log"),
    "shifted": ("desplazadas en bloque", "shifted"),
    "truncated": ("vaciada", "truncated"),
    "restored": ("devuelta a una copia anterior", "restored"),
    "renamed": ("columna renombrada", "renamed"),
    "retyped": ("columna de otro tipo", "retyped"),
    "column": ("columna nueva o retirada", "column"),
    "trigger": ("disparador", "trigger"),
    "swapped": ("cambiada por otra", "swapped"),
    "structure": ("estructura", "structure"),
    "dropped": ("eliminada", "dropped"),
}
