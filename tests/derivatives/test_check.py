"""check_gradients: it passes what is right, and what is wrong gets a report one can act on."""

import math
import random
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


@pytest.mark.parametrize(
    "name, left, right",
    [
        ("relu", "0", "1"),
        ("leaky_relu", "0.01", "1"),
        ("clip", "0", "1"),
        ("less relu", "1", "-2"),
    ],
)
def test_a_kink_is_recognised(ag, name, left, right):
    f = {
        "relu": ag.relu,
        "leaky_relu": ag.leaky_relu,
        "clip": lambda x: ag.clip(x, 0, 1),
        "less relu": lambda x: x - 3 * x.relu(),
    }
    report = report_of(ag, f[name], [0.0])
    assert re.search(rf"kink: from the left the slope is -?{left}, from the right {right}\.", report)
    assert "subgradient" in report and "rule is wrong" not in report


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_jump_is_recognised(ag, side):
    beyond = {"left": lambda x: x >= 0, "right": lambda x: x > 0}[side]
    report = report_of(ag, lambda x: x + 1.0 if beyond(x) else x * 1.0, [0.0])
    assert "jumps here" in report and "kink" not in report and "rule is wrong" not in report


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


# ------------------------------------------------------------------------------------------------ derivatives of derivatives


def right_once(ag):
    """sin, with a slope that is right, and its own slope of the wrong sign: cos written so that its derivative is +sin."""
    cos = ag.primitive("cos_with_a_wrong_slope", math.cos, lambda x, out: ag.sin(x))
    return ag.primitive("right_once", math.sin, lambda x, out: cos(x))


def test_a_second_derivative_that_is_wrong_is_found_by_order_2(ag, capsys):
    f = right_once(ag)
    ag.check_gradients(f, [0.7])
    report = report_of(ag, f, [0.7], order=2)
    assert capsys.readouterr().out == report + "\n"
    assert report.startswith(
        "The derivative of the derivative of the function with respect to x0, with respect to x0, at x0 = 0.7"
    )
    assert float(re.search(r"backward\(\) says +(\S+)", report)[1]) == pytest.approx(math.sin(0.7))
    assert float(re.search(r"numbers say +(\S+)", report)[1]) == pytest.approx(-math.sin(0.7))
    assert report.count("does not agree") == 1
    with pytest.raises(ag.GradientCheckError):
        f.check(0.7, order=2)
    f.check(0.7)


def test_a_wrong_mixed_derivative_is_found_by_order_2(ag):
    """x·y with slopes that are right as numbers, but one of which is no function of y any more."""
    forgets = ag.primitive("forgets", lambda x, y: x * y, [lambda x, y, out: getattr(y, "data", y), lambda x, y, out: x])
    ag.check_gradients(forgets, [2.0, 3.0])
    report = report_of(ag, forgets, [2.0, 3.0], order=2, names=["width", "height"])
    assert "of the derivative of the function with respect to width, with respect to height, at height = 3.0" in report
    assert report.count("does not agree") == 1


def test_a_third_derivative_that_is_wrong_is_found_by_order_3(ag):
    f = right_once(ag)
    right_twice = ag.primitive("right_twice", lambda x: 1.0 - math.cos(x), lambda x, out: f(x))
    ag.check_gradients(right_twice, [0.7], order=2)
    assert "derivative of the derivative of the derivative" in report_of(ag, right_twice, [0.7], order=3)


def test_orders_agree_silently_where_all_is_right(ag, capsys):
    ag.check_gradients(lambda x, y: (x * y).sin() / y + x.exp(), [0.5, 2.0], order=3)
    ag.check_gradients(lambda p: p["w"][0] ** 2 * p["w"][1].tanh() * p["b"], [{"w": np.array([0.5, 1.5]), "b": 2.0}], order=2)
    assert capsys.readouterr().out == ""


def test_slopes_on_floats_alone_cannot_be_checked_further_and_say_so(ag):
    floats = ag.primitive("floats", math.exp, lambda x, out: math.exp(x))
    ag.check_gradients(floats, [0.5])
    with pytest.raises(TypeError, match="would cut the graph") as caught:
        ag.check_gradients(floats, [0.5], order=2)
    assert "a slope of the primitive 'floats'" in caught.value.__notes__[0]


@pytest.mark.parametrize("order", [0, -1, 1.0, True, None, "2"], ids=repr)
def test_orders_that_are_none(ag, order):
    with pytest.raises(ValueError, match="order is a whole number of at least 1"):
        ag.check_gradients(lambda x: x, [1.0], order=order)


def test_report_names_the_place_in_dicts_and_arrays(ag):
    square = wrong_square(ag)
    report = report_of(ag, lambda p: square(p["w"][1, 0]) + p["b"], [{"w": np.ones((2, 2)), "b": 3}], names=["p"])
    assert "respect to p['w'][1, 0], at p['w'][1, 0] = 1.0" in report and report.count("does not agree") == 1


