"""Frauds on a procedure by the operator, who has every key and may change the program: while offers come, and
at the close. What he wants is sealed, signed and anchored, in tables that agree with it.

What the rules of the procedure forbid is named by the audit of anybody who has the records. Where only a supplier's
receipt, the count of unclaimed offers or nobody at all notices, the test says so.
"""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import orjson

import offer_cases as people
from attacks.procedure_stage import (
    ANDINA,
    DEADLINE,
    FIRST,
    OTHER,
    SECOND,
    Operator,
    at,
    closing,
    code,
    named,
    noted,
    quote,
    raw,
    request,
    supplier,
)
from cast import Clock, anchored
from huella.errors import RuleError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.procedure import cancel, case, close, decide_award, holds, open_offers, submit, verify_award
from huella.flow.publish import evidence_of
from huella.flow.seal import Sealed, seal
from huella.proof.checkpoint import parse_checkpoint
from huella.proof.verify import verify_fork
from huella.records import act, claims, disclosure, offer, offer_file
from huella.records.draft import Draft


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
    assert (
        "was not attested in time: anchored 1 hour 1 second after"
        in noted(house, "procedures", "attested").message
    )
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
