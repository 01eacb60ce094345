"""Frauds on a procedure by the operator, who has every key and may change the program: whatever he wants is sealed,
signed and anchored, in tables that agree with it.

What the rules of the procedure forbid is named by the audit of anybody who has the records. Where only a supplier's
receipt, the count of unclaimed offers or nobody at all notices, the test says so.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest

import offer_cases as people
from attacks.procedure_stage import (
    ANDINA,
    AWARD,
    CLOSE,
    CUSCO,
    CUSCO_OFFER,
    FIRST,
    OTHER,
    REQUIREMENT,
    ROSA,
    SECOND,
    Operator,
    copied,
    named,
    noted,
    quote,
    request,
    stage,
    supplier,
)
from cast import Clock, anchored, order
from huella.errors import RuleError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.procedure import cancel, case, close, decide_award, holds, open_offers, submit, verify_award
from huella.flow.publish import evidence_of
from huella.flow.seal import Sealed, seal
from huella.proof.checkpoint import parse_checkpoint
from huella.proof.verify import verify_fork
from huella.records import act, canonical, claims, disclosure, offer, offer_file
from huella.records.claims import Standing
from huella.records.draft import Draft
from huella.store.tables import submissions

DEADLINE = datetime(2026, 11, 25, 22, 0, 1, tzinfo=UTC)


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
def operator(house: House) -> Iterator[Operator]:
    made = Operator(house)
    yield made
    made.close()


def at(upto: str) -> Any:
    """When the fraud is tried: the procedure is `open`, `closed` or `awarded`."""
    return pytest.mark.parametrize("upto", [upto], ids=[""])


def code(house: House, index: int) -> str:
    return house.journal.entries(index, index + 1)[0].subject


def closing(house: House, *left_out: int, number: str = FIRST, **changes: Any) -> dict[str, Any]:
    """The data of a close of the stage's offers without some of them."""
    standings = []
    for name, index in (("andina", ANDINA), ("cusco", CUSCO_OFFER), ("rosa", ROSA)):
        if index not in left_out:
            entry = house.journal.entries(index, index + 1)[0]
            tie = quote(house, name).tie
            standings.append(Standing(entry.subject, entry.leaf.hex(), index, False, tie))
    closed = claims.closed_set(people.CLOSES_AT, standings)
    data: dict[str, Any] = msgspec.json.decode(canonical.encode(closed))
    return {**data, **changes}


def raw(operator: Operator, kind: str, data: dict[str, Any], number: str = FIRST) -> int:
    """A record in which even its own members need not agree; anchored."""
    of = {"data": data, "format": "huella/record/1", "kind": kind, "subject": number}
    index = operator.put_raw(kind, number, lambda place: canonical.encode({**of, **place}))
    anchored(operator.house)
    return index


# ------------------------------------------------------------------------------------------------ while offers come


@at("open")
def test_an_offer_omitted_from_the_close(house: House, operator: Operator, clock: Clock) -> None:
    clock.time = DEADLINE
    index = operator.put_record("offers.closed", FIRST, closing(house, ANDINA))
    anchored(house)
    one = named(house, "offers", code(house, ANDINA), "is omitted from the close")
    assert (one.entry, one.sealed_so) == (index, True)
    assert all(one.between)  # it was sealed between these two anchors
    assert holds(house, code(house, ANDINA), FIRST) == "omitted"  # and its supplier's receipt says so


@at("open")
def test_decoys_kept_and_only_the_winner_claimed(house: House, operator: Operator, clock: Clock) -> None:
    for price in ("1999", "1998", "1997"):
        decoy = quote(house, "cusco", price, label=price)
        assert isinstance(submit(house, [offer.offer_file(decoy, request(house))])[0], Sealed)
    clock.time = DEADLINE
    operator.put_record("offers.closed", FIRST, closing(house))
    close(house, SECOND)
    unclaimed = [f for f in audit(house).findings if "is omitted from the close" in f.message]
    assert len(unclaimed) == 3
    codes = [row["code"] for row in house.tenders.offers_on(["2026-11-25"])]
    day = claims.check_day("2026-11-25", codes, [case(house, n).life for n in (FIRST, SECOND)])
    assert (day.pending, len(day.unclaimed)) == (False, 3)  # anybody counts it from the public log


