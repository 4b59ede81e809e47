"""check_gradients: it passes what is right, and what is wrong gets a report one can act on."""

import math
import re

import numpy as np
import pytest


def wrong_square(ag, name="wrong_square"):
    """x², with the slope of x³."""
    return ag.primitive(name, lambda x: x * x, lambda x, out: 3.0 * x * x)


def report_of(ag, f, args, **options):
    with pytest.raises(ag.GradientCheckError) as caught:
        ag.check_gradients(f, args, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    "f, args",
    [
        (lambda x: x**3 + 2 * x, [1.5]),
        (lambda x, y: (x * y).sin() + x**2, [0.5, 2.0]),
        (lambda x, y: x / y + y.log() * x.exp(), [-1.0, 0.3]),
        (lambda x: x.tanh() * 1e6, [0.2]),
        (lambda x: x * 1e-9, [3.0]),
        (lambda x: x**2, [1e5]),
        (lambda x: x * 0.0, [1.0]),
        (lambda x: x.relu() + x.abs(), [0.3]),
        (lambda x: x**2, [0]),
    ],
)
def test_agreement_is_silent(ag, capsys, f, args):
    assert ag.check_gradients(f, args) is None
    assert capsys.readouterr().out == ""


def test_values_arrays_and_nested_lists_as_arguments(ag):
    def f(weights, bias, pair):
        assert isinstance(weights, list) and isinstance(weights[0], list) and isinstance(pair, tuple)
        assert all(isinstance(w, ag.Value) for row in weights for w in row) and isinstance(bias, ag.Value)
        return ag.fsum([ag.dot(row, row) for row in weights]) * bias + pair[0] * pair[1]

    ag.check_gradients(f, [[[1.0, 2.0], [3, -1.0]], ag.Value(0.5), (2.0, np.float32(3.0))])
    ag.check_gradients(lambda xs: ag.logsumexp(xs), [np.array([1.0, 2.0, 3.0])])
    ag.check_gradients(lambda m: m[0][1] * m[1][0], [np.array([[1.0, 2.0], [3.0, 4.0]])])


def test_the_arguments_are_left_alone(ag):
    x = ag.Value(2.0, label="x")
    x.grad = 7.0
    ag.check_gradients(lambda v: v * v, [x])
    assert (x.data, x.grad) == (2.0, 7.0)


def test_report_of_a_wrong_rule(ag, capsys):
    square = wrong_square(ag)
    report = report_of(ag, lambda x, y: x * y + square(y), [0.5, 2.0])
    assert capsys.readouterr().out == report + "\n"
    assert "with respect to x1, at x1 = 2.0" in report and "x0" not in report  # only the one that is wrong
    assert "the function is 5.0 there" in report
    assert re.search(r"backward\(\) says +12\.5\n", report)
    numerical = float(re.search(r"numbers say +(\S+)\n", report)[1])
    assert numerical == pytest.approx(4.5, rel=1e-8)
    steps = [(float(h), float(slope)) for h, slope in re.findall(r"h = (\S+) +(\S+)", report)]
    assert len(steps) >= 5 and steps == sorted(steps, reverse=True) and steps[0][0] / steps[-1][0] > 1e5
    assert all(slope == pytest.approx(4.5, rel=1e-4) for _, slope in steps)
    assert "a rule is wrong" in report and "on no kink" in report


def test_report_names_the_place_in_a_nested_list(ag):
    square = wrong_square(ag)
    report = report_of(ag, lambda rows: rows[0][0] + square(rows[1][0]), [[[1.0, 2.0], [3.0]]])
    assert "respect to x0[1][0], at x0[1][0] = 3.0" in report
    report = report_of(ag, lambda w: square(w[1]), [[1.0, 2.0]], names=["weights"])
    assert "respect to weights[1]," in report
    report = report_of(ag, lambda w: square(w), [ag.Value(2.0, label="speed")])
    assert "respect to speed, at speed = 2.0" in report


def test_every_wrong_input_is_reported(ag):
    square = wrong_square(ag)
    report = report_of(ag, lambda x, y, z: square(x) + y * 2 + square(z), [1.0, 2.0, 3.0])
    assert "respect to x0" in report and "respect to x2" in report and "respect to x1" not in report


@pytest.mark.parametrize("name, left, right", [
    ("relu", "0", "1"), ("leaky_relu", "0.01", "1"), ("clip", "0", "1"), ("less relu", "1", "-2"),
])  # fmt: skip
def test_a_kink_is_recognised(ag, name, left, right):
    f = {
        "relu": ag.relu, "leaky_relu": ag.leaky_relu, "clip": lambda x: ag.clip(x, 0, 1),
        "less relu": lambda x: x - 3 * x.relu(),
    }  # fmt: skip
    report = report_of(ag, f[name], [0.0])
    assert re.search(rf"kink: from the left the slope is -?{left}, from the right {right}\.", report)
    assert "subgradient" in report and "rule is wrong" not in report


def test_a_kink_away_from_the_point_is_no_matter(ag):
    ag.check_gradients(lambda x: (x - 1.0).relu(), [1.5])
    ag.check_gradients(lambda x: (x - 1.0).relu(), [0.5])
    ag.check_gradients(lambda x: (x - 1.0).relu() + x**2, [1.02])


def test_border_of_the_domain(ag):
    report = report_of(ag, lambda x: x.sqrt(), [0.0])
    assert "border of its domain" in report


def test_slightly_wrong_slopes_are_found(ag):
    def exp_but_for(error):
        return ag.primitive("almost", math.exp, lambda x, out: out * (1 + error))

    for error in (1e-3, -1e-5):
        assert "respect to x0" in report_of(ag, exp_but_for(error), [0.7])
    ag.check_gradients(exp_but_for(1e-9), [0.7])


def test_tolerances(ag):
    almost = ag.primitive("almost", lambda x: 2.0 * x, lambda x, out: 2.001)
    report_of(ag, almost, [1.0])
    ag.check_gradients(almost, [1.0], rtol=1e-2)
    ag.check_gradients(almost, [1.0], atol=1e-2)


def test_nan_slope_is_a_disagreement(ag):
    broken = ag.primitive("broken", lambda x: 2.0 * x, lambda x, out: math.nan)
    assert "nan" in report_of(ag, broken, [1.0])


@pytest.mark.parametrize("result", [3.0, None, [1.0], "x"], ids=repr)
def test_a_function_that_returns_no_value(ag, result):
    with pytest.raises(TypeError, match=r"one Value.*returned"):
        ag.check_gradients(lambda x: result, [1.0])


def test_a_function_that_leaves_the_graph_is_found(ag):
    """The classic mistake: a number taken out of the graph on the way."""
    report = report_of(ag, lambda x: ag.Value(x.data) ** 2 + x, [3.0])
    assert re.search(r"backward\(\) says +1(\.0)?\n", report)


def test_names_must_fit(ag):
    with pytest.raises(ValueError, match=r"names has 1 .* args 2"):
        ag.check_gradients(lambda x, y: x * y, [1.0, 2.0], names=["x"])


def test_an_argument_that_is_no_number(ag):
    with pytest.raises(TypeError, match="float"):
        ag.check_gradients(lambda x: x, ["3"])


def test_the_error_is_an_assertion(ag):
    assert issubclass(ag.GradientCheckError, AssertionError)
