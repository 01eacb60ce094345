"""What the command line says of a page's text and of photographed papers, Spanish and English, by key."""

PAPER: dict[str, tuple[str, str]] = {
    "text-same": (
        "texto: las cifras y nombres son los del asiento; se cambió otra cosa; esto no prueba nada",
        "text: figures and names are those of the record; something else was changed; that is no proof",
    ),
    "text-unknown-unread": (
        "texto: el PDF no tiene texto legible",
        "text: the PDF has no text that can be read",
    ),
    "text-unknown-foreign": (
        "texto: no se sabe; la página la hizo otra entidad y no se puede comparar",
        "text: not known; somebody else made the page, and it cannot be compared",
    ),
    "text-unknown-kind": (
        "texto: no se sabe; la evidencia no trae los datos de una orden",
        "text: not known; the evidence brings no order's data",
    ),
    "text-library": (
        "texto: instale huella[sign] para comparar el texto con el asiento",
        "text: install huella[sign] to compare the text with the record",
    ),
    "text-differs": (
        "{what}: sellado {sealed}, el papel dice {present}",
        "{what}: sealed {sealed}, the paper says {present}",
    ),
    "text-missing": (
        "{what}: sellado {sealed}, en el papel no está",
        "{what}: sealed {sealed}, not on the paper",
    ),
    "text-strange": (
        "el papel dice {present}, que no está en el asiento",
        "the paper says {present}, which is not in the record",
    ),
    "scan-none": (
        "no se encontró un QR: fotografíe el papel de cerca, plano y con luz pareja, o escanéelo a 150 ppp",
        "no QR was found: photograph the paper from near, flat and in even light, or scan it at 150 dpi",
    ),
    "scan-foreign": (
        "RECHAZADO: el QR lleva a otro dominio, no al de este registro ({portal}): {text}",
        "REFUSED: the QR leads to another domain, not to this registry's ({portal}): {text}",
    ),
    "scan-other": (
        "el QR lleva al portal, pero no es el de una orden: {text}",
        "the QR leads to the portal, but it is no order's: {text}",
    ),
    "scan-unknown": (
        "el QR dice {text}; falta saber cuál es el dominio del registro: indique --portal o la carpeta del registro",
        "the QR says {text}; which domain is the registry's is not known: give --portal or the registry's folder",
    ),
    "scan-ours": ("QR del registro, código {code}", "QR of the registry, code {code}"),
    "scan-source-evidence": ("asiento: de la evidencia indicada", "record: from the evidence given"),
    "scan-source-registry": (
        "asiento: del registro de esta carpeta",
        "record: from the registry in this folder",
    ),
    "scan-source-portal": ("asiento: de {portal}", "record: from {portal}"),
    "scan-no-record": (
        "falta el asiento: indique su archivo de evidencia, la carpeta del registro, o --portal para preguntarle",
        "the record is missing: give its evidence file, the registry's folder, or --portal to ask it",
    ),
    "scan-paper": (
        "Compare con el papel cada línea de la orden {number}:",
        "Compare each line of order {number} with the paper:",
    ),
    "scan-warning": (
        "Un QR se copia con el papel: si algo de esto no figura igual, el papel no es el registrado.",
        "A QR is copied with its paper: if anything here reads otherwise there, the paper is not the one on record.",
    ),
}

PLACES: dict[str, tuple[str, str]] = {
    "/number": ("número", "number"),
    "/entity/name": ("entidad", "entity"),
    "/entity/ruc": ("RUC de la entidad", "entity's RUC"),
    "/supplier/name": ("proveedor", "supplier"),
    "/supplier/ruc": ("RUC del proveedor", "supplier's RUC"),
    "/published_at": ("publicada (hora de Lima)", "published (Lima time)"),
    "/accepted_at": ("aceptada (hora de Lima)", "accepted (Lima time)"),
    "/items/quantity": ("producto {}: cantidad", "product {}: quantity"),
    "/items/unit_price": ("producto {}: precio unitario", "product {}: unit price"),
    "/items/amount": ("producto {}: importe", "product {}: amount"),
    "/sub_total": ("sub total", "sub total"),
    "/vat": ("IGV o impuesto", "tax"),
    "/total": ("total", "total"),
    "/deliveries/start": ("entrega {}: inicio", "delivery {}: start"),
    "/deliveries/max_days": ("entrega {}: plazo en días", "delivery {}: term in days"),
    "/deliveries/shipping": ("entrega {}: flete", "delivery {}: shipping"),
    "/deliveries/sub_total": ("entrega {}: sub total", "delivery {}: sub total"),
    "/deliveries/vat": ("entrega {}: impuesto", "delivery {}: tax"),
    "/deliveries/total": ("entrega {}: total", "delivery {}: total"),
}
"""Places of an order's page by their pointer, without the number of the product or delivery."""
