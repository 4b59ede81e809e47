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


def told_apart(names: Iterable[str]) -> list[str]:
    """The names, and a number behind each that was there before.

    >>> told_apart(["w", "w", "w#2", "w"])
    ['w', 'w#2', 'w#2#2', 'w#3']
    """
    times: dict[str, int] = {}
    taken: set[str] = set()
    found = []
    for name in names:
        times[name] = times.get(name, 0) + 1
        one = name if times[name] == 1 else f"{name}#{times[name]}"
        while one in taken:
            times[name] += 1
            one = f"{name}#{times[name]}"
        taken.add(one)
        found.append(one)
    return found
