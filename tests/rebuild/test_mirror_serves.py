"""A mirror answers over HTTP like its original, takes no writing, and brings its verified head to a witness."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from cast import Clock, anchored, order, registry, sealed
from flow.test_witness import serving, trusting, witness
from huella.flow import cosign
from huella.flow.house import House
from huella.proof.checkpoint import parse_checkpoint
from huella.web.app import create_app
from rebuild.mirrors import assert_same, mirror

READ = ("/checkpoint", "/tile/0/000.p/2", "/api/v1/stats/totals", "/api/v1/openapi.json")


def client(house: House) -> TestClient:
    return TestClient(create_app(house), base_url="http://localhost:8000", raise_server_exceptions=False)


def test_a_served_mirror_answers_what_its_original_answers(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order(1), order(2))
        anchored(house)
        with mirror(tmp_path / "two", house, database=database_url) as copy:
            for path in READ:
                told, again = client(house).get(path), client(copy).get(path)
                assert (told.status_code, again.content) == (200, told.content), path
            assert "Este es un espejo" in client(copy).get("/").text
            assert "Este es un espejo" not in client(house).get("/").text


def test_a_served_mirror_refuses_a_bulk_hand_in(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order(1))
        anchored(house)
        with mirror(tmp_path / "two", house) as copy:
            found = client(copy).post("/api/v1/bulk", content="{}")
            assert (found.status_code, found.json()["code"]) == (403, "not-allowed")
            assert "this is a mirror" in found.text
            assert_same(house, copy)


def test_a_mirrors_verified_head_is_cosigned_by_a_witness(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order(1), order(2))
        anchored(house)
        with mirror(tmp_path / "two", house, database=database_url) as copy:
            clock = Clock(copy.now())
            own = witness(tmp_path, house, clock)
            with serving(own) as url:
                asking = trusting(copy, [url], own)
                assert list(cosign.cosign(asking)) == [(url, 2)]
                assert not cosign.due(asking)
            (kept,) = own.heads()
            assert (kept.origin, kept.size) == (house.trust.origin, 2)
            assert parse_checkpoint(kept.note).root == house.journal.head()[1]
