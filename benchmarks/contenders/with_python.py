"""Plain Python on floats, derivatives by hand."""

from __future__ import annotations

from typing import Any

from .works import Data, Function


def rosenbrock(data: Data) -> Function:
    def value_and_gradient(x: Any) -> tuple[float, list[float]]:
        value, gradient = 0.0, [0.0] * len(x)
        for i in range(len(x) - 1):
            a = x[i]
            rise, rest = x[i + 1] - a * a, 1.0 - a
            value += 100.0 * rise * rise + rest * rest
            gradient[i] += -400.0 * a * rise - 2.0 * rest
            gradient[i + 1] += 200.0 * rise
        return value, gradient

    return lambda x: value_and_gradient(x if isinstance(x, list) else x.tolist())


CONTENDERS: dict[str, dict[str, Function]] = {"python by hand": {"rosenbrock": rosenbrock}}
