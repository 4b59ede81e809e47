"""Arguments and results in any structure, at a point and over rows: eager = compiled = rows, in values and derivatives."""

import dataclasses
from collections import OrderedDict
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest


class Pair(NamedTuple):
    a: Any
    b: Any


@dataclasses.dataclass
class Spring:
    length: Any
    name: str
    stiffness: Any = 2.0


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    a: Any
    b: Any

    def __post_init__(self) -> None:
        if not isinstance(self.a, (list, np.ndarray)) and self.a < -100.0:
            raise ValueError("what is made again is not looked at again")


def by_key(p: Any) -> Any:
    return p["a"].sin() * p["b"] if not isinstance(p["a"], (list, tuple)) else p["a"][0] * p["b"]


COLUMNS = {"a": np.array([0.5, 1.0, -2.0]), "b": np.array([3.0, 4.0, 5.0])}
TABLE = np.array([*zip(*COLUMNS.values(), strict=True)], dtype=[("a", float), ("b", float)])

# What has rows; how many; one of them; a function of that.
WITH_ROWS: dict[str, tuple[Any, Callable[[int], Any], Callable[[Any], Any]]] = {
    "dict": (COLUMNS, lambda i: {key: float(x[i]) for key, x in COLUMNS.items()}, by_key),
    "dict of lists": (
        {key: [*map(float, x)] for key, x in COLUMNS.items()},
        lambda i: {key: float(x[i]) for key, x in COLUMNS.items()},
        by_key,
    ),
    "ordered dict": (OrderedDict(COLUMNS), lambda i: OrderedDict({k: float(x[i]) for k, x in COLUMNS.items()}), by_key),
    "structured array": (TABLE, lambda i: {"a": float(TABLE["a"][i]), "b": float(TABLE["b"][i])}, by_key),
    "namedtuple": (
        Pair(COLUMNS["a"], COLUMNS["b"]),
        lambda i: Pair(float(COLUMNS["a"][i]), float(COLUMNS["b"][i])),
        lambda p: p.a.exp() * p.b,
    ),
    "tuple of arrays": (
        (COLUMNS["a"], COLUMNS["b"]),
        lambda i: (float(COLUMNS["a"][i]), float(COLUMNS["b"][i])),
        lambda p: p[0].exp() * p[1],
    ),
    "dataclass": (
        Spring(COLUMNS["a"], "mine", np.ones(3)),
        lambda i: Spring(float(COLUMNS["a"][i]), "mine", 1.0),
        lambda s: s.stiffness * s.length**2 / 2 + len(s.name),
    ),
    "frozen dataclass": (
        Frozen(COLUMNS["a"], COLUMNS["b"]),
        lambda i: Frozen(float(COLUMNS["a"][i]), float(COLUMNS["b"][i])),
        lambda s: s.a.tanh() * s.b,
    ),
    "nested": (
        {"p": Pair(COLUMNS["a"], {"q": COLUMNS["b"]})},
        lambda i: {"p": Pair(float(COLUMNS["a"][i]), {"q": float(COLUMNS["b"][i])})},
        lambda d: d["p"].a * d["p"].b["q"].log(),
    ),
    "namedtuples in a tuple": (
        (Pair(COLUMNS["a"], 2.0 * COLUMNS["b"]), Pair(COLUMNS["b"], COLUMNS["a"])),
        lambda i: (
            Pair(float(COLUMNS["a"][i]), float(2.0 * COLUMNS["b"][i])),
            Pair(float(COLUMNS["b"][i]), float(COLUMNS["a"][i])),
        ),
        lambda p: p[0].a.exp() * p[1].b + p[0].b * p[1].a,
    ),
}


def numbers_of(ag: ModuleType, thing: Any) -> list[float]:
    return [x.data if isinstance(x, ag.Value) else x for x in ag.derivatives.trees.flatten(thing)[0]]


@pytest.mark.parametrize("name", WITH_ROWS)
def test_structures_with_rows(ag: ModuleType, name: str) -> None:
    """Values, first and second derivatives: of each row what the function itself gives for it, also in remembered calls."""
    columns, row, f = WITH_ROWS[name]
    for g in (ag.value_and_grad(f), ag.hessian(f)):
        over_rows, at_point = ag.compile(g, in_axes=0), ag.compile(g)
        for _ in range(3):
            found = numbers_of(ag, over_rows(columns))
            each = [numbers_of(ag, g(row(i))) for i in range(3)]
            assert found == pytest.approx([x for numbers in zip(*each, strict=True) for x in numbers], rel=1e-14)
            assert [numbers_of(ag, at_point(row(i))) for i in range(3)] == each
        assert len(over_rows.programs) == len(at_point.programs) == 1
    total = ag.compile(f, in_axes=0, reduce="sum")(columns)
    assert total == pytest.approx(sum(f(lifted(ag, row(i))).data for i in range(3)), rel=1e-14)


