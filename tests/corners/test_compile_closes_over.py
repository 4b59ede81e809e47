"""What a compiled function closes over: inside a transform the graph to it is kept; what was made on the way is seen later."""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from corners import plain

KINDS = {
    "point": (lambda ag, f: ag.compile(f), lambda g: g(3.0)),
    "point, called before": (lambda ag, f: called(ag.compile(f), 2.0), lambda g: g(3.0)),
    "a list": (lambda ag, f: ag.compile(lambda xs: f(xs[0])), lambda g: g([3.0])),
    "an array": (lambda ag, f: ag.compile(lambda xs: f(xs[0])), lambda g: g(np.array([3.0]))),
    "keywords": (lambda ag, f: ag.compile(lambda x, *, k: f(x * k)), lambda g: g(1.5, k=2.0)),
    "a branch": (lambda ag, f: called(ag.compile(lambda x: f(x) if x > 2.5 else x), 2.0), lambda g: g(3.0)),
    "of rows, the sum": (lambda ag, f: ag.compile(f, in_axes=0, reduce="sum"), lambda g: g([3.0])),
    "of rows, the mean": (lambda ag, f: ag.compile(f, in_axes=0, reduce="mean"), lambda g: g([3.0, 3.0])),
    "of rows": (lambda ag, f: ag.compile(f, in_axes=0), lambda g: g(np.array([3.0, 4.0]))[0]),
    "of rows, called before": (lambda ag, f: called(ag.compile(f, in_axes=0), [1.0, 5.0]), lambda g: g([4.0, 3.0])[1]),
    "some branch of rows": (
        lambda ag, f: ag.compile(lambda x: f(x) if x > 2.5 else x, in_axes=0),
        lambda g: g(np.array([2.0, 3.0]))[1],
    ),
    "of rows, in parts": (
        lambda ag, f: ag.compile(lambda x: (f(x), f(x)), in_axes=0, reduce=("sum", None)),
        lambda g: (lambda parts: (parts[0] + parts[1][0]) * 0.5)(g([3.0])),
    ),
}
"""Ways to make a compiled function of f, and to have f(3.0) of it."""


def called(g: Callable[..., Any], *args: Any) -> Callable[..., Any]:
    for _ in range(3):
        g(*args)
    return g


@pytest.mark.parametrize("recorded", [False, True], ids=["eager", "recorded"])
@pytest.mark.parametrize("kind", KINDS)
def test_inside_a_loss_the_graph_to_a_variable_is_kept(ag: ModuleType, kind: str, recorded: bool) -> None:
    """Every transform, to third order, of v**3 * x * v + v at x = 3, the product in a compiled function that closes over v."""
    make, call = KINDS[kind]

    def loss(v: Any) -> Any:
        return call(make(ag, lambda x: v**3 * x * v)) + v

    transforms: dict[str, tuple[Callable[..., Any], float]] = {
        "grad": (ag.grad(loss), 12.0 * 8.0 + 1.0),
        "value_and_grad": (lambda v: ag.value_and_grad(loss)(v)[1], 97.0),
        "derivative": (ag.derivative(loss), 97.0),
        "jacobian": (lambda v: ag.jacobian(lambda p: [loss(p[0])])([v])[0][0], 97.0),
        "jvp": (lambda v: ag.jvp(loss, (v,), (1.0,))[1], 97.0),
        "vjp": (lambda v: ag.vjp(loss, v)[1](1.0), 97.0),
        "hessian": (ag.hessian(loss), 36.0 * 4.0),
        "grad of grad": (ag.grad(ag.grad(loss)), 144.0),
        "hvp": (lambda v: ag.hvp(loss, v, 1.0), 144.0),
        "third": (ag.derivative(loss, 3), 72.0 * 2.0),
    }
    for name, (transform, want) in transforms.items():
        f = ag.compile(transform) if recorded else transform
        assert plain([f(2.0)]) == pytest.approx([want], rel=1e-14), name
        if recorded:
            assert plain([f(2.0)]) == pytest.approx([want], rel=1e-14) and len(f.programs) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_to_a_parameter_is_kept(ag: ModuleType, kind: str) -> None:
    """One that was there before the transform, and belongs to somebody else."""
    make, call = KINDS[kind]
    w = ag.Value(2.0)
    g = make(ag, lambda x: w * w * x)
    slope = ag.grad(lambda v: call(g) * v)(5.0)
    assert slope.data == 12.0 and ag.gradients(slope + w, [w])[0].data == 13.0
    with ag.no_grad():
        assert plain([ag.grad(lambda v: call(g) * v)(5.0)]) == [12.0]
    outer = ag.compile(lambda v: call(g) * v)
    for w.data in (2.0, 3.0, 2.0, 1.0):
        assert outer(5.0) == 15.0 * w.data**2
    assert len(outer.programs) == 1 and type(outer(5.0)) is float


def test_in_no_transform_it_gives_numbers(ag: ModuleType) -> None:
    """With no graph to parameters, whose numbers are read anew in each call, and at the speed of a compiled function."""
    w = ag.Value(2.0)
    calls = []
    f = ag.compile(lambda x: calls.append(1) or w * x)
    assert [type(f(3.0)) for _ in range(3)] == [float] * 3 and len(calls) == 1
    slope = ag.compile(ag.grad(lambda x: w * x * x))
    assert slope(3.0) == 12.0 and type(slope(3.0)) is float


def test_a_function_without_values_from_outside_stays_compiled_in_a_loss(ag: ModuleType) -> None:
    calls = []
    f = ag.compile(lambda x: calls.append(1) or x * x)
    assert [ag.grad(lambda v: f(3.0) * v)(1.0) for _ in range(3)] == [9.0] * 3 and len(calls) == 1


