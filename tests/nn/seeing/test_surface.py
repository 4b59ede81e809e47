"""Error surfaces: the parabola and the bowl by their formulas, descents computed by hand, and everything put back after."""

import math

import numpy as np
import pytest

import nn
from autograd import Value, no_grad

X, Y = [1.0, 2.0, -3.0], [2.5, 3.0, -7.0]


def line(weight, bias):
    """A linear neuron, its squared error over X and Y, and what that is as a function of weight and bias."""
    neuron = nn.Neuron(1, "linear", rng=0)
    neuron.weights[0].data, neuron.bias.data = weight, bias

    def loss():
        return nn.mse_loss([neuron([x]) for x in X], Y)

    def error(w, b):
        return math.fsum((w * x + b - y) ** 2 for x, y in zip(X, Y, strict=True)) / 3

    def slopes(w, b):
        errors = [w * x + b - y for x, y in zip(X, Y, strict=True)]
        return 2 * math.fsum(e * x for e, x in zip(errors, X, strict=True)) / 3, 2 * math.fsum(errors) / 3

    return neuron, loss, error, slopes


def test_one_weight_of_a_linear_neuron_gives_a_parabola():
    neuron, loss, error, _ = line(0.5, 0.25)
    surface = nn.error_surface(loss, neuron.weights, spans=[(-1.0, 4.0)], steps=21)
    assert surface.axes == [pytest.approx(np.linspace(-1.0, 4.0, 21).tolist(), rel=1e-15)]
    assert (surface.axes[0][0], surface.axes[0][-1]) == (-1.0, 4.0)
    assert surface.losses == pytest.approx([error(w, 0.25) for w in surface.axes[0]], rel=1e-14)
    assert np.diff(surface.losses, 3) == pytest.approx(0.0, abs=1e-12), "no term beyond the square"
    mean_square = math.fsum(x * x for x in X) / 3
    assert np.diff(surface.losses, 2) == pytest.approx(2 * mean_square * 0.25**2, rel=1e-12)
    assert (surface.path, surface.slopes) == ([], [])
    best = math.fsum(x * (y - 0.25) for x, y in zip(X, Y, strict=True)) / math.fsum(x * x for x in X)
    assert abs(surface.lowest[0] - best) <= 0.125
    assert surface.lowest == min(zip(surface.axes[0], surface.losses, strict=True), key=lambda point: point[1])


def test_weight_and_bias_of_a_linear_neuron_give_a_bowl():
    neuron, loss, error, _ = line(0.5, 0.25)
    parameters = [neuron.weights[0], neuron.bias]
    surface = nn.error_surface(loss, parameters, spans=[(-1.0, 4.0), (-2.0, 2.0)], steps=9)
    first, second = surface.axes
    assert (first[-1], second[0]) == (4.0, -2.0)
    for i, w in enumerate(first):
        assert surface.losses[i] == pytest.approx([error(w, b) for b in second], rel=1e-13)
    flat = [(w, b, surface.losses[i][j]) for i, w in enumerate(first) for j, b in enumerate(second)]
    assert surface.points == flat
    assert surface.lowest == min(flat, key=lambda point: point[2])
    weight, bias = np.polyfit(X, Y, 1)
    assert surface.lowest[:2] == pytest.approx((weight, bias), abs=0.5)


def test_the_path_is_gradient_descent_by_hand():
    neuron, loss, error, slopes = line(-1.0, 1.5)
    parameters = [neuron.weights[0], neuron.bias]
    optimizer = nn.SGD(parameters, lr=0.05)
    surface = nn.error_surface(loss, parameters, optimizer=optimizer, descent_steps=12, steps=3)
    assert optimizer.steps == 12
    w, b = -1.0, 1.5
    assert len(surface.path) == len(surface.slopes) == 13
    for point, slope in zip(surface.path, surface.slopes, strict=True):
        assert point == pytest.approx((w, b, error(w, b)), rel=1e-12)
        dw, db = slopes(w, b)
        assert slope == pytest.approx((dw, db), rel=1e-11, abs=1e-13)
        w, b = w - 0.05 * dw, b - 0.05 * db


def test_the_path_over_one_weight_with_momentum():
    w = Value(3.0)
    surface = nn.error_surface(lambda: 0.5 * w * w, [w], optimizer=nn.SGD([w], lr=0.5, momentum=0.5), descent_steps=3)
    # v = 3, then 1.5 + 1.5 = 3, then 1.5 + 0 = 1.5
    assert surface.path == [(3.0, 4.5), (1.5, 1.125), (0.0, 0.0), (-0.75, 0.28125)]
    assert surface.slopes == [(3.0,), (1.5,), (0.0,), (-0.75,)]