@at("open")
def test_an_offer_claimed_twice_in_one_close(house: House, operator: Operator, clock: Clock) -> None:
    clock.time = DEADLINE
    data = closing(house)
    data["claims"].append(data["claims"][0])
    data["ties"].append(data["ties"][0])
    raw(operator, "offers.closed", data)
    assert named(house, "entries", word="claims stand in the order").sealed_so


@at("open")
def test_an_offer_claimed_by_two_procedures(house: House, operator: Operator, clock: Clock) -> None:
    clock.time = DEADLINE
    close(house, FIRST)
    raw(operator, "offers.closed", closing(house), SECOND)
    assert "tie names another record" in named(house, "entries", word="rule tie-names-requirement").message


@at("open")
def test_a_count_that_hides_an_offer(house: House, operator: Operator, clock: Clock) -> None:
    clock.time = DEADLINE
    index = raw(operator, "offers.closed", closing(house, count=2))
    assert named(house, "entries", index, "count and root").sealed_so


@at("open")
def test_an_offer_of_another_requirement_claimed(house: House, operator: Operator, clock: Clock) -> None:
    clock.time = DEADLINE
    data = closing(house)
    entry = house.journal.entries(OTHER, OTHER + 1)[0]
    claim = {"offer": entry.subject, "leaf": entry.leaf.hex(), "index": OTHER, "withdrawn": False}
    index = raw(operator, "offers.closed", {**data, "claims": [*data["claims"], claim],
                                            "ties": [*data["ties"], data["ties"][0]]})  # fmt: skip
    assert named(house, "claims", f"{FIRST}/4", "claim-tied").entry == index


@at("open")
def test_an_older_offer_claimed_than_the_last_one(house: House, operator: Operator, clock: Clock) -> None:
    first = quote(house, "andina")
    better = offer.replace(
        request(house), supplier("andina", "x"), people.quotation(confidential=None), first,
        house.journal.entries(ANDINA, ANDINA + 1)[0].leaf.hex(),
    )  # fmt: skip
    assert isinstance(submit(house, [offer.offer_file(better, request(house))])[0], Sealed)
    clock.time = DEADLINE
    operator.put_record("offers.closed", FIRST, closing(house))
    assert "older record" in named(house, "claims", f"{FIRST}/1", "claim-last-record").message


@at("open")
def test_a_rival_flagged_as_withdrawn(house: House, operator: Operator, clock: Clock) -> None:
    clock.time = DEADLINE
    data = closing(house)
    data["claims"][0]["withdrawn"] = True
    operator.put_record("offers.closed", FIRST, data)
    assert named(house, "claims", f"{FIRST}/1", "claim-withdrawn").cls == "tampered"
    assert holds(house, code(house, ANDINA), FIRST) == "withdrawn"  # its supplier never said so


@at("open")
def test_closed_early(house: House, operator: Operator) -> None:
    index = operator.put_record("offers.closed", FIRST, closing(house))
    assert named(house, "entries", index, "rule close-after-deadline").sealed_so


@at("open")
def test_closed_early_with_a_clock_that_lies(house: House, operator: Operator, clock: Clock) -> None:
    early, clock.time = clock.time, DEADLINE
    operator.put_record("offers.closed", FIRST, closing(house))
    clock.time = early  # the chain's time is not his
    anchored(house)
    assert "before its deadline, by the chain's time" in named(house, "procedures", FIRST).message


@at("open")
def test_closed_late_to_wait_for_a_friend(house: House, operator: Operator, clock: Clock) -> None:
    clock.time = DEADLINE.replace(hour=23)
    assert "not sealed" in noted(house, "procedures", "deadline").message
    assert audit(house).exit_code == 3
    friend = quote(house, "cusco", "1", label="friend")
    assert isinstance(submit(house, [offer.offer_file(friend, request(house))])[0], Sealed)
    close(house, FIRST)
    close(house, SECOND)
    anchored(house)
    assert "was not attested in time: anchored 3601 s" in noted(house, "procedures", "attested").message
    assert audit(house).exit_code == 0


