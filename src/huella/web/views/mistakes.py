"""What every problem document's `type` leads to: each code in words, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from huella import errors
from huella.errors import HuellaError
from huella.web.problems import status_of

WORDS: dict[str, tuple[str, str]] = {
    "huella": ("Un error que no es ninguno de los otros.", "An error that is none of the others."),
    "input": ("Algo de lo entregado está mal; `field` dice dónde.", "Something given is wrong; `field` says where."),
    "not-found": ("Lo que se pide no está aquí.", "What is asked for is not here."),
    "too-large": ("Se entregó más de lo que se recibe de una vez.", "More was given at once than is taken."),
    "access": ("Quien pregunta no puede tener esto.", "Who asks may not have this."),
    "not-signed-in": (
        "Falta una llave válida, una sesión o el segundo factor.",
        "There is no valid key, session or second factor.",
    ),
    "not-allowed": ("La llave o la persona no tiene este derecho.", "The key or the person has not this right."),
    "too-many": ("Se preguntó con demasiada frecuencia.", "It was asked too often."),
    "rule": (
        "El estado presente no lo permite; `rule` nombra la regla.",
        "The present state does not allow it; `rule` names the rule.",
    ),
    "proof": (
        "Una prueba, cabeza firmada o evidencia no tiene la forma debida.",
        "A proof, signed head or evidence file is not in its format.",
    ),
    "settings": ("Falta un ajuste o una llave del registro.", "A setting or key of the registry is missing."),
    "file": (
        "El sistema no deja leer o escribir un archivo o carpeta.",
        "The system does not let a file or folder be read or written.",
    ),
    "store": ("La base de datos no responde, o se contradice.", "The database does not answer, or contradicts itself."),
    "signer": (
        "El firmante se niega: la cabeza no continúa la última que firmó.",
        "The signer refuses: the head does not extend the last one that it signed.",
    ),
    "signing-unavailable": (
        "El documento no se puede firmar ahora; espera y se firmará.",
        "The paper cannot be signed now; it waits and will be.",
    ),
    "ledger": ("La cadena se negó, o no se le pudo preguntar.", "The chain refused or could not be asked."),
    "ledger-refused": ("El contrato o la red se negó.", "The contract or the network refused."),
    "ledger-unreachable": ("Ningún nodo respondió a tiempo.", "No node answered in time."),
    "witness-refused": ("Un testigo no firma la cabeza.", "A witness does not cosign the head."),
    "witness-unreachable": ("Un testigo no respondió.", "A witness gave no answer."),
    "source": ("Una base de datos vigilada no se puede leer.", "A watched database cannot be read."),
    "source-refused": (
        "Una base de datos vigilada no deja entrar a este usuario.", "A watched database does not let this user in.",
    ),
    "source-unreachable": ("Una base de datos vigilada no respondió.", "A watched database gave no answer."),
    "portal-unreachable": ("El portal de un registro no respondió.", "A registry's portal gave no answer."),
    "clock-drift": (
        "Los relojes del registro y de la cadena difieren demasiado.",
        "The registry's clock and the chain's are too far apart.",
    ),
}  # fmt: skip
OF_HTTP: dict[str, tuple[int, str, str]] = {
    "method": (405, "Esta dirección no se usa así.", "This address is not used so."),
    "http": (400, "La petición no se entiende.", "The request is not understood."),
    "internal": (500, "Un error del programa; quedó anotado.", "An error of the program; it was noted."),
}
"""Codes that are no class of the tree."""


def told() -> list[dict[str, Any]]:
    """Every code with its status, what it says in Spanish and English, what to do, and whether asking again helps."""
    ours = [
        {
            "code": each.code, "status": status_of(each), "es": WORDS[each.code][0],
            "en": WORDS[each.code][1], "advice": each.advice, "retryable": each.retryable,
        }
        for each in _tree(HuellaError)
    ]  # fmt: skip
    bare = errors.HuellaError.advice
    return ours + [
        {"code": code, "status": status, "es": spanish, "en": english, "advice": bare, "retryable": False}
        for code, (status, spanish, english) in OF_HTTP.items()
    ]


def _tree(above: type[HuellaError]) -> Iterator[type[HuellaError]]:
    yield above
    for each in above.__subclasses__():
        if each.__module__ == errors.__name__:  # others stay inside their room
            yield from _tree(each)
