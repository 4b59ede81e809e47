"""What functions are called, and the numbers they take: x, p[0], p['a'], W[0, 1]."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from types import CodeType, MethodType
from typing import Any

from .trees import names

VARARGS, VARKEYWORDS = 0x04, 0x08
"""The flags of code that takes *args and **kwargs: inspect.CO_VARARGS and its like. (Importing inspect would take a fifth of
`import autograd`.)"""

OWN = __name__.partition(".")[0]


def name_of(f: Any) -> str:
    """What a message calls a function, or anything else that can be called."""
    f = f.func if isinstance(f, functools.partial) else f
    return getattr(f, "__name__", type(f).__name__)


def name_of_argument(f: Callable[..., Any], i: int) -> str:
    """What the argument at position `i` is called in a function; "" where its code does not tell.

    >>> name_of_argument(lambda x, *others: x, 0), name_of_argument(lambda x, *others: x, 3), name_of_argument(max, 0)
    ('x', 'others[2]', '')
    """
    f = _unwrapped(f)
    while isinstance(f, functools.partial):
        i += len(f.args)
        f = _unwrapped(f.func)
    if not hasattr(f, "__code__") and not isinstance(f, type):
        f = f.__call__  # type: ignore[operator]
    code = getattr(f, "__code__", None)
    if type(code) is not CodeType:
        return ""
    i += isinstance(f, MethodType)
    if i < code.co_argcount:
        return str(code.co_varnames[i])
    if code.co_flags & VARARGS:
        return f"{code.co_varnames[code.co_argcount + code.co_kwonlyargcount]}[{i - code.co_argcount}]"
    return ""


def takes_any_names(f: Any) -> bool:
    """Whether a function, or one that it was put around, takes `**others`, and so may read in which order they were given.

    >>> takes_any_names(lambda x, **others: x), takes_any_names(lambda x, *, rate: x)
    (True, False)
    """
    while f is not None:
        made_of = getattr(f, "func", None) if isinstance(f, functools.partial) else getattr(f, "__wrapped__", None)
        code = getattr(f, "__code__", None) or getattr(getattr(type(f), "__call__", None), "__code__", None)  # noqa: B004
        ours = str(getattr(f, "__module__", "")).partition(".")[0] == OWN  # a transform hands them on
        if type(code) is CodeType and code.co_flags & VARKEYWORDS and not ours:
            return True
        f = made_of
    return False


def _unwrapped(f: Any) -> Any:
    """The function that decorators were put around."""
    while hasattr(f, "__wrapped__"):
        f = f.__wrapped__
    return f


def input_names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """What each number in the arguments of a function is called; arg0, arg1, ... where the function does not tell.

    >>> input_names(lambda x, p: x, [1.0, {"a": [2.0, 3.0]}])
    ['x', "p['a'][0]", "p['a'][1]"]
    """
    return [found for i, arg in enumerate(args) for found in names(arg, name_of_argument(f, i) or f"arg{i}")]


def wanted_arguments(argnums: Any, argnames: Any) -> tuple[list[int | str], bool]:
    """The arguments to differentiate by, and whether one was asked for without a tuple around it."""
    if argnames is not None:
        if argnums != 0:
            raise ValueError(f"give argnums or argnames, and not both: {argnums!r} and {argnames!r}")
        single = not isinstance(argnames, (tuple, list))
        names = [argnames] if single else [*argnames]
        if not all(isinstance(name, str) for name in names):
            raise TypeError(f"argnames is the name of an argument, or several in a tuple, and this is {argnames!r}")
        return names, single
    single = not isinstance(argnums, (tuple, list))
    wanted = [argnums] if single else list(argnums)
    for i in wanted:
        if isinstance(i, bool) or not isinstance(i, int):
            raise TypeError(
                f"argnums is the number of an argument, or several in a tuple, and this is {argnums!r}: for the gradient at x "
                "it is grad(f)(x)"
            )
    return wanted, single


def as_given(
    f: Callable[..., Any], wanted: Sequence[int | str], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None
) -> list[int | str]:
    """The arguments to differentiate by as they were given: by position, as numbers from 0; by keyword, as names."""
    found: list[int | str] = []
    for i in wanted:
        if isinstance(i, str):
            by_position = [k for k in range(len(args)) if name_of_argument(f, k) == i]
            if not by_position and i not in (kwargs or {}):
                raise ValueError(f"argnames asks for {i!r}, and {name_of(f)} was given no argument of this name")
            found += by_position or [i]
        elif not -len(args) <= i < len(args):
            raise ValueError(
                f"argnums asks for argument {i} of {name_of(f)}, numbered from 0, and {len(args)} were given by position: "
                "those to differentiate by are given without their names, or by `argnames`"
            )
        else:
            found.append(i % len(args))
    if len({*found}) < len(found) or not found:
        raise ValueError(f"argnums names each argument once, and at least one, and this is {tuple(wanted)!r}")
    return found
