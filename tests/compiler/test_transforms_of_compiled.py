"""Transforms of a compiled function are compiled; a function of Values that calls one goes through it."""

import copy
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from agreement import agree


def f(x: Any) -> Any:
    return x[0] ** 3 * x[1].exp() + x[1] * x[0]


def line(p: Any, x: Any, y: Any) -> Any:
    return (p[0] * x + p[1] * p[0] - y) ** 2


TRANSFORMS: dict[str, Callable[[ModuleType, Any], Callable[..., Any]]] = {
    "grad": lambda ag, g: ag.grad(g),
    "value_and_grad": lambda ag, g: ag.value_and_grad(g),
    "hessian": lambda ag, g: ag.hessian(g),
    "jacobian": lambda ag, g: ag.jacobian(g),
    "jacobian, forward": lambda ag, g: ag.jacobian(g, mode="forward"),
    "value_and_jacobian": lambda ag, g: ag.value_and_jacobian(g),
    "jacobian of grad": lambda ag, g: ag.jacobian(ag.grad(g)),
    "grad of two": lambda ag, g: ag.grad(lambda x: ag.value_and_grad(g)(x)[0] + ag.grad(g)(x)[1]),
    "hvp": lambda ag, g: lambda x: ag.hvp(g, x, [1.0, 2.0]),
    "jvp": lambda ag, g: lambda x: ag.jvp(g, (x,), ([1.0, 2.0],)),
    "vjp": lambda ag, g: lambda x: ag.vjp(g, x)[1](2.0),
    "inside a function": lambda ag, g: ag.hessian(lambda x: g([x[0] * x[1], x[1]]) * x[0]),
}
COMPILED = ("grad", "value_and_grad", "hessian", "jacobian", "jacobian, forward", "value_and_jacobian", "jacobian of grad")


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_of_a_compiled_function(ag: ModuleType, name: str) -> None:
    calls: list[int] = []
    compiled = ag.compile(lambda x: calls.append(1) or f(x))
    fast, slow = TRANSFORMS[name](ag, compiled), TRANSFORMS[name](ag, f)
    for x in ([1.0, 2.0], [0.5, -1.0], [0.0, 0.0]):
        assert agree(fast(x), slow(x))
    if name in COMPILED:
        assert len(calls) == 1 and len(fast.programs) == 1
        assert TRANSFORMS[name](ag, compiled) is fast  # with its program
    by_rows = TRANSFORMS[name](ag, ag.compile(f, in_axes=0)) if name in COMPILED else None
    if by_rows:
        table = np.array([[1.0, 2.0], [0.5, -1.0]])
        got, want = by_rows(table), [slow(x) for x in table]
        for i, one in enumerate(want):
            pairs = zip(got, one, strict=True) if isinstance(one, tuple) else [(got, one)]
            assert all(np.allclose(a[i], b, rtol=1e-13) for a, b in pairs)


def test_settings_of_transforms_are_told_apart(ag: ModuleType) -> None:
    compiled = ag.compile(lambda x, y: x * x * y)
    assert ag.grad(compiled)(3.0, 2.0) == 12.0 and ag.grad(compiled, 1)(3.0, 2.0) == 9.0
    assert ag.grad(compiled, (0, 1))(3.0, 2.0) == ag.grad(compiled, [0, 1])(3.0, 2.0) == (12.0, 9.0)
    assert ag.derivative(ag.compile(lambda x: x**4), 3)(2.0) == 48.0
    with pytest.raises(ValueError, match="argnums asks for argument 2"):
        ag.grad(compiled, 2)(3.0, 2.0)


@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_transforms_of_sums_over_rows(ag: ModuleType, reduce: str) -> None:
    loss = ag.compile(line, in_axes=(None, 0, 0), reduce=reduce)
    rng = np.random.default_rng(0)
    x, y, p = rng.normal(size=20), rng.normal(size=20), [0.5, 2.0]
    over_rows = getattr(np, reduce)
    for transform in (ag.grad, ag.hessian, ag.jacobian):
        want = over_rows([transform(line)(p, *row) for row in zip(x, y, strict=True)], axis=0)
        assert np.allclose(transform(loss)(p, x, y), want, rtol=1e-12)
        assert np.allclose(transform(lambda p: loss(p, x, y))(p), want, rtol=1e-12)
    assert type(ag.grad(loss)) is type(loss) and len(ag.grad(loss).programs) == 1
    with pytest.raises(ValueError, match=r"argument that has rows.*compile the transform of line"):
        ag.grad(loss, 1)


def test_several_parts_of_rows(ag: ModuleType) -> None:
    fast = ag.compile(lambda p, x: (p * x, p + x), in_axes=(None, 0), reduce=("sum", None))
    summed, each = ag.grad(lambda p: fast(p, [1.0, 2.0])[0])(3.0), fast(ag.Value(3.0), [1.0, 2.0])
    assert summed == 3.0 and each[0].data == 9.0 and [v.data for v in each[1]] == [4.0, 5.0]


