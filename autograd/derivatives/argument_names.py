"""What the numbers that a function takes are called in it: x, p[0], p['a'], W[0, 1]."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .trees import names

if TYPE_CHECKING:
    from ..compiler.program import Program


def name_of_argument(f: Callable[..., Any], i: int) -> str:
    """What the argument at position `i` is called in a function; "" where its code does not tell.

    >>> name_of_argument(lambda x, *others: x, 0), name_of_argument(lambda x, *others: x, 3), name_of_argument(max, 0)
    ('x', 'others[2]', '')
    """
    f = inspect.unwrap(f)
    while isinstance(f, functools.partial):
        i += len(f.args)
        f = inspect.unwrap(f.func)
    if not hasattr(f, "__code__") and not isinstance(f, type):
        f = f.__call__  # type: ignore[operator]
    code = getattr(f, "__code__", None)
    if code is None:
        return ""
    i += inspect.ismethod(f)
    if i < code.co_argcount:
        return str(code.co_varnames[i])
    if code.co_flags & inspect.CO_VARARGS:
        return f"{code.co_varnames[code.co_argcount + code.co_kwonlyargcount]}[{i - code.co_argcount}]"
    return ""


def input_names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """What each number in the arguments of a function is called; arg0, arg1, ... where the function does not tell.

    >>> input_names(lambda x, p: x, [1.0, {"a": [2.0, 3.0]}])
    ['x', "p['a'][0]", "p['a'][1]"]
    """
    return [found for i, arg in enumerate(args) for found in names(arg, name_of_argument(f, i) or f"arg{i}")]


def with_captured_named(program: Program, arguments: int) -> Program:
    """The program with a label on every input after those of its arguments: what it has from outside, "captured 0", ..."""
    if program.inputs == arguments:
        return program
    named = list(program.instructions)
    for i in range(arguments, program.inputs):
        if not named[i].label:
            named[i] = named[i]._replace(label=f"captured {i - arguments}")
    return replace(program, instructions=named)
