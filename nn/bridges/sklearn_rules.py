"""What scikit-learn's networks do in a way of their own: their losses and weighted rows, their two optimisers, when they stop.

The estimators train by `nn.fit` with these, and so make the steps that sklearn.neural_network makes.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_scalar

from autograd import Value, exp, log, log_softmax, logsigmoid, sigmoid, softmax, where
from autograd.derivatives.trees import refuse_more_than_numbers

from .. import optim
from ..activations import ACTIVATIONS
from ..batches import added
from ..losses import Loss, binary_cross_entropy_with_logits, by_rows, cross_entropy, mse_loss, rowwise
from ..training.callbacks import EarlyStopping, Training

# ------------------------------------------------------------------------------------------------ settings

SKLEARN_NAMES = {"identity": "linear", "logistic": "sigmoid"}
"""What scikit-learn calls some of our activations."""

CHOICES = {
    "activation": [*SKLEARN_NAMES, *ACTIVATIONS],
    "solver": ["adam", "sgd", "lbfgs"],
    "learning_rate": ["constant", "invscaling", "adaptive"],
}

SCIPYS_FTOL = 1e7 * sys.float_info.epsilon
"""What L-BFGS takes for no progress in scikit-learn, where `tol` is for the gradient alone."""

BOUNDS: dict[str, dict[str, Any]] = {
    "alpha": {"target_type": Real, "min_val": 0.0},
    "learning_rate_init": {"target_type": Real, "min_val": 0.0, "include_boundaries": "neither"},
    "power_t": {"target_type": Real, "min_val": 0.0},
    "max_iter": {"target_type": Integral, "min_val": 1},
    "tol": {"target_type": Real, "min_val": 0.0},
    "momentum": {"target_type": Real, "min_val": 0.0, "max_val": 1.0},
    "validation_fraction": {"target_type": Real, "min_val": 0.0, "max_val": 1.0, "include_boundaries": "left"},
    "beta_1": {"target_type": Real, "min_val": 0.0, "max_val": 1.0, "include_boundaries": "left"},
    "beta_2": {"target_type": Real, "min_val": 0.0, "max_val": 1.0, "include_boundaries": "left"},
    "epsilon": {"target_type": Real, "min_val": 0.0, "include_boundaries": "neither"},
    "n_iter_no_change": {"target_type": Real, "min_val": 1},
    "max_fun": {"target_type": Integral, "min_val": 1},
}


def check_settings(estimator: Any) -> None:
    """ValueError, or TypeError, for a parameter of an estimator that makes no sense."""
    for name, choices in CHOICES.items():
        if getattr(estimator, name) not in choices:
            raise ValueError(f"{name} is one of {', '.join(choices)}, and this is {getattr(estimator, name)!r}")
    for name, bounds in BOUNDS.items():
        check_scalar(getattr(estimator, name), name, **bounds)
    if estimator.batch_size != "auto":
        check_scalar(estimator.batch_size, "batch_size", Integral, min_val=1)
    for width in widths(estimator.hidden_layer_sizes):
        check_scalar(width, "a width in hidden_layer_sizes", Integral, min_val=1)


def widths(sizes: Any) -> list[Any]:
    """The widths of the hidden layers, of which a single one may stand by itself.

    >>> widths(8), widths((8, 4))
    ([8], [8, 4])
    """
    return list(sizes) if isinstance(sizes, Iterable) else [sizes]


# ------------------------------------------------------------------------------------------------ losses


half_squared_error = rowwise(by_rows(functools.partial(mse_loss, reduction="half_sum")).row)  # type: ignore[union-attr]
"""Half the squared error of a row, summed over its outputs."""


@rowwise
def half_poisson_deviance(output: Any, target: Any) -> Any:
    """exp(z) - y z + y log y - y of an output z and a count y, summed over the outputs of a row."""
    pairs = zip(output, target, strict=True) if isinstance(output, list) else [(output, target)]
    return added([exp(z) - y * z + (y * log(where(y > 0.0, y, 1.0)) - y) for z, y in pairs])


def log_loss(labels: int) -> Loss:
    """The loss of a classifier with so many labels that may all be right at once; 0 for classes of which one is."""
    if not labels:
        return cross_entropy
    return binary_cross_entropy_with_logits if labels == 1 else _log_losses


_log_losses = rowwise(by_rows(functools.partial(binary_cross_entropy_with_logits, reduction="sum")).row)  # type: ignore
"""Of several labels: the sum over those of a row."""


@functools.cache
def weighted(loss: Loss) -> rowwise:
    """The loss where every row has a weight, which stands behind the numbers of its target: see `with_weights`."""
    rows = by_rows(loss)
    assert rows is not None

    def of_row(output: Any, target: Any) -> Any:
        right = without_weight(target)
        if loss is cross_entropy and not isinstance(right, Value):
            right = int(right)
        return rows.row(output, right)

    return rowwise(of_row, weight=lambda target: target[-1])


def with_weights(targets: Any, weights: Any) -> NDArray[np.float64]:
    """A table of targets, each with the weight of its row as its last number."""
    return np.column_stack([targets, weights])


def without_weight(target: Sequence[Any]) -> Any:
    """A number, or a list of several, as before `with_weights`."""
    return target[0] if len(target) == 2 else target[:-1]


def accuracy(truth: Any, predicted: Any, sample_weight: Any) -> float:
    """The share of rows that are right in every label: scikit-learn's accuracy_score, without 1 ms of checks in every epoch."""
    right = np.equal(truth, predicted)
    return float(np.average(right if right.ndim == 1 else right.all(axis=1), weights=sample_weight))


