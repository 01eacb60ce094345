"""Checks 11 to 16 for the command line and the portal: whether a PDF is signed by somebody accepted."""

from __future__ import annotations

from datetime import datetime

from huella.documents import sign_lists
from huella.documents.sign_check import check
from huella.documents.sign_lists import TrustList
from huella.proof.trust import Trust
from huella.proof.verdict import Check


def check_paper(document: bytes, trusted: Trust | None, now: datetime) -> tuple[Check, ...]:
    """Checks 11 to 16 of a PDF by a trust file, as of `now`; empty where it is not signed. Nothing is fetched."""
    return check(document, None if trusted is None else trusted.papers, now)


def read_list(raw: bytes, operator: bytes, now: datetime) -> TrustList:
    """A trust list (ETSI TS 119 612), signed with the operator's certificate. InputError where it is not."""
    return sign_lists.read(raw, operator, now)
