"""How well nn.MLPClassifier predicts what it has not seen, beside scikit-learn's, on real data: one Markdown table.

    python benchmarks/accuracy.py [--seeds N] [DATA ...]

Both get the same architecture, solver and hyperparameters, and for every seed the same fifth of the rows held out, the inputs
standardised by the others alone. The seed is of the split, and of the initial weights and the order of the rows, which each
of the two draws in its own way.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from typing import Any

from sklearn import datasets, neural_network
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import autograd
import nn

# All with relu, Adam and alpha=1e-4, the defaults of both.
SMALL = {"hidden_layer_sizes": (16,), "learning_rate_init": 0.01, "batch_size": 16, "max_iter": 100}
SETTINGS: dict[str, dict[str, Any]] = {
    "iris": SMALL,
    "wine": SMALL,
    "breast_cancer": SMALL,
    "digits": {"hidden_layer_sizes": (64,), "learning_rate_init": 0.005, "batch_size": 32, "max_iter": 15},
}


def measure(classifier: Any, X: Any, y: Any, seed: int) -> tuple[float, float]:
    """The percentage of the held-out fifth that is classified right, and the seconds it took to train."""
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=seed)
    pipeline = make_pipeline(StandardScaler(), classifier.set_params(random_state=seed))
    start = time.perf_counter()
    pipeline.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    return 100.0 * pipeline.score(X_test, y_test), seconds


def rows_of_table(name: str, seeds: int) -> list[str]:
    """Two lines for a data set: ours, with what it is ahead and how much longer it took, and scikit-learn's."""
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    settings = SETTINGS[name]
    ours = [measure(nn.MLPClassifier(**settings), X, y, seed) for seed in range(seeds)]
    theirs = [measure(neural_network.MLPClassifier(**settings), X, y, seed) for seed in range(seeds)]
    ahead = _mean(ours) - _mean(theirs)
    longer = statistics.median(a / b for (_, a), (_, b) in zip(ours, theirs, strict=True))
    classes = len(set(y))
    widths = "-".join(map(str, [X.shape[1], *settings["hidden_layer_sizes"], 1 if classes == 2 else classes]))
    return [
        f"| {name}, {widths} | nn | {_accuracies(ours)} | {_mean(ours):.2f} | {ahead:+.2f} | {longer:.1f}x |",
        f"| | scikit-learn | {_accuracies(theirs)} | {_mean(theirs):.2f} | | |",
    ]


def _mean(measured: list[tuple[float, float]]) -> float:
    return statistics.fmean(accuracy for accuracy, _ in measured)


def _accuracies(measured: list[tuple[float, float]]) -> str:
    return " | ".join(f"{accuracy:.1f}" for accuracy, _ in measured)


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy on held-out data, ours beside scikit-learn's.")
    parser.add_argument("data", nargs="*", metavar="DATA", help=f"of {', '.join(SETTINGS)} (default: all)")
    parser.add_argument("--seeds", type=int, default=5, help="how many splits and starts (default: %(default)s)")
    options = parser.parse_args()
    unknown = [name for name in options.data if name not in SETTINGS]
    if unknown or options.seeds < 1:
        parser.error(f"choose data of {', '.join(SETTINGS)}, and at least one seed")
    if autograd.build != "compiled":
        print("The engine runs as plain Python here, so the times are not those of the compiled one.\n")
    seeds = range(options.seeds)
    print(f"| data and network | by | {' | '.join(f'seed {seed}' for seed in seeds)} | mean % | points ahead | time |")
    print(f"| --- | --- |{' --- |' * options.seeds} --- | --- | --- |")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # as many epochs for both
        for name in options.data or SETTINGS:
            print("\n".join(rows_of_table(name, options.seeds)), flush=True)


if __name__ == "__main__":
    main()
