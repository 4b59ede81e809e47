"""L-BFGS and Levenberg-Marquardt: certified fits (NIST StRD), SciPy on hand-written NumPy, trained networks, and the errors.

The certified values of the fits are from the National Institute of Standards and Technology's Statistical Reference Datasets
for nonlinear regression (https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml): eleven digits of the parameters and of the
residual sum of squares.
"""

import gc
import math
import sys

import numpy as np
import pytest
from scipy import optimize

import nn
from autograd import Value, no_grad


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def rosenbrock_residuals(x, y):
    return [1 - x, 10 * (y - x**2)]


def start():
    return [Value(-1.2), Value(1.0)]


# ------------------------------------------------------------------------------------------------ certified fits

MISRA_X = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0]
MISRA_Y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78]


def numbers(text):
    return [float(number) for number in text.split()]


THURBER_X = numbers(
    """
    -3.067 -2.981 -2.921 -2.912 -2.840 -2.797 -2.702 -2.699 -2.633 -2.481 -2.363 -2.322 -1.501 -1.460 -1.274 -1.212 -1.100
    -1.046 -0.915 -0.714 -0.566 -0.545 -0.400 -0.309 -0.109 -0.103 0.010 0.119 0.377 0.790 0.963 1.006 1.115 1.572 1.841
    2.047 2.200
    """
)
THURBER_Y = numbers(
    """
    80.574 84.248 87.264 87.195 89.076 89.608 89.868 90.101 92.405 95.854 100.696 101.060 401.672 390.724 567.534 635.316
    733.054 759.087 894.206 990.785 1090.109 1080.914 1122.643 1178.351 1260.531 1273.514 1288.339 1327.543 1353.863
    1414.509 1425.208 1421.384 1442.962 1464.350 1468.705 1447.894 1457.628
    """
)
MGH09_X = [4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625]
MGH09_Y = [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246]


def misra1a(b, x):
    return b[0] * (1 - np.exp(-b[1] * x))


def misra1b(b, x):
    return b[0] * (1 - (1 + b[1] * x / 2) ** -2)


def misra1c(b, x):
    return b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5)


def misra1d(b, x):
    return b[0] * b[1] * x / (1 + b[1] * x)


def thurber(b, x):
    return (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3)


def mgh09(b, x):
    return b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3])


CERTIFIED = [
    (misra1a, MISRA_X, MISRA_Y, [(500, 1e-4), (250, 5e-4)], [2.3894212918e02, 5.5015643181e-04], 1.2455138894e-01),
    (misra1b, MISRA_X, MISRA_Y, [(500, 1e-4), (300, 2e-4)], [3.3799746163e02, 3.9039091287e-04], 7.5464681533e-02),
    (misra1c, MISRA_X, MISRA_Y, [(500, 1e-4), (600, 2e-4)], [6.3642725809e02, 2.0813627256e-04], 4.0966836971e-02),
    (misra1d, MISRA_X, MISRA_Y, [(500, 1e-4), (450, 3e-4)], [4.3736970754e02, 3.0227324449e-04], 5.6419295283e-02),
    (
        thurber,
        THURBER_X,
        THURBER_Y,
        [(1000, 1000, 400, 40, 0.7, 0.3, 0.03), (1300, 1500, 500, 75, 1, 0.4, 0.05)],
        [1288.1396800, 1491.0792535, 583.23836877, 75.416644291, 0.96629502864, 0.39797285797, 0.049727297349],
        5.6427082397e03,
    ),
    (
        mgh09,
        MGH09_X,
        MGH09_Y,
        [(25, 39, 41.5, 39), (0.25, 0.39, 0.415, 0.39)],
        [1.9280693458e-01, 1.9128232873e-01, 1.2305650693e-01, 1.3606233068e-01],
        3.0750560385e-04,
    ),
]
FITS = [
    pytest.param(model, xs, ys, b, parameters, rss, id=f"{model.__name__}-start{i}")
    for model, xs, ys, starts, parameters, rss in CERTIFIED
    for i, b in enumerate(starts, start=1)
]


@pytest.mark.parametrize(("model", "xs", "ys", "starts", "parameters", "rss"), CERTIFIED)
def test_the_certified_parameters_give_the_certified_sum_of_squares(model, xs, ys, starts, parameters, rss):
    assert math.fsum((model(parameters, x) - y) ** 2 for x, y in zip(xs, ys, strict=True)) == pytest.approx(rss, rel=1e-10)


