"""The checks of tools/check.py find what they are there for, and find nothing in this repository."""

import check

GOOD = "rich==15.0.0 \\\n    --hash=sha256:00\n"


def found(text: str, *wanted: str) -> str:
    return "\n".join(check.compare("x.lock", text, list(wanted)))


def test_the_lock_files_answer_what_the_project_asks_for() -> None:
    assert list(check.check_lock()) == []


def test_a_good_lock_passes() -> None:
    assert found(GOOD, "Rich>=14") == ""


def test_a_requirement_without_a_pin_is_found() -> None:
    assert "lacks typer" in found(GOOD, "rich", "typer>=0.16")


def test_a_pin_outside_the_range_is_found() -> None:
    assert "wanted is >=16" in found(GOOD, "rich>=16")


def test_a_pin_without_a_digest_is_found() -> None:
    assert "without a digest" in found("rich==15.0.0\n", "rich")


def test_an_address_in_the_lock_is_found() -> None:
    assert "holds an address" in found("--index-url https://example.com\n" + GOOD, "rich")


def test_a_registry_host_and_a_machine_folder_are_forbidden_in_files() -> None:
    assert check.FORBIDDEN.search("see https://" + check.HOSTS[0] + "/simple")
    assert check.FORBIDDEN.search("cp " + check.FOLDERS[0] + "main")
    assert not check.FORBIDDEN.search("src/work/main")
