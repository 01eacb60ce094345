"""The program in this process, and one small registry that tests read but do not change."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

import cast
from cli.program import FIRST, Posts, Ran, Run
from huella.cli import main
from huella.flow.paper import seal_orders


@pytest.fixture
def huella(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the program's own entry: arguments, exit code and both streams as in a shell, in English."""

    def run(*arguments: object, folder: Path | None = None, **variables: str) -> Ran:
        for name in [name for name in os.environ if name.startswith(("HUELLA_", "LC_", "LANG"))]:
            monkeypatch.delenv(name)
        where = {} if folder is None else {"HUELLA_DIR": str(folder)}
        for name, value in ({"HUELLA_LANG": "en"} | where | variables).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["huella", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main.run()
        out, err = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, out, err)

    return run


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with three anchored orders with papers; 2 is a natural person's, 3 has a formula for a name."""
    folder = tmp_path_factory.mktemp("kept")
    with cast.registry(folder, documents__order_pdf="sealing") as house:
        formula = cast.order(3, supplier={"ruc": "20100047641", "name": "=1+1"})
        seal_orders(house, [cast.order(1), cast.natural_order(2), formula])
        cast.anchored(house)
    return folder


@pytest.fixture
def own(kept: Path, tmp_path: Path) -> Path:
    """A copy of that registry, which a test may change."""
    return Path(shutil.copytree(kept, tmp_path / "own"))


@pytest.fixture
def paper(own: Path, tmp_path: Path, huella: Run) -> Path:
    """The PDF of the first order with its evidence attached."""
    path = tmp_path / "order.pdf"
    assert huella("pdf", FIRST, "-o", path, folder=own).code == 0
    return path


@pytest.fixture
def original(own: Path, tmp_path: Path, huella: Run) -> Path:
    """The PDF of the first order as it was registered, without evidence."""
    path = tmp_path / "original.pdf"
    assert huella("pdf", FIRST, "--original", "-o", path, folder=own).code == 0
    return path


@pytest.fixture
def evidence(own: Path, tmp_path: Path, huella: Run) -> Path:
    """The evidence file of the first order, its document disclosed."""
    path = tmp_path / "order.huella.json"
    assert huella("evidence", FIRST, "--disclose", "-o", path, folder=own).code == 0
    return path


@pytest.fixture
def receiver() -> Iterator[tuple[str, Posts]]:
    """A webhook on the loopback: its address, and what came."""
    posts: Posts = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.append((self.headers["X-Huella-Signature"], body))
            self.send_response(204)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", posts
    server.shutdown()
    thread.join()
    server.server_close()
