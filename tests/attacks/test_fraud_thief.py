"""Frauds on a procedure by somebody who may write into database and vault, has read our source and derives everything
again, but has no key. Every one is found and named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from attacks.procedure_stage import (
    ANDINA,
    AWARD,
    CLOSE,
    CUSCO_OFFER,
    FIRST,
    REQUIREMENT,
    ROSA,
    copied,
    named,
    quote,
    request,
    stage,
)
from attacks.thief import Stolen, Thief, relink
from cast import Clock
from huella.errors import HuellaError, RuleError, StoreError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.procedure import case, close, open_offers
from huella.records import canonical, offer, offer_file
from huella.store.tables import claims, closings, disclosures, entries, offers, procedures, submissions
from offer_cases import OPENING

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Clock]]:
    folders = {upto: tmp_path_factory.mktemp(upto) for upto in ("open", "closed", "awarded")}
    return {upto: (folder, stage(folder, upto)) for upto, folder in folders.items()}


@pytest.fixture
def clock(stages: dict[str, tuple[Path, Clock]], upto: str) -> Clock:
    return Clock(stages[upto][1].time)


@pytest.fixture
def house(stages: dict[str, tuple[Path, Clock]], upto: str, clock: Clock, tmp_path: Path) -> Iterator[House]:
    with copied(stages[upto][0], clock, tmp_path / "own") as opened:
        yield opened


@pytest.fixture
def thief(house: House) -> Iterator[Thief]:
    made = Thief(house)
    yield made
    made.close()


def at(upto: str) -> Any:
    """When the fraud is tried: the procedure is `open`, `closed` or `awarded`."""
    return pytest.mark.parametrize("upto", [upto], ids=[""])


def edited(thief: Thief, index: int, change: Change) -> None:
    """Change one record and derive everything again."""
    stolen = thief.steal()
    stolen[index] = stolen[index].forged(change)
    thief.rewrite(relink(stolen))


def inserted(thief: Thief, one: Stolen, place: int) -> None:
    stolen = thief.steal()
    thief.rewrite(relink([*stolen[:place], one, *stolen[place:]]))


def winner_of(thief: Thief) -> str:
    leaf: str = canonical.decode(thief.steal()[AWARD].record)["data"]["winners"][0]["offer"]
    return leaf


# ------------------------------------------------------------------------------------------------ while offers come


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


# ------------------------------------------------------------------------------------------------- after the close


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


# ------------------------------------------------------------------------------------------------- after the award


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
