"""What an object needs to go on where it stopped: its numbers, texts and lists of numbers, by name."""

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
        if own.keys() != state.keys():
            differing = ", ".join(sorted(own.keys() ^ state.keys()))
            raise ValueError(f"this is not the state of a {type(self).__name__}: {differing} is on one side only")
        for name, value in state.items():
            if isinstance(own[name], list) and own[name] and isinstance(value, list) and len(own[name]) != len(value):
                raise ValueError(
                    f"{name} has {len(value)} numbers in the state, and this {type(self).__name__} {len(own[name])}"
                )
        for name, value in state.items():
            setattr(self, name, tuple(value) if isinstance(own[name], tuple) else copy.deepcopy(value))


def is_plain(value: Any) -> bool:
    """Whether JSON can hold a thing."""
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(part) for key, part in value.items())
    return value is None or isinstance(value, (bool, int, float, str))
