"""What the command line says of procedures and offers, Spanish and English, by key."""

OFFERS: dict[str, tuple[str, str]] = {
    "opening-key-kept": (
        "la clave secreta está en {path}; guárdela fuera del servidor hasta la apertura: abre todas las ofertas",
        "the secret key is in {path}; keep it off the server until the opening: it opens every offer",
    ),
    "party-key-kept": (
        "la clave secreta está en {path}; con ella se firma en nombre de su titular",
        "the secret key is in {path}; it signs in its holder's name",
    ),
    "not-checked": (
        "{file}: no se comprobó quién lo firmó (falta --trust); la oferta se cifra a la clave que nombra",
        "{file}: nobody checked who signed it (--trust is missing); the offer is encrypted to the key it names",
    ),
    "offer-sealed": ("oferta {code} sellada para {requirement}", "offer {code} sealed for {requirement}"),
    "offer-file": (
        "para el registro, antes del cierre el {date}: {path}",
        "for the registry, before the close on {date}: {path}",
    ),
    "offer-copy": (
        "su copia: {path}; abre la oferta sin nadie más, así que guárdela en secreto",
        "your copy: {path}; it opens the offer without anybody else, so keep it secret",
    ),
    "offer-received": (
        "{file}: recibida; asiento {index}, hoja {leaf}\n  constancia: {receipt}",
        "{file}: received; entry {index}, leaf {leaf}\n  receipt: {receipt}",
    ),
    "offer-refused": (
        "{file}: rechazada ({rule}): {reason}; asiento del rechazo: {index}",
        "{file}: refused ({rule}): {reason}; entry of the refusal: {index}",
    ),
    "receipt-unwritten": (
        "{file}: está sellada, pero la constancia no se pudo escribir; pídala con `huella offer receipt {offer}`",
        "{file}: it is sealed, but its receipt could not be written; ask with `huella offer receipt {offer}`",
    ),
    "sealed-waits": (
        "sellado; el anclaje espera a la cadena (lo hará `huella worker` o `huella anchor`): {message}",
        "sealed; it waits for the chain (`huella worker` or `huella anchor` will do it): {message}",
    ),
    "receipt-anchored": ("anclada en la cadena", "anchored on the chain"),
    "receipt-waiting": (
        "firmada por el registro; todavía no anclada: la misma orden dará la evidencia anclada",
        "signed by the registry; not anchored yet: the same command will give the anchored evidence",
    ),
    "receipt-of": (
        "constancia de {code}: asiento {index}, hoja {leaf}",
        "receipt of {code}: entry {index}, leaf {leaf}",
    ),
    "closed": (
        "{number}: {count} ofertas cerradas; asiento {index}, hoja {leaf}",
        "{number}: {count} offers closed; entry {index}, leaf {leaf}",
    ),
    "awarded": (
        "{number}: adjudicación sellada; asiento {index}, hoja {leaf}",
        "{number}: award sealed; entry {index}, leaf {leaf}",
    ),
    "cancelled": (
        "{number}: cancelado; asiento {index}, hoja {leaf}",
        "{number}: cancelled; entry {index}, leaf {leaf}",
    ),
    "offer-opened": ("  {offer}: abierta, asiento {index}", "  {offer}: opened, entry {index}"),
    "offer-unopened": ("  {offer}: no se abre: {reason}", "  {offer}: does not open: {reason}"),
    "opened": ("{count} de {of} ofertas abiertas", "{count} of {of} offers opened"),
    "award-same": (
        "la adjudicación es la misma, byte por byte",
        "the award is the same, byte for byte",
    ),
    "award-differs": (
        "la regla anunciada da otra adjudicación que la registrada",
        "the announced rule gives another award than the one on record",
    ),
    "award-not-decided": ("todavía no hay adjudicación registrada", "no award is on record yet"),
    "bundle-authentic": ("{count} registros auténticos", "{count} records authentic"),
    "bundle-altered": (
        "ALTERADO: los {count} registros no se sostienen",
        "ALTERED: the {count} records do not hold",
    ),
    "bundle-forked": ("BIFURCADO: dos historias de un registro", "FORKED: two histories of one register"),
    "bundle-lost": ("PERDIDO: un registro se emitió y se perdió", "LOST: a record was issued and lost"),
    "bundle-unknown": (
        "{count} registros; no todo se pudo comprobar",
        "{count} records; not everything could be checked",
    ),
    "products": ("productos {numbers}", "products {numbers}"),
    "winner": ("gana {bidder}: {total}", "{bidder} wins: {total}"),
    "deserted": ("desiertos: {numbers}", "nobody won: {numbers}"),
    "excluded-withdrawn": ("retirada", "withdrawn"),
    "excluded-superseded": ("reemplazada por otra suya", "superseded"),
    "excluded-not_opened": ("no abierta", "not opened"),
    "excluded-restricted": ("restringida", "restricted"),
    "excluded-bidder_unknown": ("postor no probado", "bidder unknown"),
    "excluded-malformed": ("ilegible", "malformed"),
    "excluded-no_exchange_rate": ("sin tipo de cambio", "no exchange rate"),
    "excluded-not_quoted": ("no cotiza", "not quoted"),
    "excluded-quantity_differs": ("otra cantidad", "quantity differs"),
    "excluded-freight_not_quoted": ("sin flete", "freight not quoted"),
    "excluded-price_not_positive": ("precio no positivo", "price not positive"),
    "excluded-total_too_large": ("total excesivo", "total too large"),
    "excluded-below_minimum": ("bajo su mínimo", "below its minimum"),
    "standing-open": (
        "{against} sigue abierto: el conjunto de ofertas no está cerrado",
        "{against} is still open: the set of offers is not closed",
    ),
    "standing-claimed": (
        "la oferta está en el conjunto cerrado de {against}",
        "the offer is in the closed set of {against}",
    ),
    "standing-withdrawn": (
        "la oferta está en el conjunto cerrado de {against}, como retirada",
        "the offer is in the closed set of {against}, as withdrawn",
    ),
    "standing-superseded": (
        "el conjunto cerrado de {against} tiene esta oferta con un registro posterior que la reemplaza",
        "the closed set of {against} has this offer by a later record that replaces it",
    ),
    "standing-omitted": (
        "OMITIDA: el registro firmó esta oferta antes del cierre y el conjunto cerrado de {against} no la tiene",
        "OMITTED: the registry signed this offer before the close, and the closed set of {against} lacks it",
    ),
    "standing-unsigned": (
        "el conjunto de {against} no la tiene, pero no se mostró que el registro firmara lo uno y lo otro",
        "the set of {against} lacks it, but nothing shows that the registry signed both papers",
    ),
    "standing-unknown": (
        "no se puede decir qué fue de la oferta en {against}",
        "nobody can say what became of the offer in {against}",
    ),
    "standing-late": (
        "la oferta llegó después del cierre de {against} y no cuenta",
        "the offer came after the close of {against} and does not count",
    ),
    "standing-other": (
        "la oferta no es de {against}: pertenece a otro procedimiento",
        "the offer is not of {against}: it belongs to another procedure",
    ),
    "standing-untied": (
        "no está en el conjunto de {against}, y la constancia no muestra que le pertenezca",
        "it is not in the set of {against}, and the receipt does not show that it belongs there",
    ),
}

OFFER_LABELS: dict[str, tuple[str, str]] = {
    "open": ("ABIERTO", "open"),
    "closed": ("CERRADO", "closed"),
    "opened": ("abierta", "opened"),
    "unopened": ("sin abrir", "unopened"),
    "withdrawn": ("retirada", "withdrawn"),
    "awarded": ("ADJUDICADO", "awarded"),
    "deserted": ("DESIERTO", "deserted"),
    "cancelled": ("CANCELADO", "cancelled"),
    "entity": ("entidad", "entity"),
    "closes_at": ("cierra", "closes"),
    "contracting_type": ("contratación", "contracting"),
    "currency": ("moneda", "currency"),
    "rule": ("regla", "rule"),
    "sealing": ("sella", "sealed by"),
    "opening_key": ("clave de apertura", "opening key"),
}
