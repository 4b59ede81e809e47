"""Remembered calls with dataclasses, dicts and arrays: read and made again as a first call does it."""

import dataclasses
import pickle
from types import ModuleType
from typing import Any

import numpy as np
import pytest


@dataclasses.dataclass
class Spring:
    length: Any
    name: str
    stiffness: Any = 2.0
    heavy: Any = None


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    a: Any
    b: Any


@dataclasses.dataclass
class Stretched(Spring):
    @property
    def half(self) -> Any:
        return self.length / 2.0


class Label(str):
    """Text that is told apart by more than its letters."""

    __slots__ = ()


def energy(s: Any) -> Any:
    if s.name == "soft":
        return s.length * s.length
    return s.stiffness * s.length * s.length * (3.0 if s.heavy else 1.0)


SPRINGS = [
    Spring(1.5, "hard"),
    Spring(2.5, "hard"),
    Spring(2.5, "soft"),
    Spring(2.5, "hard", 4.0),
    Spring(2.5, "hard", 4),
    Spring(2.5, "hard", np.float32(4.5)),
    Spring(2.5, "hard", 4.0, heavy=True),
    Spring(2.5, "hard", 4.0, heavy=1.0),
    Spring(2.5, "hard", True),
    Spring(2.5, "hard", 2**60),
    Stretched(2.5, "hard"),
    Spring(2.5, Label("hard")),
]


@pytest.mark.parametrize("first", range(len(SPRINGS)))
def test_a_call_with_a_dataclass_after_another_one_gives_what_it_gives_alone(ag: ModuleType, first: int) -> None:
    f = ag.compile(energy)
    for spring in (SPRINGS[first], SPRINGS[first], *SPRINGS, *reversed(SPRINGS)):
        assert f(spring) == energy(spring), spring


def test_fields_come_back_in_their_dataclass(ag: ModuleType) -> None:
    f = ag.compile(ag.value_and_grad(lambda s: s.stiffness * s.length))
    for length in (1.0, 2.0, 3.0):
        assert f(Spring(length, "hard", 4.0)) == (4.0 * length, Spring(4.0, "hard", length))
    g = ag.compile(lambda p: Frozen(p.b, [p.a, p.a * p.b]))
    for a in (1.0, 2.0, 3.0):
        assert g(Frozen(a, 5.0)) == Frozen(5.0, [a, 5.0 * a])
    made = g(Frozen(1.0, 2.0))
    assert made is not g(Frozen(1.0, 2.0))


def test_dicts_come_back_as_they_were(ag: ModuleType) -> None:
    f = ag.compile(ag.grad(lambda d: d["b"] * d["a"][0] * d["a"][1].sum()))
    for b in (1.0, 2.0, 3.0):
        found = f({"b": b, "a": [4.0, np.ones(2)]})
        assert [*found] == ["b", "a"]
        assert (found["b"], found["a"][0], found["a"][1].tolist()) == (8.0, 2.0 * b, [4.0 * b] * 2)
        found["c"] = 0.0
        assert "c" not in f({"b": b, "a": [4.0, np.ones(2)]})


def test_fields_that_are_declared_anew_or_computed(ag: ModuleType) -> None:
    @dataclasses.dataclass
    class Sides:
        a: Any
        b: Any

    f = ag.compile(lambda s: s.a * 10.0 + s.b)
    assert [f(Sides(1.0, 2.0)), f(Sides(3.0, 4.0))] == [12.0, 34.0]
    Sides.b = property(lambda self: self.a + 1.0, lambda self, b: None)
    assert [f(Sides(1.0, 2.0)), f(Sides(3.0, 4.0))] == [12.0, 34.0]
    assert f(Sides(5.0, 0.0)) == 56.0


