"""curve_fit: SciPy's results, the certified ones of NIST's reference data sets, errors, and the picture."""

import numpy as np
import pytest
import scipy.optimize

import autograd
from autograd.optimize import curve_fit

# NIST Statistical Reference Datasets, nonlinear regression: (function, x, y, starts, certified parameters, their standard
# deviations, residual sum of squares).
NIST = {
    "Misra1a": (
        lambda x, b1, b2: b1 * (1.0 - np.exp(-b2 * x)),
        [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0],
        [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78],
        ([500.0, 1e-4], [250.0, 5e-4]),
        [2.3894212918e02, 5.5015643181e-04],
        [2.7070075241e00, 7.2668688436e-06],
        1.2455138894e-01,
    ),
    "DanWood": (
        lambda x, b1, b2: b1 * x**b2,
        [1.309, 1.471, 1.490, 1.565, 1.611, 1.680],
        [2.138, 3.421, 3.597, 4.340, 4.882, 5.660],
        ([1.0, 5.0], [0.7, 4.0]),
        [7.6886226176e-01, 3.8604055871e00],
        [1.8281973860e-02, 5.1726610913e-02],
        4.3173084083e-03,
    ),
    "BoxBOD": (
        lambda x, b1, b2: b1 * (1.0 - np.exp(-b2 * x)),
        [1.0, 2.0, 3.0, 5.0, 7.0, 10.0],
        [109.0, 149.0, 149.0, 191.0, 213.0, 224.0],
        ([100.0, 0.75],),
        [2.1380940889e02, 5.4723748542e-01],
        [1.2354515176e01, 1.0455993237e-01],
        1.1680088766e03,
    ),
}
TIGHT = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}


@pytest.mark.parametrize("compile", [None, True, False])
@pytest.mark.parametrize("name", NIST)
def test_the_certified_parameters_and_their_errors(name, compile):
    f, x, y, starts, parameters, deviations, squares = NIST[name]
    for start in starts:
        fit = curve_fit(f, x, y, start, compile=compile, **TIGHT)
        np.testing.assert_allclose(fit.popt, parameters, rtol=1e-8)
        np.testing.assert_allclose(fit.stderr, deviations, rtol=1e-6)
        np.testing.assert_allclose(np.sum(fit.residuals**2), squares, rtol=1e-9)


def decay(t, a, rate, floor):
    return a * np.exp(-rate * t) + floor


T = np.linspace(0.0, 4.0, 30)
NOISE = np.random.default_rng(0).normal(size=30)
Y = decay(T, 2.5, 1.3, 0.5) + 0.05 * NOISE


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"p0": [2.0, 1.0, 1.0]},
        {"sigma": np.linspace(0.1, 1.0, 30)},
        {"sigma": np.linspace(0.1, 1.0, 30), "absolute_sigma": True},
        {"sigma": np.diag(np.linspace(0.1, 1.0, 30)) + 0.01, "absolute_sigma": True},
        {"bounds": ([0.0, 0.0, 0.0], [10.0, 1.2, 10.0])},
        {"method": "dogbox"},
        {"p0": (2.0, 1.0, 1.0), "method": "trf", "loss": "soft_l1"},
    ],
    ids=str,
)
def test_what_scipy_finds(settings):
    popt, pcov = curve_fit(decay, T, Y, **settings)
    expected, covariances = scipy.optimize.curve_fit(decay, T, Y, **settings)
    np.testing.assert_allclose(popt, expected, rtol=1e-5)
    np.testing.assert_allclose(pcov, covariances, rtol=1e-4, atol=1e-9)


def test_scipys_tuple_of_five_and_points_with_nan():
    y = Y.copy()
    y[3] = np.nan
    popt, pcov, info, message, code = curve_fit(decay, T, y, full_output=True, nan_policy="omit")
    expected = scipy.optimize.curve_fit(decay, T, y, full_output=True, nan_policy="omit")
    np.testing.assert_allclose(popt, expected[0], rtol=1e-6)
    assert {*info} >= {"nfev", "fvec"} and code == expected[4] and message and pcov.shape == (3, 3)
    with pytest.raises(ValueError, match=r"NaN|infs"):
        curve_fit(decay, T, y)


