"""Modules that are loaded when something of them is first used.

Only for what is heavy and seldom needed. Type checkers and the rule about rooms see the ordinary import beside it:

    if TYPE_CHECKING:
        from huella.ledger import hsm
    else:
        hsm = later("huella.ledger.hsm")
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


def later(name: str) -> ModuleType:
    """The module of this full name, which is imported at the first look at something in it. Safe between threads."""
    return _Later(name)
