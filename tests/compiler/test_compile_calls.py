"""compile(): what a function takes from outside, primitives of one's own, arguments and results of any shape, and rows."""

import copy
import itertools
import math
import threading
from collections.abc import Callable
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from agreement import agree, check, same

import autograd

# ------------------------------------------------------------------------------------------------ from outside


def test_numbers_from_outside_are_constants_as_long_as_they_stay_and_parameters_are_read_anew(ag: ModuleType) -> None:
    w, scale = ag.Value(2.0), 3.0
    fast = ag.compile(ag.value_and_grad(lambda x: w * x * scale if x > 0 else w + x * scale))
    assert fast(1.0) == (6.0, 6.0) and fast(-1.0) == (-1.0, 3.0)
    w.data = 5.0
    assert fast(1.0) == (15.0, 15.0) and fast(-1.0) == (2.0, 3.0)
    assert len(fast.programs) == 2 and w.grad == 0.0
    scale = 100.0
    assert fast(1.0) == (500.0, 500.0) and fast(-1.0) == (-95.0, 100.0)


def test_a_branch_on_a_parameter_is_looked_at_anew(ag: ModuleType) -> None:
    w = ag.Value(2.0)
    fast = ag.compile(lambda x: x * 10 if w > 0 else x)
    assert fast(1.0) == 10.0
    w.data = -1.0
    assert fast(1.0) == 1.0
    by_data = ag.compile(lambda x: x * w.data)
    assert by_data(2.0) == -2.0
    w.data = 4.0
    assert by_data(2.0) == 8.0


def test_a_node_from_outside_keeps_its_number(ag: ModuleType) -> None:
    """As in eager execution: what was computed before the call is not computed again."""
    w = ag.Value(2.0)
    twice = w * 2
    fast = ag.compile(lambda x: twice * x + w)
    assert fast(1.0) == 6.0
    w.data = 100.0
    assert fast(1.0) == 104.0
    twice.data = 7.0
    assert fast(1.0) == 107.0


def test_values_made_inside_are_constants(ag: ModuleType) -> None:
    fast = ag.compile(lambda x: ag.Value(2.0) * x + copy.copy(x) + copy.deepcopy(x * x) + copy.deepcopy(x))
    assert fast(1.0) == 5.0 and fast(3.0) == 21.0 and len(fast.programs) == 1


def test_no_grad_inside(ag: ModuleType) -> None:
    w = ag.Value(2.0)

    def f(x: Any) -> Any:
        with ag.no_grad():
            scale = w * x + x.floor()
            flag = ag.is_grad_enabled()
        return scale * x * (2.0 if flag else 1.0)

    check(ag, f, [1.0, 2.5, -3.0])


def test_gradients_and_transforms_inside(ag: ModuleType) -> None:
    def f(x: Any) -> Any:
        return ag.gradients(x * x * x, [x])[0] + ag.grad(lambda t: t.tanh() * x)(x) + ag.hvp(lambda t: t**3, x, 2.0)

    check(ag, f, [0.5, 2.0, -1.0])


def test_backward_inside_is_an_error(ag: ModuleType) -> None:
    def f(x: Any) -> Any:
        w = ag.Value(2.0)
        (x * w).backward()
        return w.grad * x

    with pytest.raises(TypeError, match="value_and_grad"):
        ag.compile(f)(1.0)
    x = ag.Value(3.0)
    f(x)  # and all is as before
    assert x.grad == 2.0


def test_setting_data_inside_is_an_error(ag: ModuleType) -> None:
    w = ag.Value(1.0)

    def f(x: Any) -> Any:
        w.data = 2.0
        return w * x

    with pytest.raises(TypeError, match=r"cannot set \.data"):
        ag.compile(f)(1.0)
    assert w.data == 1.0


def test_an_exception_inside_leaves_nothing_behind(ag: ModuleType) -> None:
    def f(x: Any) -> Any:
        with ag.no_grad():
            if x > 2:
                raise ZeroDivisionError("mine")
        return x * 2

    fast = ag.compile(ag.value_and_grad(f))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError, match="mine"):
            fast(3.0)
        assert fast(1.0) == (2.0, 2.0)
        assert ag.is_grad_enabled() and ag.engine.modes.trace_here() is None
        assert (ag.Value(1.0) > 0) is True
    assert len(fast.programs) == 1


