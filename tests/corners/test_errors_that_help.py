"""NumPy's functions on Values, masked arrays, and errors whose words lead to the mend: what they must and must not say."""

import contextlib
import math
import sys
import warnings
from collections import namedtuple
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from corners import known_fault

import autograd
import nn
from autograd import Value
from autograd.pictures import figures
from nn.training.outputs import outputs_of

# ------------------------------------------------------------------------------------------------ NumPy's functions

ONE = sorted(name for name in dir(np) if isinstance(getattr(np, name), np.ufunc) and getattr(np, name).nin == 1)
TWO = sorted(
    name
    for name in dir(np)
    if isinstance(getattr(np, name), np.ufunc) and getattr(np, name).nin == 2 and not getattr(np, name).signature
)
OWN_WORDS = ("ufunc", "loop of", "casting rule", "no callable", "positional argument")
"""NumPy's own, which name neither the Value nor a way out."""
HALF = ("arccosh", "acosh")  # where 0.4 is outside


def _held_to_numpy(name: str, *xs: float) -> None:
    """A Value (or a truth) with NumPy's number and its slope; or a TypeError in words of our own."""
    values = [Value(x) for x in xs]
    ufunc = getattr(np, name)
    try:
        want = ufunc(*xs)
    except TypeError:
        return  # for whole numbers only
    try:
        got = ufunc(*values)
    except (TypeError, AttributeError) as problem:
        assert "Value" in str(problem) and not any(words in str(problem) for words in OWN_WORDS), str(problem)
        return
    if isinstance(got, tuple):
        return
    if isinstance(want, np.bool_):
        assert bool(got) == bool(want)  # logical_and gives one of its operands, as `and` does
        return
    if not isinstance(got, Value):
        assert float(got) == pytest.approx(float(want), rel=1e-14, nan_ok=True)
        return
    assert got.data == pytest.approx(float(want), rel=1e-14, nan_ok=True)
    slopes = autograd.gradients(got, values)
    for i, slope in enumerate(slopes):
        h = 1e-6
        moved = [float(ufunc(*[x + s * h * (j == i) for j, x in enumerate(xs)])) for s in (1.0, -1.0)]
        assert slope.data == pytest.approx((moved[0] - moved[1]) / (2.0 * h), rel=1e-4, abs=1e-6), i


@pytest.mark.parametrize("name", ONE)
def test_numpy_s_functions_of_one_operand(name: str) -> None:
    _held_to_numpy(name, 1.4 if name in HALF else 0.4)


@pytest.mark.parametrize("name", TWO)
def test_numpy_s_functions_of_two_operands(name: str) -> None:
    _held_to_numpy(name, 2.6, 1.1)


@pytest.mark.parametrize("name", ["deg2rad", "degrees", "fabs", "rad2deg", "radians", "sin", "logical_not", "negative"])
def test_numpy_s_functions_of_arrays_of_values(ag: ModuleType, name: str) -> None:
    """With the graph, element by element: of one Value and of many, in a list and in a table."""
    numbers = [0.5, -1.25, 2.0]
    for given in ([ag.Value(x) for x in numbers], np.array([[ag.Value(x) for x in numbers]], dtype=object)):
        got = getattr(np, name)(given)
        want = getattr(np, name)(np.array(numbers)).reshape(np.shape(given))
        assert [float(getattr(y, "data", y)) for y in got.flat] == pytest.approx(want.astype(float).ravel().tolist(), rel=1e-15)
        if name != "logical_not":
            leaves = np.array(given, dtype=object).ravel()
            assert ag.gradients(got.flat[1], [leaves[1]])[0].data == pytest.approx(_slope(name, -1.25), rel=1e-15)


def _slope(name: str, x: float) -> float:
    return {"sin": math.cos(x), "fabs": math.copysign(1.0, x), "negative": -1.0}.get(
        name, math.pi / 180.0 if name in ("deg2rad", "radians") else 180.0 / math.pi
    )


def test_either_or_of_values_and_arrays(ag: ModuleType) -> None:
    v, w = ag.Value(2.0), ag.Value(0.0)
    assert [bool(np.logical_xor(*pair)) for pair in ((v, w), (v, 1.0), (0.0, w), (True, w))] == [True, False, False, True]
    assert np.logical_xor(np.array([v, w], dtype=object), np.array([w, w], dtype=object)).tolist() == [True, False]
    assert np.logical_xor(v, np.array([0.0, 3.0])).tolist() == [True, False]


