"""Frauds on a procedure, after the close and the award, by somebody who may write into database and vault, has read
our source and derives everything again, but has no key. Every one is found and named."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table, Text

from attacks.procedure_stage import (
    ANDINA,
    AWARD,
    CLOSE,
    CUSCO_OFFER,
    FIRST,
    at,
    edited,
    inserted,
    named,
    quote,
    winner_of,
)
from attacks.thief import Thief, relink
from huella.errors import HuellaError, StoreError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.procedure import close, open_offers
from huella.records import canonical
from huella.store.tables import claims, closings, offers, procedures, submissions
from offer_cases import OPENING


@at("closed")
def test_the_best_offer_deleted_after_the_close(house: House, thief: Thief) -> None:
    stolen = thief.steal()
    thief.rewrite(relink(stolen[:ANDINA] + stolen[ANDINA + 1 :]))
    assert named(house, "entries", ANDINA).entry == ANDINA
    assert named(house, "claims", f"{FIRST}/1").column == "claim-in-log"


@at("closed")
def test_an_offer_added_after_the_close(house: House, thief: Thief) -> None:
    late = quote(house, "cusco", "1", label="late")
    stolen = thief.steal()
    one = stolen[CUSCO_OFFER].forged(lambda c: c.update(subject=late.offer.subject, sealed=late.offer.sealed))
    inserted(thief, one, len(stolen))
    assert named(house, "entries", len(stolen), "mac").entry == len(stolen)
    assert named(house, "offers", late.offer.subject)


@at("closed")
def test_an_offer_slipped_in_before_the_close(house: House, thief: Thief) -> None:
    late = quote(house, "cusco", "1", label="late")
    stolen = thief.steal()
    one = stolen[CUSCO_OFFER].forged(lambda c: c.update(subject=late.offer.subject, sealed=late.offer.sealed))
    inserted(thief, one, CLOSE)
    assert named(house, "entries", CLOSE).entry == CLOSE


@at("closed")
def test_an_offer_taken_out_of_the_closed_set(house: House, thief: Thief) -> None:
    def omit(content: dict[str, Any]) -> None:
        data = content["data"]
        data["claims"], data["ties"], data["count"] = data["claims"][1:], data["ties"][1:], 2

    code = canonical.decode(thief.steal()[ANDINA].record)["subject"]
    edited(thief, CLOSE, omit)
    assert named(house, "entries", CLOSE, "record/data/count").sealed == "3"
    assert "is omitted from the close" in named(house, "offers", code).message
    assert "count and root" in named(house, "entries", CLOSE, "count and root").message


@at("closed")
def test_an_offer_marked_as_withdrawn_in_the_table_of_claims(house: House, thief: Thief) -> None:
    thief.set(claims, claims.c.entry == ANDINA, withdrawn=True)
    one = named(house, "claims", f"{FIRST}/1", "withdrawn")
    assert (one.sealed, one.present) == ("False", "True")


@at("closed")
def test_the_close_itself_deleted_to_take_more_offers(house: House, thief: Thief) -> None:
    stolen = thief.steal()
    thief.rewrite(relink(stolen[:CLOSE]))
    assert named(house, "entries", f"{CLOSE}–{CLOSE + 1}").entry == CLOSE
    with pytest.raises(HuellaError) as caught:
        close(house, FIRST)
    assert caught.value.code in ("signer", "store")


@at("closed")
def test_an_envelope_destroyed_between_close_and_opening(house: House, thief: Thief) -> None:
    thief.remove(submissions, submissions.c.entry == ANDINA)
    outcomes = dict(open_offers(house, FIRST, OPENING[0]))
    code = house.journal.entries(ANDINA, ANDINA + 1)[0].subject
    assert isinstance(outcomes[code], StoreError)  # named at the opening too
    assert named(house, "submissions", ANDINA).column == "row"


@at("awarded")
def test_a_rivals_price_raised_in_what_was_opened(house: House, thief: Thief) -> None:
    edited(thief, 8, lambda c: c["data"]["disclosures"].reverse())
    assert named(house, "entries", 8, "record/data/disclosures").entry == 8


@at("awarded")
def test_the_ranking_changed(house: House, thief: Thief) -> None:
    edited(thief, AWARD, lambda c: c["data"]["ranking"][0]["places"][1].update(total="1.00"))
    one = named(house, "entries", AWARD, "record/data/ranking/0/places/1/total")
    assert one.present == "1.00"
    assert "is not what its rule gives" in named(house, "entries", AWARD, "its rule gives").message


@at("awarded")
def test_the_award_moved_to_another_bidder(house: House, thief: Thief) -> None:
    rival = canonical.decode(thief.steal()[AWARD].record)["data"]["inputs"][1]
    best = winner_of(thief)
    edited(thief, AWARD, lambda c: c["data"]["winners"][0].update(offer=rival, bidder="20100047218"))
    one = named(house, "entries", AWARD, "record/data/winners/0/offer")
    assert (one.sealed, one.present, one.entry) == (best, rival, AWARD)


@at("awarded")
def test_the_award_deleted(house: House, thief: Thief) -> None:
    stolen = thief.steal()
    thief.rewrite(relink(stolen[:AWARD]))
    assert named(house, "entries", AWARD).entry == AWARD


@at("awarded")
def test_the_award_said_to_be_deserted(house: House, thief: Thief) -> None:
    thief.set(procedures, procedures.c.number == FIRST, status="deserted")
    one = named(house, "procedures", FIRST, "status")
    assert (one.sealed, one.present) == ("awarded", "deserted")


@at("awarded")
def test_since_when_is_told_by_the_anchors_around_it(house: House, thief: Thief) -> None:
    edited(thief, AWARD, lambda c: c["data"]["winners"][0].update(total="1.00"))
    one = named(house, "entries", AWARD, "record/data/winners/0/total")
    own, after = one.between
    assert own is not None  # right at its own anchor
    assert own.time == "2026-11-25T23:00:01.000Z"
    assert after is None  # and wrong at this audit
    assert audit(house).first_affected == AWARD


@pytest.mark.slow
@at("awarded")
@pytest.mark.parametrize(
    "table", [procedures, closings, offers, claims, submissions], ids=lambda t: str(t.name)
)
def test_junk_of_another_type_in_any_column_is_named(house: House, thief: Thief, table: Table) -> None:
    if thief.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL refuses such a value itself")
    place = f"rowid = (SELECT min(rowid) FROM {table.name})"
    for column in (c.name for c in table.columns if not c.primary_key or isinstance(c.type, Text)):
        with thief.engine.begin() as connection:
            kept = connection.exec_driver_sql(f"SELECT {column} FROM {table.name} WHERE {place}").scalar_one()
            connection.exec_driver_sql(f"UPDATE {table.name} SET {column} = ? WHERE {place}", (b"\xff\x00",))
        assert not audit(house).clean, column
        with thief.engine.begin() as connection:
            put_back = f"UPDATE {table.name} SET {column} = ? WHERE {column} = ?"
            connection.exec_driver_sql(put_back, (kept, b"\xff\x00"))
    assert audit(house).clean