@at("open")
def test_the_closing_time_brought_forward(house: House, operator: Operator) -> None:
    data = {"closes_at": "2026-11-24T01:00:00.000Z", "effective_at": "2026-11-23T14:00:00.000Z"}
    index = operator.put_record("requirement.amended", FIRST, data)
    assert named(house, "entries", index, "rule close-only-postponed").sealed_so


@at("open")
def test_quantities_amended_when_offers_are_there(house: House, operator: Operator) -> None:
    terms = copy.deepcopy(people.REQUIREMENT["deliveries"])
    terms[0]["lines"][0]["quantity"] = "5"
    data = {"deliveries": terms, "effective_at": "2026-11-23T15:00:00.000Z"}
    index = operator.put_record("requirement.amended", FIRST, data)
    assert named(house, "entries", index, "rule amendment-keeps-quantities").sealed_so


@at("open")
def test_opened_before_the_close(house: House, operator: Operator) -> None:
    mine = quote(house, "andina")
    data = {"offer": code(house, ANDINA), "leaf": house.journal.entries(ANDINA, ANDINA + 1)[0].leaf.hex(),
            "disclosures": list(mine.public)}  # fmt: skip
    index = operator.put_record("offers.opened", FIRST, data)
    assert named(house, "entries", index, "rule offers.opened-from-closed-or-opened").sealed_so


@at("open")
def test_refused_as_late_in_time(house: House, operator: Operator) -> None:
    mine = quote(house, "cusco", "1800", label="refused")
    data = {"digest": offer_file.digest(mine.offer), "reason": "late", "requirement": FIRST}
    index = operator.put_record("offer.refused", mine.offer.subject, data)
    one = named(house, "entries", index, "refused as late while")
    assert (one.column, one.sealed_so) == ("record/data/reason", True)


@at("open")
def test_an_offer_held_back_until_it_is_late_is_noticed_by_nobody_but_its_supplier(
    house: House, clock: Clock
) -> None:
    mine = quote(house, "cusco", "1800", label="held back")  # sent in time, answered after the close
    clock.time = DEADLINE
    for number in (FIRST, SECOND):
        close(house, number)
    (outcome,) = submit(house, [offer.offer_file(mine, request_of_stage(mine))])
    assert isinstance(outcome, RuleError)
    anchored(house)
    assert audit(
        house
    ).clean  # not covered: the supplier got no receipt, and lodges a digest on the chain in time
    assert holds(house, mine.offer.subject, FIRST) == "omitted"


def request_of_stage(mine: Any) -> Any:
    """What an offer answered, as its supplier remembers it."""
    del mine
    made = people.requirement(rates=[{"currency": "USD", "rate": "3.75"}])
    return people.request(made)


@at("open")
def test_a_rivals_withdrawal_forged(house: House, operator: Operator, clock: Clock) -> None:
    forged = offer.withdraw(
        request(house), supplier("andina", "forged"), quote(house, "andina"),
        house.journal.entries(ANDINA, ANDINA + 1)[0].leaf.hex(),
    )  # fmt: skip
    index = operator.put_offer(forged)
    clock.time = DEADLINE
    close(house, FIRST)
    one = named(house, "submissions", index)  # no file that the offer's own key signed stands behind it
    assert (one.column, one.entry) == ("row", index)
    assert holds(house, code(house, ANDINA), FIRST) == "withdrawn"  # its supplier never said so


