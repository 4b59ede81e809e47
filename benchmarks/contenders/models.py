"""Further works of benchmarks/peers.py: whole trainings, estimators, a GPT in scalars, second derivatives and others.

Formulas for arrays stand here too, for whatever library the arrays are of.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .works import Calls, Columns, Data, Digits, Function, Moons, Training, Work, first_works, initial

# ------------------------------------------------------------------------------------------------ a GPT
# That of examples/scalar_gpt.py: 16 wide, 4 heads, 27 tokens.

WIDTH, HEADS, BLOCK, TOKENS, TEXT = 16, 4, 16, 27, 8
SHAPES = {
    "token": (TOKENS, WIDTH),
    "place": (BLOCK, WIDTH),
    **dict.fromkeys(("query", "key", "value", "mix"), (WIDTH, WIDTH)),
    "widen": (4 * WIDTH, WIDTH),
    "narrow": (WIDTH, 4 * WIDTH),
    "score": (TOKENS, WIDTH),
}
RATE, BETA1, BETA2, TINY = 0.01, 0.85, 0.99, 1e-8


def example(**functions: Any) -> Any:
    """The example's module anew, with other functions in the place of some it takes from autograd."""
    path = Path(__file__).parents[2] / "examples" / "scalar_gpt.py"
    spec = importlib.util.spec_from_file_location("scalar_gpt", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module).update(functions)
    return module


def matrices(p: Any) -> dict[str, Any]:
    """The weights, views into one flat vector."""
    found, start = {}, 0
    for name, (height, width) in SHAPES.items():
        found[name] = p[start : start + height * width].reshape(height, width)
        start += height * width
    return found


def rms_norm(x: Any) -> Any:
    return x * ((x * x).mean(-1)[..., None] + 1e-5) ** -0.5