def test_compiled_inside_compiled(ag: ModuleType) -> None:
    inner = ag.compile(lambda x: x * x if x > 0 else x)
    outer = ag.compile(ag.value_and_grad(lambda x: inner(x) + inner(3.0) + 1))
    assert outer(2.0) == (14.0, 4.0) and outer(-2.0) == (8.0, 1.0)
    assert ag.compile(inner)(5.0) == 25.0 and ag.compile(inner)(-5.0) == -5.0
    assert ag.grad(inner)(2.0) == 4.0 and ag.grad(lambda x: inner(x) * x)(2.0) == 12.0


def test_threads_share_a_compiled_function(ag: ModuleType) -> None:
    fast = ag.compile(lambda x: x * 2 if x > 0 else x * 3 if x > -10 else x * 5, in_axes=0)
    rows = np.linspace(-20.0, 5.0, 101)
    want = np.where(rows > 0, rows * 2, np.where(rows > -10, rows * 3, rows * 5))
    start = threading.Barrier(8)
    results: list[Any] = [None] * 8

    def work(k: int) -> None:
        start.wait()
        results[k] = fast(rows if k % 2 else rows[::-1])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(result, want if k % 2 else want[::-1]) for k, result in enumerate(results))
    assert len(fast.programs) == 3


# ------------------------------------------------------------------------------------------------ primitives of one's own


def test_custom_primitives(ag: ModuleType) -> None:
    """A rule in plain float mathematics serves as it does eagerly; one on Values serves second derivatives; redefined, each
    function keeps the primitive that it was written with."""
    by_math = ag.primitive("by_math", lambda x: math.sin(x), lambda x, out: math.cos(x))
    check(ag, lambda x: by_math(x) * x, [0.5, 2.0, -1.0], programs=1)
    one = ag.primitive("changing", lambda x, y: x * y, [lambda x, y, out: y, lambda x, y, out: x])
    fast_one = ag.compile(ag.hessian(lambda x: one(x[0], x[1]) * x[0]))
    assert fast_one([1.0, 2.0]) == [[4.0, 2.0], [2.0, 0.0]]
    other = ag.primitive("changing", lambda x, y: x - y, [lambda x, y, out: 1.0, lambda x, y, out: -1.0])
    assert ag.compile(lambda x: other(x, 1.0))(3.0) == 2.0
    assert fast_one([3.0, 4.0]) == [[8.0, 6.0], [6.0, 0.0]]
    both = ag.compile(lambda x: one(x, 5.0) + other(x, 5.0))
    assert both(2.0) == 7.0 and both(3.0) == 13.0


def test_custom_primitives_over_lists_and_with_branches(ag: ModuleType) -> None:
    norm = ag.primitive(
        "norm_of_mine", lambda xs: math.sqrt(sum(x * x for x in xs)), lambda xs, out: [x / out for x in xs], over_list=True
    )
    check(ag, lambda xs: norm(xs) * xs[0], [[3.0, 4.0], [1.0, -2.0]], programs=1)
    fast, slow = ag.compile(ag.hessian(norm)), ag.hessian(norm)
    for xs in ([3.0, 4.0], [1.0, -2.0]):
        assert all(same(x, y, 1e-15) for a, b in zip(fast(xs), slow(xs), strict=True) for x, y in zip(a, b, strict=True))
    kinked = ag.primitive("kinked", lambda x: x * x if x > 0 else -x, lambda x, out: 2 * x if x > 0 else -1.0)
    fast_second, second = ag.compile(ag.derivative(kinked, order=2)), ag.derivative(kinked, order=2)
    assert [fast_second(x) for x in (1.0, -1.0, 2.0)] == [second(x) for x in (1.0, -1.0, 2.0)] == [2.0, 0.0, 2.0]


def test_a_primitive_that_gives_something_else_each_time(ag: ModuleType) -> None:
    """No recording holds for it again; every row is recorded once, and that ends."""
    ticks = itertools.count()
    tick = ag.primitive("tick", lambda x: next(ticks), lambda x, out: 0.0)
    fast = ag.compile(lambda x: x * 2 if float(tick(x).data) >= 0 else x, in_axes=0)
    assert fast([1.0, 2.0, 3.0]).tolist() == [2.0, 4.0, 6.0] and len(fast.programs) == 3


def test_names_of_instructions_are_no_names_for_primitives(ag: ModuleType) -> None:
    with pytest.raises(ValueError, match="choose another name"):
        ag.primitive("select <", lambda x: x, lambda x, out: 1.0)