@at("open")
def test_an_offer_replaced_in_its_name(house: House, operator: Operator, clock: Clock) -> None:
    mine = msgspec.structs.replace(quote(house, "andina"))
    friend = quote(house, "cusco", "9999", label="bad")
    bad = msgspec.structs.replace(
        friend, tie=mine.tie,
        offer=msgspec.structs.replace(
            friend.offer, kind="offer.replaced", subject=mine.offer.subject,
            prev=house.journal.entries(ANDINA, ANDINA + 1)[0].leaf.hex(),
            sealed={**friend.offer.sealed, "/requirement": mine.offer.sealed["/requirement"]},
        ),
    )  # fmt: skip
    index = operator.put_record(
        "offer.replaced", bad.offer.subject, bad.offer.data, sealed=bad.offer.sealed,
        disclosures=(bad.tie,), prev=bad.offer.prev,
    )  # fmt: skip
    operator.keep(index, bad)
    clock.time = DEADLINE
    close(house, FIRST)
    outcome = dict(open_offers(house, FIRST, people.OPENING[0]))[code(house, ANDINA)]
    assert not isinstance(outcome, Sealed)  # it does not open: nobody but its supplier has its keys
    assert named(house, "submissions", index).column == "row"


@at("open")
def test_an_unanchored_offer_taken_back_out_of_the_log(
    house: House, operator: Operator, clock: Clock
) -> None:
    rival = quote(house, "cusco", "1500", label="late night")
    (receipt,) = submit(house, [offer.offer_file(rival, request(house))])
    assert isinstance(receipt, Sealed)
    before = evidence_of(house, receipt.index)
    operator.history(operator.steal()[: receipt.index])
    mine = quote(house, "andina", "1400", label="instead")
    assert isinstance(submit(house, [offer.offer_file(mine, request(house))])[0], Sealed)
    anchored(house)
    assert audit(house).exit_code == 0  # the chain had not seen it
    heads = [before.proof.checkpoint, parse_checkpoint(house.journal.head()[2] or "")]
    fork = orjson.dumps({"format": "huella/fork/1", "heads": [head.raw for head in heads]})
    assert verify_fork(fork, house.trust).overall == "forked"  # its supplier's receipt has


@at("open")
def test_an_offer_dated_back(house: House, operator: Operator) -> None:
    mine = quote(house, "cusco", "1500", label="dated")
    index = operator.put_offer(mine)
    stolen = operator.steal()
    stolen[index] = stolen[index].forged(lambda c: c.update(recorded_at="2026-11-23T13:59:59.000Z"))
    operator.history(stolen)
    anchored(house)
    assert "time runs against its order" in named(house, "entries", index, "time runs").message


@at("open")
def test_an_offer_of_another_day_replayed(house: House) -> None:
    other = quote(house, "other", number=SECOND)
    file = offer.offer_file(other, request(house, SECOND))
    (again,) = submit(house, [file])
    assert isinstance(again, RuleError)
    assert again.rule == "first-record"


@at("open")
def test_a_rivals_sealed_content_copied_under_another_name_loses_the_tie(
    house: House, operator: Operator, clock: Clock
) -> None:
    best, copied_one = quote(house, "andina"), quote(house, "cusco", "2000", label="copy")
    sealed = {**copied_one.offer.sealed, "/content": best.offer.sealed["/content"]}
    assert sealed != copied_one.offer.sealed
    bad = msgspec.structs.replace(copied_one, offer=msgspec.structs.replace(copied_one.offer, sealed=sealed))
    assert isinstance(submit(house, [offer.offer_file(bad, request(house))])[0], Sealed)
    clock.time = DEADLINE
    close(house, FIRST)
    outcome = dict(open_offers(house, FIRST, people.OPENING[0]))[bad.offer.subject]
    assert not isinstance(outcome, Sealed)  # his act is over another content
    decide_award(house, FIRST)
    winner = verify_award(house, FIRST).computed.winners[0]
    assert winner.bidder == people.ORGANISATION["ruc"]


