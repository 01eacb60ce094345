"""Registries made once and copied for each test: the folder, and on PostgreSQL the database as a template."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

import postgres
from cast import Clock, randomness, registry
from huella.flow.house import House, open_house
from huella.settings import FILE

Build = Callable[[House, Clock], object]


@dataclass(frozen=True)
class Staged:
    """A registry as it was left: its folder, the time, and its database's address where it is not in the folder."""

    folder: Path
    time: datetime
    url: str = ""

    @contextmanager
    def copied(self, folder: Path, clock: Clock, server: postgres.Server | None) -> Iterator[House]:
        """A copy of one's own, opened."""
        with self.moved(folder, server), open_house(folder, clock, randomness(str(folder))) as house:
            yield house

    @contextmanager
    def moved(self, folder: Path, server: postgres.Server | None) -> Iterator[str]:
        """A copy of one's own, closed; its database's address (empty: in the folder)."""
        shutil.copytree(self.folder, folder)
        if server is None:
            yield ""
            return
        with server.database(str(make_url(self.url).database)) as url:
            settings = folder / FILE
            settings.write_text(settings.read_text().replace(self.url, url))
            yield url


@dataclass
class Stage:
    """The stages of one worker process, by name; each begins where another one ended, or new."""

    folder: Path
    server: postgres.Server | None
    made: dict[str, Staged] = field(default_factory=dict)
    held: ExitStack = field(default_factory=ExitStack)

    def new(self, name: str, build: Build, clock: Clock, **settings: str | int) -> Staged:
        """A registry made from nothing."""
        if name not in self.made:
            folder = self.folder / name
            url = "" if self.server is None else self.held.enter_context(self.server.database())
            with registry(folder, url or None, clock, **settings) as house:
                build(house, clock)
            self.made[name] = Staged(folder, clock.time, url)
        return self.made[name]

    def later(self, name: str, before: Staged, build: Build) -> Staged:
        """A copy of a stage, in which more happened."""
        if name not in self.made:
            folder, clock = self.folder / name, Clock(before.time)
            url = self.held.enter_context(before.moved(folder, self.server))
            with open_house(folder, clock, randomness(name)) as house:
                build(house, clock)
            self.made[name] = Staged(folder, clock.time, url)
        return self.made[name]
