"""How the tests use the rows of the table of primitives: how each is called, where, and what a slope is numerically.

A row added to the table is tested without a change here, unless it goes over a list and is called with more than that list.
"""

import math
import operator
import random
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from builds import BUILDS

PURE = BUILDS["pure"]

NAMES: list[str] = [
    row.name for row in PURE.engine.primitives.PRIMITIVES[: PURE.derivatives.custom.BUILT_IN] if row.name and not row.hidden
]
"""Every built-in primitive that has a function; the leaf, which is none, and primitives that other tests add are left out."""

OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "neg": operator.neg,
}

FROM_KINKS = 0.05
"""How far from a kink points are drawn."""


def row_of(ag: ModuleType, name: str) -> Any:
    return ag.engine.primitives.BY_NAME[name]


def names_of_arity(*arities: int | None) -> list[str]:
    return [name for name in NAMES if row_of(PURE, name).arity in arities]


def call(ag: ModuleType, name: str, operands: Sequence[Any]) -> Any:
    """The primitive applied to Values or numbers through the public face: an operator or a function."""
    if name in OPERATORS:
        return OPERATORS[name](*operands)
    function = getattr(ag, name)
    if row_of(ag, name).arity is not None or name == "clip":
        return function(*operands)
    if name == "where":
        return function(True, *operands)
    if name == "dot":
        half = len(operands) // 2
        return function(operands[:half], operands[half:])
    if name == "take":
        return function(operands, 0)
    if name in ("softmax", "log_softmax"):
        return function(operands, 1)
    return function(operands)


def operand_counts(name: str) -> tuple[int, ...]:
    """How many operands a row takes; for one over a list, some of the possible lengths."""
    arity = row_of(PURE, name).arity
    if arity is not None:
        return (arity,)
    return {"clip": (3,), "where": (2,), "dot": (2, 4, 6)}.get(name, (2, 3, 4))


def interval(name: str, i: int) -> tuple[float, float]:
    """The domain of the i-th operand."""
    row = row_of(PURE, name)
    low, high = row.domain[i] if row.arity is not None else row.domain
    return low, high


def near_kink(name: str, x: float, earlier: Sequence[float], distance: float = FROM_KINKS) -> bool:
    """Whether an operand, or its difference to one before it, is close to a kink; over lists, to a tie."""
    row = row_of(PURE, name)
    if row.arity is None:
        return any(abs(x - other) < distance for other in earlier)
    return any(abs(place - kink) < distance for kink in row.kinks for place in (x, *(other - x for other in earlier)))


def draw(name: str, rng: random.Random) -> list[float]:
    """Operands inside the domain, away from kinks."""
    operands: list[float] = []
    for i in range(rng.choice(operand_counts(name))):
        low, high = interval(name, i)
        margin = 0.02 * (high - low)
        x = rng.uniform(low + margin, high - margin)
        while near_kink(name, x, operands):
            x = rng.uniform(low + margin, high - margin)
        operands.append(x)
    return operands


def some_points(name: str, count: int) -> list[list[float]]:
    rng = random.Random(name)
    return [draw(name, rng) for _ in range(count)]


def step_within(name: str, i: int) -> float:
    """A step that leaves neither the domain's surroundings nor the neighbourhood free of kinks."""
    low, high = interval(name, i)
    return 0.01 * min(1.0, high - low)


def numerical_derivative(f: Callable[[float], float], x: float, step: float) -> tuple[float, float]:
    """The central difference extrapolated to step 0 (Richardson 1911), and an estimate of its error (Ridders 1982)."""
    best, error = math.nan, math.inf
    previous: list[float] = []
    for k in range(8):
        h = step / 1.4**k
        new = [(f(x + h) - f(x - h)) / (2.0 * h)]
        factor = 1.96
        for coarser in previous:
            new.append((new[-1] * factor - coarser) / (factor - 1.0))
            factor *= 1.96
            estimate = max(abs(new[-1] - new[-2]), abs(new[-1] - coarser))
            if estimate < error:
                best, error = new[-1], estimate
        previous = new
    return best, error


def partial(f: Callable[[list[float]], float], operands: Sequence[float], i: int, step: float) -> tuple[float, float]:
    """The numerical derivative in the i-th operand."""
    return numerical_derivative(lambda x: f([*operands[:i], x, *operands[i + 1 :]]), operands[i], step)


def bits(x: float) -> str:
    """The number to the last bit and with the sign of its zero; NaNs are all one."""
    return "nan" if x != x else float(x).hex()