@at("open")
def test_another_suppliers_name_with_ones_own_act_is_not_opened_as_his(house: House, clock: Clock) -> None:
    taken = people.andina("taken")
    mine = quote(house, "cusco", "1", label="taken")
    text = next(t for t in mine.public if disclosure.parse(t).pointer == "/bidder")
    value = {**disclosure.parse(text).value, "ruc": taken.party["ruc"], "name": taken.party["name"],
             "act": disclosure.parse(quote(house, "andina").public[0]).value["act"]}  # fmt: skip
    who = disclosure.make(b"0" * 16, "/bidder", value)
    of = msgspec.structs.replace(mine.offer, sealed={**mine.offer.sealed, "/bidder": disclosure.digest(who)})
    public = tuple(who if t == text else t for t in mine.public)
    bad = msgspec.structs.replace(mine, offer=of, public=public)
    assert isinstance(submit(house, [offer.offer_file(bad, request(house))])[0], Sealed)
    clock.time = DEADLINE
    close(house, FIRST)
    outcome = dict(open_offers(house, FIRST, people.OPENING[0]))[bad.offer.subject]
    assert isinstance(outcome, RuleError)
    assert outcome.rule == "offer-act"


@at("open")
def test_an_offer_in_a_rivals_name_pushes_his_own_aside_and_only_he_knows(house: House, clock: Clock) -> None:
    taken = offer.Supplier(people.andina().party, people.key(9), people.salts("taken"))
    junk = offer.compose(request(house), taken, people.quotation(confidential=None))
    assert isinstance(submit(house, [offer.offer_file(junk, request(house))])[0], Sealed)
    clock.time = DEADLINE
    close(house, FIRST)
    close(house, SECOND)
    open_offers(house, FIRST, people.OPENING[0])
    decide_award(house, FIRST)
    anchored(house)
    assert audit(house).clean  # not covered while the rival has no key on record; see the next test
    places = verify_award(house, FIRST).computed.ranking[0].places
    excluded = {place.offer: place.excluded for place in places}
    assert excluded[house.journal.entries(ANDINA, ANDINA + 1)[0].leaf.hex()] == "superseded"


@at("open")
def test_an_offer_in_the_name_of_a_rival_who_has_a_key_on_record_counts_for_nobody(
    house: House, clock: Clock
) -> None:
    assert isinstance(seal(house, [key_of_andina()])[0], Sealed)
    taken = offer.Supplier(people.andina().party, people.key(9), people.salts("taken"))
    junk = offer.compose(request(house), taken, people.quotation(confidential=None))
    assert isinstance(submit(house, [offer.offer_file(junk, request(house))])[0], Sealed)
    mine = quote(house, "andina", "1950", label="mine")
    assert isinstance(submit(house, [offer.offer_file(mine, request(house))])[0], Sealed)
    clock.time = DEADLINE
    close(house, FIRST)
    open_offers(house, FIRST, people.OPENING[0])
    places = verify_award(house, FIRST).computed.ranking[0].places
    assert [place.excluded for place in places if place.excluded] == ["superseded", "bidder_unknown"]
    assert places[0].offer == house.journal.of_subject(mine.offer.subject)[0].leaf.hex()


def key_of_andina() -> Draft:
    """What ties ANDINA to the key that its offers are signed with."""
    data = {"alg": "ed25519", "key": act.public(people.key(1)), "party": {"ruc": people.ORGANISATION["ruc"]},
            "effective_at": "2026-11-23T14:00:00.000Z"}  # fmt: skip
    return Draft(kind="key.authorised", subject="registry", data=data)


@at("open")
def test_an_offer_that_names_two_bidders_counts_for_none(house: House, clock: Clock) -> None:
    first = quote(house, "cusco", "1700", label="two")
    (sealed_first,) = submit(house, [offer.offer_file(first, request(house))])
    assert isinstance(sealed_first, Sealed)
    rival = offer.Supplier(people.andina().party, people.key(3), people.salts("rival"))
    second = offer.replace(
        request(house), rival, people.quotation(confidential=None), first, sealed_first.leaf.hex()
    )
    assert isinstance(submit(house, [offer.offer_file(second, request(house))])[0], Sealed)
    clock.time = DEADLINE
    close(house, FIRST)
    outcome = dict(open_offers(house, FIRST, people.OPENING[0]))[first.offer.subject]
    assert isinstance(outcome, RuleError)
    assert outcome.rule == "offer-one-bidder"


