"""What an administrator of a watched database can do to it, one test each: found and named, on each product.

They are done together where they do not touch one another, so that a scene is audited once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cast import anchored
from huella.flow.row_audit import RowFinding
from procurement import SQLITE_TRIGGER, System
from sources.conftest import settle, system_on, told, watched

PRODUCTS = ("streamed", "polled", "mariadb", "sqlite")
Act = Callable[[System], None]
Named = tuple[str, str, str, str]


@dataclass(frozen=True)
class Manipulation:
    """What is done, what must be named (on some products otherwise), the products on which it exists, and with which
    others it is done."""

    act: Act
    named: Named
    only: tuple[str, ...] = PRODUCTS
    scene: int = 0
    otherwise: Mapping[str, Named] = field(default_factory=dict)

    def on(self, product: str) -> Named:
        """What must be named on a product."""
        return self.otherwise.get(product, self.named)


def run(*statements: str) -> Act:
    def act(system: System) -> None:
        for statement in statements:
            system.run(statement)

    return act


def without_triggers(system: System) -> None:
    if system.at:
        system.run("SET session_replication_role = replica")
        system.run("UPDATE orden SET total = 1.00 WHERE id = 3")
        system.run("SET session_replication_role = DEFAULT")
    else:
        made = "CREATE TRIGGER orden_version BEFORE UPDATE ON orden FOR EACH ROW SET NEW.version = OLD.version + 1"
        system.run("DROP TRIGGER orden_version")
        system.run("UPDATE orden SET total = 1.00 WHERE id = 3")
        system.run(SQLITE_TRIGGER if system.product == "sqlite" else made)


def back_in_the_sequence(system: System) -> None:
    """The sequence is set back behind a gap that was made on purpose; InnoDB's cannot be: there the number is given."""
    if system.at:
        system.run("ALTER SEQUENCE adjudicacion_id_seq RESTART WITH 20")
        system.run("INSERT INTO adjudicacion (requerimiento_id, oferta_id, monto) VALUES (1, 1, 5)")
    else:
        system.run("INSERT INTO adjudicacion (id, requerimiento_id, oferta_id, monto) VALUES (20, 1, 1, 5)")


def late_row(system: System) -> None:
    system.run("INSERT INTO adjudicacion (id, requerimiento_id, oferta_id, monto) VALUES (40, 1, 1, 5)")


def clock_set_back(system: System) -> None:
    stamp = "2020-01-01 00:00:00+00" if system.at else "2020-01-01 00:00:00"
    system.run(
        "INSERT INTO requerimiento (codigo, entidad, ruc_entidad, creado_en) VALUES ('X', 'E', '20131257750', %s)",
        stamp,
    )


def swap_prices(system: System) -> None:
    system.run("UPDATE oferta SET precio = CASE id WHEN 3 THEN 105.00 ELSE 104.00 END WHERE id IN (3, 4)")
    system.run("UPDATE oferta SET precio = CASE id WHEN 3 THEN 777.00 ELSE 778.00 END WHERE id IN (3, 4)")


def restore(system: System) -> None:
    """Yesterday's backup of the table is loaded over it: what came since is gone."""
    system.run("CREATE TABLE copia AS SELECT * FROM item WHERE oferta_id <= 20")
    system.run("DELETE FROM item")
    system.run("INSERT INTO item SELECT * FROM copia")
    system.run("DROP TABLE copia")


def rename(system: System) -> None:
    system.run("ALTER TABLE adjudicacion RENAME COLUMN monto TO monto_adjudicado")


def retype(system: System) -> None:
    if system.product == "sqlite":  # has no statement for it: the table is made anew
        sql = str(system.ask("SELECT sql FROM sqlite_master WHERE name = 'adjudicacion'"))
        system.run("ALTER TABLE adjudicacion RENAME TO vieja")
        system.run(sql.replace("monto NUMERIC", "monto TEXT"))
        system.run("INSERT INTO adjudicacion SELECT * FROM vieja")
        system.run("DROP TABLE vieja")
        return
    form = "ALTER COLUMN monto TYPE numeric(12,3)" if system.at else "MODIFY monto decimal(12,3) NOT NULL"
    system.run(f"ALTER TABLE adjudicacion {form}")


def altering_trigger(system: System) -> None:
    if system.at:
        system.run(
            "CREATE FUNCTION baja() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.precio := 1; RETURN NEW; END $$"
        )
        system.run("CREATE TRIGGER baja BEFORE INSERT ON oferta FOR EACH ROW EXECUTE FUNCTION baja()")
    else:
        body = "BEGIN UPDATE oferta SET precio = 1 WHERE id = NEW.id; END"
        system.run(f"CREATE TRIGGER baja AFTER INSERT ON oferta {body}")


