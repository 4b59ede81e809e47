"""What a compiled function takes from outside may change where nobody assigns to a name of it: the next call notices."""

import collections
import weakref
from abc import ABC
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


class Thing:
    def __init__(self, size: float) -> None:
        self.size = size


def in_a_weak_dictionary(ag: ModuleType) -> tuple[Any, Callable[[], Any]]:
    kept = [Thing(2.0), Thing(3.0)]
    things: Any = weakref.WeakValueDictionary(k=kept[0])
    return lambda x: x * things["k"].size, lambda: things.update(k=kept[1])


def under_a_weak_key(ag: ModuleType) -> tuple[Any, Callable[[], Any]]:
    key = Thing(2.0)
    sizes: Any = weakref.WeakKeyDictionary({key: 2.0})
    return lambda x: x * sizes[key], lambda: sizes.update({key: 3.0})


def in_a_weak_set(ag: ModuleType) -> tuple[Any, Callable[[], Any]]:
    kept = [Thing(2.0), Thing(3.0)]
    things = weakref.WeakSet(kept[:1])
    return lambda x: x * sum(thing.size for thing in things), lambda: things.add(kept[1])


def gone_from_a_weak_set(ag: ModuleType) -> tuple[Any, Callable[[], Any]]:
    kept = [object.__new__(type("Other", (), {})), object.__new__(type("Other", (), {}))]
    things = weakref.WeakSet(kept)
    return lambda x: x * len(things), lambda: things.discard(kept.pop())


def where_a_defaultdict_filled_itself(ag: ModuleType) -> tuple[Any, Callable[[], Any]]:
    weights: dict[str, float] = collections.defaultdict(lambda: 2.0, other=1.0)
    return lambda x: x * weights["w"], lambda: weights.update(w=3.0)


def by_a_label(ag: ModuleType) -> tuple[Any, Callable[[], Any]]:
    w = ag.Value(1.0, label="frozen")
    return lambda x: x * (w if w.label == "free" else 2.0), lambda: setattr(w, "label", "free")


def by_a_label_in_a_list(ag: ModuleType) -> tuple[Any, Callable[[], Any]]:
    ws = [ag.Value(1.0, label="frozen"), ag.Value(5.0, label="free")]
    return lambda x: x * sum(w for w in ws if w.label == "free"), lambda: setattr(ws[0], "label", "free")


def by_a_name_before_pythons_own(ag: ModuleType) -> tuple[Any, Callable[[], Any]]:
    space: dict[str, Any] = {}
    exec("def inner(x): return abs(x) * 2.0\ndef f(x): return inner(x)", space)
    space["another"] = 1.0  # which is no reason

    def change() -> None:
        space["abs"] = lambda x: x * 10.0

    return space["f"], change


def by_register(ag: ModuleType) -> tuple[Any, Callable[[], Any]]:
    class Kind(ABC):  # noqa: B024 (whoever registers is of it)
        pass

    class Other:
        pass

    other = Other()
    return lambda x: x * (2.0 if isinstance(other, Kind) else 3.0), lambda: Kind.register(Other)


WAYS = [in_a_weak_dictionary, under_a_weak_key, in_a_weak_set, gone_from_a_weak_set, where_a_defaultdict_filled_itself]
WAYS += [by_a_label, by_a_label_in_a_list, by_a_name_before_pythons_own, by_register]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("rows", [False, True], ids=["point", "rows"])
def test_it_is_noticed(ag: ModuleType, way: Callable[[ModuleType], Any], rows: bool) -> None:
    f, change = way(ag)
    fast = ag.compile(f, in_axes=0 if rows else None)
    given: Any = [-1.0, -2.0] if rows else -2.0
    for _ in range(3):
        before = fast(given)
    assert len(fast.programs) == 1
    change()
    want = f(ag.Value(-2.0)).data
    for _ in range(2):
        after = fast(given)
        assert (after[1] if rows else after) == want != (before[1] if rows else before)
    assert len(fast.programs) == 1


def test_other_names_that_come_are_no_reason(ag: ModuleType) -> None:
    space: dict[str, Any] = {"calls": 0}
    exec("def f(x):\n    global calls\n    calls += 1\n    return abs(x) * 2.0", space)
    fast = ag.compile(space["f"])
    for k in range(5):
        assert fast(-3.0) == 6.0
        space[f"name{k}"] = k
    assert space["calls"] == 1


def test_a_counter_in_a_defaultdict_counts_recordings(ag: ModuleType) -> None:
    """Also where two functions share it: each may be recorded once more, and not for ever in turns."""
    calls: dict[str, int] = collections.defaultdict(int)

    def counted(x: Any) -> Any:
        calls["f"] += 1
        return x * 2.0

    def counted_too(x: Any) -> Any:
        calls["f"] += 1
        return x * 3.0

    first, second = ag.compile(counted), ag.compile(counted_too)
    for _ in range(10):
        assert first(1.0) == 2.0 and second(1.0) == 3.0
    assert calls["f"] <= 3


def test_a_compiled_function_keeps_nothing_alive_that_is_weakly_held(ag: ModuleType) -> None:
    """But what it takes numbers from."""
    things: Any = weakref.WeakValueDictionary()
    other = type("Other", (), {"__slots__": ("__weakref__",)})()
    things["k"] = other
    fast = ag.compile(lambda x: x * len(things))
    assert fast(2.0) == 2.0
    del other
    assert len(things) == 0 and fast(2.0) == 0.0


def test_what_was_read_has_the_name_of_a_float(ag: ModuleType) -> None:
    def f(x: Any) -> Any:
        return x * 2.0 if type(x.data).__name__ == "float" else x

    assert ag.compile(f)(3.0) == f(ag.Value(3.0)).data == 6.0
    with pytest.raises(TypeError, match="'float' and 'str'"):
        ag.compile(lambda x: x.data + "text")(1.0)