@pytest.mark.parametrize("name", ["maximum", "minimum", "fmax", "fmin"])
def test_a_tie_of_numpy_s_maximum_is_shared(ag: ModuleType, name: str) -> None:
    """As the README's policy says of maximum: one half each."""
    v, w = ag.Value(2.0), ag.Value(2.0)
    found = getattr(np, name)(v, w)
    assert [g.data for g in ag.gradients(found, [v, w])] == [0.5, 0.5]
    both = getattr(np, name)(np.array([v, w], dtype=object), np.array([w, v], dtype=object))
    assert [g.data for g in ag.gradients(both[0] + both[1], [v, w])] == [1.0, 1.0]
    assert ag.compile(ag.grad(lambda x: getattr(np, name)(x[0], x[1])))([2.0, 2.0]) == [0.5, 0.5]


@pytest.mark.parametrize("name", ["erf", "erfc", "sigmoid", "relu", "gelu", "exp", "tanh", "logsigmoid", "cbrt", "softplus"])
def test_functions_of_an_array_say_how(ag: ModuleType, name: str) -> None:
    """autograd.erf(array): an array of the same, or an error that names a way which works."""
    f = getattr(ag, name)
    for array in (np.array([1.0, 2.0]), np.array([ag.Value(1.0), ag.Value(2.0)], dtype=object)):
        try:
            got = f(array)
        except TypeError as problem:
            assert f"[{name}(" in str(problem) or f"{name}(e)" in str(problem) or hasattr(np, name), str(problem)
            continue
        assert [float(getattr(x, "data", x)) for x in got] == [f(1.0), f(2.0)]


MASKED_DOORS = (
    "grad value_and_grad jacobian hessian compiled rows jvp rows_in_a_list a_later_row in_a_row rows_of_a_dict program scan "
    "curve_fit sigma"
)


@pytest.mark.parametrize("transform", MASKED_DOORS.split(" "))
def test_a_masked_array_is_refused(ag: ModuleType, transform: str) -> None:
    """Its mask would be lost; and so would the units and rules of other arrays that are more than their numbers."""
    masked = np.ma.masked_array([1.0, 2.0, 3.0], [0, 1, 0])
    f = lambda x: np.sum(x**2)  # noqa: E731
    call: dict[str, Callable[[], Any]] = {
        "grad": lambda: ag.grad(f)(masked),
        "value_and_grad": lambda: ag.value_and_grad(f)(masked),
        "jacobian": lambda: ag.jacobian(lambda x: [f(x)])(masked),
        "hessian": lambda: ag.hessian(f)(masked),
        "compiled": lambda: ag.compile(f)(masked),
        "rows": lambda: ag.compile(lambda x: x * 2.0, in_axes=0)(masked),
        "jvp": lambda: ag.jvp(f, (masked,), (np.ones(3),)),
        "rows_in_a_list": lambda: ag.compile(lambda x: x[0], in_axes=0)([np.ones(3), masked]),
        "a_later_row": lambda: ag.compile(lambda x: x[0], in_axes=0)([[1.0, 1.0, 1.0], masked]),
        "in_a_row": lambda: ag.compile(lambda x: x[1][0], in_axes=0)([[1.0, np.ones(3)], [2.0, masked]]),
        "rows_of_a_dict": lambda: ag.compile(lambda x: x["a"], in_axes=0)({"a": masked}),
        "program": lambda: ag.Program.from_graph([x * 2.0], [x]).over_rows([masked]),
        "scan": lambda: ag.scan(lambda s, x: (s + x, None), 0.0, (np.ones(3), masked)),
        "curve_fit": lambda: ag.optimize.curve_fit(lambda x, a: a * x, np.ones(3), masked),
        "sigma": lambda: ag.optimize.curve_fit(lambda x, a: a * x, np.ones(3), np.ones(3), sigma=masked),
    }
    x = ag.Value(1.0)
    with pytest.raises((TypeError, ValueError), match="mask"):
        call[transform]()


