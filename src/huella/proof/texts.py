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
    # papers: only where the PDF is signed
    11: ("paper-signature", "la firma del PDF es de sus bytes", "the PDF's signature is of its bytes"),
    12: ("paper-additions", "nada cambió después de firmar", "nothing was changed after signing"),
    13: ("paper-signer", "firmó alguien aceptado", "somebody accepted signed it"),
    14: (
        "paper-certificate",
        "el certificado era válido y no estaba revocado",
        "the certificate was valid and not revoked",
    ),
    15: ("paper-time", "un sello de tiempo dice cuándo", "a time stamp says when"),
    16: ("paper-archive", "un sello de archivo conserva la prueba", "an archive time stamp keeps the proof"),
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
    "page-not-recorded": (
        "esta hoja habla del asiento, pero ningún asiento la nombra: sin una firma aceptada no vale por sí misma",
        "this page tells of the record, but no record names it: without an accepted signature it stands for nothing",
    ),
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
    "lost": (
        "perdido en la recuperación del {} (asientos {} a {})",
        "lost in the recovery of {} (entries {} to {})",
    ),
    "head-lost": (
        "esa cabecera se perdió en la recuperación del {}; pida la evidencia de nuevo al registro",
        "that head was lost in the recovery of {}; ask the registry for the evidence anew",
    ),
    "beyond-head": (
        "la firma es de una época terminada y va más allá de su última cabecera conocida ({} asientos, {})",
        "the signature is of an epoch that ended, and beyond its last known head ({} entries, {})",
    ),
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
    # 1, of a signed PDF alone
    "no-evidence": (
        "el PDF no trae evidencia: solo se comprobó su firma",
        "the PDF brings no evidence: only its signature was checked",
    ),
    # 1, of a PDF without signature
    "none-attached": (
        "el PDF no lleva evidencia adjunta; dé también su archivo .huella.json",
        "no evidence is attached to the PDF; give its .huella.json file too",
    ),
    # 11 to 16
    "paper-library": (
        "hace falta instalar huella[sign] para comprobar la firma del PDF",
        "huella[sign] must be installed to check the PDF's signature",
    ),
    "paper-unread": ("la firma del PDF no se pudo leer ({})", "the PDF's signature could not be read ({})"),
    "paper-unsigned": (
        "el PDF lleva un sello de tiempo, pero ninguna firma",
        "the PDF has a time stamp, but no signature",
    ),
    "no-papers": (
        "el archivo de confianza no nombra autoridades de firma",
        "the trust file names no authorities of signatures",
    ),
    "paper-signature-wrong": (
        "la firma del PDF es falsa: sus bytes no son los firmados",
        "the PDF's signature is false: its bytes are not those signed",
    ),
    "paper-signature-unsure": (
        "la firma del PDF no se pudo comprobar y no es de un firmante aceptado",
        "the PDF's signature could not be checked and is not an accepted signer's",
    ),
    "paper-coverage": (
        "la firma no abarca todo el documento firmado",
        "the signature does not cover the whole document it signs",
    ),
    "paper-alone": ("no se agregó nada después de la firma", "nothing was added after the signature"),
    "paper-added": (
        "después solo se agregaron sellos de tiempo, datos de validación o adjuntos",
        "only time stamps, validation data or attachments were added after it",
    ),
    "paper-changed": (
        "algo agregado después de la firma cambia lo que el PDF muestra ({})",
        "something added after the signature changes what the PDF shows ({})",
    ),
    "signer-known": ("firmó {}", "signed by {}"),
    "signer-unknown": (
        "el certificado de quien firmó no lleva a un firmante aceptado",
        "the certificate of who signed does not lead to an accepted signer",
    ),
    "signer-usage": (
        "el certificado no es para firmar documentos",
        "the certificate is not for signing documents",
    ),
    "certificate-revoked": (
        "el certificado de quien firmó está revocado",
        "the certificate of who signed is revoked",
    ),
    "certificate-expired": (
        "el certificado vence el {} y ningún sello prueba que se firmó dentro de su vigencia",
        "the certificate ends on {} and no time stamp proves a signature within its life",
    ),
    "algorithm-weak": ("la firma usa un algoritmo débil", "the signature uses a weak algorithm"),
    "no-revocation": (
        "falta saber si el certificado estaba revocado",
        "whether the certificate was revoked is not known",
    ),
    "certificate-unsure": (
        "el certificado no se pudo comprobar ({})",
        "the certificate could not be checked ({})",
    ),
    "no-time-stamp": ("la firma no lleva sello de tiempo", "the signature has no time stamp"),
    "stamped": ("existía el {}", "it existed on {}"),
    "stamp-wrong": (
        "el sello de tiempo es falso o es de otros bytes",
        "the time stamp is false or of other bytes",
    ),
    "stamp-unknown": (
        "el sello de tiempo no es de una autoridad aceptada",
        "the time stamp is not an accepted authority's",
    ),
    "stamp-revoked": ("la autoridad de sellado fue revocada", "the time-stamp authority was revoked"),
    "stamp-expired": (
        "el certificado de la autoridad de sellado no estaba vigente",
        "the time-stamp authority's certificate was out of its time",
    ),
    "stamp-unsure": (
        "el sello de tiempo no se pudo comprobar ({})",
        "the time stamp could not be checked ({})",
    ),
    "no-archive": ("no lleva sello de archivo", "it has no archive time stamp"),
    "archive-until": (
        "la prueba se conserva sola hasta el {}; antes hay que renovarla",
        "the proof keeps by itself until {}; it must be renewed before",
    ),
    "stamp-unproven": (
        "falta saber si la autoridad de sellado estaba revocada",
        "whether the time-stamp authority was revoked is not known",
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
    "lost": ("Emitido, {}", "Issued, {}"),
    "unknown": ("No se pudo comprobar: {}", "Could not be checked: {}"),
}

NOT_ATTESTED = ("no atestado de forma independiente", "not independently attested")

PARTS: dict[str, dict[str, tuple[str, str]]] = {
    "integrity": {
        "intact": ("Integridad: íntegro", "Integrity: intact"),
        "altered": ("Integridad: ALTERADO", "Integrity: ALTERED"),
        "unknown": ("Integridad: no se sabe", "Integrity: not known"),
    },
    "issuer": {
        "confirmed": ("Emisor: confirmado", "Issuer: confirmed"),
        "unattested": (
            "Emisor: el registro; no atestado de forma independiente",
            "Issuer: the registry; not independently attested",
        ),
        "refused": ("Emisor: RECHAZADO", "Issuer: REFUSED"),
        "forked": (
            "Emisor: RECHAZADO: firmó dos historias que se contradicen",
            "Issuer: REFUSED: it signed two histories that contradict each other",
        ),
        "lost": ("Emisor: el registro lo emitió y lo perdió", "Issuer: the registry issued it and lost it"),
        "unknown": ("Emisor: no se sabe", "Issuer: not known"),
    },
}
"""Two of the three answers of a verdict, by group and word; the state's is its check's own reason."""
