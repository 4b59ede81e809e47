"""An epoch and a whole fit of MLPClassifier and MLPRegressor over scikit-learn's, by data and by settings.

    python benchmarks/estimators.py

All have 100 hidden units and standardised inputs, on one thread. "each" is what an epoch, or an iteration of lbfgs, adds
to a fit of ten. Times are the processor's, the least of three by turns.
"""

from __future__ import annotations

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # asked when NumPy is imported

import sys
import time
import warnings
from typing import Any

import numpy as np
from engine import heading, line, measure, print_versions

import nn

FEW, MANY = 10, 60
ROUNDS = 3
SETTINGS: dict[str, dict[str, Any]] = {
    "adam": {},
    "adam, by 32": {"batch_size": 32},
    "sgd": {"solver": "sgd"},
    "adam, early stopping": {"early_stopping": True},
    "lbfgs": {"solver": "lbfgs"},
}


def fit(estimator: Any, most: int, data: Any, settings: dict[str, Any]) -> tuple[float, int]:
    """The seconds, and how many epochs or iterations there were: lbfgs ends where it can go no lower."""
    fitted = estimator(hidden_layer_sizes=(100,), max_iter=most, random_state=0, n_iter_no_change=MANY, **settings)
    began = time.process_time()
    fitted.fit(*data)
    return time.process_time() - began, fitted.n_iter_


def beside(name: str) -> None:
    from sklearn import datasets, neural_network

    rows, targets = getattr(datasets, f"load_{name}")(return_X_y=True)
    rows = (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-9)
    kind = "MLPClassifier"
    if name == "diabetes":
        kind, targets = "MLPRegressor", (targets - targets.mean()) / targets.std()
    data = rows, targets
    pair = getattr(nn, kind), getattr(neural_network, kind)
    heading(f"{kind}, {name.replace('_', ' ')}, {rows.shape[0]:,} x {rows.shape[1]}", "ms", "ratio", "target")
    for what, settings in SETTINGS.items():
        fit(pair[0], 1, data, settings)  # recorded here
        runs = [{(e, n): fit(e, n, data, settings) for e in pair for n in (FEW, MANY)} for _ in range(ROUNDS)]
        least = {key: min(run[key] for run in runs) for key in runs[0]}
        whole = [least[e, MANY][0] * 1e3 for e in pair]
        line(f"{what}: up to {MANY}", f"{whole[0]:.0f}", f"{whole[0] / whole[1]:.2f}")
        if all(least[e, MANY][1] > 2 * FEW for e in pair):
            ours, theirs = [np.subtract(least[e, MANY], least[e, FEW]) for e in pair]
            each = [float(seconds / count) * 1e3 for seconds, count in (ours, theirs)]
            line(f"{what}: each", f"{each[0]:.2f}", f"{each[0] / each[1]:.2f}", "<= 1", each[0] <= each[1])


def main() -> None:
    print_versions()
    warnings.simplefilter("ignore")  # so few epochs do not converge
    for name in ("iris", "wine", "breast_cancer", "digits", "diabetes"):
        measure(beside, name)


if __name__ == "__main__":
    sys.exit(main())
