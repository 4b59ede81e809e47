"""scikit-learn's MLPClassifier. Ours has the same parameters and attributes: what is done with one is done with the other."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .works import Data, Function, layers


def untrained(kind: Any, data: Data) -> Any:
    """An estimator that goes on from its weights: which are made by a first step, of next to no length, on no real rows."""
    sizes = data["sizes"].tolist()
    classes = np.arange(max(2, sizes[-1]))
    made = kind(sizes[1:-1], solver="sgd", learning_rate_init=1e-300, max_iter=1, random_state=0)
    with warnings.catch_warnings(action="ignore"):  # it is not to converge
        made.fit(np.zeros((len(classes), sizes[0])), classes)
    made.set_params(solver="adam", learning_rate_init=1e-3, warm_start=True, shuffle=False, tol=0.0, n_iter_no_change=10**6)
    return restarted(made, data)


def restarted(made: Any, data: Data) -> Any:
    network = layers(data["p"], data["sizes"])
    made.coefs_, made.intercepts_ = [weights.T.copy() for weights, _ in network], [biases.copy() for _, biases in network]
    return made


def classifier(kind: Any, data: Data) -> Function:
    made = untrained(kind, data).set_params(solver=data["solver"], batch_size=data["batch"] or "auto")

    def train(epochs: int) -> Any:
        with warnings.catch_warnings(action="ignore"):
            restarted(made, data).set_params(max_iter=epochs).fit(data["x"], data["y"])
        return np.concatenate([part.ravel() for w, b in zip(made.coefs_, made.intercepts_, strict=True) for part in (w.T, b)])

    return train


def predictions(kind: Any, data: Data) -> Function:
    predict = getattr(untrained(kind, data), data["method"])
    return lambda: predict(data["x"])


def makers(kind: Function) -> dict[str, Function]:
    """`kind` gives the class when it is needed: where scikit-learn is not, other works go on."""
    return {
        "classifier": lambda data: classifier(kind(), data),
        "predict": lambda data: predictions(kind(), data),
    }


def theirs() -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier


CONTENDERS: dict[str, dict[str, Function]] = {"scikit-learn": makers(theirs)}