@at("open")
def test_the_procedure_cancelled_because_the_wrong_one_would_win(house: House) -> None:
    cancel(house, FIRST, "Sin presupuesto")
    anchored(house)
    assert audit(
        house
    ).clean  # not covered: it may be cancelled, and everybody sees that it was, and with which offers
    assert len(case(house, FIRST).life.claims) == 3


# ------------------------------------------------------------------------------------------------- after the close


@at("closed")
def test_an_offer_added_behind_the_close(house: House, operator: Operator) -> None:
    late = quote(house, "cusco", "1", label="late")
    index = operator.put_offer(late)
    one = named(house, "offers", late.offer.subject, "behind the close")
    assert (one.entry, one.sealed_so) == (index, True)


@at("closed")
def test_a_claimed_offer_lowered_behind_the_close(house: House, operator: Operator) -> None:
    lower = offer.replace(
        request(house), supplier("cusco", "low"), people.quotation(confidential=None), quote(house, "cusco"),
        house.journal.entries(CUSCO_OFFER, CUSCO_OFFER + 1)[0].leaf.hex(),
    )  # fmt: skip
    index = operator.put_offer(lower)
    assert "was changed behind the close" in named(house, "entries", index, "behind the close").message


@at("closed")
def test_a_second_close(house: House, operator: Operator) -> None:
    index = operator.put_record("offers.closed", FIRST, closing(house, ANDINA))
    assert named(house, "entries", index, "rule offers.closed-from-open").sealed_so


@at("closed")
def test_an_offer_opened_that_nobody_claimed(house: House, operator: Operator) -> None:
    late = quote(house, "cusco", "1", label="late")
    data = {"offer": late.offer.subject, "leaf": "ab" * 32, "disclosures": list(late.public)}
    index = operator.put_record("offers.opened", FIRST, data)
    assert named(house, "entries", index, "rule opened-is-claimed").sealed_so


@at("closed")
def test_ones_own_price_lowered_at_the_opening(house: House, operator: Operator) -> None:
    lower = quote(house, "cusco", "1500")
    index = opened(house, operator, CUSCO_OFFER, list(lower.public))
    one = named(house, "claims", f"{FIRST}/{code(house, CUSCO_OFFER)}", "opened")
    assert (one.entry, one.sealed_so) == (index, True)


@at("closed")
def test_a_rivals_price_raised_at_the_opening(house: House, operator: Operator) -> None:
    mine, dearer = quote(house, "andina"), quote(house, "andina", "9999")
    index = opened(house, operator, ANDINA, [*mine.public[:-2], *dearer.public[-2:]])
    assert named(house, "claims", f"{FIRST}/{code(house, ANDINA)}", "opened").entry == index


@at("closed")
def test_two_suppliers_swapped_at_the_opening(house: House, operator: Operator) -> None:
    first, second = quote(house, "andina"), quote(house, "cusco")
    opened(house, operator, ANDINA, [second.public[0], *first.public[1:]])
    assert "not what it sealed" in named(house, "claims", f"{FIRST}/{code(house, ANDINA)}").message


def opened(house: House, operator: Operator, index: int, texts: list[str]) -> int:
    """An offer opened with these disclosures."""
    entry = house.journal.entries(index, index + 1)[0]
    data = {"offer": entry.subject, "leaf": entry.leaf.hex(), "disclosures": texts}
    made = operator.put_record("offers.opened", FIRST, data)
    anchored(house)
    return made


@at("closed")
def test_an_unwelcome_offer_left_unopened(house: House) -> None:
    for each in open_data(house)[1:]:
        assert isinstance(seal(house, [each])[0], Sealed)
    decide_award(house, FIRST)
    anchored(house)
    one = noted(house, "claims", "nobody opened it")  # the audit is clean: it may be a broken envelope
    assert one.row == f"{FIRST}/{code(house, ANDINA)}"
    award = verify_award(house, FIRST).computed
    assert [p.excluded for p in award.ranking[0].places if p.excluded] == ["not_opened"]