@pytest.mark.parametrize(
    "door",
    [
        "fit",
        "a later row",
        "a later row of nn.fit",
        "predict",
        "weights of rows",
        "tables",
        "weights",
        "outputs",
        "score",
        "score by weights",
    ],
)
def test_masked_arrays_are_refused_by_what_trains(door: str) -> None:
    rows, masked = np.ones((4, 1)), np.ma.masked_array(np.ones(4), [0, 1, 0, 0])
    model = nn.MLPRegressor(hidden_layer_sizes=(2,), max_iter=1, solver="lbfgs", random_state=0)
    step = autograd.compile(autograd.value_and_grad(lambda w, x: (w[0] - x) ** 2), in_axes=(None, 0), reduce="mean")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged
        model.fit(rows, [1.0, 2.0, 3.0, 4.0])
    call: dict[str, Callable[[], Any]] = {
        "fit": lambda: model.fit(rows, masked),
        "a later row": lambda: model.fit([[1.0], masked[1:2]], [1.0, 2.0]),
        "a later row of nn.fit": lambda: nn.fit(nn.Neuron(1), [[1.0], masked[1:2]], [1.0, 2.0], progress=False),
        "predict": lambda: model.predict(masked[:, None]),
        "weights of rows": lambda: model.fit(rows, [1.0, 2.0, 3.0, 4.0], sample_weight=masked),
        "tables": lambda: nn.descend(step, np.zeros(1), masked, optimizer=nn.SGD),
        "weights": lambda: nn.descend(step, masked[:1], np.ones(4), optimizer=nn.SGD),
        "score": lambda: model.score(rows, masked),
        "score by weights": lambda: model.score(rows, [1.0, 2.0, 3.0, 4.0], sample_weight=masked),
        "outputs": lambda: outputs_of(nn.MLP(1, [2, 2], rng=0), masked[:, None]),
    }
    with pytest.raises(TypeError, match="its mask would be lost"):
        call[door]()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"optimizer": "adam"}, "optimizer is one of nn's, or a function .* and not 'adam'"),
        ({"optimizer": lambda p: None}, "and not None"),
        ({"weights": [0.0]}, "that can be written to.* of list"),
        ({"weights": np.zeros(1, dtype=np.float32)}, "of float32"),
        ({"weights": np.broadcast_to(np.zeros(1), (1,))}, "can be written to"),
        ({"table": ["a", "b"]}, "no table of numbers"),
        ({"step": lambda w, x: (w[0] - x) ** 2}, "a step gives a loss and its gradient by 1 weights, and not 1.0"),
        ({"step": lambda w, x: [w[0] - x, w[0]]}, "a step gives a loss and its gradient by 1 weights"),
    ],
)
def test_what_descend_does_not_take(ag: ModuleType, given: dict[str, Any], said: str) -> None:
    right = autograd.value_and_grad(lambda w, x: (w[0] - x) ** 2)
    step = autograd.compile(given.get("step", right), in_axes=(None, 0), reduce="mean")
    weights, table = given.get("weights", np.zeros(1)), given.get("table", np.ones(4))
    with pytest.raises((TypeError, ValueError), match=said):
        nn.descend(step, weights, table, optimizer=given.get("optimizer", nn.SGD))


# ------------------------------------------------------------------------------------------------ words

x, y = Value(2.0), Value(3.0)


def _entered(block: Any) -> None:
    with block:
        raise AssertionError("it was entered")


def _without(package: str, do: Callable[[], Any]) -> None:
    """Does it where a package and all in it cannot be imported, whether they are loaded or not."""
    loaded = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == package}
    figures._figure_class.cache_clear()
    for name in ("nn.seeing.film_movie", *loaded):
        loaded[name] = sys.modules.pop(name, None)
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        do()
    finally:
        del sys.modules[package]
        sys.modules.update({name: module for name, module in loaded.items() if module is not None})


def _film() -> None:
    film = nn.Film()
    nn.fit(nn.Neuron(1, rng=0), [[1.0], [2.0]], [1.0, 2.0], epochs=1, progress=False, callbacks=[film])
    film.save("film.gif")


