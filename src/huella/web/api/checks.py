"""Checking over HTTP, for who cannot do it himself. The document never comes here: its hash does."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from huella.errors import InputError
from huella.flow import inquiry
from huella.web.answers import Answer
from huella.web.api import API
from huella.web.api.shapes import problems
from huella.web.house import HouseDep

router = APIRouter(prefix=API, tags=["verify"])
EVIDENCE_LIMIT = 2_000_000


class Question(BaseModel):
    """Exactly one of the three: a document's SHA-256 in hex, a verification code, or an evidence file's text."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"code": "7K3M-09QX-ZZ4T-B1C8"}, {"hash": "00" * 32}]},
    )

    hash: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    code: Annotated[str | None, Field(max_length=40)] = None
    evidence: Annotated[str | None, Field(max_length=EVIDENCE_LIMIT)] = None


@router.post("/verify", responses=problems(404, 422, 429))
def verify(house: HouseDep, question: Annotated[Question, Body()]) -> Response:
    """Check a hash, a code or an evidence file against this registry. Whoever trusts nobody checks the evidence file
    himself, offline: `huella verify`, or the portal's page, which does it in the browser."""
    given = [name for name in ("hash", "code", "evidence") if getattr(question, name) is not None]
    if len(given) != 1:
        raise InputError("give exactly one of hash, code and evidence", field="/")
    found: dict[str, Any]
    if question.hash is not None:
        found = inquiry.by_hash(house, question.hash)
    elif question.code is not None:
        found = inquiry.by_code(house, question.code)
    else:
        found = inquiry.by_evidence(house, question.evidence or "")
    return Answer({"asked": given[0], **found})
