"""Options that several commands share: told once, as the fields of a dataclass, and spread over each command.

`given: Answer` in a command's parameters stands for one option a field of Answer, when `spread` is above it.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints


def spread(command: Callable[..., int]) -> Callable[..., int]:
    """The command with each parameter that is a dataclass replaced by its fields, as keywords of their own."""
    hints = get_type_hints(command, include_extras=True)
    bundles = {name: shape for name, shape in hints.items() if dataclasses.is_dataclass(shape)}

    @functools.wraps(command)
    def run(**values: Any) -> int:
        for name, shape in bundles.items():
            members = {field.name: values.pop(field.name) for field in dataclasses.fields(shape)}
            values[name] = shape(**members)  # type: ignore[operator]  # is_dataclass does not tell that it is a class
        return command(**values)

    made = list(_parameters(inspect.signature(command), hints, bundles))
    run.__signature__ = inspect.Signature(made, return_annotation=int)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in made} | {"return": int}
    del run.__wrapped__  # else the command's own signature is found behind it
    return run


def _parameters(
    signature: inspect.Signature, hints: dict[str, Any], bundles: dict[str, Any]
) -> Iterator[inspect.Parameter]:
    for name, own in signature.parameters.items():
        if name not in bundles:
            yield inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=own.default, annotation=hints[name]
            )
            continue
        members = get_type_hints(bundles[name], include_extras=True)
        for field in dataclasses.fields(bundles[name]):
            default = inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default
            yield inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=members[field.name]
            )