def gpt_scores(w: dict[str, Any], before: Any, lib: Any) -> Any:
    """(texts, places, tokens), of (texts, places). `lib` has relu, softmax, and `masked`, which hides places to come."""
    texts, places = before.shape

    def heads(x: Any) -> Any:
        return x.reshape(texts, places, HEADS, WIDTH // HEADS).swapaxes(1, 2)

    x = rms_norm(w["token"][before] + w["place"][:places])
    y = rms_norm(x)
    query, key, value = (heads(y @ w[name].T) for name in ("query", "key", "value"))
    shares = lib.softmax(lib.masked(query @ key.swapaxes(2, 3) * (WIDTH // HEADS) ** -0.5))
    x = x + (shares @ value).swapaxes(1, 2).reshape(texts, places, WIDTH) @ w["mix"].T
    x = x + lib.relu(rms_norm(x) @ w["widen"].T) @ w["narrow"].T
    return x @ w["score"].T


def adam(p: Any, first: Any, second: Any, step: Any, gradient: Any, root: Function) -> tuple[Any, Any, Any]:
    """A step of it on a flat vector."""
    first = BETA1 * first + (1 - BETA1) * gradient
    second = BETA2 * second + (1 - BETA2) * gradient * gradient
    moved = p - RATE / (1 - BETA1**step) * first / (root(second / (1 - BETA2**step)) + TINY)
    return moved, first, second


def trained_by(step: Function, data: Data) -> Function:
    """`step` takes parameters, Adam's moments and the number of the step, arrays of NumPy, and gives the first three anew."""

    def train(steps: int) -> Any:
        p = data["p"]
        first = second = np.zeros(len(p))
        for k in range(steps):
            p, first, second = step(p, first, second, k + 1.0)
        return p

    return train


class Gpt(Training):
    """The mean cross-entropy of the next token over all texts; a step is its gradient and Adam's."""

    runs_untimed = 1 + Training.steps_checked

    def data(self) -> Data:
        rng = np.random.default_rng(0)
        count = sum(height * width for height, width in SHAPES.values())
        return {"p": rng.normal(0.0, 0.08, count), "texts": rng.integers(0, TOKENS, (self.size, TEXT + 1))}


# ------------------------------------------------------------------------------------------------ gradients at points

UNITS, INPUTS, STEPS = 16, 4, 20


def rnn_parts(p: Any) -> tuple[Any, Any, Any, Any]:
    """Weights of the inputs and of the state, biases, and those of the answer."""
    first, second, third = UNITS * INPUTS, UNITS * (INPUTS + UNITS), UNITS * (INPUTS + UNITS + 1)
    return p[:first].reshape(UNITS, INPUTS), p[first:second].reshape(UNITS, UNITS), p[second:third], p[third:]


class Rnn(Calls):
    """The mean squared error over rows of a tanh network that reads 20 inputs, one after the other."""

    def data(self) -> Data:
        rng = np.random.default_rng(0)
        points = rng.normal(0.0, 0.3, (4, UNITS * (INPUTS + UNITS + 2)))
        return {"points": points, "x": rng.normal(size=(self.size, STEPS, INPUTS)), "y": rng.normal(size=self.size)}


class GaussianProcess(Calls):
    """The negative log likelihood of observations, by the logarithms of length, scale and noise."""

    def data(self) -> Data:
        rng = np.random.default_rng(0)
        at = np.linspace(0.0, 5.0, self.size)
        points = np.array([0.0, 0.0, -2.0]) + 0.1 * rng.standard_normal((4, 3))
        return {"points": points, "at": at, "observed": np.sin(at) + 0.1 * rng.standard_normal(self.size)}


class LogSumExp(Calls):
    """Its value and gradient, the softmax."""


# ------------------------------------------------------------------------------------------------ whole trainings


class WholeTraining(Training):
    """Of one of the networks: what is timed is all `epochs`, with all that our `nn.fit` does before and after them."""

    epochs = 1000

    def repeated(self, function: Function, data: Data, times: int) -> None:
        for _ in range(times):
            function(self.epochs)


class FitMoons(WholeTraining, Moons):
    pass


class FitDigits(WholeTraining, Digits):
    epochs = 20


class FitMany(WholeTraining):
    """Very many rows of four numbers: the mean squared error."""

    epochs = steps_checked = 1

    def data(self) -> Data:
        x = np.random.default_rng(0).normal(size=(self.size, 4))
        sizes = np.array([4, 4, 1])
        return {"x": x, "y": x[:, 0] * x[:, 1], "sizes": sizes, "p": initial(sizes), "rate": 0.01, "batch": self.batch}


class Preparation(FitMany):
    """What is done before the first step: rows are checked and copied, and the parameters are still as they were."""


# ------------------------------------------------------------------------------------------------ estimators

LOADERS = {"digits": "load_digits", "cancer": "load_breast_cancer", "wine": "load_wine"}


@dataclass(frozen=True)
class Classifier(WholeTraining):
    """An estimator's fit() on one of scikit-learn's data sets, standardised, from the weights in data["p"], without shuffling.

    Adam's and L-BFGS's settings are the estimators' defaults. The time is that of one of 50 epochs, or all iterations.
    """

    table: str = "digits"
    hidden: int = 64
    solver: str = "adam"

    @property
    def epochs(self) -> int:  # type: ignore[override]
        return 50 if self.solver == "adam" else 100

    def data(self) -> Data:
        from sklearn import datasets

        x, y = getattr(datasets, LOADERS[self.table])(return_X_y=True)
        x, y = (x - x.mean(axis=0)) / (x.std(axis=0) + (x.std(axis=0) == 0.0)), y
        x, y = x[: self.size], y[: self.size]
        classes = len(np.unique(y))
        sizes = np.array([x.shape[1], self.hidden, classes if classes > 2 else 1])
        one_hot = np.eye(classes)[y] if classes > 2 else y[:, None].astype(float)
        settings = {"solver": self.solver, "batch": self.batch}
        return {"x": x, "y": y, "one_hot": one_hot, "sizes": sizes, "p": initial(sizes), **settings}

    def units(self, data: Data) -> int:
        return self.epochs if self.solver == "adam" else 1


class Predictions(Work):
    """Of a trained estimator for rows. The function takes nothing, and gives classes, or the chances of all."""

    def data(self) -> Data:
        sizes = np.array([64, 32, 10])
        x = np.random.default_rng(0).normal(size=(self.size, 64))
        return {"method": self.name, "x": x, "sizes": sizes, "p": initial(sizes)}

    def numbers(self, function: Function, data: Data) -> np.ndarray:
        return np.asarray(function(), dtype=float)

    def repeated(self, function: Function, data: Data, times: int) -> None:
        for _ in range(times):
            function()


# ------------------------------------------------------------------------------------------------ second derivatives

OPERANDS = {"erf": 1, "gelu": 1, "hypot": 2, "logaddexp": 2, "power": 2}


class SecondDerivative(Columns):
    """Of a function in its first operand, for each row. The function gives (it, ())."""

    def data(self) -> Data:
        rng = np.random.default_rng(0)
        name = self.name.removeprefix("second-")
        return {"function": name, "columns": rng.uniform(0.2, 2.0, (OPERANDS[name], self.size))}


def works(quick: bool = False) -> list[Work]:
    """All works, in the order of the table; with less to do if `quick`."""
    rows, some, many, some_rows, images = (200, 5, 3200, 1000, 200) if quick else (10_000, 60, 1_000_000, 100_000, 1797)
    process = f"likelihood of a Gaussian process, n = {some}, and gradient"
    text = f"a GPT in scalars, {WIDTH} wide, {HEADS} heads: gradient and Adam,"
    return [
        *first_works(quick),
        FitMoons(
            "fit-moons", "nn.fit of the moons network, 1,000 epochs, all included", "fit_moons", 20 if quick else 100, "ms"
        ),
        FitDigits(
            "fit-digits",
            "nn.fit of the digits, 20 epochs by 32, all included",
            "fit_digits",
            60 if quick else images,
            "ms",
            batch=32,
        ),
        FitMany(
            "fit-many", f"nn.fit of {many:,} x 4 rows, 4-4-1, an epoch by 32, all included", "fit_many", many, "ms", batch=32
        ),
        Preparation("prepare", f"the same {many:,} rows, until the first step", "prepare", many, "ms", batch=32),
        *[
            Classifier(f"classifier-{name}", f"MLPClassifier.fit, {title}", "classifier", size, "ms", 1e-8, 1, batch, *how)
            for name, title, size, batch, *how in (
                ("lbfgs", "wine 13-8-3 by L-BFGS, 100 iterations", 178, 0, "wine", 8, "lbfgs"),
                ("cancer", "breast cancer 30-100-1 by 200, an epoch", 569, 200, "cancer", 100),
                ("digits", "digits 64-100-10 by 200, an epoch", images, 200, "digits", 100),
                ("digits-32", "digits 64-64-10 by 32, an epoch", images, 32, "digits", 64),
            )[: 2 if quick else 4]
        ],
        *[
            Predictions(name, f"MLPClassifier.{name}, 64-32-10, {some_rows:,} rows", "predict", some_rows, "ms", 1e-12)
            for name in ("predict_proba", "predict")[: 1 if quick else 2]
        ],
        Gpt("gpt-1", f"{text} a text of {TEXT}", "gpt", 1, "us", 1e-8),
        Gpt("gpt-32", f"{text} 32 texts", "gpt", 4 if quick else 32, "us", 1e-8),
        Rnn("rnn", f"RNN {INPUTS}-{UNITS}, {STEPS} steps, 64 rows, value and gradient", "rnn", 8 if quick else 64, "us"),
        GaussianProcess("gaussian-process", process, "gaussian_process", some, "us"),
        *[
            LogSumExp(f"logsumexp-{n}", f"logsumexp of {n}, value and gradient", "logsumexp", n, "us", 1e-12)
            for n in ((27,) if quick else (10, 27, 100))
        ],
        *[
            SecondDerivative(f"second-{name}", f"second derivative of {name} over rows, a row", "second", rows, "ns", 1e-12)
            for name in (("erf", "power") if quick else OPERANDS)
        ],
    ]
