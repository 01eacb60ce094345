"""What the verification page needs to work without a network: its service worker, and the registry's trust file."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from huella.errors import NotFound
from huella.web.house import HouseDep
from huella.web.static import BUILT, FOLDER

router = APIRouter()
_WORKER = FOLDER / BUILT / "sw.js"


@router.get("/sw.js", include_in_schema=False)
def service_worker() -> FileResponse:
    """The service worker, from the root so that it may serve the verification page without a network."""
    if not _WORKER.exists():
        raise NotFound("the portal's program was not built on this machine", field="sw.js")
    return FileResponse(_WORKER, media_type="text/javascript")


@router.get("/trust.json", include_in_schema=False)
def trust_file(house: HouseDep) -> Response:
    """The trust file that this registry hands out: whom its own pages believe. Who does not believe the registry takes
    one from somebody else."""
    return Response(house.trust.encode(), media_type="application/json")
