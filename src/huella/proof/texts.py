"""What a check says, Spanish first. The keys are stable codes; `{}` takes numbers and names, nothing
personal.
"""

from __future__ import annotations

NAMES: dict[int, tuple[str, str, str]] = {
    1: ("form", "el archivo está bien formado", "the file is well formed"),
    2: ("record", "el asiento es canónico y está completo", "the record is canonical and complete"),
    3: ("disclosures", "lo revelado coincide con lo sellado", "what is disclosed matches what was sealed"),
    4: ("document", "el documento es el registrado", "the document is the one recorded"),
    5: ("inclusion", "el asiento está en el registro", "the record is in the log"),
    6: ("signature", "el registro firmó esa cabecera", "the log signed that head"),
    7: ("consistency", "la cabecera lleva a la anclada", "the head leads to the anchored one"),
    8: ("chain", "la cadena guarda esa raíz", "the chain holds that root"),
    9: ("seals", "los validadores sellaron el bloque", "the validators sealed the block"),
    10: ("state", "el estado actual", "the state now"),
}

REASONS: dict[str, tuple[str, str]] = {
    "ok": ("", ""),
    "form": ("el archivo no tiene la forma debida: {}", "the file is not in its form: {}"),
    "not-reached": ("el archivo no se pudo leer", "the file could not be read"),
    "no-trust": ("no se dio un archivo de confianza", "no trust file was given"),
    "no-anchor": ("todavía no está anclado en la cadena", "it is not anchored on the chain yet"),
    # 2
    "record-form": ("el asiento no es canónico: {}", "the record is not canonical: {}"),
    "annex-changed": (
        "un anexo no es el que el asiento nombra",
        "an annex is not the one that the record names",
    ),
    "annex-absent": ("falta un anexo del asiento", "an annex of the record is absent"),
    "act-wrong": (
        "la firma de la parte no corresponde al asiento",
        "the party's signature does not fit the record",
    ),
    # 3
    "none-disclosed": ("el archivo no revela nada", "the file discloses nothing"),
    "disclosure-wrong": (
        "algo revelado no es lo sellado: {}",
        "something disclosed is not what was sealed: {}",
    ),
    "bidder-act-wrong": (
        "la firma del postor no corresponde a la oferta",
        "the bidder's signature does not fit the offer",
    ),
    # 4
    "no-document": ("no se dio un documento", "no document was given"),
    "no-files": ("el asiento no nombra ningún documento", "the record names no document"),
    "document-whole": ("el documento coincide byte por byte", "the document matches byte for byte"),
    "document-added": (
        "el documento original está intacto; después solo se agregaron firmas o adjuntos",
        "the original document is intact; only signatures or attachments were added after it",
    ),
    "document-other": ("el documento no es el registrado", "the document is not the one recorded"),
    "document-changed": (
        "lo agregado después del original cambia lo que el documento muestra ({})",
        "what was added after the original changes what the document shows ({})",
    ),
    "document-unread": (
        "lo agregado después del original no se pudo leer ({})",
        "what was added after the original could not be read ({})",
    ),
    "document-sealed": (
        "el asiento nombra documentos que este archivo no revela",
        "the record names documents that this file does not disclose",
    ),
    # 5
    "inclusion-wrong": (
        "la prueba no lleva del asiento a la cabecera",
        "the proof does not lead from the record to the head",
    ),
    # 6
    "signature-wrong": ("la firma de la cabecera es falsa", "the head's signature is false"),
    "key-untrusted": (
        "la cabecera no lleva firma de una clave de confianza",
        "no trusted key signed the head",
    ),
    "other-origin": ("la cabecera firmada es de otro registro", "the signed head is of another log"),
    "cosignature-wrong": (
        "una línea lleva el nombre de un testigo de confianza y su firma es falsa",
        "a line under a trusted witness's name has a false signature",
    ),
    "witnesses-few": (
        "{} testigos de confianza cofirmaron la cabecera y hacen falta {}",
        "{} trusted witnesses cosigned the head and {} are needed",
    ),
    "witnessed": (
        "{} testigos de confianza la cofirmaron, a más tardar el {}",
        "{} trusted witnesses cosigned it, by {}",
    ),
    "unwitnessed": ("ningún testigo de confianza la cofirmó", "no trusted witness cosigned it"),
    # 7
    "no-consistency": (
        "falta la prueba entre la cabecera y la anclada",
        "the proof from the head to the anchored one is missing",
    ),
    "consistency-wrong": (
        "la cabecera y la anclada se contradicen",
        "the head and the anchored one contradict each other",
    ),
    "anchor-smaller": ("lo anclado es anterior a la cabecera", "what is anchored is older than the head"),
    # 8
    "other-network": (
        "el ancla es de otra red o de otro contrato",
        "the anchor is of another network or contract",
    ),
    "no-proof-block": ("el archivo no trae la prueba de la cadena", "the file brings no proof of the chain"),
    "block-mismatch": (
        "el bloque de la prueba no es el que dice ser",
        "the proof's block is not the one it says to be",
    ),
    "storage-wrong": (
        "la prueba de la cadena no muestra esa raíz: {}",
        "the chain's proof does not show that root: {}",
    ),
    "other-code": (
        "el contrato no tiene el código de confianza",
        "the contract does not have the trusted code",
    ),
    "nodes-agree": ("{} de {} nodos lo confirman", "{} of {} nodes confirm it"),
    "nodes-contradict": ("{} de {} nodos lo contradicen", "{} of {} nodes contradict it"),
    "nodes-unsure": (
        "solo {} de {} nodos lo confirman y hacen falta {}",
        "only {} of {} nodes confirm it and {} are needed",
    ),
    # 9
    "no-consensus": (
        "la red no tiene validadores que lo atestigüen",
        "the network has no validators that attest it",
    ),
    "online": ("se preguntó a los nodos", "the nodes were asked"),
    "no-validators": (
        "no se conocen los validadores de ese bloque",
        "the validators of that block are not known",
    ),
    "seals-form": (
        "los sellos del bloque no tienen la forma debida: {}",
        "the block's seals are not in their form: {}",
    ),
    "seals-few": (
        "{} validadores de confianza sellaron el bloque y hacen falta {}",
        "{} trusted validators sealed the block and {} are needed",
    ),
    "seals-good": (
        "{} validadores de confianza sellaron el bloque",
        "{} trusted validators sealed the block",
    ),
    "hash-wrong": ("el bloque de la prueba no es el del ancla", "the proof's block is not the anchor's"),
    # 10
    "not-consulted": ("estado no consultado", "state not checked"),
    "state-agreed": (
        "estado: {}, según {} espejos independientes, hasta el asiento {} ({})",
        "state: {}, by {} independent mirrors, at head {} ({})",
    ),
    "state-told": (
        "estado: {}, según el propio registro, hasta el asiento {} ({})",
        "state: {}, as told by the registry, at head {} ({})",
    ),
    "state-mirrors": (
        "estado: {}, según {}, hasta el asiento {} ({}); no bastan los espejos que coinciden",
        "state: {}, as told by {}, at head {} ({}); too few mirrors agree",
    ),
    # fork proofs
    "not-needed": ("no hace falta para esta prueba", "not needed for this proof"),
    "no-contradiction": ("las dos cabeceras no se contradicen", "the two heads do not contradict each other"),
}

OVERALL: dict[str, tuple[str, str]] = {
    "authentic": ("Auténtico: coincide con lo registrado", "Authentic: it matches what was recorded"),
    "altered": ("Alterado: {}", "Altered: {}"),
    "forked": (
        "Bifurcado: el registro firmó una historia que contradice a otra firmada o anclada",
        "Forked: the log signed a history that contradicts another one, signed or anchored",
    ),
    "unknown": ("No se pudo comprobar: {}", "Could not be checked: {}"),
}

NOT_ATTESTED = ("no atestado de forma independiente", "not independently attested")