@pytest.mark.parametrize(("model", "xs", "ys", "b", "parameters", "rss"), FITS)
def test_levenberg_marquardt_gives_certified_digits(model, xs, ys, b, parameters, rss):
    """Eight of the parameters of the four exponential models, seven of the two ill-conditioned rational ones.

    More is not to be had from sums of squares in doubles: near its minimum, one changes by the square of what parameters do.
    """
    b = [Value(x) for x in b]
    result = nn.levenberg_marquardt(b, lambda: [model(b, x) - y for x, y in zip(xs, ys, strict=True)], tol=1e-15, max_nfev=2000)
    assert result.success
    assert [p.data for p in b] == pytest.approx(parameters, rel=1e-8 if xs is MISRA_X else 1e-7)
    assert 2.0 * result.cost == pytest.approx(rss, rel=1e-10)
    assert [p.data for p in b] == result.x.tolist()


@pytest.mark.parametrize("b", [(500, 1e-4), (250, 5e-4)])
def test_levenberg_marquardt_needs_no_settings_for_ten_digits_of_misra1a(b):
    model, xs, ys, _, parameters, _ = CERTIFIED[0]
    b = [Value(x) for x in b]
    result = nn.levenberg_marquardt(b, lambda: [model(b, x) - y for x, y in zip(xs, ys, strict=True)])
    assert result.success
    assert result.nfev <= 30
    assert [p.data for p in b] == pytest.approx(parameters, rel=1e-10)


# ------------------------------------------------------------------------------------------------ SciPy, by hand


@pytest.mark.parametrize("history_size", [1, 10])
def test_lbfgs_goes_the_way_scipy_goes_on_numpy(history_size):
    def by_hand(p):
        x, y = p
        return rosenbrock(x, y), np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])

    x, y = start()
    way = []
    ours = nn.lbfgs(
        [x, y], lambda: rosenbrock(x, y), history_size=history_size, callback=lambda loss: way.append((x.data, y.data))
    )
    theirs_way = []
    theirs = optimize.minimize(
        by_hand,
        [-1.2, 1.0],
        jac=True,
        method="L-BFGS-B",
        options={"ftol": 1e-12, "gtol": 1e-12, "maxcor": history_size},
        callback=lambda p: theirs_way.append(tuple(p)),
    )
    assert (ours.nit, ours.nfev) == (theirs.nit, theirs.nfev)
    assert len(way) == ours.nit
    assert way[:10] == [pytest.approx(p, rel=1e-10) for p in theirs_way[:10]]
    assert ours.x == pytest.approx(theirs.x, rel=1e-9)


def test_levenberg_marquardt_goes_the_way_scipy_goes_on_numpy():
    xs, ys, (b0, _), rss = np.array(MISRA_X), np.array(MISRA_Y), CERTIFIED[0][3], CERTIFIED[0][5]

    def jacobian(b):
        return np.column_stack([1 - np.exp(-b[1] * xs), b[0] * xs * np.exp(-b[1] * xs)])

    theirs = optimize.least_squares(
        lambda b: misra1a(b, xs) - ys, b0, jacobian, method="lm", ftol=1e-12, xtol=1e-12, gtol=1e-12, x_scale="jac"
    )
    b = [Value(x) for x in b0]
    ours = nn.levenberg_marquardt(b, lambda: [misra1a(b, x) - y for x, y in zip(MISRA_X, MISRA_Y, strict=True)])
    assert abs(ours.nfev - theirs.nfev) <= 1
    assert ours.x == pytest.approx(
        theirs.x, rel=1e-9
    )  # an iteration more or less, and NumPy's exp, are seen in the tenth digit
    assert ours.fun == pytest.approx(theirs.fun, rel=1e-8)
    assert ours.jac == pytest.approx(theirs.jac, rel=1e-9)
    assert 2.0 * theirs.cost == pytest.approx(rss, rel=1e-10)


# ------------------------------------------------------------------------------------------------ what they find


def test_lbfgs_finds_the_minimum_of_rosenbrock_to_ten_digits():
    x, y = start()
    result = nn.lbfgs([x, y], lambda: rosenbrock(x, y))
    assert result.success
    assert abs(x.data - 1.0) <= 1e-10
    assert abs(y.data - 1.0) <= 1e-10
    assert result.nfev <= 60