def test_a_column_of_vectors_beside_one_of_numbers(ag: ModuleType) -> None:
    tables = {"a": np.arange(6.0).reshape(3, 2), "b": [3, 4, 5]}
    fast = ag.compile(ag.value_and_grad(lambda p: p["a"][0] * p["a"][1] * p["b"]), in_axes=0)
    for _ in range(2):
        values, slopes = fast(tables)
        assert values.tolist() == [0.0, 24.0, 100.0] and slopes["b"].tolist() == [0.0, 6.0, 20.0]
        assert slopes["a"].tolist() == [[3.0, 0.0], [12.0, 8.0], [25.0, 20.0]]


def lifted(ag: ModuleType, thing: Any) -> Any:
    numbers, tree = ag.derivatives.trees.flatten(thing)
    return tree.of([ag.Value(x) for x in numbers])


def test_gradients_have_the_structure_of_the_argument(ag: ModuleType) -> None:
    found = ag.compile(ag.grad(WITH_ROWS["dataclass"][2]), in_axes=0)(WITH_ROWS["dataclass"][0])
    assert type(found) is Spring and found.name == "mine" and found.length.tolist() == [0.5, 1.0, -2.0]
    slope = ag.grad(lambda s: s.a * s.b)(Frozen(2.0, 3.0))
    assert slope == Frozen(3.0, 2.0) and type(slope.a) is float
    assert ag.jvp(lambda s: s.a * s.b, (Frozen(2.0, 3.0),), (Frozen(1.0, 0.0),)) == (6.0, 3.0)
    with pytest.raises(ValueError, match=r"tangents.* is a Pair of 2|tangents"):
        ag.jvp(lambda s: s.a * s.b, (Frozen(2.0, 3.0),), (Pair(1.0, 0.0),))


def test_axes_for_each_part(ag: ModuleType) -> None:
    def f(p: Any, row: Any, scale: Any = 1.0) -> Any:
        return (p["w"] * row[0] + p["b"] + row[1]["y"] * p["c"][0]) * scale

    p = {"w": 2.0, "b": np.array([1.0, 2.0]), "c": [0.5, 0.25]}
    row = [np.array([1.0, 3.0]), {"y": [10.0, 20.0]}]
    want = [2.0 + 1.0 + 5.0, 6.0 + 2.0 + 10.0]
    given = ({"b": 0}, (0, {"y": 0}))
    for axes in (given, ({"w": None, "b": 0, "c": None}, [0, {"y": 0}]), {"p": given[0], "row": given[1]}):
        fast = ag.compile(f, in_axes=axes)
        for _ in range(2):
            assert fast(p, row).tolist() == want
    by_name = ag.compile(f, in_axes={"p": given[0], "row": given[1]})
    for _ in range(2):
        assert by_name(p=p, row=row, scale=2.0).tolist() == [2 * x for x in want] == by_name(p, row=row, scale=2.0).tolist()
    assert ag.compile(f, in_axes=given)(p, row=row).tolist() == want
    assert ag.vmap(lambda x, y: x * y)([1.0, 2.0], [3.0, 4.0]).tolist() == [3.0, 8.0]
    parts = ag.compile(lambda s: s.a * s.b, in_axes=(Frozen(0, None),))
    assert parts(Frozen([1.0, 2.0], 3.0)).tolist() == [3.0, 6.0]


BAD: dict[str, tuple[Callable[[ModuleType], Any], str]] = {
    "a key that is not there": (
        lambda ag: ag.compile(abs, in_axes=({"z": 0},))({"a": 1.0}),
        r"argument 0 has the parts \['a'\]",
    ),
    "too few in a tuple": (lambda ag: ag.compile(abs, in_axes=((0,),))(([1.0], [2.0])), "in_axes tells of"),
    "axes for parts of an array": (lambda ag: ag.compile(abs, in_axes=({"a": 0},))([[1.0]][0][0]), "no parts that in_axes"),
    "an axis inside": (lambda ag: ag.compile(abs, in_axes=({"a": 1},)), "not 1"),
    "a name": (lambda ag: ag.compile(lambda x: x, in_axes={"y": 0})([1.0]), "in_axes tells of 'y'"),
    "names alone": (lambda ag: ag.compile(lambda x: x, in_axes=0)(x=[1.0]), r"as \{'x': 0\}"),
    "columns that differ": (
        lambda ag: ag.compile(by_key, in_axes=0)({"a": [1.0], "b": [1.0, 2.0]}),
        r"argument 0\['b'\] has 2 rows, and an argument before it 1",
    ),
    "a number for a column": (lambda ag: ag.compile(by_key, in_axes=0)({"a": [1.0], "b": 1.0}), r"\['b'\] has rows"),
    "vmap over nothing": (lambda ag: ag.vmap(abs, in_axes=None), "vmap is over rows"),
}