def test_a_compiled_function_of_values_keeps_their_graph(ag: ModuleType) -> None:
    w = ag.Value(2.0)
    y = ag.compile(lambda p, x: p * x)(w, 3.0)
    y.backward()
    assert (y.data, w.grad) == (6.0, 3.0)
    with pytest.raises(TypeError, match="no table"):
        ag.compile(abs, in_axes=0)([w])


def test_closing_over_a_value(ag: ModuleType) -> None:
    w = ag.Value(2.0)
    compiled = ag.compile(lambda x: w * x**2)
    loss = ag.grad(lambda v: ag.grad(compiled)(v) * v)
    assert loss(3.0).data == 24.0
    (slope,) = ag.gradients(loss(3.0), [w])
    assert slope.data == 12.0
    w.data = 1.0
    assert ag.grad(compiled)(3.0) == 6.0


def rosenbrock(x: Any) -> Any:
    return sum([100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2 for i in range(len(x) - 1)])


def terms(x: Any) -> Any:
    return [x[0] * x[1], 1.0, x[1].exp() if x[1] > 0.0 else x[0] * x[2], x[2] ** 3]


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_a_sparse_jacobian_is_a_program_of_its_entries(ag: ModuleType, mode: str) -> None:
    pytest.importorskip("scipy")
    made = ag.compile(ag.jacobian(terms, sparse=True, mode=mode)), ag.jacobian(ag.compile(terms), sparse=True, mode=mode)
    for x in ([2.0, 3.0, 0.5], [0.5, -1.0, 2.0], [1.0, 0.0, -1.0]):
        want = ag.jacobian(terms, sparse=True, mode=mode)(x)
        for compiled in made:
            found = compiled(x)
            assert type(found) is type(want) and found.dtype == float and (found != want).nnz == 0
            assert (found.indices.tolist(), found.indptr.tolist()) == (want.indices.tolist(), want.indptr.tolist())
            assert len(compiled.programs) <= 2
            found.data[:] = found.indices[:] = 0  # it is the caller's
    assert [y.sum() for y in ag.value_and_jacobian(ag.compile(lambda x: x * x), sparse=True)(np.array([3.0]))] == [9.0, 6.0]
    assert ag.jacobian(ag.compile(lambda x: [3.0]), sparse=True)([1.0, 2.0]).toarray().tolist() == [[0.0, 0.0]]


def test_a_sparse_hessian_is_a_program_of_its_entries(ag: ModuleType) -> None:
    pytest.importorskip("scipy")
    compiled = ag.hessian(ag.compile(rosenbrock), sparse=True)
    for x in np.random.default_rng(0).normal(size=(3, 30)):
        found = compiled(x)
        assert found.nnz == 3 * 30 - 2
        np.testing.assert_allclose(found.toarray(), ag.hessian(rosenbrock)(x), rtol=1e-13, atol=1e-13)
    assert len(compiled.programs) == 1 and len(compiled.programs[0].outputs) == 3 * 30 - 2
    w = ag.Value(2.0)
    scaled = ag.compile(ag.hessian(lambda x: w * rosenbrock(x), sparse=True))
    before = scaled(x).toarray()
    w.data = 4.0
    np.testing.assert_allclose(scaled(x).toarray(), 2.0 * before, rtol=1e-14)


def test_a_sparse_matrix_keeps_no_graph_and_has_no_rows(ag: ModuleType) -> None:
    pytest.importorskip("scipy")
    compiled = ag.compile(ag.jacobian(terms, sparse=True))
    w = ag.Value(2.0)
    scaled = ag.compile(ag.jacobian(lambda x: [w * x[0]], sparse=True))
    assert scaled([1.0]).toarray() == 2.0
    for call in (
        lambda: compiled([ag.Value(1.0), 2.0, 3.0]),
        lambda: ag.grad(lambda v: compiled([v, v, v])[0, 0])(1.0),
        lambda: ag.grad(lambda v: scaled([1.0])[0, 0] * v)(1.0),
        lambda: ag.compile(lambda x: ag.jacobian(terms, sparse=True)(x)[0, 0])([1.0, 2.0, 3.0]),
    ):
        with pytest.raises(TypeError, match="sparse=True gives floats"):
            call()
    with pytest.raises(ValueError, match=r"jacobian\(terms\) is a sparse matrix at one point"):
        ag.compile(ag.jacobian(terms, sparse=True), in_axes=0)
    few = ag.compile(ag.jacobian(lambda x: [x * 2.0 if x > 1.0 else x * 3.0], sparse=True), max_branches=1)
    assert few(2.0).toarray() == 2.0
    with pytest.warns(RuntimeWarning, match="is recorded no more"):
        assert few(0.5).toarray() == 3.0


def test_copies_and_pickles() -> None:
    import autograd

    again = pickle.loads(pickle.dumps(copy.deepcopy(autograd.grad(autograd.compile(f)))))
    assert again([1.0, 2.0]) == autograd.grad(f)([1.0, 2.0])