def test_a_type_that_is_registered_later(ag: ModuleType) -> None:
    @dataclasses.dataclass
    class Turned:
        a: Any
        b: Any

    f = ag.compile(lambda s: s.a * 10.0 + s.b)
    assert [f(Turned(1.0, 2.0)), f(Turned(3.0, 4.0))] == [12.0, 34.0]
    ag.register_pytree_node(Turned, lambda s: ((s.b, s.a), None), lambda aux, parts: Turned(*parts))
    assert [f(Turned(1.0, 2.0)), f(Turned(3.0, 4.0))] == [21.0, 43.0]


def test_a_field_that_is_missing_is_an_error(ag: ModuleType) -> None:
    f = ag.compile(energy)
    assert [f(Spring(1.0, "hard")), f(Spring(2.0, "hard"))] == [2.0, 8.0]
    spring = Spring(1.0, "hard")
    del spring.length
    with pytest.raises(AttributeError, match="length"):
        f(spring)


NUMBERS = np.array([[0.5, -1.0, 2.0], [3.0, 4.5, -0.0]])


def not_aligned(array: np.ndarray) -> np.ndarray:
    found = np.frombuffer(b"\0" + array.tobytes(), np.uint8)[1:].view(float).reshape(array.shape)
    assert not found.flags.aligned
    return found


ARRAYS = {
    "as made": NUMBERS,
    "read-only": np.frombuffer(NUMBERS.tobytes()).reshape(2, 3),
    "column by column": np.asfortranarray(NUMBERS),
    "every other": np.repeat(NUMBERS, 2, axis=1)[:, ::2],
    "backwards": NUMBERS[::-1, ::-1].copy()[::-1, ::-1],
    "repeated": np.broadcast_to(NUMBERS[:1], (2, 3)),
    "the other order of bytes": NUMBERS.astype(NUMBERS.dtype.newbyteorder()),
    "not aligned": not_aligned(NUMBERS),
    "a dtype with notes": NUMBERS.astype(np.dtype(float, metadata={"unit": "m"})),
    "floats of 32 bits": NUMBERS.astype(np.float32),
    "whole numbers": np.arange(6).reshape(2, 3),
    "objects": NUMBERS.astype(object),
    "of another shape": NUMBERS.reshape(3, 2),
    "of one axis": NUMBERS.ravel(),
    "no numbers": NUMBERS[:, :0],
    "of no axis": np.array(2.5),
}


@pytest.mark.parametrize("first", ["as made", *[name for name in ARRAYS if name != "as made"]])
def test_arrays_however_they_stand_in_memory(ag: ModuleType, first: str) -> None:
    def f(x: Any) -> Any:
        return x * 2.0 + 1.0

    compiled = ag.compile(f)
    for array in (ARRAYS[first], ARRAYS[first], *ARRAYS.values(), *ARRAYS.values()):
        found, want = compiled(array), np.asarray(f(array.astype(float)))
        assert np.shape(found) == want.shape
        assert np.asarray(found, dtype=float).tobytes() == want.tobytes()


def test_an_array_that_was_pickled_or_changed_is_read_as_it_is_now(ag: ModuleType) -> None:
    f = ag.compile(lambda x: x[0] * 10.0 + x[1])
    x = np.array([1.0, 2.0])
    assert [f(x), f(x)] == [12.0, 12.0]
    x[:] = 3.0, 4.0
    assert f(x) == 34.0
    assert f(pickle.loads(pickle.dumps(x))) == 34.0
    x.resize(4, refcheck=False)
    with pytest.raises(IndexError):
        ag.compile(lambda x: x[5])(x)
    assert ag.compile(lambda x: x[0] + x[3])(x) == 3.0
    assert f(x) == 34.0


def test_an_array_given_back_is_the_callers_own(ag: ModuleType) -> None:
    f = ag.compile(lambda x: x * 2.0)
    x = np.ones((2, 2))
    first, second = f(x), f(x)
    first[:] = 0.0
    assert second.tolist() == [[2.0, 2.0], [2.0, 2.0]] == f(x).tolist()
    assert second.flags.writeable
