"""What the commands of networks say, Spanish and English, by key."""

NETWORK: dict[str, tuple[str, str]] = {
    "network-generated": (
        "red de {count} validadores en {folder}; siga RUNBOOK.md; las claves son secretas",
        "network of {count} validators in {folder}; go on with RUNBOOK.md; the keys are secret",
    ),
    "network-starting": ("iniciando los nodos", "starting the nodes"),
    "network-up": (
        "{count} validadores en marcha, cadena {chain}, bloque {height}",
        "{count} validators run, chain {chain}, block {height}",
    ),
    "network-down": ("{count} validadores terminados", "{count} validators ended"),
    "network-node": (
        "{url}: bloque {height}, {peers} pares, hash compartido {hash}, {anchored} asientos anclados, {agrees}",
        "{url}: block {height}, {peers} peers, shared hash {hash}, {anchored} entries anchored, {agrees}",
    ),
    "network-agrees": ("coincide con el registro", "agrees with the registry"),
    "network-contradicts": ("CONTRADICE al registro", "CONTRADICTS the registry"),
    "network-uncompared": ("sin comparar con un registro", "not compared with a registry"),
    "network-one-chain": (
        "todos los nodos que responden tienen el mismo bloque {shared}",
        "all nodes that answer hold the same block {shared}",
    ),
    "network-forked": (
        "BIFURCACIÓN: los nodos no tienen el mismo bloque {shared}",
        "FORKED: the nodes do not hold the same block {shared}",
    ),
    "network-validators": ("{count} validadores: {named}", "{count} validators: {named}"),
}
