"""The browser's side says what the verifier says, and what it is built of is pinned."""

from __future__ import annotations

import json

import browser
import browser_texts


def test_the_browsers_words_are_the_verifiers() -> None:
    assert browser_texts.OUT.read_text("utf-8") == browser_texts.written()


def test_every_package_has_a_digest_and_no_host() -> None:
    lock = json.loads((browser.CLIENT / "package-lock.json").read_text("utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages
    assert [name for name, one in packages.items() if "integrity" not in one or "resolved" in one] == []


def test_what_the_build_is_made_of_changes_its_digest() -> None:
    names = {path.name for path in browser.inputs()}
    assert {"package-lock.json", "vite.config.ts", "main.ts", "sw.js", "texts.json"} <= names
