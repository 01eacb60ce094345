"""The log at the root is the one that the checkpoint signs, in the addresses of tlog-tiles."""

from __future__ import annotations

import pytest

from huella.proof.checkpoint import parse_checkpoint
from huella.proof.merkle import Frontier
from huella.records.record import leaf_hash
from web.site import Site


def test_the_tiles_give_the_root_that_is_signed(reader: Site) -> None:
    head = parse_checkpoint(reader.client.get("/checkpoint").text)
    packed = reader.client.get(f"/tile/0/000.p/{head.size}").content
    tree = Frontier()
    tree.extend([packed[at : at + 32] for at in range(0, len(packed), 32)])
    assert (tree.size, tree.root()) == (head.size, head.root)


def test_the_bundle_of_entries_holds_the_records_whose_hashes_the_tile_has(reader: Site) -> None:
    size = parse_checkpoint(reader.client.get("/checkpoint").text).size
    packed = reader.client.get(f"/tile/entries/000.p/{size}").content
    hashes = reader.client.get(f"/tile/0/000.p/{size}").content
    for place in range(size):
        length = int.from_bytes(packed[:2], "big")
        assert leaf_hash(packed[2 : 2 + length]) == hashes[32 * place : 32 * place + 32]
        packed = packed[2 + length :]
    assert packed == b""


def test_a_tile_is_kept_for_ever(reader: Site) -> None:
    found = reader.client.get("/tile/0/000.p/3")
    assert "immutable" in found.headers["cache-control"]
    assert len(found.content) == 96
    assert found.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["0/000", "0/000.p/0", "0/000.p/256", "0/x000/000.p/3", "00/000.p/3", "6/000",
                                  "0/0", "0/001.p/1", "x/000", "0/000.p/255", "entries/000", "0/999"])  # fmt: skip
def test_what_is_not_signed_or_not_written_so_is_no_tile(reader: Site, path: str) -> None:
    assert reader.client.get(f"/tile/{path}").status_code == 404
