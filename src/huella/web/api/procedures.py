"""Procedures and offers as the public log tells them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from huella.flow import listing, receipt, show
from huella.web.answers import Answer, fixed
from huella.web.api import API
from huella.web.api.shapes import Filter, First, Limit, ProcedureShown, Requirements, Wanted, problems
from huella.web.house import HouseDep

router = APIRouter(prefix=API, tags=["procedures"])


@router.get("/requirements", response_model=Requirements, responses=problems(422))
def list_requirements(
    house: HouseDep,
    first: First = 0,
    limit: Limit = 100,
    status: Filter = None,
    entity: Filter = None,
    agreement: Filter = None,
) -> Response:
    """Procedures in the order of the log, a page at a time. Before its close nothing tells how many offers one has."""
    given = {"status": status, "entity": entity, "agreement": agreement}
    page = listing.procedures(house, first, limit, {name: value for name, value in given.items() if value})
    return Answer({"requirements": page.rows, "next": page.following})


@router.get("/requirements/{number}", response_model=ProcedureShown, responses=problems(404))
def get_requirement(house: HouseDep, number: Wanted) -> Response:
    """A procedure: its terms and records; after its close the offers that it claims; the award."""
    with house.moment():
        return Answer(show.with_erasures(house, show.show_procedure(house, number)))


@router.get("/requirements/{number}/bundle", response_class=Response, responses=problems(404, 503))
def get_bundle(request: Request, house: HouseDep, number: Wanted) -> Response:
    """Everything that is public of a procedure, each record with its evidence: what a supplier needs to seal an offer,
    and what anybody needs to compute the award again, offline."""
    body = receipt.bundle_of(house, number).encode()
    return fixed(request, body, "application/json", name=f"{number}.huella-bundle.json", forever=False)


@router.get("/offers/{code}", responses=problems(404, 422))
def get_offer(house: HouseDep, code: Wanted) -> Response:
    """An offer's records as anybody sees them: neither for which requirement, from whom, nor what."""
    with house.moment():
        return Answer(show.with_erasures(house, show.show_offer(house, code)))