@pytest.mark.parametrize("method", ["lm", "trf", "dogbox"])
def test_every_method_of_least_squares_finds_the_minimum_of_rosenbrock(method):
    x, y = start()
    result = nn.levenberg_marquardt([x, y], lambda: rosenbrock_residuals(x, y), method=method)
    assert result.success
    assert (x.data, y.data) == pytest.approx((1.0, 1.0), rel=1e-12)


def test_lbfgs_ends_where_no_derivative_is_larger_than_gtol():
    x, y = Value(-1.2), Value(1.0)
    loose = nn.lbfgs([x, y], lambda: rosenbrock(x, y), tol=0.0, gtol=1e-2)
    assert 1e-12 < max(map(abs, loose.jac)) <= 1e-2
    x, y = Value(-1.2), Value(1.0)
    assert max(map(abs, nn.lbfgs([x, y], lambda: rosenbrock(x, y), tol=0.0, gtol=1e-8).jac)) <= 1e-8
    with pytest.raises(ValueError, match="gtol"):
        nn.lbfgs([x, y], lambda: rosenbrock(x, y), gtol=-1.0)


def test_lbfgs_teaches_a_network_xor():
    rows, labels = nn.data.xor()
    model = nn.MLP(2, [3, 1], activation="tanh", rng=0)
    result = nn.lbfgs(
        model.parameters(), lambda: nn.binary_cross_entropy_with_logits([model(row) for row in rows], labels), max_iter=200
    )
    assert result.fun < 1e-6
    assert [model(row).data > 0.0 for row in rows] == [bool(label) for label in labels]


def test_levenberg_marquardt_teaches_a_network_xor_and_fits_it_exactly():
    rows, labels = nn.data.xor()
    model = nn.MLP(2, [3, 1], activation="tanh", rng=1)
    result = nn.levenberg_marquardt(
        model.parameters(), lambda: [model(row) - label for row, label in zip(rows, labels, strict=True)], method="trf"
    )
    assert result.cost < 1e-20


def test_lbfgs_trains_iris():
    rows, labels = nn.data.load_iris()
    (rows,) = nn.data.standardise(rows)
    model = nn.MLP(4, [6, 3], activation="tanh", rng=0)
    result = nn.lbfgs(
        model.parameters(),
        lambda: nn.cross_entropy([model(row) for row in rows], labels) + nn.l2_penalty(model, 1e-4),
        max_iter=60,
    )
    guesses = [max(range(3), key=[out.data for out in model(row)].__getitem__) for row in rows]
    assert nn.metrics.accuracy_score(labels, guesses) >= 0.95
    assert result.fun < 0.1


def test_a_linear_model_becomes_the_least_squares_line():
    xs, ys = [0.0, 1.0, 2.0, 3.0, 4.0], [1.1, 2.9, 5.2, 7.1, 8.8]
    slope, intercept = np.polyfit(xs, ys, 1)
    for fit in (
        lambda a, b: nn.lbfgs([a, b], lambda: nn.mse_loss([a * x + b for x in xs], ys)),
        lambda a, b: nn.levenberg_marquardt([a, b], lambda: [a * x + b - y for x, y in zip(xs, ys, strict=True)]),
    ):
        a, b = Value(0.0), Value(0.0)
        fit(a, b)
        assert (a.data, b.data) == pytest.approx((slope, intercept), rel=1e-7)


# ------------------------------------------------------------------------------------------------ what they leave


def test_lbfgs_ends_after_so_many_evaluations():
    x, y = Value(-1.2), Value(1.0)
    result = nn.lbfgs([x, y], lambda: rosenbrock(x, y), max_nfev=5)
    assert not result.success and 5 <= result.nfev <= 10 and "EVALUATIONS" in result.message
    with pytest.raises(ValueError, match="max_nfev"):
        nn.lbfgs([x, y], lambda: rosenbrock(x, y), max_nfev=0)


@pytest.mark.parametrize("max_iter", [1, 7, 1000])
def test_lbfgs_leaves_the_point_of_its_result_and_the_gradient_there(max_iter):
    x, y = start()
    x.grad = 5.0
    result = nn.lbfgs([x, y], lambda: rosenbrock(x, y), max_iter=max_iter)
    assert result.success == (max_iter == 1000)
    assert result.nit <= max_iter
    assert [x.data, y.data] == result.x.tolist()
    assert result.fun == rosenbrock(x.data, y.data)
    again = [Value(x.data), Value(y.data)]
    rosenbrock(*again).backward()
    assert [x.grad, y.grad] == [p.grad for p in again] == result.jac.tolist()