def test_arguments_that_are_no_list(ag):
    with pytest.raises(TypeError, match=r"give \[1\.5\]"):
        ag.check_gradients(lambda x: x, 1.5)
    with pytest.raises(TypeError, match=r"weights\['b'\]: None is not a number"):
        ag.check_gradients(lambda x: x, [{"b": None}], names=["weights"])


SCALES = [sign * 10.0**k for k in (-300, -200, -100, -30, -12, -8, -3, 0, 4, 9, 12, 15, 30, 100, 150) for sign in (1.0, -1.0)]


def rational(x):
    return 1.0 / x


@pytest.mark.parametrize(
    "f", [lambda x: x * x, lambda x: x**3, rational, lambda x: x.sin(), lambda x: x.relu() + abs(x), lambda x: (x - x) + x * x]
)
@pytest.mark.parametrize("at", SCALES)
def test_right_rules_at_every_scale(ag, f, at):
    """Also where 1e-30 lies between the point and a kink, and where the next number is a turn of sin away."""
    x = ag.Value(at)
    out = f(x)
    out.backward()
    if math.isfinite(x.grad) and math.isfinite(out.data):
        ag.check_gradients(f, [at])


@pytest.mark.parametrize("factor", [1.0001, 0.0, -1.0])
@pytest.mark.parametrize("at", [x for x in SCALES if 1e-110 < abs(x) < 1e110])
def test_wrong_rules_at_every_scale(ag, factor, at):
    """However small the derivative is: there is no absolute tolerance, unless one asks for it."""
    k = f"{factor} {at}"
    rules = [
        ag.primitive(f"square {k}", lambda x: x * x, lambda x, out: 2.0 * factor * x),
        ag.primitive(f"one over {k}", lambda x: 1.0 / x, lambda x, out: -factor * out * out),
        ag.primitive(f"same {k}", lambda x: x, lambda x, out: factor),
        ag.primitive(f"logarithm {k}", lambda x: math.log(abs(x)), lambda x, out: factor / x),
    ]
    for rule in rules:
        report_of(ag, rule, [at])
    ag.check_gradients(rules[0], [at], atol=abs(at) * 10.0)


@pytest.mark.parametrize("gap", [1e-3, 1e-8, 1e-12, 1e-14])
def test_a_kink_beside_the_point(ag, gap):
    """What lies between is enough of the function to tell by."""
    ag.check_gradients(lambda x: abs(x - 1.0), [1.0 + gap])
    ag.check_gradients(lambda x, y: ag.maximum(x, y) * 3.0, [1.0, 1.0 + gap])
    ag.check_gradients(lambda x: x * 1.0 if x < 2.0 else x * 3.0 - 4.0, [2.0 - gap])
    ag.check_gradients(lambda x: (-(((x - 1.0) / 1e-8) ** 2)).exp(), [1.0 + 1e-8])  # a bump that is narrower than the steps
    wrong = ag.primitive(f"far too steep {gap}", lambda x: abs(x - 1.0), lambda x, out: 1.1)
    report_of(ag, wrong, [1.0 + gap])


@pytest.mark.parametrize("at", [1e16, 1e30, 1e200])
def test_where_the_numbers_are_too_far_apart_nobody_is_accused(ag, at):
    ag.check_gradients(lambda x: x.sin() + x.cos() * 0.3, [at])
    wrong = ag.primitive(f"half as steep {at}", lambda x: 2.0 * x, lambda x, out: 1.0)
    report_of(ag, wrong, [at])
    flat = ag.primitive(f"flat, and said to be steep {at}", lambda x: ((x - at) / at) ** 3, lambda x, out: 0.5)
    report_of(ag, flat, [at])


def test_a_domain_with_an_end(ag):
    """Functions of math raise there."""
    root = ag.primitive("root of math", math.sqrt, lambda x, out: 0.5 / out)
    for at in (1e-12, 1e-3, 1.0):
        ag.check_gradients(root, [at])
    with pytest.raises(ValueError, match=r"math domain error|nonnegative input"):
        ag.check_gradients(root, [-1.0])


def test_what_differs_from_call_to_call_is_not_right_unseen(ag):
    """It had passed as a function that moves to and fro between the next numbers, whatever its slope."""
    draw = random.Random(0)
    with pytest.raises(ValueError, match=r"called again with the same arguments .* model\.eval\(\)"):
        ag.check_gradients(lambda x: x * draw.random(), [1.0])
    ag.check_gradients(lambda x: x * random.Random(0).random(), [1.0])
    ag.check_gradients(lambda x: (x - 1.0).sqrt() * x, [1.5])


def test_inside_no_grad(ag):
    """Derivatives are taken there as `grad` takes them, and what the function cuts itself is cut."""
    with ag.no_grad():
        ag.check_gradients(lambda x: x**3 * x.sin(), [0.7], order=2)
        assert not ag.is_grad_enabled()
        with pytest.raises(ag.GradientCheckError, match="cut on the way"):
            ag.check_gradients(ag.no_grad()(lambda x: x**3), [0.7])
