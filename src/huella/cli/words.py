"""What the command line says, Spanish and English, by key."""

WORDS: dict[str, tuple[str, str]] = {
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
    "warned-row": (
        "  aviso, fila {row}, campo {field}: {reason}",
        "  note, row {row}, field {field}: {reason}",
    ),
    "more": ("  … y {count} más", "  … and {count} more"),
    "refused-file": ("filas rechazadas en {path}", "refused rows are in {path}"),
    "batch": (
        "lote {first}–{last}: bloque {block}, transacción {transaction}",
        "batch {first}–{last}: block {block}, transaction {transaction}",
    ),
    "anchored": ("{size} asientos anclados en la cadena", "{size} entries anchored on the chain"),
    "written": ("escrito: {path} ({size} bytes)", "written: {path} ({size} bytes)"),
    "audit-clean": (
        "limpio: {entries} asientos, {anchored} anclados ({batches} lotes), {orders} órdenes, {disclosures} sellos",
        "clean: {entries} entries, {anchored} anchored ({batches} batches), {orders} orders, {disclosures} seals",
    ),
    "audit-waiting": (
        "sin alteraciones, pero algo no se pudo comparar todavía",
        "nothing altered, but something could not be compared yet",
    ),
    "audit-found": (
        "{count} hallazgos; primer asiento afectado: {first}",
        "{count} findings; first entry affected: {first}",
    ),
    "finding": ("{cls} · {table}/{row}/{column}: {message}", "{cls} · {table}/{row}/{column}: {message}"),
    "finding-values": (
        "      sellado: {sealed}\n      presente: {present}",
        "      sealed:  {sealed}\n      present: {present}",
    ),
    "error": ("error: {message}", "error: {message}"),
    "error-field": ("error: {field}: {message}", "error: {field}: {message}"),
    "advice": ("       {advice}", "       {advice}"),
    "no-evidence": (
        "{file}: no lleva evidencia adjunta; dé también el archivo .huella.json",
        "{file}: no evidence is attached; give its .huella.json file too",
    ),
    "status": ("estado", "status"),
    "stats-head": ("{entries} asientos, {anchored} anclados", "{entries} entries, {anchored} anchored"),
    "exported": ("{count} filas exportadas a {path}", "{count} rows exported to {path}"),
}