# ------------------------------------------------------------------------------------------------ arguments and results


def test_transforms_compose(ag: ModuleType) -> None:
    def f(x: Any) -> Any:
        return x[0] ** 3 * x[1] + x[1].sin()

    def several(x: Any) -> Any:
        return {"a": [f(x), x[0]], "b": 3.0}

    made = [
        f,
        ag.grad(f),
        ag.value_and_grad(f),
        ag.hessian(f),
        ag.jacobian(several),
        ag.jacobian(several, mode="forward"),
        several,
        ag.grad(lambda x: ag.hvp(f, x, [1.0, 2.0])[0]),
        lambda x: ag.jvp(f, (x,), ([1.0, 0.5],)),
        lambda x: ag.vjp(several, x)[1]({"a": [1.0, 2.0], "b": 0.0}),
    ]
    for transformed in made:
        fast = ag.compile(transformed)
        for x in ([1.0, 2.0], [0.5, -1.0]):
            want = transformed([ag.Value(v) for v in x]) if transformed in (f, several) else transformed(x)
            assert agree(fast(x), want)
    fast = ag.compile(ag.grad(lambda x, y: x * x * y, argnums=(0, 1)))
    assert fast(2.0, 3.0) == (12.0, 4.0)


def test_the_shape_of_a_result_may_hang_on_a_branch(ag: ModuleType) -> None:
    fast = ag.compile(lambda x: x if x > 0 else [x, (x,)])
    assert [fast(x) for x in (1.0, -1.0, 2.0)] == [1.0, [-1.0, (-1.0,)], 2.0]


def test_what_a_branch_hangs_on_is_exact(ag: ModuleType) -> None:
    """NumPy's exp is not the C library's in the last bit; a branch or a floor on it must not be another one for that."""
    rows = np.random.default_rng(0).uniform(0.1, 3.0, 300)
    for name in ("exp", "log", "sin", "cos"):
        edges = {x: getattr(ag, name)(float(x)) for x in rows}

        def f(x: Any, edge: Any, name: str = name) -> Any:
            y = getattr(x, name)()
            return [1.0 if y == edge else 0.0, ag.where(y == edge, 1.0, 0.0), (y / edge).floor(), abs(y - edge)]

        fast = ag.compile(f, in_axes=0)
        on_edge, chosen, floor, _ = fast(rows, [edges[x] for x in rows])
        assert on_edge.tolist() == chosen.tolist() == floor.tolist() == [1.0] * len(rows)
        slope = ag.compile(ag.grad(lambda x, edge, name=name: ag.maximum(getattr(x, name)(), edge), argnums=1), in_axes=0)
        assert slope(rows, [edges[x] for x in rows]).tolist() == [0.5] * len(rows)


def test_arguments_and_results_of_any_shape(ag: ModuleType) -> None:
    fast = ag.compile(lambda d, a: {"sum": d["x"] + sum(d["y"]), "array": a * 2, "same": (d["x"], d["x"]), "constant": 3})
    result = fast({"x": 1, "y": [2.0, True]}, np.array([[1.0, 2.0]], dtype=np.float32))
    assert result["sum"] == 4.0 and result["same"] == (1.0, 1.0) and result["constant"] == 3.0
    assert result["array"].tolist() == [[2.0, 4.0]] and result["array"].dtype == float
    assert all(type(x) is float for x in (result["sum"], *result["same"], result["constant"]))
    assert ag.compile(lambda x: x)(3) == 3.0 and ag.compile(lambda xs: len(xs))([]) == 0.0
    assert ag.compile(lambda: 5.0)() == 5.0


def test_each_shape_of_arguments_has_its_programs(ag: ModuleType) -> None:
    fast = ag.compile(lambda xs: xs[0] * len(xs) if isinstance(xs, list) else xs[0] * 100)
    assert fast([1.0, 2.0]) == 2.0 and fast((1.0, 2.0)) == 100.0 and fast([1.0, 2.0, 3.0]) == 3.0
    by_key = ag.compile(lambda d: next(iter(d.values())) + 10 * d["a"])
    assert by_key({"a": 1.0, "b": 2.0}) == 11.0 and by_key({"b": 2.0, "a": 1.0}) == 12.0
    by_array = ag.compile(lambda a: a.sum() * a.shape[0])
    assert by_array(np.ones((2, 3))) == 12.0 and by_array(np.ones((3, 2))) == 18.0 and by_array(np.ones(6)[::2]) == 9.0


