"""What the commands of witnesses say, and the alarms of clocks, Spanish and English, by key."""

WITNESS: dict[str, tuple[str, str]] = {
    "witness-made": (
        "testigo {name} listo en {folder}; quien confíe en él necesita esta clave:",
        "witness {name} ready in {folder}; who trusts it needs this key:",
    ),
    "witness-knows": ("registros que conoce: {count}", "logs that it knows: {count}"),
    "witness-runs": (
        "testigo {name} en http://{host}:{port}/; SIGTERM lo termina",
        "witness {name} at http://{host}:{port}/; SIGTERM ends it",
    ),
    "witness-said": ("{status} {origin} {size}", "{status} {origin} {size}"),
    "witness-ended": ("testigo terminado", "witness ended"),
    "witness-log": (
        "{origin}: cabecera de {size} asientos, el {time}",
        "{origin}: head of {size} entries, {time}",
    ),
    "witness-nothing": ("{origin}: nada cofirmado todavía", "{origin}: nothing cosigned yet"),
    "witness-fork": ("BIFURCACIÓN guardada: {path}", "FORK kept: {path}"),
    "job-cosign": ("{count} cabeceras cofirmadas", "{count} heads cosigned"),
    "alarm": ("ALARMA: {message} [{code}]", "ALARM: {message} [{code}]"),
}
