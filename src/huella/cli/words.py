"""What the command line says, Spanish and English, by key."""

from huella.cli.words_demo import DEMO
from huella.cli.words_keep import KEEP
from huella.cli.words_ledger import LEDGER
from huella.cli.words_mirror import MIRROR
from huella.cli.words_network import NETWORK
from huella.cli.words_offers import OFFER_LABELS, OFFERS
from huella.cli.words_paper import PAPER
from huella.cli.words_watch import WATCH, WATCH_LABELS
from huella.cli.words_witness import WITNESS

WORDS: dict[str, tuple[str, str]] = {
    **OFFERS,
    **KEEP,
    **MIRROR,
    **DEMO,
    **LEDGER,
    **NETWORK,
    **PAPER,
    **WITNESS,
    **WATCH,
    "made": ("creado: {name}", "made: {name}"),
    "unchanged": (
        "el registro en {folder} ya está completo; nada cambió",
        "the registry in {folder} is complete; nothing changed",
    ),
    "ready": (
        "registro listo en {folder}; clave del registro: {key}",
        "registry ready in {folder}; log key: {key}",
    ),
    "sealing": ("sellando", "sealing"),
    "anchoring": ("anclando", "anchoring"),
    "auditing": ("auditando", "auditing"),
    "imported": (
        "{file} ({form}): {read} leídas, {sealed} selladas, {known} ya conocidas, {refused} rechazadas",
        "{file} ({form}): {read} read, {sealed} sealed, {known} known already, {refused} refused",
    ),
    "refused-row": ("  fila {row}, campo {field}: {reason}", "  row {row}, field {field}: {reason}"),
    "refused-row-whole": ("  fila {row}: {reason}", "  row {row}: {reason}"),
    "warned-row": (
        "  aviso, fila {row}, campo {field}: {reason}",
        "  note, row {row}, field {field}: {reason}",
    ),
    "warned-row-whole": ("  aviso, fila {row}: {reason}", "  note, row {row}: {reason}"),
    "asserted": (
        "según el operador, sin firma de la parte",
        "asserted by the operator, not signed by the party",
    ),
    "late": (
        "       {days} días de retraso, penalidad {penalty}",
        "       {days} days late, penalty {penalty}",
    ),
    "more": ("  … y {count} más", "  … and {count} more"),
    "refused-file": ("filas rechazadas en {path}", "refused rows are in {path}"),
    "batch": (
        "lote {first}–{last}: bloque {block}, transacción {transaction}",
        "batch {first}–{last}: block {block}, transaction {transaction}",
    ),
    "recalled": (
        "ALARMA: la cadena ya no guarda el lote {first}–{last}; se ancla otra vez",
        "ALARM: the chain no longer holds batch {first}–{last}; it is anchored again",
    ),
    "waiting": ("en espera: {message}", "waiting: {message}"),
    "anchored": ("asientos anclados en la cadena: {size}", "entries anchored on the chain: {size}"),
    "written": ("escrito: {path} ({size} bytes)", "written: {path} ({size} bytes)"),
    "alert-failed": (
        "la alerta no salió por {what}: {why}",
        "the alert did not go out by {what}: {why}",
    ),
    "watch-found": (
        "HALLAZGO {cls} · {table}/{row}/{column}: {message}",
        "FOUND {cls} · {table}/{row}/{column}: {message}",
    ),
    "watch-resolved": (
        "resuelto {cls} · {table}/{row}/{column}: {message}",
        "resolved {cls} · {table}/{row}/{column}: {message}",
    ),
    "watch-unsaved": (
        "no se pudo guardar hasta dónde llegó la vigilancia: {why}",
        "how far the watch has come could not be kept: {why}",
    ),
    "audit-clean": (
        "limpio: {entries} asientos, {anchored} anclados ({batches} lotes), {orders} órdenes, {disclosures} sellos",
        "clean: {entries} entries, {anchored} anchored ({batches} batches), {orders} orders, {disclosures} seals",
    ),
    "audit-waiting": (
        "sin alteraciones, pero algo no se pudo comparar todavía",
        "nothing altered, but something could not be compared yet",
    ),
    "audit-found": (
        "hallazgos: {count}; primer asiento afectado: {first}",
        "findings: {count}; first entry affected: {first}",
    ),
    "finding": ("{cls} · {table}/{row}/{column}: {message}", "{cls} · {table}/{row}/{column}: {message}"),
    "finding-values": (
        "      sellado: {sealed}\n      presente: {present}",
        "      sealed:  {sealed}\n      present: {present}",
    ),
    "error": ("error: {message}", "error: {message}"),
    "internal": (
        "error interno: {kind}: {message} (con HUELLA_DEBUG=1 se ve dónde)",
        "internal error: {kind}: {message} (HUELLA_DEBUG=1 shows where)",
    ),
    "advice": ("       {advice} [{code}]", "       {advice} [{code}]"),
    "status": ("estado", "status"),
    "stats-head": ("{entries} asientos, {anchored} anclados", "{entries} entries, {anchored} anchored"),
    "exported": ("{count} filas exportadas a {path}", "{count} rows exported to {path}"),
    "give-trust": (
        "  (con --trust ARCHIVO se dice en qué claves y en qué contrato se confía)",
        "  (--trust FILE says which keys and which contract you trust)",
    ),
    "own-evidence": (
        "  (esta evidencia no habla del PDF, pero el PDF trae la suya: verifíquelo solo)",
        "  (this evidence does not speak of the PDF, but the PDF brings its own: verify it alone)",
    ),
}

LABELS: dict[str, tuple[str, str]] = {
    **OFFER_LABELS,
    **WATCH_LABELS,
    "entity_ruc": ("RUC entidad", "entity RUC"),
    "supplier_ruc": ("RUC proveedor", "supplier RUC"),
    "agreement": ("acuerdo marco", "agreement"),
    "catalogue": ("catálogo", "catalogue"),
    "shape": ("tipo de entrega", "delivery shape"),
    "published_at": ("publicada", "published"),
    "accepted_at": ("aceptada", "accepted"),
    "total": ("total", "total"),
    "by_status": ("por estado", "by status"),
    "by_shape": ("por tipo de entrega", "by delivery shape"),
    "by_catalogue": ("por acuerdo marco", "by agreement"),
    "by_department": ("por departamento", "by department"),
    "by_month": ("por mes", "by month"),
    "published": ("PUBLICADA", "published"),
    "accepted": ("ACEPTADA", "accepted"),
    "rejected": ("RECHAZADA", "rejected"),
    "paid": ("PAGADA", "paid"),
    "terminated": ("RESUELTA", "terminated"),
    "annulled": ("NULA", "annulled"),
    "pending": ("ENTREGA PENDIENTE", "pending"),
    "delivered": ("CONFORMIDAD PENDIENTE", "delivered"),
    "conformed": ("PAGO PENDIENTE", "conformed"),
    "classic": ("un destino, una entrega", "classic"),
    "package": ("paquete", "package"),
    "partial": ("entregas parciales", "partial"),
    "multi_destination": ("varios destinos", "multi-destination"),
    "combined": ("combinada", "combined"),
    "tampered": ("ALTERADO", "tampered"),
    "foreign": ("AJENO", "foreign"),
    "forked": ("BIFURCADO", "forked"),
    "behind": ("pendiente", "behind"),
    "noted": ("a saber", "noted"),
    "unreachable": ("sin respuesta", "unreachable"),
}
