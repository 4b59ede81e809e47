"""What nodes are called in pictures: their labels, and for the parameters of networks the names that their modules know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..engine.value import Value

_askers: list[Callable[[], Iterable[tuple[str, Value]]]] = []


def ask(who: Callable[[], Iterable[tuple[str, Value]]]) -> None:
    """Has `who()` asked for (name, Value) pairs, when a picture is made that has leaves without a label."""
    _askers.append(who)


def names_of(nodes: Sequence[Value]) -> list[str]:
    """The label of each node; for a leaf that has none, the name it has as a parameter; "" where there is neither.

    >>> names_of([Value(1.0, label="x"), Value(2.0)])
    ['x', '']
    """
    names = [v.label for v in nodes]
    nameless = {id(v): i for i, v in enumerate(nodes) if not v.op and not names[i]}
    if nameless:
        for who in _askers:
            for name, v in who():
                if id(v) in nameless:
                    names[nameless[id(v)]] = name
    return names