def test_numbers_by_name_are_told_apart_from_booleans(ag: ModuleType) -> None:
    fast = ag.compile(lambda x, how=1: x * (2 if type(how) is bool else 3) * how)
    assert (fast(1.0, how=1), fast(1.0, how=True), fast(1.0, how=2.0), fast(1.0)) == (3.0, 2.0, 6.0, 3.0)
    assert ag.compile(lambda x, k: x * k[0])(1.0, k=[2.0]) == 2.0


BAD_CALLS: dict[str, tuple[Callable[[ModuleType], Any], type[Exception], str]] = {
    "complex": (lambda ag: ag.compile(lambda x: x)(1j), TypeError, "complex"),
    "text": (lambda ag: ag.compile(lambda x: x)("1"), TypeError, "not a number"),
    "nothing given back": (lambda ag: ag.compile(lambda x: None)(1.0), TypeError, "return"),
    "no function": (lambda ag: ag.compile(3.0), TypeError, "takes a function"),
    "axis 1": (lambda ag: ag.compile(abs, in_axes=1), ValueError, "in_axes"),
    "axis False": (lambda ag: ag.compile(abs, in_axes=(False,)), ValueError, "in_axes"),
    "reduce": (lambda ag: ag.compile(abs, in_axes=0, reduce="max"), ValueError, "reduce"),
    "reduce, two ways": (lambda ag: ag.compile(abs, in_axes=0, reduce=("sum", "mean")), ValueError, "reduce is None"),
    "reduce, nothing": (lambda ag: ag.compile(abs, in_axes=0, reduce=(None, None)), ValueError, "reduce is None"),
    "reduce, order": (lambda ag: ag.compile(abs, in_axes=0, reduce=(None, "sum")), ValueError, "come last"),
    "reduce, no tuple": (
        lambda ag: ag.compile(abs, in_axes=0, reduce=("sum", None))([1.0]),
        ValueError,
        "for a tuple of 2 parts",
    ),
    "reduce, a short tuple": (
        lambda ag: ag.compile(lambda x: (x,), in_axes=0, reduce=("sum", None))([1.0]),
        ValueError,
        "for a tuple of 2 parts",
    ),
    "reduce, a long tuple": (
        lambda ag: ag.compile(lambda x: (x, x, x), in_axes=0, reduce=("sum", None))([1.0]),
        ValueError,
        "for a tuple of 2 parts",
    ),
    "reduce without rows": (lambda ag: ag.compile(abs, reduce="sum")(1.0), ValueError, "no argument has any"),
    "max_branches": (lambda ag: ag.compile(abs, max_branches=0), ValueError, "max_branches"),
    "number of arguments": (lambda ag: ag.compile(abs, in_axes=(0, 0))([1.0]), ValueError, "called with 1"),
    "rows that differ": (lambda ag: ag.compile(max, in_axes=0)([1.0], [1.0, 2.0]), ValueError, "argument 1 has 2 rows"),
    "no rows": (lambda ag: ag.compile(abs, in_axes=0)([]), ValueError, "no rows"),
    "no rows, sum": (lambda ag: ag.compile(abs, in_axes=0, reduce="sum")(np.ones((0, 2))), ValueError, "no rows"),
    "one number for rows": (lambda ag: ag.compile(abs, in_axes=0)(1.0), ValueError, "argument 0 has rows"),
    "ragged rows": (lambda ag: ag.compile(abs, in_axes=0)([[1.0], [1.0, 2.0]]), ValueError, "no table"),
    "complex rows": (lambda ag: ag.compile(abs, in_axes=0)(np.array([1j])), TypeError, "complex"),
    "text in rows": (lambda ag: ag.compile(abs, in_axes=0)(["1"]), TypeError, "no table"),
    "None in rows": (lambda ag: ag.compile(abs, in_axes=0)([1.0, None]), TypeError, "no table"),
    "Values in rows": (lambda ag: ag.compile(abs, in_axes=0)([ag.Value(1.0)]), TypeError, "no table"),
    "text in a column": (lambda ag: ag.compile(abs, in_axes=0)({"x": ["a"]}), TypeError, r"argument 0\['x'\] is no table"),
    "shapes by branch": (lambda ag: ag.compile(lambda x: x if x > 0 else [x], in_axes=0)([1.0, -1.0]), ValueError, "shapes"),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_what_cannot_be_right_is_a_clear_error(ag: ModuleType, name: str) -> None:
    call, kind, message = BAD_CALLS[name]
    with pytest.raises(kind, match=message):
        call(ag)


# ------------------------------------------------------------------------------------------------ batches


def test_rows_of_every_kind(ag: ModuleType) -> None:
    fast = ag.compile(lambda x: x * x + 1 if x > 1 else x, in_axes=0)
    for rows in (
        [3],
        [0.0, 2.0],
        range(4),
        np.arange(6)[::2],
        np.arange(6.0, dtype=np.float32)[::-2],
        np.array([True, False]),
        [Fraction(1, 2), 2],
        np.arange(12.0).reshape(3, 4)[:, 1],
    ):
        want = [float(x) * float(x) + 1 if x > 1 else float(x) for x in rows]
        got = fast(rows)
        assert got.dtype == float and got.tolist() == want
    assert len(fast.programs) == 2


def test_rows_of_vectors_and_matrices(ag: ModuleType) -> None:
    def f(w: Any, x: Any, m: Any) -> Any:
        return {"y": (w * x).sum() * m[0][1], "grad": x * 2, "same": w}

    fast = ag.compile(f, in_axes=(None, 0, 0))
    x, m, w = np.arange(6.0).reshape(3, 2), np.arange(12.0).reshape(3, 2, 2), np.array([2.0, -1.0])
    result = fast(w, x, m)
    assert result["y"].tolist() == ((x * w).sum(axis=1) * m[:, 0, 1]).tolist()
    assert np.array_equal(result["grad"], x * 2) and np.array_equal(result["same"], np.tile(w, (3, 1)))
    assert ag.compile(lambda x: 3.0, in_axes=0)([1.0, 2.0]).tolist() == [3.0, 3.0]


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_reduce(ag: ModuleType, reduce: str | None) -> None:
    def loss(p: Any, x: Any, y: Any) -> Any:
        z = p["w"] * x + p["b"]
        return (z - y) ** 2 if z > y else abs(z - y)

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 37))
    p = {"w": 0.5, "b": -0.1}
    each = [ag.value_and_grad(loss)(p, float(a), float(b)) for a, b in zip(x, y, strict=True)]
    columns = [np.array([v for v, _ in each]), *(np.array([g[key] for _, g in each]) for key in p)]
    value, slopes = ag.compile(ag.value_and_grad(loss), in_axes=(None, 0, 0), reduce=reduce)(p, x, y)
    for got, column in zip([value, slopes["w"], slopes["b"]], columns, strict=True):
        want = column if reduce is None else column.sum() if reduce == "sum" else column.mean()
        assert np.allclose(got, want, rtol=1e-13, atol=1e-13) and np.shape(got) == np.shape(want)