@pytest.mark.parametrize("name", BAD)
def test_axes_that_do_not_fit(ag: ModuleType, name: str) -> None:
    call, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        call(ag)


def test_results_stand_in_columns_or_are_stacked(ag: ModuleType) -> None:
    def powers(x: Any) -> Any:
        return [x**k for k in range(10)]

    rows = np.array([1.0, 2.0, 3.0])
    columns = ag.compile(powers, in_axes=0)(rows)
    assert type(columns) is list and [column.tolist() for column in columns] == [[x**k for x in rows] for k in range(10)]
    stacked = ag.compile(powers, in_axes=0, stack=True)
    for _ in range(2):
        assert stacked(rows).shape == (3, 10) and (stacked(rows) == np.array(columns).T).all()
    assert ag.compile(powers, stack=True)(2.0).tolist() == [2.0**k for k in range(10)]
    as_array = ag.compile(lambda x: np.array(powers(x)), in_axes=0)(rows)
    assert as_array.shape == (3, 10) and (as_array == stacked(rows)).all()
    nested = ag.compile(lambda x: ({"m": [[x, 2 * x], [3 * x, 4 * x]]}, [x, [x]], x), in_axes=0, stack=True)(rows)
    assert nested[0]["m"].shape == (3, 2, 2) and nested[0]["m"][2].tolist() == [[3.0, 6.0], [9.0, 12.0]]
    assert nested[1][1].shape == (3, 1) and nested[2].tolist() == [1.0, 2.0, 3.0]
    w = ag.Value(2.0)
    with_graph = ag.compile(lambda x: [w * x, x], in_axes=0, stack=True)
    assert ag.grad(lambda s: s * with_graph(rows)[1, 0])(1.0).data == 4.0  # a part of that graph
    slopes = ag.compile(ag.value_and_grad(lambda w, x: w[0] * x + w[1]), in_axes=(None, 0), reduce="mean", stack=True)
    value, slope = slopes([1.0, 2.0], rows)
    assert value == 4.0 and isinstance(slope, np.ndarray) and slope.tolist() == [2.0, 1.0]


def test_types_of_ones_own(ag: ModuleType) -> None:
    class Point:
        def __init__(self, x: Any, y: Any, unit: str) -> None:
            self.x, self.y, self.unit = x, y, unit

    point = Point(2.0, 3.0, "m")
    with pytest.raises(TypeError, match="Point is not a real number"):
        ag.grad(lambda p: p.x)(point)
    ag.register_pytree_node(Point, lambda p: ((p.x, p.y), p.unit), lambda unit, parts: Point(*parts, unit))

    def f(p: Any) -> Any:
        return p.x * p.y * (100.0 if p.unit == "cm" else 1.0)

    slope = ag.grad(f)(point)
    assert type(slope) is Point and (slope.x, slope.y, slope.unit) == (3.0, 2.0, "m")
    fast = ag.compile(f)
    for _ in range(2):
        assert fast(point) == 6.0 and fast(Point(2.0, 3.0, "cm")) == 600.0
    assert len(fast.programs) == 2
    assert ag.compile(f, in_axes=0)(Point([2.0, 1.0], [3.0, 1.0], "m")).tolist() == [6.0, 1.0]
    for wrong in (Point, list, float):
        with pytest.raises(ValueError, match="registered already"):
            ag.register_pytree_node(wrong, lambda p: ((), None), lambda aux, parts: None)


def test_data_frames(ag: ModuleType) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [0.5, 1.0, -2.0], "b": [3, 4, 5], "c": ["x", "y", "z"]})
    fast = ag.compile(ag.value_and_grad(by_key), in_axes=0)
    for _ in range(2):
        values, slopes = fast(frame[["a", "b"]])
        assert values.tolist() == fast(COLUMNS)[0].tolist() and set(slopes) == {"a", "b"}
    with pytest.raises(TypeError, match=r"argument 0\['c'\] is no table of numbers: .*'x' is str"):
        fast(frame)
    with pytest.raises(ValueError, match="columns of one name"):
        fast(frame.set_axis(["a", "a", "b"], axis=1))
    assert ag.compile(lambda w, x: w * x, in_axes=(None, 0))(2.0, frame["b"]).tolist() == [6.0, 8.0, 10.0]


def test_data_frames_of_polars(ag: ModuleType) -> None:
    polars = pytest.importorskip("polars")
    fast = ag.compile(by_key, in_axes=0)
    for _ in range(2):
        assert fast(polars.DataFrame({"a": COLUMNS["a"], "b": COLUMNS["b"]})).tolist() == fast(COLUMNS).tolist()