def test_the_order_of_the_optimisers_parameters_does_not_matter():
    a, b = Value(1.0), Value(2.0)
    surface = nn.error_surface(lambda: a * a + 3 * b, [a, b], optimizer=nn.SGD([b, a, b], lr=0.25), descent_steps=1, steps=2)
    assert surface.path == [(1.0, 2.0, 7.0), (0.5, 1.25, 4.0)]


def test_spans_are_chosen_around_the_path_or_the_present_values():
    w = Value(3.0)
    surface = nn.error_surface(lambda: (w - 1) ** 2, [w], optimizer=nn.SGD([w], lr=0.25), descent_steps=2)
    assert (surface.axes[0][0], surface.axes[0][-1]) == pytest.approx((1.5 - 1.875, 1.5 + 1.875), rel=1e-14)
    assert len(surface.axes[0]) == 41
    overshooting = nn.error_surface(lambda: w * w, [w], optimizer=nn.SGD([w], lr=1.5), descent_steps=2)
    assert [w for w, _ in overshooting.path] == [3.0, -6.0, 12.0]
    assert (overshooting.axes[0][0], overshooting.axes[0][-1]) == (3.0 - 11.25, 3.0 + 11.25), "around the lowest, to both sides"
    assert nn.error_surface(lambda: w * w, [w], steps=3).axes == [[0.0, 3.0, 6.0]]
    w.data = 0.125
    assert nn.error_surface(lambda: w * w, [w], steps=3).axes == [[-0.875, 0.125, 1.125]]
    a, b = Value(4.0), Value(0.0)
    surface = nn.error_surface(lambda: a * a + b * b, [a, b], optimizer=nn.SGD([a, b], lr=0.25), descent_steps=1, steps=3)
    assert surface.axes == [[-0.5, 2.0, 4.5], [-2.5, 0.0, 2.5]], "both axes are equally long"
    still = nn.error_surface(lambda: (b - 0) ** 2, [b], optimizer=nn.SGD([b], lr=0.25), steps=3)
    assert still.axes == [[-1.0, 0.0, 1.0]], "a path that does not move"


def test_everything_is_put_back():
    neuron, loss, _, _ = line(0.5, 0.25)
    w, other = neuron.weights[0], neuron.bias
    w.grad, other.grad = 7.0, 8.0
    nn.error_surface(loss, [w], optimizer=nn.SGD([w], lr=0.1), steps=5)
    assert (w.data, w.grad, other.data, other.grad) == (0.5, 7.0, 0.25, 8.0)


@pytest.mark.parametrize("call", [1, 2, 5, 8], ids=["at the start", "on the path", "on the grid", "at its end"])
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_everything_is_put_back_after_an_exception(call, error):
    w = Value(0.5)
    w.grad = 7.0
    calls = []

    def loss():
        calls.append(w.data)
        if len(calls) == call:
            raise error("on the way")
        return w * w

    with pytest.raises(error, match="on the way"):
        nn.error_surface(loss, [w], optimizer=nn.SGD([w], lr=0.1), descent_steps=3, steps=4)
    assert len(calls) == call
    assert (w.data, w.grad) == (0.5, 7.0)


def test_an_optimiser_that_refuses_leaves_things_as_they_were():
    w = Value(-1.0)
    with pytest.raises(ValueError, match="is NaN: nothing was stepped"):
        nn.error_surface(lambda: w.log(), [w], optimizer=nn.SGD([w], lr=0.1, nan_is_error=True))
    assert (w.data, w.grad) == (-1.0, 0.0)


def test_names_come_from_labels_or_are_given():
    a, b = Value(1.0, label="slope"), Value(2.0)
    assert nn.error_surface(lambda: a * b, [a, b], steps=2).names == ["slope", "w2"]
    assert nn.error_surface(lambda: a * b, [b], steps=2).names == ["w"]
    surface = nn.error_surface(lambda: a * b, [a, b], steps=2, names=["left", "right"])
    assert surface.names == ["left", "right"]
    assert repr(surface) == "<error surface over left and right: 2 x 2 points>"
    surface = nn.error_surface(lambda: a * a, [a], steps=2, optimizer=nn.SGD([a]), descent_steps=3)
    assert repr(surface) == "<error surface over slope: 2 points, a descent of 3 steps>"


def test_losses_that_are_no_numbers_are_kept_and_are_not_the_lowest():
    w = Value(1.0)
    surface = nn.error_surface(lambda: w.log(), [w], spans=[(-1.0, 3.0)], steps=5)
    assert math.isnan(surface.losses[0])
    assert surface.losses[1] == -math.inf
    assert surface.lowest == (0.0, -math.inf)
    surface = nn.error_surface(lambda: (w - 2).log(), [w], spans=[(-1.0, 3.0)], steps=3)
    assert surface.lowest == (3.0, 0.0)


