"""The API: one router a family, all below /api/v1."""

from __future__ import annotations

API = "/api/v1"
"""What every route of the API begins with."""