def test_of_several_variables_and_too_few_points():
    def plane(xy, a, b, c):
        return a * xy[0] + b * xy[1] + c

    grid = np.array([[0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]])
    fit = curve_fit(plane, grid, [1.0, 3.0, 4.0, 6.0])
    np.testing.assert_allclose(fit.popt, [2.0, 3.0, 1.0])
    with pytest.raises(TypeError, match="one dimension"):
        fit.plot()
    with pytest.raises(TypeError, match="come from the graph"):
        curve_fit(decay, T, Y, jac="2-point")
    with pytest.warns(scipy.optimize.OptimizeWarning, match="Covariance"):
        assert np.isinf(curve_fit(lambda x, a, b: (a + b) * x, [1.0, 2.0], [1.0, 2.0]).stderr).all()


@pytest.mark.parametrize("settings", [{}, {"in_axes": (0, None, None, None)}], ids=str)
def test_a_compiled_function(settings):
    def one(t, a, rate, floor):
        return a * autograd.exp(-rate * t) + floor

    compiled = autograd.compile(one if settings else decay, **settings)
    fit = curve_fit(compiled, T, Y)
    expected = curve_fit(decay, T, Y)
    np.testing.assert_allclose(fit.popt, expected.popt, rtol=1e-6)
    np.testing.assert_allclose(fit.pcov, expected.pcov, rtol=1e-5)
    assert fit.names == ["a", "rate", "floor"]


def test_the_slopes_are_exact():
    """SciPy's differences take as many evaluations for a Jacobian as there are parameters, and are off by 1e-8."""
    seen = []

    def watched(t, a, rate, floor):
        seen.append(type(a))
        return decay(t, a, rate, floor)

    fit = curve_fit(watched, T, Y, [2.0, 1.0, 1.0])
    assert len(seen) <= fit.info["nfev"] and {kind.__name__ for kind in seen} == {"Value"}


def test_what_it_looks_like(tmp_path):
    fit = curve_fit(decay, T, Y, sigma=np.full(30, 0.05), absolute_sigma=True)
    lines = str(fit).split("\n")
    assert [line.split()[0] for line in lines] == ["a", "rate", "floor"] and len({line.index(" = ") for line in lines}) == 1
    value, error = lines[0].split(" = ")[1].split(" ± ")
    assert len(value) == len(f"{fit.popt[0]:.3f}") and error == f"{fit.stderr[0]:.3f}"
    assert repr(fit).startswith(f"<fit of decay to 30 points: a = {value} ± {error}, rate = ")
    figure = fit.plot(tmp_path / "fit.png", title="decay")
    assert (tmp_path / "fit.png").read_bytes()[1:4] == b"PNG"
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_title()) == ("t", "decay")
    curve = axes.lines[0]
    np.testing.assert_allclose(curve.get_ydata(), decay(curve.get_xdata(), *fit.popt))
    (points,) = axes.containers
    bars = np.array([bar for bar in points[2][0].get_segments()])
    np.testing.assert_allclose(bars, np.stack([np.stack([T, Y - 0.05], 1), np.stack([T, Y + 0.05], 1)], 1))
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(float(fit([0.0])[0] + 2.0 * fit.error_at([0.0])[0]))


def test_the_band_is_what_a_line_has_by_theory():
    """Of a line through n points: s² (1/n + (x - mean)² / Σ(x_i - mean)²)."""
    fit = curve_fit(lambda x, a, b: a + b * x, T, Y)
    s2 = np.sum(fit.residuals**2) / (len(T) - 2)
    expected = np.sqrt(s2 * (1.0 / len(T) + (T - T.mean()) ** 2 / np.sum((T - T.mean()) ** 2)))
    np.testing.assert_allclose(fit.error_at(T), expected, rtol=1e-6)
