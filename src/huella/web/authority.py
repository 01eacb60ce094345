"""What a development authority serves, at the addresses that its certificates name: lists, answers, certificates, time.

Only a registry that signs with one has them (`signatures.key = "development"`); elsewhere and on a mirror: not found.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from huella.flow.development import development
from huella.web.api.shapes import problems
from huella.web.body import read_bytes
from huella.web.house import HouseDep

router = APIRouter(tags=["authority"], prefix="/authority")
REQUEST_LIMIT = 16_384
"""Bytes of a request for a status or a time stamp; real ones have some hundred."""


@router.get("/{name}.crl", response_class=Response, responses=problems(404))
def revocation_list(house: HouseDep, name: Literal["root", "issuer"]) -> Response:
    """The revocation list (DER, RFC 5280) of the development authority's root or of its issuing authority."""
    lists = dict(zip(("root", "issuer"), development(house).crls(), strict=True))
    return Response(lists[name], media_type="application/pkix-crl")


@router.get("/{name}.cer", response_class=Response, responses=problems(404))
def certificate(house: HouseDep, name: Literal["root", "issuer", "signer", "timestamps"]) -> Response:
    """A certificate (DER) of the development authority."""
    return Response(development(house).certificate(name), media_type="application/pkix-cert")


@router.post("/ocsp", response_class=Response, responses=problems(404, 413))
def status(request: Request, house: HouseDep) -> Response:
    """Whether a certificate of the development authority is revoked (OCSP, RFC 6960, appendix A)."""
    found = development(house)
    return Response(found.ocsp(read_bytes(request, REQUEST_LIMIT)), media_type="application/ocsp-response")


@router.post("/tsa", response_class=Response, responses=problems(404, 413))
def time_stamp(request: Request, house: HouseDep) -> Response:
    """A time stamp of the development authority (RFC 3161, section 3.4): for trials, of no legal value."""
    found = development(house)
    return Response(found.stamp(read_bytes(request, REQUEST_LIMIT)), media_type="application/timestamp-reply")