def recode(system: System) -> None:
    system.run("UPDATE item SET descripcion = 'ARTÃ\u008dCULO 1' WHERE oferta_id = 5 AND numero = 1")


def charset(system: System) -> None:
    system.run("ALTER TABLE item CONVERT TO CHARACTER SET latin1")


def change_and_back(system: System) -> None:
    """Between two polls: only the source's own log still knows."""
    system.run("UPDATE oferta SET precio = 1.00 WHERE id = 7")
    system.run("UPDATE oferta SET precio = 105.00 WHERE id = 7")


def replace_row(system: System) -> None:
    system.run("DELETE FROM item WHERE oferta_id = 8 AND numero = 2")
    system.run(
        "INSERT INTO item (oferta_id, numero, descripcion, cantidad, precio_unitario) VALUES (8, 2, 'OTRO', 2, 9.9)"
    )


def same_again(system: System) -> None:
    system.run("CREATE TEMPORARY TABLE una AS SELECT * FROM item WHERE oferta_id = 9 AND numero = 1")
    system.run("DELETE FROM item WHERE oferta_id = 9 AND numero = 1")
    system.run("INSERT INTO item SELECT * FROM una")


def replaced_table(system: System) -> None:
    system.run("ALTER TABLE item RENAME TO item_viejo")
    system.run("CREATE TABLE item (LIKE item_viejo INCLUDING ALL)")
    system.run("INSERT INTO item SELECT * FROM item_viejo")


def unlogged(system: System) -> None:
    """Out of the publication for as long as it takes."""
    system.run("ALTER PUBLICATION huella DROP TABLE oferta")
    system.run("UPDATE oferta SET precio = 5.00 WHERE id = 9")
    system.run("ALTER PUBLICATION huella ADD TABLE oferta")


def emptied(system: System) -> None:
    system.run("DELETE FROM item" if system.product == "sqlite" else "TRUNCATE item")


