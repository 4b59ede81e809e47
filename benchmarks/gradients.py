"""How fast derivatives of functions are, in ratios: to finite differences, to HIPS autograd, to themselves at twice the size.

    python benchmarks/gradients.py [--hips PYTHON]

PYTHON is one in whose environment HIPS autograd is installed: it has the same import name as this package, so it needs another.
"""

from __future__ import annotations

import argparse
import functools
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from engine import check, close, heading, line, measure, print_versions, timed

from autograd import grad, hessian

HIPS = Path(__file__).with_name("hips_rosenbrock.py")
REPETITIONS = 31


def rosenbrock(x: Any) -> Any:
    return sum(100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2 for i in range(len(x) - 1))


def start(n: int) -> list[float]:
    return [0.1 * (i % 7) - 0.3 for i in range(n)]


def finite_differences(f: Any, x: list[float], h: float = 1e-6) -> list[float]:
    slopes = []
    for i in range(len(x)):
        above, below = list(x), list(x)
        above[i] += h
        below[i] -= h
        slopes.append((f(above) - f(below)) / (2.0 * h))
    return slopes


def exact_gradient(x: list[float]) -> list[float]:
    g = [0.0] * len(x)
    for i in range(len(x) - 1):
        rise = x[i + 1] - x[i] ** 2
        g[i] += -400.0 * x[i] * rise - 2.0 * (1.0 - x[i])
        g[i + 1] += 200.0 * rise
    return g


def median_of(action: Any, repetitions: int = REPETITIONS) -> float:
    return statistics.median(timed(action)[0] for _ in range(repetitions))


def hips_seconds(python: str, n: int) -> float:
    # isolated: this package must not pass for HIPS autograd
    answer = subprocess.run([python, "-I", str(HIPS), str(n)], capture_output=True, text=True, check=True)
    result = json.loads(answer.stdout)
    check(all(map(close, result["gradient"], exact_gradient(start(n)))), "HIPS autograd gives the same gradient")
    return float(result["seconds"])


def compare(n: int, hips: str | None) -> None:
    x, gradient = start(n), grad(rosenbrock)
    check(all(map(close, gradient(x), exact_gradient(x))), "the gradient is exact")
    rough = finite_differences(rosenbrock, x)
    check(all(abs(a - b) < 1e-3 for a, b in zip(rough, exact_gradient(x), strict=True)), "so are finite differences")
    ours = median_of(lambda: gradient(x))
    heading(f"Gradient of Rosenbrock in {n:,} dimensions, eagerly", "us", "ratio", "target")
    line("one evaluation on floats", f"{median_of(lambda: rosenbrock(x)) * 1e6:.1f}")
    line("grad", f"{ours * 1e6:.1f}")

    def against(what: str, seconds: float, aim: int) -> None:
        target = f">= {aim}x" if n == 100 else ""
        line(what, f"{seconds * 1e6:.1f}", f"{seconds / ours:.0f}x", target, seconds >= aim * ours)

    differences = median_of(lambda: finite_differences(rosenbrock, x), 3 if n > 100 else 11)
    against("central finite differences of the same function", differences, 20)
    if hips is None:
        line("HIPS autograd: not measured, no --hips given", "")
    else:
        against("HIPS autograd, written the same way", hips_seconds(hips, n), 50)


def sparse_hessians() -> None:
    heading("Sparse Hessian of Rosenbrock, hessian(f, sparse=True)", "ms", "us per n")
    second = hessian(rosenbrock, sparse=True)
    for n in (250, 500, 1000, 2000):
        x = start(n)
        check(second(x).nnz == 3 * n - 2, f"{3 * n - 2} entries are not 0")
        seconds = median_of(functools.partial(second, x), 5)
        line(f"n = {n:,}, {3 * n - 2:,} entries", f"{seconds * 1e3:.1f}", f"{seconds / n * 1e6:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast derivatives of functions are, in ratios.")
    parser.add_argument("--hips", metavar="PYTHON", help="a Python that has HIPS autograd")
    hips = parser.parse_args().hips
    print_versions()
    for n in (10, 100, 1000):
        measure(compare, n, hips)
    measure(sparse_hessians)


if __name__ == "__main__":
    sys.exit(main())