def total_weight(targets: Any) -> float:
    """Of rows that have weights."""
    return math.fsum(target[-1] for target in targets)


REGRESSION_LOSSES = {"squared_error": half_squared_error, "poisson": half_poisson_deviance}
"""By scikit-learn's names."""


def probabilities(activation: str, outputs: int, *, log: bool = False) -> Callable[[Any], Any]:
    """The function of the outputs for a row that gives the probabilities of the classes, or their logarithms.

    >>> probabilities("logistic", 1)(0.0)
    [0.5, 0.5]
    """
    if activation == "softmax":
        return log_softmax if log else softmax
    if outputs == 1:
        return _log_of_two if log else _of_two
    return _logs_of_each if log else _of_each


def _of_two(logit: Any) -> list[Any]:
    return [sigmoid(-logit), sigmoid(logit)]


def _log_of_two(logit: Any) -> list[Any]:
    return [logsigmoid(-logit), logsigmoid(logit)]


def _of_each(logits: Sequence[Any]) -> list[Any]:
    return [sigmoid(logit) for logit in logits]


def _logs_of_each(logits: Sequence[Any]) -> list[Any]:
    return [logsigmoid(logit) for logit in logits]


class Scored:
    """The score() of the classes behind it, for numbers alone: of a masked array scikit-learn would ignore the mask."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:  # noqa: N803 (scikit-learn's name)
        """How well the rows `X` are predicted: the accuracy of a classifier, R² of a regressor. `sample_weight` weighs rows.

        TypeError for masked arrays, and arrays with units.
        """
        for given in (X, y, sample_weight):
            refuse_more_than_numbers(given)
        return float(super().score(X, y, sample_weight=sample_weight))  # type: ignore[misc]


# ------------------------------------------------------------------------------------------------ steps


class SGD(optim.SGD):
    """Momentum that has the learning rate in it: v = momentum * v + lr * g; p = p - v, or p - (momentum * v + lr * g)."""

    buffers = optim.SGD.buffers

    def update(self, i: Any, data: Any, grad: Any) -> Any:
        step = self.lr * grad
        v = self._velocity[i] = self.momentum * self._velocity[i] + step
        return self.momentum * v + step if self.nesterov else v


class Adam(optim.Adam):
    """The other form of the paper (Kingma and Ba 2015, the end of section 2): eps is added to the root as it is at a step,
    not yet freed of its start at 0."""

    buffers = optim.Adam.buffers

    def update(self, i: Any, data: Any, grad: Any) -> Any:
        beta1, beta2 = self.betas
        m = self._means[i] = beta1 * self._means[i] + (1.0 - beta1) * grad
        v = self._squares[i] = beta2 * self._squares[i] + (1.0 - beta2) * grad * grad
        rate = self.lr * optim.root(1.0 - beta2**self.steps) / (1.0 - beta1**self.steps)
        return rate * m / (optim.root(v) + self.eps)


def inverse_scaling(first: float, power: float, seen: int, rows: int) -> Callable[[Training], None]:
    """A callback: the learning rate is first / (1 + examples seen) ** power, `seen` before this training."""

    def scale(run: Training) -> None:
        run.optimizer.lr = first / (seen + run.epoch * rows + 1) ** power

    scale.looks_at_model = False  # type: ignore[attr-defined]
    return scale


# ------------------------------------------------------------------------------------------------ the end


class Convergence(EarlyStopping):
    """The training ends after more than `patience` epochs in a row of less than `min_delta` gained.

    With `adaptive` the learning rate falls to a fifth instead, until it is next to nothing. `best` and `waited` are where an
    earlier training is gone on with.
    """

    looks_at_model = False

    def __init__(
        self,
        monitor: str,
        mode: str,
        *,
        patience: int,
        min_delta: float,
        restore_best: bool,
        adaptive: bool,
        best: float | None = None,
        waited: int = 0,
    ) -> None:
        super().__init__(monitor, mode=mode, patience=patience, min_delta=min_delta, restore_best=restore_best)
        self.adaptive = adaptive
        self.best_before = best
        self.waited = waited
        self.converged = False

    def start(self, training: Training) -> None:
        super().start(training)
        if self.best_before is not None:
            self.best = self.best_before

    def __call__(self, training: Training) -> None:
        value = training.history.last(self.monitor)
        gain = self.gain(value)
        self.waited = 0 if gain >= self.min_delta else self.waited + 1
        if gain > 0.0:
            self.keep(value, training)
        if self.waited <= self.patience:
            return
        if self.adaptive and training.optimizer.lr > 1e-6:
            training.optimizer.lr /= 5.0
            self.waited = 0
        else:
            self.converged = True
            training.stop(f"{self.monitor} has not improved by {self.min_delta:g} for {self.patience} epochs")
