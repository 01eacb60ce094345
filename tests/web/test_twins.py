"""A page and its JSON twin are of one value: what both tell of an order or a procedure is the same."""

from __future__ import annotations

from huella.flow import card, read, show, tender_card
from web.site import FIRST, REQUIREMENT, Site


def test_an_orders_page_tells_the_deliveries_and_records_of_its_twin(reader: Site) -> None:
    page, twin = card.order_card(reader.house, FIRST), read.show_order(reader.house, FIRST)
    assert page["status"] == twin["order"]["status"]
    assert page["token"] == twin["token"]
    for shown, told in zip(page["deliveries"], twin["deliveries"], strict=True):
        assert shown.items() >= told.items()
    for shown, told in zip(page["records"], twin["entries"], strict=True):
        assert shown.items() >= told.items()


def test_a_procedures_page_tells_what_its_twin_does_and_the_opened_offers(reader: Site) -> None:
    page, twin = (
        tender_card.procedure_card(reader.house, REQUIREMENT),
        show.show_procedure(reader.house, REQUIREMENT),
    )
    assert page["told"] == twin
    assert page["closed"]["count"] == len(twin["offers"]) == 2
    for shown, told in zip(page["offers"], twin["offers"], strict=True):
        assert shown.items() >= told.items()
        assert shown["bidder"] is not None
        assert page["codes"][told["leaf"]] == told["offer"]
