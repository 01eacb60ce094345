"""Frauds on a procedure, while offers come, by somebody who may write into database and vault, has read
our source and derives everything again, but has no key. Every one is found and named."""

from __future__ import annotations

import pytest

from attacks.procedure_stage import (
    ANDINA,
    CUSCO_OFFER,
    FIRST,
    REQUIREMENT,
    ROSA,
    at,
    edited,
    inserted,
    named,
    quote,
    request,
)
from attacks.thief import Thief, relink
from cast import Clock
from huella.errors import HuellaError, RuleError
from huella.flow.house import House
from huella.flow.procedure import case, close
from huella.records import canonical, offer, offer_file
from huella.store.tables import closings, disclosures, entries, offers, procedures, submissions


@at("open")
def test_a_lower_price_put_into_ones_own_envelope(house: House, thief: Thief) -> None:
    cheaper = offer_file.write(offer.offer_file(quote(house, "cusco", "1"), request(house)))
    thief.set(submissions, submissions.c.entry == CUSCO_OFFER, body=cheaper)
    one = named(house, "submissions", CUSCO_OFFER)
    assert (one.cls, one.column, one.entry) == ("tampered", "body", CUSCO_OFFER)
    assert "/sealed differs" in one.message


@at("open")
def test_a_rivals_envelope_spoiled_and_all_digests_kept(house: House, thief: Thief) -> None:
    body = canonical.decode(thief.read(submissions, submissions.c.entry == ANDINA)[0]["body"])
    body["envelopes"]["opening"] = body["envelopes"]["opening"][:-8] + "AAAAAAAA"
    thief.set(submissions, submissions.c.entry == ANDINA, body=canonical.encode(body))
    assert "envelopes are not those that came" in named(house, "submissions", ANDINA).message


@at("open")
def test_the_envelopes_of_two_offers_swapped(house: House, thief: Thief) -> None:
    first, second = (thief.read(submissions, submissions.c.entry == n)[0] for n in (ANDINA, ROSA))
    for row, other in ((first, second), (second, first)):
        thief.set(submissions, submissions.c.entry == row["entry"], body=other["body"], mac=other["mac"])
    assert {named(house, "submissions", n).entry for n in (ANDINA, ROSA)} == {ANDINA, ROSA}


@at("open")
def test_an_envelope_destroyed(house: House, thief: Thief) -> None:
    thief.remove(submissions, submissions.c.entry == ANDINA)
    one = named(house, "submissions", ANDINA)
    assert one.column == "row"
    assert one.between[0] is not None  # it was there when it was anchored


@at("open")
def test_an_envelope_kept_for_an_offer_that_never_came(house: House, thief: Thief) -> None:
    row = thief.read(submissions)[0]
    thief.put(submissions, entry=REQUIREMENT, body=row["body"], mac=row["mac"])
    assert "no offer's" in named(house, "submissions", REQUIREMENT).message


@at("open")
def test_a_rivals_tie_destroyed_so_that_no_close_can_claim_it(
    house: House, thief: Thief, clock: Clock
) -> None:
    thief.remove(disclosures, disclosures.c.index == ANDINA)
    assert named(house, "disclosures", ANDINA).column == "/requirement"
    assert "nobody can say" in named(house, "offers", None, "nobody").message
    clock.forward(days=3)
    with pytest.raises(RuleError) as caught:
        close(house, FIRST)
    assert caught.value.rule == "tie-kept"


@at("open")
def test_an_offer_hidden_from_the_table_that_lists_the_days_offers(
    house: House, thief: Thief, clock: Clock
) -> None:
    code = house.journal.entries(ANDINA, ANDINA + 1)[0].subject
    thief.remove(offers, offers.c.code == code)
    assert named(house, "offers", code).column == "row"
    clock.forward(days=3)
    close(house, FIRST)
    assert [claim.index for claim in case(house, FIRST).life.claims] == [ANDINA, CUSCO_OFFER, ROSA]


@at("open")
def test_an_offer_deleted_from_the_log_before_the_close(house: House, thief: Thief, clock: Clock) -> None:
    stolen = thief.steal()
    thief.rewrite(relink(stolen[:ANDINA] + stolen[ANDINA + 1 :]))
    assert named(house, "entries", ANDINA).entry == ANDINA
    clock.forward(days=3)
    with pytest.raises(HuellaError):
        close(house, FIRST)
    assert case(house, FIRST).life.status == "open"


@at("open")
def test_an_offer_whose_columns_say_it_is_none(house: House, thief: Thief, clock: Clock) -> None:

    thief.set(entries, entries.c.index == ANDINA, kind="operator.acted")
    assert named(house, "entries", ANDINA, "kind").sealed == "offer.received"
    clock.forward(days=3)
    close(house, FIRST)
    assert ANDINA in [claim.index for claim in case(house, FIRST).life.claims]