def test_rows_of_other_shapes_in_a_loss(ag: ModuleType) -> None:
    def loss(v: Any) -> Any:
        f = ag.compile(lambda x: [v * x] if x > 0.0 else [v, x], in_axes=0)
        return f([1.0, -1.0])[0][0]

    with pytest.raises(ValueError, match="different shapes"):
        ag.grad(loss)(1.0)


# ------------------------------------------------------------------------------------------------ made on the way


class Lazy:
    """Makes its parameter when it is first called."""

    def __init__(self, ag: ModuleType) -> None:
        self.ag = ag
        self.calls = 0
        self.w: Any = None

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        if self.w is None:
            self.w = self.ag.Value(0.5)
        return self.w * x


RESULTS: dict[str, Callable[[Any], Any]] = {
    "a number": lambda y: y,
    "a list": lambda y: [y, y],
    "a dict": lambda y: {"y": y, "more": {"y": y}},
    "an array": lambda y: np.array([y], dtype=object),
    "a branch": lambda y: 1.0 if y > 1.25 else 0.0,
}


@pytest.mark.parametrize("rows", [False, True], ids=["point", "rows"])
@pytest.mark.parametrize("result", RESULTS)
def test_a_parameter_made_in_the_first_call_is_read_anew(ag: ModuleType, result: str, rows: bool) -> None:
    lazy = Lazy(ag)
    fast = ag.compile(lambda x: RESULTS[result](lazy(x)), in_axes=0 if rows else None)
    for number in (None, 2.0, -3.0, 0.5, 2.0):
        if number is not None:
            lazy.w.data = number
        got = plain([fast([1.0, 2.0])]) if rows else plain([fast(2.0)])
        want = plain([RESULTS[result](lazy(ag.Value(2.0)))])
        assert (got[1::2] if rows else got) == want
    if result != "a branch":
        assert lazy.calls == 2 + 5  # recorded twice, and asked five times


def test_a_parameter_in_a_cache_and_in_a_closure(ag: ModuleType) -> None:
    @functools.cache
    def parameter(name: str) -> Any:
        return ag.Value(0.5)

    kept = {}
    a = ag.compile(ag.grad(lambda x: parameter("a") * x * x))
    b = ag.compile(lambda x: kept.setdefault("b", ag.Value(0.5)) * x)
    assert (a(1.0), b(1.0)) == (1.0, 0.5)
    parameter("a").data = kept["b"].data = 3.0
    assert (a(1.0), b(1.0)) == (6.0, 3.0)


def test_what_a_function_makes_and_forgets_is_recorded_once(ag: ModuleType) -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        total = ag.Value(0.0)
        for k in range(5):
            total = total + x * ag.Value(float(k))
        return {"total": total, "parts": [total.exp(), ag.softmax([x, total])]}

    for g in (f, ag.hessian(lambda x: f(x)["total"]), lambda x: [f(x) for _ in range(2)]):
        calls.clear()
        fast = ag.compile(g)
        fast(1.0)
        fast(2.0)
        assert len(calls) == (2 if g.__name__ == "<lambda>" else 1) and len(fast.programs) == 1


def test_a_function_that_keeps_its_last_result(ag: ModuleType) -> None:
    """It makes new Values in each call: that they are kept changes nothing."""
    kept: list[Any] = []
    fast = ag.compile(lambda x: kept.append(x * 2.0) or kept[-1] * x)
    assert [fast(x) for x in (1.0, 3.0, 1.0)] == [2.0, 18.0, 2.0] and len(kept) == 2


def test_nothing_of_a_recording_stays_in_memory(ag: ModuleType) -> None:
    """Not even of a dict, which the next results are copies of."""
    if ag.build != "pure":
        pytest.skip("a compiled Value takes no weak references, and gc does not see it")
    import gc

    fast = ag.compile(lambda x: {"y": x * 2.0, "deep": [{"z": x.exp()}]})
    before = sum(type(thing) is ag.Value for thing in gc.get_objects())
    gc.disable()
    try:
        fast(1.0)
        assert sum(type(thing) is ag.Value for thing in gc.get_objects()) == before
    finally:
        gc.enable()


# ------------------------------------------------------------------------------------------------ gradients from outside


@pytest.mark.parametrize("way", ["read", "set", "of a node", "of a module"])
def test_the_gradient_of_a_value_from_outside_is_refused(ag: ModuleType, way: str) -> None:
    w = ag.Value(2.0)
    node = w * 3.0
    node.backward()
    ways: dict[str, Callable[[Any], Any]] = {
        "read": lambda x: x * w.grad,
        "set": lambda x: setattr(w, "grad", 0.0) or x * w,
        "of a node": lambda x: x * node.grad,
        "of a module": lambda x: [setattr(p, "grad", 0.0) for p in (w, node)] and x,
    }
    with pytest.raises(TypeError, match=r"neither read nor set the \.grad of a Value from outside"):
        ag.compile(ways[way])(1.0)
    assert w.grad == 3.0


def test_the_gradient_of_what_is_made_inside(ag: ModuleType) -> None:
    def f(x: Any) -> Any:
        y = x * 2.0
        before = y.grad
        y.grad = 5.0
        return y * y.grad + before

    fast = ag.compile(f)
    assert [fast(x) for x in (1.0, 3.0)] == [10.0, 30.0]


def test_a_value_from_outside_can_be_printed(ag: ModuleType) -> None:
    w = ag.Value(2.0, label="w")
    said: list[str] = []
    fast = ag.compile(lambda x: said.append(f"{w} {w!r}") or x * w)
    assert fast(1.0) == 2.0 and said == ["Value(data=2.0, label='w') Value(data=2.0, label='w')"]
    assert repr(w) == "Value(data=2.0, grad=0.0, label='w')"
