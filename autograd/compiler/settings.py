"""What `compile` was told of a function."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from ..derivatives.argument_names import name_of, name_of_argument, takes_any_names
from ..derivatives.structures import opened
from ..runtime.threads import checked
from .arguments import STATIC


class Settings(NamedTuple):
    """The settings of a compiled function: see `compile`."""

    in_axes: Any = None
    reduce: Any = None
    stack: bool = False
    static_argnums: Any = ()
    static_argnames: Any = ()
    max_branches: int = 64
    strict: bool = False
    threads: int | None = None
    pickle_programs: bool = False

    def check(self) -> None:
        """ValueError for a setting that makes no sense."""
        for axis in _leaves(self.in_axes):
            if axis is not None and (axis != 0 or isinstance(axis, bool)):
                raise ValueError(f"in_axes has None for an argument that rows share, 0 for one that has rows: not {axis!r}")
        _check_reduce(self.reduce)
        for name in ("stack", "pickle_programs"):
            if getattr(self, name) not in (True, False):
                raise ValueError(f"{name} is True or False, and this is {getattr(self, name)!r}")
        for name, kind, what in (("static_argnums", int, "number"), ("static_argnames", str, "name")):
            given = getattr(self, name)
            if any(isinstance(one, bool) or not isinstance(one, kind) for one in _several(given)):
                raise ValueError(f"{name} is the {what} of an argument, or several in a tuple, and this is {given!r}")
        most = self.max_branches
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise ValueError(f"max_branches is a whole number of at least 1, and this is {most!r}")
        checked(self.threads)

    def given(self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str | None, Any, Any]]:
        """The arguments of a call as `Arguments` takes them: name, None where it was given by position; the argument; its axes.

        Those given by name are in the order of their names, whatever the call has, unless the function may read that.

        ValueError for axes of other arguments than were given.
        """
        numbers = _several(self.static_argnums)
        axes = self.in_axes if isinstance(self.in_axes, (tuple, list)) else ()
        names = [name_of_argument(f, i) for i in range(max([len(args), len(axes), *[i + 1 for i in numbers]]))]
        static: set[Any] = {*_several(self.static_argnames)}
        for i in numbers:
            static |= {i, names[i]} if i >= 0 else {i + len(args)}
        found = self._axes(f, names, len(args), kwargs)
        for i in range(len(args)):
            if i in static or (names[i] and names[i] in static):
                found[i] = STATIC
        found.update({name: STATIC for name in kwargs if name in static})
        by_position = [(None, arg, found.get(i)) for i, arg in enumerate(args)]
        by_name = [*kwargs.items()] if takes_any_names(f) else sorted(kwargs.items(), key=operator.itemgetter(0))
        return [*by_position, *[(name, arg, found.get(name)) for name, arg in by_name]]

    def _axes(self, f: Callable[..., Any], names: list[str], count: int, kwargs: dict[str, Any]) -> dict[int | str, Any]:
        """The axes of each argument, by its place or by the name that it was given with."""
        axes = self.in_axes
        if isinstance(axes, dict):
            found = {names.index(name) if name in names[:count] else name: axis for name, axis in axes.items()}
            for name in found:
                if isinstance(name, str) and name not in kwargs:
                    raise ValueError(f"in_axes tells of {name!r}, and {name_of(f)} was given no argument of this name")
            return found
        if not isinstance(axes, (tuple, list)):
            if axes is not None and kwargs and not count:
                raise ValueError(
                    f"in_axes={axes!r} is of arguments given by position, and {name_of(f)} was given none: of names tells a "
                    f"dict, as {dict.fromkeys(kwargs, 0)!r}"
                )
            return dict.fromkeys(range(count), axes)
        later = {name: axis for name, axis in zip(names[count:], axes[count:], strict=False) if name in kwargs}
        if len(axes) != count + len(later):
            raise ValueError(f"in_axes tells of {len(axes)} arguments, and {name_of(f)} was called with {count + len(later)}")
        return dict([*enumerate(axes[:count]), *later.items()])


def _several(setting: Any) -> tuple[Any, ...]:
    return tuple(setting) if isinstance(setting, (tuple, list)) else (setting,)


def _leaves(axes: Any) -> list[Any]:
    """The axes of all parts."""
    structure = opened(axes)
    if structure is not None:
        axes = [part for _, part in structure[1]]
    elif isinstance(axes, dict):
        axes = [*axes.values()]
    return [leaf for part in axes for leaf in _leaves(part)] if isinstance(axes, (tuple, list)) else [axes]


def has_rows(axes: Any) -> bool:
    """Whether a part of an argument with these axes has rows.

    >>> has_rows({"w": None, "x": (0, None)}), has_rows(None)
    (True, False)
    """
    return any(axis is not None for axis in _leaves(axes))


DEFAULT = Settings()


def _check_reduce(reduce: Any) -> None:
    ways = [way for way in (reduce if isinstance(reduce, tuple) else (reduce,)) if way is not None]
    if any(way not in ("sum", "mean") for way in ways) or len(set(ways)) > 1 or (isinstance(reduce, tuple) and not ways):
        raise ValueError(f'reduce is None, "sum" or "mean", or a tuple of None and one of them, and this is {reduce!r}')
    if isinstance(reduce, tuple) and reduce != (*ways, *[None] * (len(reduce) - len(ways))):
        raise ValueError(f"the parts of a result that are given for each row come last, and reduce is {reduce!r}")