def open_data(house: House) -> list[Draft]:
    """What opens the stage's offers."""
    drafts = []
    for name, index in (("andina", ANDINA), ("cusco", CUSCO_OFFER), ("rosa", ROSA)):
        entry = house.journal.entries(index, index + 1)[0]
        data = {
            "offer": entry.subject,
            "leaf": entry.leaf.hex(),
            "disclosures": list(quote(house, name).public),
        }
        drafts.append(Draft(kind="offers.opened", subject=FIRST, data=data))
    return drafts


@at("closed")
def test_an_envelope_spoiled_by_who_has_the_keys_leaves_the_offer_to_its_suppliers_copy(
    house: House, operator: Operator
) -> None:
    body = canonical.decode(operator.read(submissions, submissions.c.entry == ANDINA)[0]["body"])
    body["envelopes"]["opening"] = body["envelopes"]["opening"][:-8] + "AAAAAAAA"
    spoiled = canonical.encode(body)
    word = house.signer.mac_of_submission(ANDINA, spoiled)
    operator.set(submissions, submissions.c.entry == ANDINA, body=spoiled, mac=word)
    assert audit(house).clean  # not covered before the opening
    outcome = dict(open_offers(house, FIRST, people.OPENING[0]))[code(house, ANDINA)]
    assert not isinstance(outcome, Sealed)  # named at the opening
    assert isinstance(
        seal(house, open_data(house)[:1])[0], Sealed
    )  # its supplier's copy opens it all the same


# ------------------------------------------------------------------------------------------------- the award


def award(house: House) -> dict[str, Any]:
    """The data of the right award of the closed stage, its offers opened."""
    assert all(isinstance(done, Sealed) for _, done in open_offers(house, FIRST, people.OPENING[0]))
    data: dict[str, Any] = msgspec.json.decode(canonical.encode(verify_award(house, FIRST).computed))
    return data


@at("closed")
def test_the_award_given_to_another_bidder(house: House, operator: Operator) -> None:
    data = award(house)
    data["winners"][0].update(offer=data["inputs"][1], bidder=CUSCO["ruc"])
    index = operator.put_record("award.decided", FIRST, data)
    one = named(house, "entries", index, "record/data/winners/0/bidder")
    assert (one.sealed, one.present) == (people.ORGANISATION["ruc"], CUSCO["ruc"])
    assert not verify_award(house, FIRST).same


@at("closed")
def test_the_ranking_told_otherwise(house: House, operator: Operator) -> None:
    data = award(house)
    data["ranking"][0]["places"][1]["total"] = "99999.00"
    index = operator.put_record("award.decided", FIRST, data)
    assert named(house, "entries", index, "ranking/0/places/1/total").present == "99999.00"


@at("closed")
def test_an_excluded_offer_without_its_true_reason(house: House, operator: Operator) -> None:
    data = award(house)
    data["ranking"][0]["places"][2] = {"excluded": "restricted", "offer": data["inputs"][2]}
    index = operator.put_record("award.decided", FIRST, data)
    assert named(house, "entries", index, "ranking/0/places/2/excluded").sealed is None


@at("closed")
def test_the_award_decided_by_another_rule(house: House, operator: Operator) -> None:
    index = operator.put_record("award.decided", FIRST, {**award(house), "rule": "lowest_total"})
    assert named(house, "entries", index, "rule award-by-announced-rule").sealed_so


@at("closed")
def test_an_offer_left_out_of_the_award(house: House, operator: Operator) -> None:
    data = award(house)
    gone = data["inputs"].pop(0)
    data["winners"] = [{**data["winners"][0], "offer": data["inputs"][0]}]
    data["ranking"][0]["places"] = [p for p in data["ranking"][0]["places"] if p["offer"] != gone]
    index = operator.put_record("award.decided", FIRST, data)
    assert named(house, "entries", index, "rule award-considers-all-claims").sealed_so


