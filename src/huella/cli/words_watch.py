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
    "source-first": (
        "{source}: primera pasada terminada, {count} filas; desde ahora se compara con ellas",
        "{source}: first pass ended, {count} rows; from here on they are what is compared with",
    ),
    "source-sealed": ("{count} versiones selladas", "{count} versions sealed"),
    "source-away": (
        "{source} no se puede leer, se intentará de nuevo: {reason}\n       {advice}",
        "{source} cannot be read, it is asked again: {reason}\n       {advice}",
    ),
    "source-back": ("{source} se lee otra vez", "{source} is read again"),
    "source-gap": (
        "{source}: su registro propio comienza de nuevo; lo cambiado entretanto lo halla la pasada, que empieza ahora",
        "{source}: its own log begins anew; what changed meanwhile is found by the pass, which begins now",
    ),
    "source-aside": (
        "{source}: la tabla {table} ya no se puede leer, las demás siguen vigiladas: {reason}",
        "{source}: the table {table} cannot be read any more, the others are watched on: {reason}",
    ),
    "source-read": (
        "{source}: la tabla {table} se lee otra vez",
        "{source}: the table {table} is read again",
    ),
    "source-untold": (
        "{source}: su registro propio calla tablas, cuyos cambios solo halla la pasada: {reason}\n       {advice}",
        "{source}: its own log is silent on tables, whose changes only the pass finds: {reason}\n       {advice}",
    ),
    "source-unread": (
        "no se comparó la tabla {table}: {reason}",
        "the table {table} was not compared: {reason}",
    ),
    "source-nothing": (
        "de {source} todavía no se ha sellado nada: `huella watch run {source}`",
        "nothing of {source} is sealed yet: `huella watch run {source}`",
    ),
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
    "row-of": (
        "dice de {subject}, asiento {index}, {at} ({seen}):",
        "says of {subject}, entry {index}, {at} ({seen}):",
    ),
    "row-personal": (
        "columnas personales, sin mostrar: {columns}",
        "personal columns, not shown: {columns}",
    ),
    "row-differs": ("las dos versiones de {subject} difieren:", "the two versions of {subject} differ:"),
    "row-same": (
        "las dos versiones de {subject} no difieren en lo que está en claro",
        "the two versions of {subject} do not differ in what stands in clear",
    ),
    "row-gone": (
        "la segunda versión dice que {subject} ya no está",
        "the second version says that {subject} is not there any more",
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
    "whole-row": ("fila", "row"),
    "seen-read": ("leída en la tabla", "read in the table"),
    "seen-insert": ("insertada", "inserted"),
    "seen-update": ("cambiada", "changed"),
    "seen-delete": ("borrada", "deleted"),
    "seen-truncate": ("tabla vaciada", "table emptied"),
    "name of a person": ("nombre de una persona", "name of a person"),
    "e-mail": ("correo electrónico", "e-mail"),
    "telephone": ("teléfono", "telephone"),
    "identity document": ("documento de identidad", "identity document"),
    "account number": ("número de cuenta", "account number"),
    "address": ("dirección", "address"),
    "free text": ("texto libre", "free text"),
    "RUC of a natural person": ("RUC de una persona natural", "RUC of a natural person"),
}
