"""What nn.fit takes beside its steps: a million rows made ready, and metrics. In ratios.

    python benchmarks/fit.py

Rows are ready when the first step is about to move the weights: they have been checked and copied, and the programs recorded.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from contenders.with_autograd import until_the_first_step
from engine import heading, line, measure, print_versions, timed

import nn

ROWS, COLUMNS = 1_000_000, 4
REPETITIONS = 5


def ready(rows: Any, targets: Any, **how: Any) -> None:
    until_the_first_step(nn.MLP(COLUMNS, [4, 1], "tanh", rng=0), rows, targets, **how)


def best_of(action: Callable[[], Any]) -> float:
    return min(timed(action)[0] for _ in range(REPETITIONS))


def preparation() -> None:
    table = np.random.default_rng(0).normal(size=(ROWS, COLUMNS))
    targets, rows = table[:, 0] * table[:, 1], table.tolist()
    order = list(range(ROWS))
    by_numpy = best_of(lambda: np.isfinite(np.array(table)).all())
    shuffle = best_of(lambda: random.Random(0).shuffle(order))
    heading(f"{ROWS:,} x {COLUMNS} rows, until the first step", "seconds", "ratio", "target")
    line("np.array and np.isfinite, of the rows alone", f"{by_numpy:.3f}")
    line("random.shuffle of as many numbers", f"{shuffle:.3f}")

    def against(what: str, seconds: float, aim: float = 0.0) -> None:
        line(what, f"{seconds:.3f}", f"{seconds / by_numpy:.0f}x", f"<= {aim} s" if aim else "", seconds <= aim)

    against("arrays", best_of(lambda: ready(table, targets)), 0.2)
    against("lists", best_of(lambda: ready(rows, targets.tolist())))
    against("arrays, a fifth held out", best_of(lambda: ready(table, targets, validation=0.2)), 0.2)


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


def main() -> None:
    print_versions()
    measure(preparation)
    for width in (16, 64):
        measure(metrics, width)


if __name__ == "__main__":
    sys.exit(main())
