"""The portal's pages. Each has its JSON twin in the API."""

from __future__ import annotations

from huella.web.portal.start import router

__all__ = ["router"]