def test_a_curve_may_be_computed_without_recording():
    w = Value(1.0)

    def loss():
        with no_grad():
            return w * w

    assert nn.error_surface(loss, [w], steps=3).losses == [0.0, 1.0, 4.0]
    with no_grad():
        assert nn.error_surface(lambda: w * w, [w], steps=3).losses == [0.0, 1.0, 4.0]


def test_a_loss_that_takes_another_branch_on_part_of_the_grid_is_no_mistake():
    w, other = Value(-1.0), Value(1.0)
    surface = nn.error_surface(lambda: w * other if w > 0 else other * 2, [w], spans=[(-1.0, 1.0)], steps=3)
    assert surface.losses == [2.0, 2.0, 1.0]


def test_numpy_arrays_are_taken():
    w = Value(1.0)
    surface = nn.error_surface(lambda: w * w, np.array([w]), spans=np.array([[0.0, 2.0]]), steps=3)
    assert (surface.axes, surface.losses) == ([[0.0, 1.0, 2.0]], [0.0, 1.0, 4.0])
    assert all(type(x) is float for x in surface.axes[0])


A, B, C = Value(1.0, label="a"), Value(2.0, label="b"), Value(3.0, label="c")


def loss():
    return A * A + B * B


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        ((loss, [A, B, C]), {}, ValueError, "one or two parameters, and here are 3"),
        ((loss, []), {}, ValueError, "one or two parameters, and here are 0"),
        ((loss, [A, A]), {}, ValueError, "both parameters are the same Value.*label='a'"),
        ((loss, A), {}, TypeError, r"give \[w\] for one"),
        ((loss, 3), {}, TypeError, "list of one or two Values, and this is 3"),
        ((loss, [1.0]), {}, TypeError, r"number 0 is 1\.0"),
        ((loss, [A, A * B]), {}, TypeError, "number 1 was computed, by 'mul'"),
        ((loss, [A, C]), {"steps": 3}, ValueError, "does not depend on c .*anywhere on the grid"),
        ((A * A, [A]), {}, TypeError, r"give lambda: mse_loss"),
        ((lambda: A.data, [A]), {}, TypeError, r"the function gave 0\.0.*not its \.data"),
        ((loss, [A]), {"steps": 1}, ValueError, "steps, .*at least 2, and this is 1"),
        ((loss, [A]), {"steps": 2.5}, ValueError, r"steps, .*this is 2\.5"),
        ((loss, [A]), {"descent_steps": 0}, ValueError, "descent_steps is a whole number of at least 1"),
        ((loss, [A]), {"spans": [(1.0, 1.0)]}, ValueError, r"\(low, high\), two finite numbers"),
        ((loss, [A]), {"spans": [(0.0, math.inf)]}, ValueError, r"two finite numbers .*inf"),
        ((loss, [A]), {"spans": [(math.nan, 1.0)]}, ValueError, "two finite numbers"),
        ((loss, [A]), {"spans": (0.0, 1.0)}, ValueError, "for each of the 1 parameters"),
        ((loss, [A]), {"spans": [2.0]}, ValueError, r"this is 2\.0"),
        ((loss, [A, B]), {"spans": [(0.0, 1.0)]}, ValueError, "for each of the 2 parameters"),
        ((loss, [A]), {"names": "a"}, ValueError, "names has one for each"),
        ((loss, [A, B]), {"names": ["a"]}, ValueError, "names has one for each"),
        ((loss, [A]), {"optimizer": 0.1}, TypeError, r"as SGD\(\[w\], lr=0.1\), and this is 0\.1"),
        ((loss, [A]), {"optimizer": nn.SGD([A, B])}, ValueError, "its path would leave it"),
        ((loss, [A, B]), {"optimizer": nn.SGD([A])}, ValueError, "its path would leave it"),
    ],
)
def test_errors_say_what_to_do(arguments, options, error, words):
    with pytest.raises(error, match=words):
        nn.error_surface(*arguments, **options)
    assert [(p.data, p.grad) for p in (A, B, C)] == [(1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]


def test_a_descent_inside_no_grad_is_refused():
    with no_grad(), pytest.raises(RuntimeError, match="call error_surface"):
        nn.error_surface(loss, [A], optimizer=nn.SGD([A]))


# ------------------------------------------------------------------------------------------------ pictures


def test_the_picture_of_a_curve(tmp_path):
    w = Value(3.0, label="weight")
    surface = nn.error_surface(lambda: (w - 1) ** 2, [w], optimizer=nn.SGD([w], lr=0.25), descent_steps=6, steps=9)
    figure = surface.plot(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("weight", "loss")
    curve = axes.get_lines()[0]
    assert (list(curve.get_xdata()), list(curve.get_ydata())) == (surface.axes[0], surface.losses)
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert list(zip(*lines["descent, 6 steps"].get_data(), strict=True)) == surface.path
    assert list(zip(*lines["lowest on the grid"].get_data(), strict=True)) == [surface.lowest]
    assert not lines["lowest on the grid"].get_clip_on(), "a star at the border is whole"
    (left, right), (below, above) = lines["tangents"].get_data()
    assert (above - below) / (right - left) == pytest.approx(4.0, rel=1e-9), "the slope of (w - 1)² at 3"
    assert ((left + right) / 2, (below + above) / 2) == pytest.approx((3.0, 4.0), rel=1e-9)
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert shown == ["tangents", "descent, 6 steps", "start", "lowest on the grid"]
    assert axes.get_xlim() == (surface.axes[0][0], surface.axes[0][-1])
    low, high = min(surface.losses), max(surface.losses)
    margin = 0.07 * (high - low)
    assert axes.get_ylim() == pytest.approx((low - margin, high + margin)), "the tangents do not make the picture higher"
    assert figure.get_size_inches().tolist() == [7.0, 4.4]


def test_points_outside_the_picture_have_no_tangents_and_no_arrows():
    w = Value(3.0)
    descent = {"optimizer": nn.SGD([w], lr=0.25), "descent_steps": 3}  # 3, 2, 1.5, 1.25
    (axes,) = nn.error_surface(lambda: (w - 1) ** 2, [w], spans=[(-1.0, 2.5)], **descent).plot().axes
    assert [line.get_linestyle() for line in axes.get_lines()].count("--") == 3
    assert [tuple(arrow.xy) for arrow in axes.texts] == [(1.5, 0.25), (1.25, 0.0625)]


def test_the_picture_of_a_bowl_has_its_axes_the_right_way_round(tmp_path):
    a, b = Value(4.0, label="a"), Value(1.0, label="b")
    surface = nn.error_surface(lambda: a * a + 10 * b * b, [a, b], optimizer=nn.SGD([a, b], lr=0.02), steps=11)
    figure = surface.plot(tmp_path / "bowl.png")
    axes, bar = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel(), bar.get_ylabel()) == ("a", "b", "loss")
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert list(zip(*lines["descent, 20 steps"].get_data(), strict=True)) == [point[:2] for point in surface.path]
    assert list(zip(*lines["lowest on the grid"].get_data(), strict=True)) == [surface.lowest[:2]]
    assert axes.get_aspect() == 1.0
    filled = axes.collections[0]
    inner = np.vstack([path.vertices for path in filled.get_paths()[:2] if len(path.vertices)])
    width, height = np.ptp(inner, axis=0)
    assert width > 2 * height, "the valley runs along a"


def test_contours_are_spaced_as_the_losses_ask():
    a, b = Value(0.0), Value(0.0)

    def levels(loss):
        return nn.error_surface(loss, [a, b], spans=[(-1.0, 1.0), (-2.0, 2.0)], steps=21).plot().axes[0].collections[0].levels

    rings = np.sqrt(levels(lambda: a * a + b * b))
    assert np.diff(rings) == pytest.approx(np.diff(rings)[0], rel=1e-9), "those of a bowl are evenly apart"
    factors = np.log(levels(lambda: (20 * a + b).exp()))
    assert np.diff(factors) == pytest.approx(np.diff(factors)[0], rel=1e-9)
    assert len(levels(lambda: a * 0 + b * 0)) == 2


@pytest.mark.parametrize(
    "formula",
    [
        lambda w: w * 0 + 3,
        lambda w: (w - 1).log(),
        lambda w: (40 * w).exp(),
        lambda w: -w * w,
        lambda w: 1e299 * w * w,
        abs,
    ],
    ids=["flat", "partly NaN", "partly infinite", "falling", "huge", "bent"],
)
@pytest.mark.parametrize("lr", [0.1, 10.0])
def test_any_surface_can_be_plotted(formula, lr, tmp_path):
    w = Value(1.5)
    nn.error_surface(lambda: formula(w), [w], optimizer=nn.SGD([w], lr=lr), steps=9).plot(tmp_path / "curve.png")
    a, b = Value(1.5), Value(0.0)
    of_two = nn.error_surface(lambda: formula(a + b), [a, b], optimizer=nn.SGD([a, b], lr=lr), steps=9)
    of_two.plot(tmp_path / "bowl.png")


def test_a_descent_that_flies_apart_can_be_plotted(tmp_path):
    w = Value(1.0)
    surface = nn.error_surface(lambda: w * w, [w], optimizer=nn.SGD([w], lr=3.0), descent_steps=2000)
    assert math.isnan(surface.path[-1][0])
    assert all(map(math.isfinite, surface.axes[0]))
    surface.plot(tmp_path / "curve.png")


def test_a_surface_without_a_finite_loss_is_not_plotted():
    w = Value(-1.0)
    with pytest.raises(ValueError, match="choose other spans"):
        nn.error_surface(lambda: w.log(), [w], spans=[(-3.0, -1.0)], steps=3).plot()
