"""An order's page; its JSON twin is /api/v1/orders/{number}."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from huella.flow.card import order_card
from huella.web.house import HouseDep, PagesDep
from huella.web.views import chain

router = APIRouter()


@router.get("/orders/{number}", response_class=HTMLResponse)
def order(request: Request, house: HouseDep, pages: PagesDep, number: str) -> HTMLResponse:
    """State now, deliveries, parties, products, timeline of records, token and proof. Nothing personal."""
    card = order_card(house, number.strip().upper()[:80])
    token = chain.token(house, request.app.state.chain, card["token"], bool(card["records"][0]["anchor"]))
    return pages.render(request, "order.html", card=card, held=token["held"], agreement=token["agreement"])