@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("branches", [False, True])
def test_one_run_gives_sums_and_outputs_of_each_row(ag: ModuleType, mean: bool, branches: bool) -> None:
    """To the last bit what two programs give: one of sums, and one of rows."""

    def loss(w: Any, x: Any) -> Any:
        z = ag.dot(w, x)
        return (z - 1.0) ** 2 if not branches or z > 0 else abs(z - 1.0)

    def three(w: Any, x: Any) -> Any:
        return *ag.value_and_grad(loss)(w, x), {"z": ag.dot(w, x), "both": [x[0] * 1.0, 2.0]}

    rng = np.random.default_rng(0)
    way = "mean" if mean else "sum"
    together = ag.compile(three, in_axes=(None, 0), reduce=(way, way, None))
    apart, each = ag.compile(three, in_axes=(None, 0), reduce=way), ag.compile(three, in_axes=(None, 0))
    for rows in (1, 37, 37, 5000):  # twice, since the second call is answered in another way
        w, x = rng.normal(size=3), rng.normal(size=(rows, 3))
        value, slopes, outputs = together(w, x)
        assert (value, slopes.tolist()) == (apart(w, x)[0], apart(w, x)[1].tolist())
        want = each(w, x)[2]
        assert np.array_equal(outputs["z"], want["z"]) and outputs["z"].shape == (rows,)
        assert [column.tolist() for column in outputs["both"]] == [x[:, 0].tolist(), [2.0] * rows]
    assert len(together.programs) == 1 + branches
    huge = np.full((4, 3), 1e200)
    value, _, outputs = together(np.ones(3), huge)
    assert value == math.inf and outputs["z"].tolist() == [3e200] * 4


