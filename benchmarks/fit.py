"""nn.fit and the estimators: trainings and predictions beside scikit-learn, a million rows made ready, metrics. In ratios.

    python benchmarks/fit.py

Rows are ready when the first step is about to move the weights: they have been checked and copied, and the programs recorded.
"""

from __future__ import annotations

import functools
import random
import statistics
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from engine import check, heading, line, measure, print_versions, timed

import autograd
import nn

ROWS, COLUMNS = 1_000_000, 4
REPETITIONS = 5


class FirstStepError(Exception):
    """The training has come to its first step."""


class Stopping(nn.SGD):
    """An optimiser that stops the training instead of stepping."""

    buffers = ("_velocity",)

    def update(self, i: Any, data: Any, grad: Any) -> Any:
        raise FirstStepError


def until_the_first_step(rows: Any, targets: Any, **how: Any) -> None:
    try:
        nn.fit(nn.MLP(COLUMNS, [4, 1], "tanh", rng=0), rows, targets, optimizer=Stopping, shuffle=False, progress=False, **how)
    except FirstStepError:
        return
    check(False, "the training stepped")


def best_of(action: Callable[[], Any]) -> float:
    return min(timed(action)[0] for _ in range(REPETITIONS))


def preparation() -> None:
    table = np.random.default_rng(0).normal(size=(ROWS, COLUMNS))
    targets, rows = table[:, 0] * table[:, 1], table.tolist()
    order = list(range(ROWS))
    by_numpy = best_of(lambda: np.isfinite(np.array(table)).all())
    shuffle = best_of(lambda: random.Random(0).shuffle(order))
    training = {"epochs": 1, "progress": False, "optimizer": nn.SGD}
    heading(f"{ROWS:,} x {COLUMNS} rows, until the first step", "seconds", "ratio", "target")
    line("np.array and np.isfinite, of the rows alone", f"{by_numpy:.3f}")
    line("random.shuffle of as many numbers", f"{shuffle:.3f}")

    def against(what: str, seconds: float, aim: float = 0.0) -> None:
        line(what, f"{seconds:.3f}", f"{seconds / by_numpy:.0f}x", f"<= {aim} s" if aim else "", seconds <= aim)

    against("arrays", best_of(lambda: until_the_first_step(table, targets)), 0.2)
    against("lists", best_of(lambda: until_the_first_step(rows, targets.tolist())))
    against("arrays, a fifth held out", best_of(lambda: until_the_first_step(table, targets, validation=0.2)), 0.2)
    epoch = best_of(lambda: nn.fit(nn.MLP(COLUMNS, [4, 1], "tanh", rng=0), table, targets, **training))
    against("arrays, an epoch in batches of 32, all included", epoch, 1.0)


def metrics(width: int) -> None:
    rows = np.random.default_rng(0).normal(size=(2000, 64))
    labels = np.arange(2000) % 10

    def epochs(metrics: Any) -> float:
        model = nn.MLP(64, [width, 10], rng=0)
        how: dict[str, Any] = {"loss": nn.cross_entropy, "epochs": 5, "progress": False}
        return timed(lambda: nn.fit(model, rows, labels, metrics=metrics, **how))[0]

    kinds: dict[str, Any] = {"a metric that does nothing": {"nothing": lambda targets, outputs: 0.0}, "accuracy": ["accuracy"]}
    heading(f"Five epochs of 2,000 rows, MLP(64, [{width}, 10]), batches of 32", "ms", "ratio")
    line("without metrics", f"{best_of(lambda: epochs([])) * 1e3:.1f}")
    for what, asked in kinds.items():
        pairs = [(epochs([]), epochs(asked)) for _ in range(2 * REPETITIONS)]
        ratio = statistics.median(asked / none for none, asked in pairs)
        line(f"with {what}", f"{min(asked for _, asked in pairs) * 1e3:.1f}", f"{ratio:.2f}")


def trainings() -> None:
    """The first is of an architecture that nothing was recorded of, as is the first training in a script."""
    from sklearn.datasets import load_digits

    points, labels = nn.data.moons(200, noise=0.1, seed=1)
    digits = load_digits()
    works: dict[str, Callable[[], Any]] = {
        "moons, 2-16-16-1, full batch, 1,000 epochs": lambda: nn.fit(
            nn.MLP(2, [16, 16, 1], "tanh", rng=0), points, labels, epochs=1000, batch_size=None, progress=False
        ),
        "digits, 64-32-10, batches of 32, 20 epochs": lambda: nn.fit(
            nn.MLP(64, [32, 10], rng=0), digits.data / 16.0, digits.target, loss=nn.cross_entropy, epochs=20, progress=False
        ),
    }
    heading("nn.fit, all included", "first, ms", "again, ms")
    for what, work in works.items():
        first = timed(work)[0]
        line(what, f"{first * 1e3:.0f}", f"{best_of(work) * 1e3:.0f}")


