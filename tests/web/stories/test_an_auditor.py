"""An auditor opens the audit page after somebody changed the database, and reads what was changed, and where."""

from __future__ import annotations

from decimal import Decimal

from playwright.sync_api import Browser, expect
from sqlalchemy import update

from huella.flow import watch
from huella.store import database
from huella.store.tables import orders
from web.site import FIRST
from web.stories.stage import Stage


def test_an_auditor_reads_the_findings_of_a_changed_database(
    stage: Stage, chromium: Browser, size: str
) -> None:
    page = stage.enters(chromium, size)
    rounds(stage)
    page.goto("/audit")
    expect(page.get_by_text("Nada contradice lo sellado.")).to_be_visible()
    with database.writing(stage.site.house.engine) as connection:
        changed = update(orders).where(orders.c.number == FIRST).values(total=Decimal("0.01"))
        assert connection.execute(changed).rowcount == 1
    rounds(stage)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Hay hallazgos")
    row = page.get_by_role("row").filter(has_text=f"Orden {FIRST}: total")
    expect(row).to_contain_text("alterado")
    expect(row).to_contain_text("no es lo que dicen los asientos")


def rounds(stage: Stage) -> None:
    """The watch looks at everything once."""
    house = stage.site.house
    found = watch.Watch(house, stage.site.folder / watch.FILE)
    for _ in range(6):
        found.round()
    found.save({})
