"""State dicts: all that an object needs to go on where it stopped, as plain data by name."""

from __future__ import annotations

import copy
from typing import Any

from autograd.files import shortened


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
        return {name: _copied(value) for name, value in vars(self).items() if is_plain(value)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Puts the attributes of a `state_dict()` back.

        ValueError, and nothing changed, if it is that of something else, or has numbers that this object would not take.
        """
        own, fitting = self.state_dict(), self._fitting(state)
        try:
            self._put(fitting)
            self.check_state()
        except ValueError:
            self._put(own)
            raise

    def _fitting(self, state: Any) -> dict[str, Any]:
        """A copy of a state, with the types of this object's own. ValueError for the state of something else."""
        own, kind = self.state_dict(), type(self).__name__
        if not isinstance(state, dict) or own.keys() != state.keys():
            differing = sorted(map(str, own.keys() ^ state.keys())) if isinstance(state, dict) else [shortened(state)]
            raise ValueError(f"this is not the state of a {kind}: {', '.join(differing)} is on one side only")
        try:
            return {name: _alike(own[name], value, f"{kind}'s {name}") for name, value in state.items()}
        except RecursionError:
            raise ValueError(f"this state of a {kind} is nested too deeply") from None

    def _put(self, state: dict[str, Any]) -> None:
        """Sets the attributes. A subclass whose `state_dict()` has more than them sets the rest."""
        for name, value in state.items():
            setattr(self, name, value)

    def check_state(self) -> None:
        """ValueError for an attribute that is out of its range. A subclass with such attributes says so here.

        `load_state_dict` calls it when a state is in place, and so do the constructors of nn's own classes.
        """


def is_plain(value: Any) -> bool:
    """Whether a value is plain data, which JSON can hold.

    >>> is_plain({"lr": 0.1, "sizes": (2, 3)}), is_plain({1: "one"}), is_plain({2, 3})
    (True, False, False)
    """
    if isinstance(value, (list, tuple)):
        return _PLAIN.issuperset(map(type, value)) or all(map(is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(part) for key, part in value.items())
    return value is None or isinstance(value, (bool, int, float, str))


_PLAIN = {type(None), bool, int, float, str}


def _copied(value: Any) -> Any:
    """A deep copy of plain data; of a list of numbers, of which there may be one for each parameter, the quick way."""
    if type(value) is list and {*map(type, value)} <= {float}:
        return value.copy()
    return copy.deepcopy(value)


def _alike(own: Any, given: Any, name: str) -> Any:
    """A copy of `given`, with the types of `own`: floats for floats, a tuple for a tuple.

    ValueError if it is of another kind or length. None fits anything; an empty list fits every list.
    """
    if own is None or given is None:
        return copy.deepcopy(given)
    if _kind(own) != _kind(given):
        raise ValueError(f"{name} is {_kind(own)} here and {_kind(given)} in the state")
    if isinstance(own, float):
        try:
            return float(given)
        except OverflowError:
            raise ValueError(f"{name} is {shortened(given)} in the state, which is too large for a float") from None
    if isinstance(own, (list, tuple)) and own:
        if len(own) != len(given):
            raise ValueError(f"{name} has {len(own)} numbers here and {len(given)} in the state")
        if {*map(type, own)} | {*map(type, given)} == {float}:  # of which there may be one for each parameter
            return type(own)(given)
        return type(own)(_alike(one, other, f"a part of {name}") for one, other in zip(own, given, strict=True))
    return tuple(given) if isinstance(own, tuple) else copy.deepcopy(given)


def _kind(value: Any) -> str:
    kinds = {(list, tuple): "a list", (int, float): "a number", str: "a text", dict: "a dict"}
    return next((name for types, name in kinds.items() if isinstance(value, types)), "no plain data")  # type: ignore[arg-type]
