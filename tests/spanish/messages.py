"""Every message that the source can say, as templates: found in the syntax tree, wherever a message is given.

A message goes into an error's constructor, a refusal, a warning, a finding or a fault, itself or by a name, a branch, a
table, a function that returns it or one that takes it as a parameter. What none of these explains is listed as opaque,
so that nothing is left out silently.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parents[2] / "src" / "huella"
ROOT = "HuellaError"
GIVEN: dict[str, list[tuple[int | None, str]]] = {
    "Refusal": [(None, "reason")],
    "Warn": [(1, "reason")],
    "Fault": [(2, "message")],
    "Finding": [(7, "message")],
    "RowFinding": [(8, "message")],
    "Trouble": [(1, "message"), (2, "advice")],
    "BadParameter": [(0, "message")],
}
"""Other places of a message: the class and where they stand, by position and by name."""
METHODS = {"add": (2, "message"), "add_sealed": (1, "message")}
"""Methods of an audit's report that take one."""

Place = tuple[int | None, str]
Function = ast.FunctionDef | ast.Module


class Message(NamedTuple):
    """A template, with `{}` for each value, and where it is said."""

    template: str
    place: str


class Found(NamedTuple):
    """What one file says, and the expressions that could not be followed."""

    messages: tuple[Message, ...]
    opaque: tuple[str, ...]


def words(template: str) -> list[str]:
    """The words of three letters and more that a template has itself; without any it only joins its values."""
    return re.findall(r"[^\W\d_]{3,}", template.replace("{}", " "))


def collect() -> dict[str, Found]:
    """Each module of the source, as `flow/seal`, with its messages."""
    modules = {
        str(path.relative_to(SOURCE).with_suffix("")): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }
    errors = _errors(list(modules.values()))
    return {name: _Module(name, tree, errors).found() for name, tree in modules.items()}


def _errors(trees: list[ast.Module]) -> set[str]:
    """The names of the error tree's classes, wherever they are defined."""
    bases = [
        (node.name, {base.id for base in node.bases if isinstance(base, ast.Name)})
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    ]
    known = {ROOT}
    while fresh := {name for name, above in bases if above & known} - known:
        known |= fresh
    return known


class _Module:
    def __init__(self, name: str, tree: ast.Module, errors: set[str]) -> None:
        self._name = name
        self._tree = tree
        self._nodes = list(ast.walk(tree))
        self._above = {child: node for node in self._nodes for child in ast.iter_child_nodes(node)}
        self._functions = {node.name: node for node in self._nodes if isinstance(node, ast.FunctionDef)}
        self._taking: dict[str, list[Place]] = {each: [(0, "message"), (None, "advice")] for each in errors}
        self._taking |= {each: list(places) for each, places in GIVEN.items()}
        self._messages: list[Message] = []
        self._opaque: set[str] = set()

    def found(self) -> Found:
        """Read the module until no further function is known to take a message."""
        known = -1
        while known != len(self._taking):
            known = len(self._taking)
            self._messages, self._opaque = [], set()
            for node in self._nodes:
                for given in self._given(node):
                    self._say(given, node)
        return Found(tuple(self._messages), tuple(sorted(self._opaque)))

    def _given(self, node: ast.AST) -> Iterator[ast.expr]:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["advice"]:
            yield node.value
        if not isinstance(node, ast.Call):
            return
        for position, keyword in self._places(node.func):
            if position is not None and position < len(node.args):
                yield node.args[position]
            yield from (each.value for each in node.keywords if each.arg == keyword)

    def _places(self, called: ast.expr) -> list[Place]:
        if isinstance(called, ast.Attribute):
            if called.attr in METHODS and "report" in ast.unparse(called.value):
                return [METHODS[called.attr]]
            own = isinstance(called.value, ast.Name) and called.value.id in ("self", "cls", "errors", "typer")
            return self._taking.get(called.attr, []) if own else []
        return self._taking.get(called.id, []) if isinstance(called, ast.Name) else []

    def _say(self, given: ast.expr, at: ast.AST) -> None:
        place = f"{self._name}:{getattr(at, 'lineno', 0)}"
        self._messages += [Message(text, place) for text in self._texts(given, at, whole=True) if words(text)]

    def _texts(self, node: ast.expr, at: ast.AST, *, whole: bool) -> list[str]:
        """The texts that an expression can be; with `whole` it is a message, else a value inside one."""
        match node:
            case ast.Constant():
                return [_escaped(node.value)] if isinstance(node.value, str) else []
            case ast.JoinedStr():
                return [_template(node), *self._inside(node, at)]
            case ast.IfExp(body=one, orelse=other):
                return self._of([one, other], at, whole=whole)
            case ast.BoolOp(values=parts) | ast.Dict(values=parts):
                return self._of(parts, at, whole=whole)
            case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
                return self._named(name, at, whole=whole)
            case ast.Call() if returned := self._returned(node):
                return self._of(returned, returned[0], whole=whole)
        if whole:
            self._opaque.add(f"{self._name} {ast.unparse(node)}")
        return []

    def _of(self, parts: list[ast.expr], at: ast.AST, *, whole: bool) -> list[str]:
        return [text for part in parts for text in self._texts(part, at, whole=whole)]

    def _returned(self, call: ast.Call) -> list[ast.expr]:
        """What a function or method of this module returns, if that is a text."""
        function = self._functions.get(ast.unparse(call.func).removeprefix("self."))
        if function is None or function.returns is None or ast.unparse(function.returns) != "str":
            return []
        found = (each.value for each in ast.walk(function) if isinstance(each, ast.Return))
        return [value for value in found if value is not None]

    def _inside(self, node: ast.JoinedStr, at: ast.AST) -> Iterator[str]:
        """What stands in a message as a value and has words of its own: they need a Spanish entry too."""
        for part in node.values:
            if isinstance(part, ast.FormattedValue) and not isinstance(part.value, ast.Constant):
                yield from (text for text in self._texts(part.value, at, whole=False) if " " in text.strip())

    def _named(self, name: str, at: ast.AST, *, whole: bool) -> list[str]:
        function: ast.AST = at
        while not isinstance(function, ast.FunctionDef | ast.Module):
            function = self._above[function]
        for scope in (function, self._tree):
            found = [value for value, at_ in _assigned(scope, name) if at_ is not at]
            if found:
                return [text for value in found for text in self._texts(value, value, whole=whole)]
            if whole and isinstance(scope, ast.FunctionDef) and self._passed(scope, name):
                return []
        if whole:
            self._opaque.add(f"{self._name} {name}")
        return []

    def _passed(self, function: ast.FunctionDef, name: str) -> bool:
        """Whether a function takes its message from its caller; it is known to do so from then on."""
        names = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
        if name not in names:
            return False
        if function.name != "__init__":
            own = names[0] in ("self", "cls")
            self._taking.setdefault(function.name, [(names.index(name) - own, name)])
        return True


def _assigned(scope: ast.AST, name: str) -> Iterator[tuple[ast.expr, ast.AST]]:
    """What is assigned to a name in a function, or at the top of a module."""
    for node in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else ast.iter_child_nodes(scope):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name and node.value is not None:
            yield node.value, node
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if ast.unparse(target) == name:
                yield node.value, node
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=True)
                yield from ((value, node) for each, value in pairs if ast.unparse(each) == name)


def _template(node: ast.JoinedStr) -> str:
    parts = (_escaped(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return "".join(parts)


def _escaped(text: object) -> str:
    return str(text).replace("{", "{{").replace("}", "}}")
