"""What `compile` was told of a function."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..runtime.threads import checked


class Settings(NamedTuple):
    """The settings of a compiled function: see `compile`."""

    in_axes: Any = None
    reduce: Any = None
    max_branches: int = 64
    strict: bool = False
    threads: int | None = None

    def check(self) -> None:
        """ValueError for a setting that makes no sense."""
        for axis in self.in_axes if isinstance(self.in_axes, (tuple, list)) else (self.in_axes,):
            if axis is not None and (axis != 0 or isinstance(axis, bool)):
                raise ValueError(f"in_axes has None for an argument that rows share, 0 for one that has rows: not {axis!r}")
        _check_reduce(self.reduce)
        most = self.max_branches
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise ValueError(f"max_branches is a whole number of at least 1, and this is {most!r}")
        checked(self.threads)


DEFAULT = Settings()


def _check_reduce(reduce: Any) -> None:
    ways = [way for way in (reduce if isinstance(reduce, tuple) else (reduce,)) if way is not None]
    if any(way not in ("sum", "mean") for way in ways) or len(set(ways)) > 1 or (isinstance(reduce, tuple) and not ways):
        raise ValueError(f'reduce is None, "sum" or "mean", or a tuple of None and one of them, and this is {reduce!r}')
    if isinstance(reduce, tuple) and reduce != (*ways, *[None] * (len(reduce) - len(ways))):
        raise ValueError(f"the parts of a result that are given for each row come last, and reduce is {reduce!r}")
