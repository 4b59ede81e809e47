"""Where NumPy cannot do with Values what it does with floats, the error has a note with what to write; and that works."""

import numpy as np
import pytest

from autograd import Value, compile, explore, grad, hessian, value_and_grad

X = np.array([1.0, 2.0])
WAYS = pytest.mark.parametrize("way", [grad, lambda f: compile(grad(f)), hessian, lambda f: lambda x: explore(f, x)])


def note_of(way, f, x=X):
    with pytest.raises(TypeError) as caught:
        way(f)(x)
    (note,) = caught.value.__notes__
    return note


MIXED = {
    "concatenate": (lambda x: np.exp(np.concatenate([x, [0.0]])).sum(), "exp"),
    "where": (lambda x: np.sqrt(np.where(x > 1.5, x, 1.0)).sum(), "sqrt"),
    "pad": (lambda x: np.sin(np.pad(x, 1)).sum(), "sin"),
    "hstack": (lambda x: np.tanh(np.hstack([x, np.ones(2)])).sum(), "tanh"),
    "by hand": (lambda x: np.log1p(np.array([x[0], 1])).sum(), "log1p"),
}


@WAYS
@pytest.mark.parametrize("name", MIXED)
def test_plain_numbers_among_values(way, name):
    f, function = MIXED[name]
    assert f"np.frompyfunc(np.{function}, 1, 1)(x) takes both" in note_of(way, f)


def test_what_the_note_says_works():
    def padded(exp, nothing):
        return lambda x: exp(np.concatenate([x, [nothing]])).sum()

    wanted = np.exp(X).tolist()
    for f in (padded(np.frompyfunc(np.exp, 1, 1), 0.0), padded(np.exp, Value(0.0))):
        assert grad(f)(X).tolist() == compile(value_and_grad(f))(X)[1].tolist() == wanted
    by_element = np.frompyfunc(np.logaddexp, 2, 1)
    assert grad(lambda x: by_element(0, x).sum())(X) == pytest.approx(1 / (1 + np.exp(-X)))
    is_nan = np.frompyfunc(np.isnan, 1, 1)
    assert grad(lambda x: x[~is_nan(x).astype(bool)].sum())(np.array([1.0, np.nan])).tolist() == [1.0, 0.0]


@WAYS
@pytest.mark.parametrize(
    "f, advice",
    [
        (lambda x: np.logaddexp(0, x).sum(), r"np.frompyfunc(np.logaddexp, 2, 1)(x, y) takes"),
        (lambda x: x[~np.isnan(x)].sum(), r"np.frompyfunc(np.isnan, 1, 1)(x).astype(bool) takes"),
        (lambda x: np.float_power(x, 2).sum(), r"np.frompyfunc(np.float_power, 2, 1)(x, y) takes"),
        (lambda x: np.linalg.det(np.outer(x, x)), "custom_vjp"),
        (lambda x: np.linalg.solve(np.diag(x), x)[0], "custom_vjp"),
        (lambda x: abs(np.fft.fft(x)).sum(), "custom_vjp"),
    ],
)
def test_what_numpy_has_for_floats_alone(way, f, advice):
    assert advice in note_of(way, f)


def test_other_errors_stay_as_they_are():
    with pytest.raises(TypeError, match="'1' is str") as caught:
        grad(lambda x: x + "1")(1.0)
    assert not hasattr(caught.value, "__notes__")
