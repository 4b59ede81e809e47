"""State dicts: all that an object needs to go on where it stopped, as plain data by name."""

from __future__ import annotations

import copy
from typing import Any


class Stateful:
    """Optimisers, schedules and callbacks, whose state is those of their attributes that are plain data.

    >>> class Counter(Stateful):
    ...     def __init__(self):
    ...         self.count, self.seen, self.other = 0, [1.0, 2.0], object()
    >>> counter = Counter()
    >>> counter.state_dict()
    {'count': 0, 'seen': [1.0, 2.0]}
    >>> counter.load_state_dict({"count": 3, "seen": [4.0, 5.0]})
    >>> counter.count
    3
    """

    def state_dict(self) -> dict[str, Any]:
        """The plain attributes, copied: numbers, texts, None, and lists, tuples and dicts of them."""
        return {name: copy.deepcopy(value) for name, value in vars(self).items() if is_plain(value)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Puts the attributes of a `state_dict()` back. ValueError, and nothing changed, if it is that of something else."""
        own = self.state_dict()
        kind = type(self).__name__
        if not isinstance(state, dict) or own.keys() != state.keys():
            differing = sorted(own.keys() ^ state.keys()) if isinstance(state, dict) else [repr(state)]
            raise ValueError(f"this is not the state of a {kind}: {', '.join(differing)} is on one side only")
        for name, value in state.items():
            _check_alike(own[name], value, f"{kind}'s {name}")
        for name, value in state.items():
            setattr(self, name, tuple(value) if isinstance(own[name], tuple) else copy.deepcopy(value))


def is_plain(value: Any) -> bool:
    """Whether a value is plain data, which JSON can hold."""
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(part) for key, part in value.items())
    return value is None or isinstance(value, (bool, int, float, str))


def _check_alike(own: Any, given: Any, name: str) -> None:
    """ValueError if `given` is of another kind or length than `own`. None fits anything; an empty list fits every list."""
    if own is None or given is None:
        return
    if _kind(own) != _kind(given):
        raise ValueError(f"{name} is {_kind(own)} here and {_kind(given)} in the state")
    if isinstance(own, (list, tuple)) and own:
        if len(own) != len(given):
            raise ValueError(f"{name} has {len(own)} numbers here and {len(given)} in the state")
        for one, other in zip(own, given, strict=True):
            _check_alike(one, other, f"a part of {name}")


def _kind(value: Any) -> str:
    kinds = {(list, tuple): "a list", (int, float): "a number", str: "a text", dict: "a dict"}
    return next(name for types, name in kinds.items() if isinstance(value, types))  # type: ignore[arg-type]