def test_a_line_search_that_fails_leaves_the_point_before_it():
    """On a bent valley floor, a gradient promises what no step along it gives."""

    def bent(x, y):
        return 10 * abs(x**2 - y) + (1 - x) ** 2

    x, y = start()
    tried = []

    def loss():
        tried.append([x.data, y.data])
        return bent(x, y)

    result = nn.lbfgs([x, y], loss, tol=0.0)
    assert not result.success
    assert "ABNORMAL" in result.message
    assert [x.data, y.data] == result.x.tolist() != tried[-1]
    again = [Value(x.data), Value(y.data)]
    bent(*again).backward()
    assert [x.grad, y.grad] == [p.grad for p in again]


@pytest.mark.parametrize("max_nfev", [1, 5, None])
def test_levenberg_marquardt_leaves_the_point_of_its_result_and_the_gradient_there(max_nfev):
    x, y = start()
    x.grad = 5.0
    result = nn.levenberg_marquardt([x, y], lambda: rosenbrock_residuals(x, y), max_nfev=max_nfev)
    assert result.success == (max_nfev is None)
    assert [x.data, y.data] == result.x.tolist()
    again = [Value(x.data), Value(y.data)]
    (sum(r**2 for r in rosenbrock_residuals(*again)) / 2.0).backward()
    assert [x.grad, y.grad] == pytest.approx([p.grad for p in again], rel=1e-12, abs=1e-12)
    assert result.fun.tolist() == rosenbrock_residuals(x.data, y.data)
    assert result.jac.tolist() == [[-1.0, 0.0], [-20.0 * x.data, 10.0]]


def test_a_parameter_given_twice_counts_once():
    x, y = start()
    assert len(nn.lbfgs([x, y, x], lambda: rosenbrock(x, y)).x) == 2
    x, y = start()
    assert len(nn.levenberg_marquardt([x, y, x], lambda: rosenbrock_residuals(x, y)).x) == 2


def test_parameters_not_given_stay_where_they_are():
    x, y = start()
    nn.lbfgs([y], lambda: rosenbrock(x, y))
    assert x.data == -1.2
    assert y.data == pytest.approx(1.44, rel=1e-9)


@pytest.mark.parametrize("start_at", [1.0, -1.2])
def test_each_point_is_evaluated_once(start_at):
    asked = []

    def note(result):
        asked.append((x.data, y.data))
        return result

    x, y = Value(start_at), Value(1.0)
    result = nn.lbfgs([x, y], lambda: note(rosenbrock(x, y)))
    assert len(asked) == len(set(asked)) == result.nfev
    x, y = Value(start_at), Value(1.0)
    asked.clear()
    nn.levenberg_marquardt([x, y], lambda: note(rosenbrock_residuals(x, y)))
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(
    ("minimise", "function"), [(nn.lbfgs, rosenbrock), (nn.levenberg_marquardt, rosenbrock_residuals)], ids=["lbfgs", "lm"]
)
def test_no_graph_is_alive_between_evaluations(minimise, function):
    """Every node holds its parents, so a graph that is alive shows in the number of references to a parameter."""
    x, y = start()
    before = sys.getrefcount(x)
    held = []

    def watched():
        held.append(sys.getrefcount(x))
        return function(x, y)

    minimise([x, y], watched)
    gc.collect()  # older versions of SciPy leave cycles, which hold the list of parameters
    assert sys.getrefcount(x) == before
    assert len(held) > 10
    assert len(set(held)) == 1


def test_the_graph_of_the_residuals_goes_when_their_jacobian_is_there(monkeypatch):
    x, y = start()
    held = []

    def watched(values, at, jacobian, **settings):
        values(np.array(at))
        held.append(sys.getrefcount(x))
        jacobian(np.array(at))
        held.append(sys.getrefcount(x))
        return least_squares(values, at, jacobian, **settings)

    least_squares = optimize.least_squares
    monkeypatch.setattr(optimize, "least_squares", watched)
    nn.levenberg_marquardt([x, y], lambda: rosenbrock_residuals(x, y))
    assert held[1] < held[0]


