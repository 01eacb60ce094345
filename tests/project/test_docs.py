"""The documents say what the program does: reference pages, commands that are shown, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import docs
from huella import settings
from huella.records import kinds

ROOT = Path(__file__).resolve().parents[2]
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
PAGES = [*GUIDES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES += sorted(
    path for name in ("design", "spec", "reference") for path in (ROOT / "docs" / name).glob("*.md")
)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
BLOCK = re.compile(r"```(?:sh|console)\n(.*?)```", re.DOTALL)
SHOWN = re.compile(r"(?:^|\s|`)(?:\S*/bin/)?huella ([a-z]+(?:-[a-z]+)?)((?: [^`\n|;&]*)?)")
OPTION = re.compile(r"(?<=\s)(--[a-z-]+|-[a-z])(?=[\s=]|$)")


def headings(page: str) -> set[str]:
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    return {line[3:] for line in text.splitlines() if line.startswith("## ")}


def named(name: str, rest: str) -> str:
    """A command's whole name: `offer`, `network` and others are none without the word behind them."""
    families = ("offer", "network", "key", "erase", "witness", "ledger", "access", "watch")
    below = re.match(r" ([a-z][a-z-]*)", rest) if name in families else None
    return f"{name} {below[1]}" if below else name


def shown(text: str) -> Iterator[tuple[str, list[str]]]:
    """Commands in code blocks and in inline code, with their options."""
    texts = [*BLOCK.findall(text), *re.findall(r"`(huella [^`]+)`", BLOCK.sub("", text))]
    for part in texts:
        for line in part.replace("\\\n", " ").splitlines():
            for name, rest in SHOWN.findall(line.split("  #")[0]):
                yield named(name, rest), OPTION.findall(rest)


def test_the_reference_pages_are_what_the_code_says() -> None:
    assert docs.stale() == []


def test_every_command_has_its_heading() -> None:
    assert headings("commands.md") == {f"huella {command.name}" for command in docs.commands()}


def test_every_setting_has_its_heading() -> None:
    assert headings("settings.md") == {setting.name for setting in settings.TABLE}


def test_every_error_code_has_its_heading_and_is_unique() -> None:
    codes = [found.code for found in docs.error_classes()]
    assert len(codes) == len(set(codes))
    assert headings("errors.md") == set(codes)


def test_every_kind_has_its_heading() -> None:
    assert headings("kinds.md") == set(kinds.KINDS)


def test_a_page_that_was_changed_by_hand_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "FOLDER", tmp_path)
    docs.write()
    (tmp_path / "settings.md").write_text("## invented\n", encoding="utf-8")
    assert docs.stale() == ["settings.md"]
    assert docs.main(["--check"]) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_shown_exists_with_its_options(page: Path) -> None:
    known = {command.name: command for command in docs.commands()}
    found = list(shown(page.read_text(encoding="utf-8")))
    assert found
    for name, options in found:
        assert name in known, f"huella {name}"
        allowed = {word for parameter in known[name].parameters for word in parameter.written}
        assert set(options) <= allowed, f"huella {name} {options}"


def test_the_check_finds_an_option_that_does_not_exist() -> None:
    text = "```sh\nhuella show X --nothing\n```\n and `huella pdf A -o b.pdf`"
    assert list(shown(text)) == [("show", ["--nothing"]), ("pdf", ["-o"])]


def test_the_two_commands_of_the_readme_are_targets_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^make ([a-z]+)", readme, re.MULTILINE))
    assert {"demo", "test"} <= named
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in named)
