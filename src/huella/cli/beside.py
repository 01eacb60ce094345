"""The worker beside the server, for `serve --with-worker`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from huella.cli.work import failed
from huella.flow.house import House
from huella.flow.worker import Worker, jobs

PAUSE = 5.0
"""Seconds between two rounds."""


@contextmanager
def worker_beside(house: House) -> Iterator[None]:
    """The worker's rounds in a thread of their own, ended between two pieces of work."""
    stop = threading.Event()
    worker = Worker(house, jobs(), failed)

    def run() -> None:
        while not stop.is_set():
            worker.round(stop.is_set)
            stop.wait(PAUSE)

    thread = threading.Thread(target=run, name="worker")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