STREAMED, POLLED, ON_PG, ON_MARIA = (
    ("streamed",),
    ("polled", "mariadb", "sqlite"),
    ("streamed", "polled"),
    ("mariadb",),
)
WITH_TRIGGERS = ("streamed", "polled", "sqlite")
"""A user of MariaDB who may only read is not told of triggers."""
ON_SQLITE = {
    "an item moved to another offer's award": ("edited", "adjudicacion", "2", "oferta_id"),
    "an offer moved to another requirement": ("edited", "oferta", "3", "requerimiento_id"),
}
"""SQLite's structure is sealed as it is written, without its references as facts of their own."""
UPDATES = {
    "an offer's price edited": ("UPDATE oferta SET precio = 1.00 WHERE id = 3", ("edited", "oferta", "3", "precio")),
    "a supplier's name edited": ("UPDATE oferta SET proveedor = 'OTRO' WHERE id = 3",
                                 ("edited", "oferta", "3", "proveedor")),
    "an e-mail emptied": ("UPDATE oferta SET correo = NULL WHERE id = 4", ("edited", "oferta", "4", "correo")),
    "a space behind a text": ("UPDATE item SET descripcion = 'ARTÍCULO 1 ' WHERE oferta_id = 3 AND numero = 1",
                              ("edited", "item", "3,1", "descripcion")),
    "a letter composed otherwise": (
        "UPDATE item SET descripcion = 'ARTI\u0301CULO 2' WHERE oferta_id = 4 AND numero = 2",
        ("edited", "item", "4,2", "descripcion")),
    "a file put in another's place": ("UPDATE item SET ficha = 'otra' WHERE oferta_id = 2 AND numero = 2",
                                      ("edited", "item", "2,2", "ficha")),
    "an item moved to another offer's award": ("UPDATE adjudicacion SET oferta_id = 4 WHERE id = 2",
                                               ("moved", "adjudicacion", "2", "oferta_id")),
    "an offer moved to another requirement": ("UPDATE oferta SET requerimiento_id = 5 WHERE id = 3",
                                              ("moved", "oferta", "3", "requerimiento_id")),
    "an offer redated": ("UPDATE oferta SET presentada_en = '2026-01-01 00:00:00' WHERE id = 6",
                         ("redated", "oferta", "6", "presentada_en")),
    "a row deleted": ("DELETE FROM item WHERE oferta_id = 3 AND numero = 2", ("deleted", "item", "3,2", "row")),
}  # fmt: skip
MANIPULATIONS: dict[str, Manipulation] = {
    **{
        name: Manipulation(
            run(statement), named, otherwise={"sqlite": ON_SQLITE[name]} if name in ON_SQLITE else {}
        )
        for name, (statement, named) in UPDATES.items()
    },
    "an order updated with triggers disabled": Manipulation(without_triggers, ("unannounced", "orden", "3", "total")),
    "a row inserted behind a sequence set back": Manipulation(
        back_in_the_sequence, ("inserted", "adjudicacion", "20", "id")),
    "a row inserted with the clock set back": Manipulation(
        clock_set_back, ("backdated", "requerimiento", "13", "id")),
    "a row under another key": Manipulation(
        run("UPDATE orden SET adjudicacion_id = NULL WHERE id = 12", "UPDATE adjudicacion SET id = 900 WHERE id = 12"),
        ("rekeyed", "adjudicacion", "12", "id")),
    "prices of two offers swapped about": Manipulation(swap_prices, ("edited", "oferta", "4", "precio")),
    "yesterday's backup restored": Manipulation(restore, ("restored", "item", "*", "*"), scene=1),
    "a column renamed": Manipulation(rename, ("renamed", "adjudicacion", "*", "monto"), scene=1),
    "all prices shifted by a cent": Manipulation(
        run("UPDATE oferta SET precio = precio + 0.01"), ("shifted", "oferta", "*", "precio"), scene=1),
    "a column of another scale": Manipulation(retype, ("retyped", "adjudicacion", "*", "column monto"), scene=2),
    "a trigger that changes values on the way": Manipulation(
        altering_trigger, ("trigger", "oferta", "*", "trigger baja"), WITH_TRIGGERS, 2),
    "a trigger disabled": Manipulation(
        run("ALTER TABLE orden DISABLE TRIGGER orden_version"),
        ("trigger", "orden", "*", "trigger orden_version"), ON_PG, 1),
    "a text read in another character set": Manipulation(recode, ("recoded", "item", "5,1", "descripcion")),
    "a table converted to another character set": Manipulation(
        charset, ("retyped", "item", "*", "column descripcion"), ON_MARIA, 3),
    "a table emptied": Manipulation(
        emptied, ("truncated", "item", "*", "*"), scene=2),
    "a price changed and changed back between two polls": Manipulation(
        change_and_back, ("reverted", "oferta", "7", "precio"), STREAMED),
    "a row deleted and another one put in its place": Manipulation(
        replace_row, ("replaced", "item", "8,2", "descripcion"),
        otherwise=dict.fromkeys(POLLED, ("edited", "item", "8,2", "descripcion"))),
    "a row deleted and written again": Manipulation(same_again, ("rewritten", "item", "9,1", "row"), STREAMED),
    "a table put in another's place": Manipulation(replaced_table, ("swapped", "item", "*", "oid"), ON_PG, 3),
    "a change kept out of the log": Manipulation(unlogged, ("edited", "oferta", "9", "precio"), STREAMED),
    "an order deleted": Manipulation(run("DELETE FROM orden WHERE id = 7"), ("deleted", "orden", "7", "row")),
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """What an audit told of what was done together, and the same report once it was anchored."""

    told: set[Named]
    findings: tuple[RowFinding, ...]


@pytest.fixture(scope="session")
def play(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, int], Scene]:
    """A scene on a product, played once in a session."""

    @functools.cache
    def played(product: str, scene: int) -> Scene:
        acts = [m.act for m in MANIPULATIONS.values() if m.scene == scene and product in m.only]
        folder = tmp_path_factory.mktemp("scene")
        with system_on(product, request) as system, watched(system, folder) as (house, watch):
            if scene == 0:
                late_row(system)
                settle(watch)
            assert watch.audit().findings == []
            for act in acts:
                act(system)
            found = told(watch.audit())
            anchored(house)
            return Scene(found, tuple(watch.report().findings))

    return played


@pytest.mark.slow
@pytest.mark.parametrize(
    ("product", "name"),
    [
        pytest.param(p, n, marks=pytest.mark.postgresql if p in ON_PG else ())
        for p in PRODUCTS
        for n, m in MANIPULATIONS.items()
        if p in m.only
    ],
)
def test_it_is_found_and_named_between_two_anchors(
    product: str, name: str, play: Callable[[str, int], Scene]
) -> None:
    done = MANIPULATIONS[name]
    scene, wanted = play(product, done.scene), done.on(product)
    assert wanted in scene.told
    named = next(f for f in scene.findings if (f.cls, f.key, f.column) == (wanted[0], *wanted[2:]))
    assert named.between[1] is not None
    assert named.entry is None or named.seen >= named.entry


def test_there_are_twenty_five_manipulations_and_more() -> None:
    assert len(MANIPULATIONS) >= 25


def test_the_guide_says_what_is_found_on_which_product() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "watch.md").read_text(encoding="utf-8")
    missing = [row for row in map(guided, MANIPULATIONS) if row not in text]
    assert not missing, "\n".join(missing)


def guided(name: str) -> str:
    """The guide's row of a manipulation."""
    done = MANIPULATIONS[name]
    cells = (f"`{done.on(p)[0]}`" if p in done.only else "–" for p in PRODUCTS)
    return f"| {name} | {' | '.join(cells)} |"