def test_a_callback_sees_losses_fall_and_may_stop():
    x, y = start()
    losses = []

    def watch(loss):
        assert loss == rosenbrock(x.data, y.data)
        losses.append(loss)
        if len(losses) == 5:
            raise StopIteration

    result = nn.lbfgs([x, y], lambda: rosenbrock(x, y), callback=watch)
    assert not result.success
    assert "StopIteration" in result.message
    assert losses == sorted(losses, reverse=True)
    assert rosenbrock(x.data, y.data) == losses[-1]


# ------------------------------------------------------------------------------------------------ when it goes wrong


def stopping_at(call, error, function, x, y):
    """`function` of x and y, with an error in place of its result at this call, and the points of the calls before."""
    points = []

    def limited():
        if len(points) == call - 1:
            raise error
        points.append((x.data, y.data))
        return function(x, y)

    return limited, points


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError("in the loss")], ids=["ctrl-c", "error"])
@pytest.mark.parametrize("call", [1, 2, 3, 12])
@pytest.mark.parametrize(
    ("minimise", "function"), [(nn.lbfgs, rosenbrock), (nn.levenberg_marquardt, rosenbrock_residuals)], ids=["lbfgs", "lm"]
)
def test_an_interruption_leaves_the_best_point_met(minimise, function, call, error):
    x, y = start()
    x.grad, y.grad = 3.0, 4.0
    limited, points = stopping_at(call, error, function, x, y)
    with pytest.raises(type(error)):
        minimise([x, y], limited)
    assert len(points) == call - 1
    assert (x.data, y.data) == min(points, key=lambda p: rosenbrock(*p), default=(-1.2, 1.0))
    assert (x.grad, y.grad) == (3.0, 4.0)


@pytest.mark.parametrize(
    ("minimise", "function"), [(nn.lbfgs, rosenbrock), (nn.levenberg_marquardt, rosenbrock_residuals)], ids=["lbfgs", "lm"]
)
def test_the_best_point_met_may_be_older_than_the_last(minimise, function):
    x, y = start()
    limited, points = stopping_at(3, KeyboardInterrupt(), function, x, y)
    with pytest.raises(KeyboardInterrupt):
        minimise([x, y], limited)
    assert rosenbrock(*points[1]) > rosenbrock(*points[0])
    assert (x.data, y.data) == points[0] == (-1.2, 1.0)


