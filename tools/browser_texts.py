"""Writes web-client/src/texts.json: the verifier's words and the Spanish of its messages, from the Python verifier's.

    browser_texts.py            writes the file
    browser_texts.py --check    1 where the file is not what would be written

A message is taken over where its English template stands as text in web-client/src; so both verifiers say the same.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from huella.proof import texts
from huella.spanish import catalogue

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "web-client" / "src"
OUT = SOURCES / "texts.json"
_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"')


def written() -> str:
    """The file's text."""
    value = {
        "names": {str(number): list(words) for number, words in texts.NAMES.items()},
        "reasons": {code: list(words) for code, words in texts.REASONS.items()},
        "overall": {word: list(words) for word, words in texts.OVERALL.items()},
        "not_attested": list(texts.NOT_ATTESTED),
        "messages": messages(),
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def messages() -> dict[str, str]:
    """English template to Spanish, of every template that the sources hold."""
    known = {english: spanish for room in catalogue.rooms().values() for english, spanish in room.items()}
    found = {
        text for path in sorted(SOURCES.rglob("*.ts")) for text in _TEXT.findall(path.read_text("utf-8"))
    }
    return {
        english: known[english].replace("{:w}", "{}")
        for english in sorted(found & known.keys())
        if plain(known[english]) and " " in english
    }


def plain(spanish: str) -> bool:
    """Whether the Spanish puts the values in their order, which is all that the browser's side can do."""
    return not re.search(r"\{[^}]", spanish.replace("{:w}", "{}"))


def main(arguments: list[str]) -> int:
    """Write, or compare."""
    if arguments == ["--check"]:
        same = OUT.exists() and OUT.read_text("utf-8") == written()
        if not same:
            print(f"{OUT.relative_to(ROOT)} is not current: python tools/browser_texts.py", file=sys.stderr)
        return 0 if same else 1
    OUT.write_text(written(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
