"""A database that answers and holds nothing: its file was lost, or another one is named."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from huella.errors import StoreError
from huella.store.database import connect, reading, writing
from huella.store.tables import entries


def test_a_database_with_nothing_in_it_is_told_as_lost(database_url: str) -> None:
    engine = connect(database_url)
    try:
        for opened in (reading, writing):
            with (
                pytest.raises(StoreError, match="the database is empty") as caught,
                opened(engine) as connection,
            ):
                connection.execute(select(entries)).all()
            assert "huella recover" in caught.value.advice
    finally:
        engine.dispose()
