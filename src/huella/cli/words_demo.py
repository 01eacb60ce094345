"""What the demonstration says, Spanish and English, by key."""

DEMO: dict[str, tuple[str, str]] = {
    "demo-offers": (
        "1. {number}: {count} proveedores sellan su respuesta cada uno en su máquina; el registro firma su constancia",
        "1. {number}: {count} suppliers seal their answers, each on its own machine; the register signs for each",
    ),
    "demo-sent": ("  {offer}  asiento {index}", "  {offer}  entry {index}"),
    "demo-close": (
        "2. Llega el plazo: el conjunto de {count} se cierra y se ancla; después se abre con la clave de apertura",
        "2. The deadline: the set of {count} is closed and anchored; then the opening key opens it",
    ),
    "demo-opened": ("  {count} abiertas", "  {count} opened"),
    "demo-award": (
        "3. La regla anunciada decide; cualquiera la vuelve a correr con el archivo exportado y el de confianza",
        "3. The announced rule decides; anybody runs it again with the exported file and the trust file alone",
    ),
    "demo-linked": (
        "4. La orden {order} lleva a la adjudicación y a cada oferta considerada; un proveedor comprueba la suya",
        "4. The order {order} leads to the award and to every offer considered; a supplier looks for its own",
    ),
    "demo-lowered": (
        "10. Alguien con acceso a la base de datos baja un precio de la oferta {offer}; la auditoría lo encuentra",
        "10. Somebody with the database's password lowers a price of the offer {offer}; the audit finds it",
    ),
    "demo-seal": ("5. Se sellan {count} órdenes y su vida", "5. {count} orders and their lives are sealed"),
    "demo-anchor": (
        "6. Se anclan {count} asientos en la cadena",
        "6. {count} records are anchored on the chain",
    ),
    "demo-papers": (
        "7. El papel: {count} órdenes en PDF, verificadas solo con el archivo de confianza",
        "7. The paper: {count} orders as PDF, verified with the trust file alone",
    ),
    "demo-audit": ("8. Auditoría de todo", "8. Everything is audited"),
    "demo-forge": (
        "9. Alguien con acceso a la base de datos cambia el total de {order}; la auditoría lo encuentra",
        "9. Somebody with the database's password changes the total of {order}; the audit finds it",
    ),
    "demo-restored": (
        "11. Las filas vuelven a decir lo registrado: la auditoría queda limpia",
        "11. The rows say again what was recorded: the audit is clean",
    ),
    "demo-wrong": ("11. La auditoría no quedó limpia", "11. The audit is not clean"),
    "demo-end": ("listo en {seconds} s", "done in {seconds} s"),
    "demo-next-receipt": (
        "       huella verify {receipt} --against {bundle} --trust {trust}",
        "      huella verify {receipt} --against {bundle} --trust {trust}",
    ),
    "demo-next-award": (
        "       huella verify-award {bundle} --trust {trust}",
        "      huella verify-award {bundle} --trust {trust}",
    ),
    "demo-next": (
        "ahora: abra {pdf} · huella show {order} --dir {folder} · huella audit --dir {folder}",
        "next: open {pdf} · huella show {order} --dir {folder} · huella audit --dir {folder}",
    ),
}
