"""What the command line says of keys, erasures, assignments and the worker, Spanish and English, by key."""

KEEP: dict[str, tuple[str, str]] = {
    "filled": (
        "base de datos de una versión anterior: cifras, buscador y códigos hechos de sus registros",
        "database of an older version: figures, search and codes made of its records",
    ),
    "key-authorised": ("clave registrada: {key}; asiento {index}", "key on record: {key}; entry {index}"),
    "key-revoked": ("clave revocada: {key}; asiento {index}", "key revoked: {key}; entry {index}"),
    "key-shown": (
        "{key} ({alg}) de {holder}, desde el asiento {index}",
        "{key} ({alg}) of {holder}, since entry {index}",
    ),
    "key-of-person": ("una persona (reservado)", "a person (not told)"),
    "assigned": (
        "{order}: derecho de cobro cedido; asiento {index}, hoja {leaf}",
        "{order}: right to payment assigned; entry {index}, leaf {leaf}",
    ),
    "token-moved": ("el token de la orden está en {account}", "the order's token is with {account}"),
    "token-waits": (
        "el token pasará a {account} cuando la cesión esté anclada (`huella worker`)",
        "the token goes to {account} once the assignment is anchored (`huella worker`)",
    ),
    "erasure-asked": (
        "pedida en el asiento {request} la supresión de {pointer} del asiento {index}; debe aprobarla otra persona",
        "asked in entry {request}: erase {pointer} of entry {index}; another person has to approve it",
    ),
    "erased": (
        "suprimido; asiento {index} (pedido {request}). Lo sellado sigue siendo comprobable",
        "erased; entry {index} (request {request}). What was sealed can still be proven",
    ),
    "erased-again": (
        "el pedido {request} ya constaba como suprimido; la destrucción está terminada",
        "request {request} was on record as erased; its destruction is finished",
    ),
    "erasure-waits": (
        "pedido {entry}: {pointer} del asiento {index}, del {asked_at}",
        "request {entry}: {pointer} of entry {index}, of {asked_at}",
    ),
    "erasure-none": ("ningún pedido espera", "no request waits"),
    "erased-on-request": (
        "suprimido a pedido: {pointer} (asiento {entry}, {recorded_at})",
        "erased on request: {pointer} (entry {entry}, {recorded_at})",
    ),
    "sealed-field": ("sellado: {pointer}", "sealed: {pointer}"),
    "tacit": ("{count} órdenes aceptadas por silencio", "{count} orders accepted by silence"),
    "tacit-done": (
        "  {order}: aceptada por silencio; asiento {index}",
        "  {order}: accepted by silence; entry {index}",
    ),
    "tacit-refused": ("  {order}: no se puede: {reason} [{code}]", "  {order}: cannot be: {reason} [{code}]"),
    "job-close": ("{count} procedimientos cerrados", "{count} procedures closed"),
    "job-accept": ("{count} aceptaciones por silencio", "{count} acceptances by silence"),
    "job-erase": ("{count} supresiones terminadas", "{count} erasures finished"),
    "job-anchor": ("{count} lotes anclados", "{count} batches anchored"),
    "job-assign": ("{count} tokens movidos", "{count} tokens moved"),
    "signatures": (
        "firma: {key}; {due} documentos esperan, {signed} firmados",
        "signs: {key}; {due} papers wait, {signed} signed",
    ),
    "signatures-missing": ("falta: {missing}", "missing: {missing}"),
    "trust-list": (
        "lista {number} de {operator} ({territory}): {count} servicios",
        "list {number} of {operator} ({territory}): {count} services",
    ),
    "job-sign": ("{count} documentos firmados", "{count} papers signed"),
    "stamped": (
        "estampado en la página {page}: {path}, código {code}",
        "stamped on page {page}: {path}, code {code}",
    ),
    "stamped-sheet": (
        "sin lugar en blanco en la primera página; estampado en una hoja añadida, la {page}: {path}, código {code}",
        "no blank place on the first page; stamped on an added sheet, page {page}: {path}, code {code}",
    ),
    "paper-idle": (
        "{name}: ninguna orden de estos archivos lo tomó; no quedó registrado",
        "{name}: no order of these files took it; it is not registered",
    ),
    "job-book": ("{count} libros de hashes emitidos", "{count} books of hashes issued"),
    "job-renew": ("{count} documentos renovados", "{count} papers renewed"),
    "job-failed": (
        "falla {name}: {message} [{code}]; otra vez en {seconds} s",
        "{name} fails: {message} [{code}]; again in {seconds} s",
    ),
    "job-refused": ("{name}: rechazado: {message} [{code}]", "{name}: refused: {message} [{code}]"),
    "serving": ("responde en {address}", "answering at {address}"),
    "key-once": (
        "clave {id}: guárdela ahora, no se vuelve a mostrar",
        "key {id}: keep it now, it is not shown again",
    ),
    "key-given": ("la clave es ahora de {name}", "the key is {name}'s now"),
    "key-ended": ("la clave {name} ya no vale", "the key {name} is worth nothing now"),
    "person-made": ("{name} puede iniciar sesión", "{name} may sign in"),
    "password-set": ("nueva contraseña de {name}", "new password of {name}"),
    "person-tied": (
        "{name} puede iniciar sesión en el proveedor de identidad",
        "{name} may sign in at the identity provider",
    ),
    "person-untied": (
        "{name} ya no inicia sesión en el proveedor de identidad",
        "{name} signs in at the identity provider no more",
    ),
    "person-ended": ("{name} ya no puede iniciar sesión", "{name} may sign in no more"),
    "job-lodged": (
        "{count} resúmenes depositados, leídos de la cadena",
        "{count} lodged digests read from the chain",
    ),
    "job-lodge": ("{count} resúmenes depositados", "{count} digests lodged"),
    "job-search": ("el índice de búsqueda está al día", "the search index is up to date"),
    "job-tell": ("{count} avisos entregados", "{count} webhooks delivered"),
}