WORDS: dict[str, tuple[Callable[[], Any], str, str, str]] = {
    # name: (what is done, what the message must have, what it must not have, the fault it is known for, or "")
    "draw a model": (lambda: autograd.draw(nn.MLP(2, [1], rng=0)), "draw_network", "for a number there is nothing", ""),
    "draw a list": (lambda: autograd.draw([x, 2.0]), r"list|Values in it", "for a number there is nothing", ""),
    "MLP of widths one by one": (lambda: nn.MLP(2, 4, 1), r"\[4, 1\]", r"give \[4\] for one layer", ""),
    "a model of rows": (
        lambda: nn.MLP(2, [1], rng=0)([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
        r"row|for x in|one example",
        "was given 3",
        "",
    ),
    "a class by its name": (
        lambda: nn.cross_entropy([x, y], "cat"),
        r"cat.*(index|class)|(index|class).*cat",
        "3 probabilities",
        "",
    ),
    "a class by another name": (lambda: nn.cross_entropy([x, y], "no"), r"no.*(index|class)|(index|class).*no", "float", ""),
    "a model of as many rows as it has inputs": (
        lambda: nn.MLP(2, [1], rng=0)([[1.0, 2.0], [3.0, 4.0]]),
        r"for x in rows",
        "Value of each element",
        "",
    ),
    "a neuron of an array of rows": (
        lambda: nn.Neuron(2, rng=0)(np.ones((2, 2))),
        r"for x in rows",
        "Value of each element",
        "",
    ),
    "classes by their names, of a batch": (
        lambda: nn.cross_entropy([[x, y], [y, x]], ["cat", "dog"]),
        r"index of a class.*'cat'",
        "3 probabilities",
        "",
    ),
    "as many letters as examples": (
        lambda: nn.cross_entropy([[x, y], [y, x]], "no"),
        r"index of a class",
        "probabilities: give",
        "",
    ),
    "a text as a target": (lambda: nn.mse_loss(x, "cat"), r"numbers.*'cat'", "a list, 'cat'", ""),
    "texts as targets": (lambda: nn.hinge_loss([x, y], ["no", "yes"]), r"numbers.*'no'", "a list, 'no'", ""),
    "percent format": (lambda: "%.2f" % x, r"f\"|f'|format|%s|\.data", "math.exp", 0),  # noqa: UP031
    "pow with a modulus": (lambda: pow(x, 2, 5), "modulus", "unsupported", ""),
    "pow with a modulus, reflected": (
        lambda: pow(2, x, 5),
        "modulus|unsupported operand",
        "zzz",
        "",
    ),  # not asked by all Pythons
    "pow with a modulus, reflected, for Pythons that ask": (lambda: x.__rpow__(2, 5), "modulus", "unsupported", ""),
    "pow with a modulus that is a Value": (lambda: pow(2, 3, x), "modulus|unsupported", "float", ""),
    "math.exp": (lambda: math.exp(x), "exp", "cut off", ""),
    "an estimator's arguments by position": (
        lambda: nn.MLPRegressor((8,), "relu").fit([[0.0], [1.0]], [0.0, 1.0]),
        r"loss is one of squared_error.*this is \(8,\).*hidden_layer_sizes",
        "zzz",
        "",
    ),
    "with no_grad, and no parentheses": (lambda: _entered(autograd.no_grad), r"with no_grad\(\):", "protocol", ""),
    "with enable_grad, and no parentheses": (lambda: _entered(autograd.enable_grad), r"with enable_grad\(\):", "protocol", ""),
    "with detect_anomaly, likewise": (lambda: _entered(autograd.detect_anomaly), r"with detect_anomaly\(\):", "protocol", ""),
    "check a result": (lambda: autograd.check_gradients(x * y, [2.0, 3.0]), r"give f, not f\(x\)", "not callable", ""),
    "explore a model": (lambda: autograd.explore(nn.MLP(2, [1], rng=0)), "draw_network", "missing", ""),
    "a curve of too few points": (
        lambda: autograd.optimize.curve_fit(lambda x, a: a * x, [1.0, 2.0, 3.0], [1.0, 2.0]),
        "there are 3 x and 2 y",
        "broadcast",
        "",
    ),
    "a plot without what draws it": (
        lambda: _without("matplotlib", lambda: nn.plots.plot_history({"loss": [1.0]})),
        "pip install matplotlib",
        "zzz",
        "",
    ),
    "moving pictures without what draws them": (lambda: _without("matplotlib", _film), "pip install matplotlib", "zzz", ""),
    "minimize a number cut off": (
        lambda: autograd.optimize.minimize(lambda v: (v[0].data - 3) ** 2, [1.0]),
        r"\.data|graph|Value",
        "zzz",
        "",
    ),
    "minimize a constant": (
        lambda: autograd.optimize.minimize(lambda v: 1.0, [1.0]),
        r"\.data|graph|Value|constant",
        "zzz",
        "",
    ),
    "least squares cut off": (
        lambda: autograd.optimize.least_squares(lambda v: [v[0].data - 3.0], [1.0]),
        r"\.data|graph|Value",
        "zzz",
        "",
    ),
    "maximum of a list": (lambda: autograd.maximum([x, y]), r"maximum\(\).*list of 2.*autograd\.max\(", "function_of", ""),
    "logaddexp of three": (lambda: autograd.logaddexp(x, y, x), r"logaddexp\(\).*3.*logsumexp", "function_of", ""),
    "hypot of one": (lambda: autograd.hypot(x), r"hypot\(\) takes two .*second is missing", "function_of", ""),
    "root cut off": (lambda: autograd.optimize.root(lambda v: [v[0].data - 3.0], [1.0]), r"\.data|graph|Value", "zzz", ""),
}


@pytest.mark.parametrize("case", [pytest.param(c, marks=[known_fault(w[3])] if w[3] else []) for c, w in WORDS.items()])
def test_what_a_message_says(case: str) -> None:
    done, has, has_not, _ = WORDS[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises((TypeError, ValueError, ImportError, Warning), match=has) as raised:
            done()
    assert not raised.match(has_not) if _matches(has_not, str(raised.value)) else True


def _matches(pattern: str, text: str) -> bool:
    import re

    return re.search(pattern, text) is not None


class Detached(nn.Module):
    def __init__(self) -> None:
        self.neuron = nn.Neuron(1, "linear", rng=0)

    def __call__(self, x: Any) -> Any:
        return self.neuron(x).detach()


def _cut_loss(outputs: Any, targets: Any) -> Any:
    pairs = zip(outputs, targets, strict=True) if isinstance(outputs, list) else [(outputs, targets)]
    return Value(sum((output.data - target) ** 2 for output, target in pairs))


@pytest.mark.parametrize("compile", [True, False])
def test_a_training_that_moves_no_weight_says_so(compile: bool) -> None:
    """As a search does whose function has no graph; not one that is done, or is not to move, or goes back to where it was."""
    rows, targets, plain = [[1.0], [2.0]], [1.0, 2.0], {"epochs": 3, "progress": False, "compile": compile}
    for model, loss in ((Detached(), nn.mse_loss), (nn.Neuron(1, "linear", rng=0), _cut_loss)):
        with pytest.warns(RuntimeWarning, match="no weight moved in 3 epochs.*\\.data, \\.detach\\(\\)") as told:
            nn.fit(model, rows, targets, loss=loss, **plain)
        assert told[0].filename == __file__
    done = nn.Neuron(1, "linear", rng=0)
    done.load_state_dict({"weight": [1.0], "bias": 0.0})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.fit(done, rows, targets, **plain)
        nn.fit(nn.Neuron(1, "linear", rng=0), rows, targets, optimizer=lambda p: nn.SGD(p, lr=0.0), **plain)
        back = nn.Neuron(1, "linear", rng=0)
        nn.fit(back, rows, targets, optimizer=lambda p: nn.SGD(p, lr=1.0), callbacks=[nn.EarlyStopping("loss")], **plain)


def test_explain_the_wrong_way_round() -> None:
    """explain(y, x): asked of x, which y was computed from, it says so."""
    a = Value(1.0, label="a")
    b = a * 2.0
    assert "other way round" in str(autograd.explain(a, b)) or "computed from a" in str(autograd.explain(a, b))


def test_a_class_for_every_row_is_doubted(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A column of 150 whole numbers, of 20 kinds: taken for classes, and then --task regress is said; or for numbers."""
    from nn.__main__ import main

    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{0.1 * i:.2f},{3 * (i % 20)}\n" for i in range(150)))
    try:
        main(["train", str(path), "--target", "y", "--out", str(tmp_path / "out"), "--epochs", "1", "--hidden", "2"])
    except SystemExit as end:
        assert end.code == 2
    said = "".join(capsys.readouterr())
    assert "regress" in said or (nn.load_metadata(tmp_path / "out" / "model.safetensors")["task"]["classes"] is None)


# ------------------------------------------------------------------------------------------------ gradient checks


RIGHT: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "sin at 1e5": (lambda v: v.sin(), [1e5]),
    "sin at 1e4": (lambda v: v.sin(), [1e4]),
    "cos at 3e6": (lambda v: v.cos(), [3e6]),
    "far from 0 in value": (lambda v: v.sin() + 1e12, [1.0]),
    "a small slope on a large value": (lambda v: 1e8 + 1e-3 * v, [1.0]),
    "a small scale": (lambda v: (v * 1e9).sin(), [1e-9]),
    "1 / x near 0": (lambda v: 1.0 / v, [1e-8]),
    "log near 0": (lambda v: v.log(), [1e-9]),
    "exp at 700": (lambda v: v.exp(), [700.0]),
    "x ** 2 at 1e100": (lambda v: v**2, [1e100]),
    "x ** 3 at 1e-5": (lambda v: v**3, [1e-5]),
    "tanh at 15": (lambda v: v.tanh(), [15.0]),
    "a sum of large and small": (lambda v, w: v * 1e10 + w.sin(), [1.0, 2.0]),
    "softplus in its tail": (lambda v: v.softplus(), [-30.0]),
    "a polynomial of high degree": (lambda v: v**9 - v**8, [2.0]),
    "0": (lambda v: v * 0.0 + 3.0, [1.0]),
    "a step that rounding on the way swallows": (lambda v: (v + 1e16) - 1e16, [1.0]),
    "digits lost on the way": (lambda v: ((v + 1e9) - 1e9).sin(), [0.7]),
}


@pytest.mark.parametrize("case", RIGHT)
def test_right_derivatives_are_not_accused(ag: ModuleType, case: str) -> None:
    ag.check_gradients(*RIGHT[case])


def test_wrong_derivatives_are_accused_at_every_scale(ag: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """A factor of 1.001 in the slope."""
    wrong = ag.primitive("wrong_sine", lambda v: math.sin(v), lambda v, out: 1.001 * ag.cos(v))
    for at in (1.0, 100.0, 1e5):
        with pytest.raises(ag.GradientCheckError):
            ag.check_gradients(lambda v: wrong(v), [at])
    scaled = ag.primitive("wrong_square", lambda v: v * v, lambda v, out: 2.002 * v)
    for at in (1e-6, 1.0, 1e6, 1e100):
        with pytest.raises(ag.GradientCheckError):
            ag.check_gradients(lambda v: scaled(v), [at])
    capsys.readouterr()


# ------------------------------------------------------------------------------------------------ trees, pictures

Point = namedtuple("Point", "east north")


def test_namedtuples_of_values_and_numbers(ag: ModuleType) -> None:
    """Of their own kind in and out: numbers, Values, nested, eager and compiled, also a class of one's own with a default."""

    class Place(Point):
        __slots__ = ()

    f = lambda p: p.east**2 * p.north  # noqa: E731
    for kind in (Point, Place):
        assert ag.grad(f)(kind(3.0, 4.0)) == kind(24.0, 9.0) and type(ag.grad(f)(kind(3.0, 4.0))) is kind
        found = ag.grad(f)(kind(ag.Value(3.0), ag.Value(4.0)))
        assert type(found) is kind and [v.data for v in found] == [24.0, 9.0] and found.east.parents
        assert type(ag.compile(ag.grad(f))(kind(3.0, 4.0))) is kind and ag.compile(ag.grad(f))(kind(3.0, 4.0)).north == 9.0
        nested = ag.grad(lambda p: f(p["at"][0]))({"at": [kind(3.0, 4.0)]})
        assert nested == {"at": [kind(24.0, 9.0)]} and type(nested["at"][0]) is kind
        rows = ag.compile(lambda x, kind=kind: kind(x * 2.0, x * 3.0), in_axes=0)([1.0, 2.0])
        assert type(rows) is kind and rows.north.tolist() == [3.0, 6.0]
        assert type(ag.hvp(f, kind(3.0, 4.0), kind(1.0, 0.0))) is kind


def test_graphviz_keeps_its_program(tmp_path: Any) -> None:
    """graphviz's global name of the dot program is put back, after a picture and after one that fails."""
    import graphviz.backend.dot_command as command

    before = command.DOT_BINARY
    picture = autograd.draw(x * y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for wrong in (False, True):
            with contextlib.suppress(Exception):
                picture.pipe(format="no such format" if wrong else "svg")
            assert before == command.DOT_BINARY
            with contextlib.suppress(Exception):
                picture.render(str(tmp_path / "graph"), format="svg")
            assert before == command.DOT_BINARY


def test_a_picture_is_rendered_and_viewed_with_the_dot_there_is(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """render("graph") without a format, and view(): the dot that the project installs makes SVG, and no PDF."""
    seen = []
    for platform in ("darwin", "freebsd", "linux", "windows"):
        monkeypatch.setattr(f"graphviz.backend.viewing.view_{platform}", lambda path, **_: seen.append(path), raising=False)
    import graphviz.backend.viewing as viewing

    monkeypatch.setattr(viewing.view, "register", None, raising=False)
    picture = autograd.draw(x * y)
    monkeypatch.setattr(type(picture), "_view", lambda self, path, **_: seen.append(path), raising=False)
    made = picture.render(str(tmp_path / "graph"))
    assert (tmp_path / made).exists()
    picture.view(str(tmp_path / "seen"))
    assert seen