def own_loops() -> None:
    """A thousand full-batch steps of one's own compiled function: a call for each, or one for all."""
    points, labels = nn.data.moons(100, noise=0.1, seed=0)
    x, y, p = np.array(points), 2.0 * np.array(labels) - 1.0, np.random.default_rng(0).normal(size=337) * 0.3

    def loss(p: Any, x: Any, y: Any) -> Any:
        hidden = [autograd.relu(autograd.dot(p[3 * j : 3 * j + 2], x) + p[3 * j + 2]) for j in range(16)]
        more = [autograd.relu(autograd.dot(p[k : k + 16], hidden) + p[k + 16]) for k in range(48, 320, 17)]
        return autograd.relu(1.0 - y * (autograd.dot(p[320:336], more) + p[336])) + 1e-4 * autograd.dot(p, p)

    step = autograd.compile(autograd.value_and_grad(loss), in_axes=(None, 0, 0), reduce="mean")

    def by_calls() -> Any:
        weights = p.copy()
        for _ in range(1000):
            _, gradient = step(weights, x, y)
            weights -= 0.05 * gradient
        return weights

    def in_one() -> Any:
        weights = p.copy()
        nn.descend(step, weights, x, y, optimizer=functools.partial(nn.SGD, lr=0.05), epochs=1000)
        return weights

    check(bool(np.allclose(by_calls(), in_one(), rtol=1e-12)), "the two loops come to other weights")
    heading("moons, 2-16-16-1 ReLU, hinge + L2, 100 rows: 1,000 full-batch steps", "ms", "", "target")
    for what, loop in (("a call and an update by NumPy for each", by_calls), ("nn.descend", in_one)):
        ms = best_of(loop) * 1e3
        line(what, f"{ms:.1f}", "", "<= 8", ms <= 8.0)


def estimators() -> None:
    """Ours and scikit-learn's with the same settings, in turns: ratios are our time over theirs. The first is recorded."""
    from sklearn import neural_network
    from sklearn.datasets import load_breast_cancer, load_digits, load_wine
    from sklearn.preprocessing import StandardScaler

    def standardised(data: Any) -> tuple[Any, Any]:
        return StandardScaler().fit_transform(data.data), data.target

    digits, cancer, wine = map(standardised, (load_digits(), load_breast_cancer(), load_wine()))
    many = np.random.default_rng(0).normal(size=(100_000, 64))
    fits: dict[str, tuple[tuple[Any, Any], dict[str, Any]]] = {
        "fit, digits 64-64-10 by 32, 50 epochs": (digits, {"hidden_layer_sizes": (64,), "batch_size": 32}),
        "fit, digits 64-100-10, 50 epochs": (digits, {"hidden_layer_sizes": (100,)}),
        "fit, breast cancer 30-100-1, 50 epochs": (cancer, {"hidden_layer_sizes": (100,)}),
        "fit, wine 13-8-3, lbfgs": (wine, {"hidden_layer_sizes": (8,), "solver": "lbfgs"}),
    }
    heading("Estimators beside scikit-learn's", "ms", "ratio", "target")

    def beside(what: str, ours: Callable[[], Any], theirs: Callable[[], Any]) -> None:
        first = timed(ours)[0]
        theirs()
        pairs = [(timed(ours)[0], timed(theirs)[0]) for _ in range(REPETITIONS)]
        ratio = statistics.median(one / other for one, other in pairs)
        again = min(one for one, _ in pairs)
        line(f"{what} (first {first * 1e3:.0f} ms)", f"{again * 1e3:.1f}", f"{ratio:.2f}", "<= 1", ratio <= 1.0)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are not to converge
        for what, (table, settings) in fits.items():
            how = {"max_iter": 50, "random_state": 0, "tol": 0.0} | settings
            kinds = nn.MLPClassifier(**how), neural_network.MLPClassifier(**how)
            beside(what, *(functools.partial(one.fit, *table) for one in kinds))
        ours, theirs = (
            kind((32,), max_iter=3, random_state=0).fit(*digits) for kind in (nn.MLPClassifier, neural_network.MLPClassifier)
        )
        for name in ("predict", "predict_proba"):
            beside(f"{name}, 64-32-10, 100,000 rows", *(functools.partial(getattr(one, name), many) for one in (ours, theirs)))


def main() -> None:
    print_versions()
    measure(trainings)
    measure(own_loops)
    measure(estimators)
    measure(preparation)
    for width in (16, 64):
        measure(metrics, width)


if __name__ == "__main__":
    sys.exit(main())