def test_a_callback_that_fails_leaves_the_best_point_met():
    x, y = start()
    with pytest.raises(ZeroDivisionError):
        nn.lbfgs([x, y], lambda: rosenbrock(x, y), callback=lambda loss: 1 / 0)
    assert rosenbrock(x.data, y.data) < rosenbrock(-1.2, 1.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_named(bad):
    x = Value(2.0)
    with pytest.raises(ValueError, match=f"the loss is {bad} where the parameters start"):
        nn.lbfgs([x], lambda: x * bad)
    with pytest.raises(ValueError, match=f"residual 1 is {bad} where the parameters start"):
        nn.levenberg_marquardt([x], lambda: [x, x * bad])
    assert x.data == 2.0


def test_a_loss_that_becomes_nan_on_the_way_ends_at_the_best_point_met():
    x = Value(0.5)
    with pytest.raises(ValueError, match=r"the loss is nan at a point that was tried \(evaluation 2\)"):
        nn.lbfgs([x], lambda: x + 0.01 * x.log())
    assert x.data == 0.5
    with pytest.raises(ValueError, match=r"residual 0 is nan at a point that was tried"):
        nn.levenberg_marquardt([x], lambda: [x.log() + 9.0])
    assert 0.0 < x.data <= 0.5


def test_a_slope_that_is_infinite_is_named():
    x, y = Value(1.0), Value(0.0)
    with pytest.raises(ValueError, match=r"derivative of the loss with respect to parameter 1 is inf"):
        nn.lbfgs([x, y], lambda: x * x + y.sqrt())
    with pytest.raises(ValueError, match=r"derivative of residual 1 with respect to parameter 1 is inf where the par"):
        nn.levenberg_marquardt([x, y], lambda: [x, y.sqrt()])
    assert (x.data, y.data) == (1.0, 0.0)


@pytest.mark.parametrize("cut", [lambda x: x.data**2, lambda x: None, lambda x: [x * x], lambda x: np.float64(1.0)])
def test_a_loss_that_is_no_value_is_a_cut_graph(cut):
    x = Value(1.0)
    with pytest.raises(TypeError, match=r"the loss is a Value, .*was the graph cut by \.data"):
        nn.lbfgs([x], lambda: cut(x))
    with pytest.raises(TypeError, match=r"residual 1 is a Value, .*was the graph cut by \.data"):
        nn.levenberg_marquardt([x], lambda: [x, cut(x)])


def test_a_loss_without_parameters_in_it_is_a_cut_graph():
    x, other = Value(1.0), Value(2.0)
    with pytest.raises(ValueError, match="no parameter was used to compute the loss"):
        nn.lbfgs([x], lambda: Value(x.data) ** 2)
    with pytest.raises(ValueError, match="no parameter was used to compute the residuals"):
        nn.levenberg_marquardt([x], lambda: [other, other**2])
    with no_grad(), pytest.raises(ValueError, match="no_grad"):
        nn.lbfgs([x], lambda: x * x)


def test_a_start_at_the_minimum_is_not_taken_for_a_cut_graph():
    x = Value(0.0)
    assert nn.lbfgs([x], lambda: x * x).success
    assert nn.levenberg_marquardt([x], lambda: [x * x]).success
    assert x.data == 0.0


def test_fewer_residuals_than_parameters_are_an_error_with_lm_and_a_choice_otherwise():
    x, y = Value(3.0), Value(0.0)
    with pytest.raises(ValueError, match=r"1 residuals for 2 parameters, and method='lm'.*give method='trf'"):
        nn.levenberg_marquardt([x, y], lambda: [x * x + y - 1])
    assert (x.data, y.data) == (3.0, 0.0)
    assert nn.levenberg_marquardt([x, y], lambda: [x * x + y - 1], method="trf").cost < 1e-20


def test_residuals_are_a_list_of_the_same_length():
    x = Value(3.0)
    count = iter([2, 3])
    with pytest.raises(ValueError, match="gave 2 residuals, and now 3"):
        nn.levenberg_marquardt([x], lambda: [x * x] * next(count))
    with pytest.raises(ValueError, match="empty list"):
        nn.levenberg_marquardt([x], list, method="trf")
    with pytest.raises(TypeError, match=r"a list of Values, .* it gave Value\("):
        nn.levenberg_marquardt([x], lambda: x * x)
    with pytest.raises(TypeError, match=r"a list of Values, .* it gave None"):
        nn.levenberg_marquardt([x], lambda: None)


def test_residuals_may_be_an_array_of_values():
    x = Value(3.0)
    nn.levenberg_marquardt([x], lambda: np.array([1.0, 2.0]) * x - np.array([2.0, 4.0]))
    assert x.data == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda x: nn.lbfgs([x], x * x), TypeError, "loss is a function that computes the loss anew"),
        (lambda x: nn.levenberg_marquardt([x], [x]), TypeError, "residuals is a function"),
        (lambda x: nn.lbfgs([], lambda: x), ValueError, r"give model\.parameters"),
        (lambda x: nn.lbfgs(x, lambda: x), TypeError, r"give model\.parameters"),
        (lambda x: nn.lbfgs([x, 2.0], lambda: x), TypeError, r"number 1 is 2\.0"),
        (lambda x: nn.lbfgs([x, x * x], lambda: x), ValueError, "number 1 .* was computed, by 'mul'"),
        (lambda x: nn.lbfgs([x], lambda: x * x, tol=-1.0), ValueError, "tol"),
        (lambda x: nn.lbfgs([x], lambda: x * x, max_iter=0), ValueError, "max_iter"),
        (lambda x: nn.lbfgs([x], lambda: x * x, history_size=2.5), ValueError, "history_size"),
        (lambda x: nn.levenberg_marquardt([x], lambda: [x], tol=0.0), ValueError, "tol"),
        (lambda x: nn.levenberg_marquardt([x], lambda: [x], max_nfev=0), ValueError, "max_nfev"),
        (lambda x: nn.levenberg_marquardt([x], lambda: [x], method="newton"), ValueError, "'trf', 'dogbox' or 'lm'"),
    ],
)
def test_arguments_that_make_no_sense_are_named(wrong, error, words):
    x = Value(3.0)
    with pytest.raises(error, match=words):
        wrong(x)
    assert x.data == 3.0


def test_without_scipy_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        nn.lbfgs([Value(1.0)], lambda: Value(1.0))
    with pytest.raises(ImportError, match="pip install scipy"):
        nn.levenberg_marquardt([Value(1.0)], lambda: [Value(1.0)])
