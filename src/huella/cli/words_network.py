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
        "{url}: bloque {height} (hace {age} s), {peers} pares, hash común {hash}, {anchored} anclados, {agrees}",
        "{url}: block {height} ({age} s old), {peers} peers, shared hash {hash}, {anchored} entries anchored, {agrees}",
    ),
    "network-agrees": ("coincide con el registro", "agrees with the registry"),
    "network-contradicts": ("CONTRADICE al registro", "CONTRADICTS the registry"),
    "network-uncompared": ("sin comparar con un registro", "not compared with a registry"),
    "network-nothing": ("el registro aún no ancló nada", "the registry has anchored nothing yet"),
    "network-stranger": (
        "{url}: bloque {height}, OTRA CADENA: identificador {chain}, primer bloque {first}",
        "{url}: block {height}, ANOTHER CHAIN: chain id {chain}, first block {first}",
    ),
    "network-strangers": (
        "BIFURCACIÓN: {count} de los nodos están en otra cadena",
        "FORKED: {count} of the nodes are on another chain",
    ),
    "network-one-chain": (
        "todos los nodos que responden tienen el mismo bloque {shared}",
        "all nodes that answer hold the same block {shared}",
    ),
    "network-forked": (
        "BIFURCACIÓN: los nodos no tienen el mismo bloque {shared}",
        "FORKED: the nodes do not hold the same block {shared}",
    ),
    "network-nobody": ("ningún nodo responde a todo lo preguntado", "no node answers all that was asked"),
    "network-validators-differ": (
        "los nodos no nombran los mismos validadores, o no los dicen",
        "the nodes do not name the same validators, or tell none",
    ),
    "network-validators": ("{count} validadores: {named}", "{count} validators: {named}"),
}
