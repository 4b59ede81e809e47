"""value_and_grad finds out on its one pass whether floats or Values are asked for: what that pass must not disturb."""

from types import ModuleType
from typing import Any

import pytest


def test_a_pass_inside_the_function(ag: ModuleType) -> None:
    """It leaves adjoints in the graph that the outer one goes over."""

    def f(x: Any) -> Any:
        y = x * x
        y.backward()
        return y * 3.0 + x.grad * x

    assert ag.value_and_grad(f)(2.0) == (12.0 + 8.0, 12.0 + 4.0)


def test_a_pass_inside_the_function_over_its_argument_alone(ag: ModuleType) -> None:
    def f(x: Any) -> Any:
        x.backward()
        return x * x

    assert ag.value_and_grad(f)(3.0) == (9.0, 6.0)


def test_gradients_of_leaves_made_on_the_way_stay(ag: ModuleType) -> None:
    kept = []

    def f(x: Any) -> Any:
        c = ag.Value(5.0)
        c.grad = 7.0
        kept.append(c)
        return c * x

    assert ag.value_and_grad(f)(2.0) == (10.0, 5.0)
    assert kept[0].grad == 7.0


def test_gradients_of_older_nodes_stay(ag: ModuleType) -> None:
    a = ag.Value(3.0)
    b = a * 2.0
    (b * b).backward()
    value, slope = ag.value_and_grad(lambda x: b * x)(2.0)
    assert (value.data, slope.data) == (12.0, 6.0)
    assert (a.grad, b.grad) == (24.0, 12.0)
    slope.backward()
    assert a.grad == 26.0


def test_results_that_are_arguments_constants_or_older(ag: ModuleType) -> None:
    older = ag.Value(4.0)
    assert ag.value_and_grad(lambda x: x[1])([1.0, 2.0]) == (2.0, [0.0, 1.0])
    assert ag.value_and_grad(lambda x: 5.0)([1.0, 2.0]) == (5.0, [0.0, 0.0])
    value, slopes = ag.value_and_grad(lambda x: older)([1.0, 2.0])
    assert (value.data, [s.data for s in slopes]) == (4.0, [0.0, 0.0])
    with ag.no_grad():
        assert ag.value_and_grad(lambda x: older * x)(2.0) == (8.0, 4.0)


def test_arguments_keep_no_gradient(ag: ModuleType) -> None:
    seen = []

    def f(xs: Any) -> Any:
        seen.extend(xs)
        return ag.dot(xs, xs)

    assert ag.value_and_grad(f)([1.0, 2.0]) == (5.0, [2.0, 4.0])
    assert [x.grad for x in seen] == [0.0, 0.0]


def test_anomalies_on_the_way_back_are_found(ag: ModuleType) -> None:
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError):
        ag.value_and_grad(lambda x: x.sqrt() * 1.0)(0.0)


def test_an_error_on_the_way_leaves_no_trace(ag: ModuleType) -> None:
    def f(x: Any) -> Any:
        return [x, x]

    with pytest.raises(TypeError, match="one number"):
        ag.value_and_grad(f)(1.0)
    assert ag.value_and_grad(lambda x: x * x)(1.0) == (1.0, 2.0)


def test_auxiliary_results_decide_for_themselves(ag: ModuleType) -> None:
    older = ag.Value(4.0)
    (value, aux), slope = ag.value_and_grad(lambda x: (x * x, {"seen": x * older}), has_aux=True)(3.0)
    assert (value, slope) == (9.0, 6.0)
    assert aux["seen"].data == 12.0
    aux["seen"].backward()
    assert older.grad == 3.0