def test_a_million_rows(ag: ModuleType) -> None:
    rows = np.linspace(-2.0, 2.0, 1_000_000)
    value, slope = ag.compile(ag.value_and_grad(lambda x: x * x * 3 + (1 if x > 0 else x)), in_axes=0)(rows)
    assert np.array_equal(value, np.where(rows > 0, rows * rows * 3 + 1, rows * rows * 3 + rows))
    assert np.allclose(slope, np.where(rows > 0, rows * 6, rows * 6 + 1), rtol=1e-15, atol=1e-15)


def test_rows_are_not_changed_nor_kept(ag: ModuleType) -> None:
    rows = np.array([1.0, 2.0])
    result = ag.compile(lambda x: x, in_axes=0)(rows)
    result[0] = 9.0
    assert rows.tolist() == [1.0, 2.0]


def test_recorded_while_watched_for_anomalies(ag: ModuleType) -> None:
    """What detect_anomaly() looks at is not read by the function; and it sees the recording."""
    fast = ag.compile(ag.hessian(lambda x: ag.hypot(x, 2.0) + x.tanh() + x.detach() * ag.clip(x, -1.0)))
    with ag.detect_anomaly():
        first = fast(1.0)
        with pytest.raises(ag.AnomalyError, match="log gave -inf"):
            ag.compile(lambda x: x.log())(0.0)
        assert ag.Value(math.inf).detach().data == math.inf
    assert len(fast.programs) == 1 and not fast.programs[0].guards
    assert first == ag.hessian(lambda x: ag.hypot(x, 2.0) + x.tanh())(1.0) and fast(2.0) != first and len(fast.programs) == 1


def test_comparisons_as_results(ag: ModuleType) -> None:
    fast = ag.compile(lambda x: [x > 0, (x > 1) + 1, not x > 2])
    assert [fast(x) for x in (0.5, 1.5, -1.0, 3.0)] == [[1.0, 1.0, 1.0], [1.0, 2.0, 1.0], [0.0, 1.0, 1.0], [1.0, 2.0, 0.0]]


def test_within_no_grad_it_still_records(ag: ModuleType) -> None:
    with ag.no_grad():
        fast = ag.compile(ag.value_and_grad(lambda x: x * x))
        assert fast(3.0) == (9.0, 6.0)
    assert fast(4.0) == (16.0, 8.0)


def test_a_primitive_whose_name_has_spaces(ag: ModuleType) -> None:
    spaced = ag.primitive("my own square", lambda x: x * x, lambda x, out: 2.0 * x)
    fast = ag.compile(ag.value_and_grad(spaced), in_axes=0)
    assert [part.tolist() for part in fast([1.0, 3.0])] == [[1.0, 9.0], [2.0, 6.0]]
    flat = ag.primitive("flat", lambda x: x * x, lambda x, out: 2.0 * x)
    assert ag.compile(ag.value_and_grad(flat))(3.0) == (9.0, 6.0)


def test_more_rows_than_a_block_has_with_branches_and_a_primitive_of_ones_own(ag: ModuleType) -> None:
    softened = ag.primitive("exp 2", lambda x: x * x, lambda x, out: 2.0 * x)

    def f(w: Any, x: Any) -> Any:
        y = ag.dot([w, x, 2.0], [x, w, x]) + ag.where(x > 0, x.exp(), x / 3.0) - x.tanh() * ag.arctan2(w, x) + softened(x)
        return y.relu() if y > 1 else -y

    slopes = ag.value_and_grad(f, argnums=(0, 1))
    xs = [0.1 * i - 1.55 for i in range(300)]  # more than one block
    fast = ag.compile(slopes, in_axes=(None, 0))
    values, (by_w, by_x) = fast(0.5, xs)
    for i, x in enumerate(xs):
        value, (want_w, want_x) = slopes(0.5, x)
        assert (values[i], by_w[i], by_x[i]) == pytest.approx((value, want_w, want_x), rel=1e-13)
    assert ag.compile(slopes)(0.5, -1.0) == slopes(0.5, -1.0)


def test_the_slope_of_a_primitive_named_like_another_is_its_own() -> None:
    squared = autograd.primitive("exp 2", lambda x: x * x, lambda x, out: 2.0 * abs(x) if x > 0 else 2.0 * x)
    assert autograd.compile(autograd.grad(squared))(3.0) == 6.0
    assert autograd.compile(autograd.grad(squared), in_axes=0)([3.0, -1.0]).tolist() == [6.0, -2.0]