@at("closed")
def test_an_award_before_anything_is_opened(house: House, operator: Operator) -> None:
    inputs = [claim.leaf for claim in case(house, FIRST).life.claims]
    places = [
        {"offer": leaf, "rank": n, "total": "1.00", "difference": "0.00"} for n, leaf in enumerate(inputs, 1)
    ]
    data = {"rule": "lowest_total_package", "version": 1, "currency": "PEN", "inputs": inputs,
            "ranking": [{"products": [1, 2], "places": places}]}  # fmt: skip
    index = operator.put_record("award.decided", FIRST, data)
    assert named(house, "entries", index, "rule award-after-opening").sealed_so


# ------------------------------------------------------------------------------------------------- the order


def won(house: House, **changes: Any) -> Draft:
    """The order that the award gave."""
    entry = house.journal.entries(AWARD, AWARD + 1)[0]
    winner = canonical.decode(entry.record)["data"]["winners"][0]
    money = {"sub_total": winner["total"], "vat": "0.00", "total": winner["total"]}
    items = [
        {"number": 1, "description": "LAPTOP", "quantity": "10", "unit_price": "2000", "amount": "20000.00"},
        {"number": 2, "description": "MOUSE", "quantity": "10", "unit_price": "35", "amount": "350.00"},
    ]
    delivery = {**order().data["deliveries"][0], **money, "shipping": "74.50",
                "lines": [{"item": 1, "quantity": "10"}, {"item": 2, "quantity": "10"}]}  # fmt: skip
    given: dict[str, Any] = {
        "entity": people.REQUIREMENT["entity"], "supplier": {k: people.ORGANISATION[k] for k in ("name", "ruc")},
        "contracting_type": "package", "delivery_type": "package", "items": items, "deliveries": [delivery],
        "hashlink": {"leaf": entry.leaf.hex(), "requirement": FIRST, "winner": 0}, **money, **changes,
    }  # fmt: skip
    return order(7, **given)


CHEATS: dict[str, dict[str, Any]] = {
    "link-same-supplier": {"supplier": {"name": CUSCO["name"], "ruc": CUSCO["ruc"]}},
    "link-same-entity": {"entity": {"code": 1335, "name": "OTRA", "ruc": "20131312955"}},
    "link-names-winner": {"hashlink": {"winner": 5}},
    "link-names-award": {"hashlink": {"leaf": "ab" * 32}},
    "link-same-products": {"quantity": "9"},
    "link-same-total": {"money": "20423.50"},
}


def cheated(house: House, rule: str) -> Draft:
    """An order that breaks one rule of its hashlink."""
    changes, data = dict(CHEATS[rule]), copy.deepcopy(won(house).data)
    if "hashlink" in changes:
        changes["hashlink"] = {**data["hashlink"], **changes["hashlink"]}
    if "quantity" in changes:
        data["items"][0]["quantity"] = data["deliveries"][0]["lines"][0]["quantity"] = changes.pop("quantity")
        data["items"][0]["amount"], data["deliveries"][0]["shipping"] = "18000.00", "2074.50"
    if "money" in changes:
        less = {"sub_total": changes["money"], "total": changes.pop("money")}
        data.update(less)
        data["deliveries"][0].update(less, shipping="73.50")
    return Draft(kind="order.published", subject="OCAM-2026-1335-7-0", data={**data, **changes})


@at("awarded")
def test_the_order_that_the_award_gave_is_taken(house: House) -> None:
    (outcome,) = seal(house, [won(house)])
    assert isinstance(outcome, Sealed), outcome
    anchored(house)
    assert audit(house).counts == {}


@at("awarded")
@pytest.mark.parametrize("rule", CHEATS)
def test_an_order_that_is_not_what_the_award_gave_is_refused_and_named(
    house: House, operator: Operator, rule: str
) -> None:
    draft = cheated(house, rule)
    (outcome,) = seal(house, [draft])
    assert isinstance(outcome, RuleError)
    assert outcome.rule == rule
    index = operator.put_record(draft.kind, draft.subject, draft.data)
    one = named(house, "orders", draft.subject, rule)
    assert (one.entry, one.sealed_so) == (index, True)
    assert REQUIREMENT < CLOSE < index