@at("open")
def test_a_rivals_withdrawal_forged(house: House, thief: Thief) -> None:
    stolen = thief.steal()
    gone = stolen[ANDINA].forged(lambda c: c.update(kind="offer.withdrawn"))
    inserted(thief, gone, len(stolen))
    one = named(house, "entries", len(stolen), "mac")
    assert one.message == "the row was not written by the sealing process"


@at("open")
def test_an_offer_replaced_in_its_name(house: House, thief: Thief) -> None:
    dearer = quote(house, "andina", "9999", label="dear")
    stolen = thief.steal()
    given = stolen[ANDINA].forged(lambda c: c.update(kind="offer.replaced", sealed=dearer.offer.sealed))
    inserted(thief, given, len(stolen))
    assert named(house, "entries", len(stolen), "mac").cls == "tampered"


@at("open")
def test_an_offer_changed_where_it_stands(house: House, thief: Thief) -> None:
    dearer = quote(house, "andina", "9999", label="dear")
    edited(thief, ANDINA, lambda c: c.update(sealed=dearer.offer.sealed))
    one = named(house, "entries", ANDINA, "record/sealed//content")
    assert one.present == dearer.offer.sealed["/content"]


@at("open")
def test_two_suppliers_swapped(house: House, thief: Thief) -> None:
    stolen = thief.steal()
    bidders = [canonical.decode(stolen[n].record)["sealed"]["/bidder"] for n in (ANDINA, CUSCO_OFFER)]
    for index, bidder in zip((ANDINA, CUSCO_OFFER), reversed(bidders), strict=True):
        stolen[index] = stolen[index].forged(lambda c, b=bidder: c["sealed"].update({"/bidder": b}))  # type: ignore[misc]
    thief.rewrite(relink(stolen))
    assert named(house, "entries", ANDINA, "bidder").sealed == bidders[0]
    assert named(house, "entries", CUSCO_OFFER, "bidder").sealed == bidders[1]


@at("open")
def test_offers_put_into_another_order_to_win_a_tie(house: House, thief: Thief) -> None:
    stolen = thief.steal()
    stolen[ANDINA], stolen[CUSCO_OFFER] = stolen[CUSCO_OFFER], stolen[ANDINA]
    thief.rewrite(relink(stolen))
    assert named(house, "entries", ANDINA).entry == ANDINA


@at("open")
def test_an_offer_made_to_come_from_another_day(house: House, thief: Thief) -> None:
    edited(thief, ROSA, lambda c: c.update(recorded_at="2026-11-23T13:00:00.000Z"))
    one = named(house, "entries", ROSA, "record/recorded_at")
    assert one.present == "2026-11-23T13:00:00.000Z"
    assert "time runs against its order" in named(house, "entries", ROSA, "time runs").message


@at("open")
def test_the_closing_time_changed(house: House, thief: Thief) -> None:
    edited(thief, REQUIREMENT, lambda c: c["data"].update(closes_at="2026-11-24T01:00:00.000Z"))
    one = named(house, "entries", REQUIREMENT, "record/data/closes_at")
    assert (one.sealed, one.present) == ("2026-11-25T22:00:00.000Z", "2026-11-24T01:00:00.000Z")


@at("open")
def test_the_closing_time_changed_in_the_tables_people_read(house: House, thief: Thief) -> None:
    thief.set(procedures, procedures.c.number == FIRST, closes_at="2026-11-24T01:00:00.000Z")
    thief.set(closings, closings.c.requirement == FIRST, date="2026-11-23")
    assert named(house, "procedures", FIRST).column == "closes_at"
    assert named(house, "closings", f"{FIRST}/2026-11-23").column == "row"


@at("open")
def test_the_exchange_rate_altered(house: House, thief: Thief) -> None:
    edited(thief, REQUIREMENT, lambda c: c["data"]["rates"][0].update(rate="9.99"))
    one = named(house, "entries", REQUIREMENT, "record/data/rates/0/rate")
    assert (one.sealed, one.present) == ("3.75", "9.99")


@at("open")
def test_the_quantity_asked_for_altered(house: House, thief: Thief) -> None:
    edited(thief, REQUIREMENT, lambda c: c["data"]["products"][1].update(quantity="999"))
    assert named(house, "entries", REQUIREMENT, "record/data/products/1/quantity").sealed == "10"


@at("open")
def test_the_opening_key_exchanged_for_ones_own(house: House, thief: Thief) -> None:
    own = "age1grrsz0sdaetaejzhul4wnzwvdm9rl54npu6jn4sfu5tvazenpvhs74nhar"
    edited(thief, REQUIREMENT, lambda c: c["data"].update(opening_key=own))
    assert named(house, "entries", REQUIREMENT, "record/data/opening_key").present == own


@at("open")
def test_an_attached_specification_replaced(house: House, thief: Thief) -> None:
    edited(thief, REQUIREMENT, lambda c: c["sealed"].update({"/documents/0": "A" * 43}))
    one = named(house, "entries", REQUIREMENT, "record/sealed//documents/0")
    assert one.cls == "tampered"
    assert one.present == "A" * 43
