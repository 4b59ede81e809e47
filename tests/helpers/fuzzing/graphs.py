"""Random graphs over every row of the table of primitives, and over what Python and NumPy do with Values beside it.

A case:

    steps       [name, operands] for each node after the inputs: an operand is the number of an earlier node, or a constant as
                [type, text]
    points      the inputs of several runs, as texts of floats; a compiled function is recorded at the first
    oracles     which of `oracles.ORACLES` are asked: this is filled in there

Operands are any nodes, repeated or not, numbers of any type and size: a program may well compute NaN. What it then gives is the
same everywhere all the same.
"""

import operator
import random
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
from rows import NAMES, call, draw, operand_counts

Case = dict[str, Any]

SPECIAL = [
    *("0.0", "-0.0", "inf", "-inf", "nan", "5e-324", "-5e-324", "1e-310", "2.2250738585072014e-308", "1e-300", "-1e-160"),
    *("1e-17", "-1e-12", "1e-8", "0.5", "1.0", "-1.0", "2.0", "-2.0", "3.0", "0.9999999999999999", "1.0000000000000002"),
    *("20.0", "-36.7", "40.0", "-709.8", "709.7", "-745.2", "-1e5", "9007199254740993.0", "1e16", "1e155", "-1e300"),
    *("1.7976931348623157e308", "-1.7976931348623157e308", "1.5707963267948966", "-0.1", "1e22"),
]
TYPES: dict[str, Callable[[str], Any]] = {
    "float": float,
    "int": int,
    "bool": lambda text: bool(int(text)),
    "Fraction": Fraction,
    "Decimal": Decimal,
    "float64": lambda text: np.float64(float(text)),
    "float32": lambda text: np.float32(float(text)),
    "float16": lambda text: np.float16(float(text)),
    "int64": lambda text: np.int64(text),
    "uint8": lambda text: np.uint8(text),
    "bool_": lambda text: np.bool_(int(text)),
}
"""Of constants, beside floats: how each is made of a text."""


def _whole(text: str) -> str:
    return str(min(int(abs(float(text))), 255)) if abs(float(text)) < 1e300 else "1"


def constant(rng: random.Random, text: str, compared: bool) -> list[str]:
    kind = rng.choice(["float"] * 8 + list(TYPES))
    if kind == "Decimal" and compared:  # Decimal itself refuses to be compared with a NaN
        return ["Fraction" if abs(float(text)) < 1e300 else "float", text]
    if kind in ("Fraction", "Decimal") and abs(float(text)) < 1e300:
        return [kind, text]
    if kind in ("int", "int64", "uint8"):
        return [kind, _whole(text) if kind == "uint8" or rng.random() < 0.5 else str(int(_whole(text)) * -1)]
    if kind in ("bool", "bool_"):
        return [kind, str(rng.randint(0, 1))]
    if kind in ("float32", "float16") and not abs(float(text)) < 6e4:
        return ["float64", text]
    return [kind if kind.startswith("float") else "float", text]


# ------------------------------------------------------------------------------------------------ steps beside the table

Step = Callable[[ModuleType, Sequence[Any]], Any]


def by_numpy(name: str) -> Step:
    def step(ag: ModuleType, xs: Sequence[Any]) -> Any:
        with np.errstate(all="ignore"):
            return getattr(np, name)(*xs)

    return step


def as_float(x: Any) -> Any:
    """Numbers of different libraries do not compare with each other."""
    return x if hasattr(x, "parents") else float(x)


def sum_and_product(s: Any, x: Any) -> tuple[Any, Any]:
    return s - x, s * x


def while_positive(ag: ModuleType, xs: Sequence[Any]) -> Any:
    """One step, or three: as the first operand says."""
    first = ag.where(xs[0] < xs[1], 2.0, 0.0)
    return ag.while_loop(lambda s: s[1] < 3.0, lambda s: (s[0] * 0.5 + xs[1], s[1] + 1.0), (xs[0], first), max_steps=4)[0]


BESIDE: dict[str, tuple[int, Step]] = {
    "//": (2, lambda ag, xs: xs[0] // xs[1]),
    "divmod": (2, lambda ag, xs: operator.sub(*divmod(xs[0], xs[1]))),
    "round": (1, lambda ag, xs: round(xs[0]) + xs[0]),
    "round 2": (1, lambda ag, xs: xs[0] * round(xs[0], 2)),
    "detach": (1, lambda ag, xs: xs[0] * xs[0].detach()),
    "if": (4, lambda ag, xs: xs[2] if xs[0] < xs[1] else xs[3]),
    "if equal": (4, lambda ag, xs: xs[2] if xs[0] == xs[1] else xs[3]),
    "loop": (1, lambda ag, xs: xs[0] * sum(xs[0] > k for k in range(3))),
    "where <": (4, lambda ag, xs: ag.where(xs[0] < xs[1], xs[2], xs[3])),
    "where >=": (4, lambda ag, xs: ag.where(xs[0] >= xs[1], xs[2], xs[3])),
    "where !=": (4, lambda ag, xs: ag.where(xs[0] != xs[1], xs[2], xs[3])),
    "builtin max": (3, lambda ag, xs: max(xs[0], *map(as_float, xs[1:]))),
    "builtin min": (3, lambda ag, xs: min(xs[0], *map(as_float, xs[1:]))),
    "builtin sum": (3, lambda ag, xs: sum(xs)),
    "clip below": (2, lambda ag, xs: ag.clip(xs[0], xs[1])),
    "clip above": (2, lambda ag, xs: xs[0].clip(a_max=xs[1])),
    "softmax all": (3, lambda ag, xs: ag.dot(ag.softmax(xs), [1.0, -2.0, 0.5])),
    "log_softmax all": (3, lambda ag, xs: ag.fsum(ag.log_softmax(xs)[1:])),
    "softmax of one": (1, lambda ag, xs: ag.softmax(xs, 0) + xs[0]),
    "pow with itself": (1, lambda ag, xs: xs[0] ** xs[0]),
    "product with a sum": (3, lambda ag, xs: xs[0] * xs[1] + xs[2]),
    "layer": (4, lambda ag, xs: ag.fsum([(ag.dot(xs[:2], xs[2:]) + x).tanh() for x in xs[:2]])),
    "take": (3, lambda ag, xs: ag.take(xs, ag.where(xs[0] < xs[1], 2.0, -2.0))),
    "scan": (3, lambda ag, xs: ag.scan(lambda s, x: (s * x + xs[1], None), xs[0], [xs[1], xs[2], 0.5])[0]),
    "scan backwards": (2, lambda ag, xs: ag.fsum(ag.scan(sum_and_product, xs[0], [xs[1], 0.5, xs[0]], reverse=True)[1])),
    "scan in a scan": (2, lambda ag, xs: ag.scan(lambda s, x: ag.scan(sum_and_product, s, [x, xs[1]]), xs[0], [xs[1], 2.0])[0]),
    "scan that branches": (3, lambda ag, xs: ag.scan(lambda s, x: (s if s < x else x - s, s), xs[0], xs[1:])[0]),
    "fori_loop": (2, lambda ag, xs: ag.fori_loop(-1, 2, lambda i, s: s * xs[1] - ag.take(xs, i), xs[0])),
    "while_loop": (2, lambda ag, xs: while_positive(ag, xs)),
    **{f"np.{name}": (1, by_numpy(name)) for name in ("sin", "exp", "fabs", "deg2rad", "sqrt", "arctanh", "sign", "rint")},
    **{f"np.{name}": (2, by_numpy(name)) for name in ("maximum", "fmin", "hypot", "logaddexp", "copysign", "power", "add")},
}
"""How many operands a step takes, the first of them a node, and what it does."""

ALL = [*NAMES, *BESIDE]


def applied(ag: ModuleType, name: str, operands: Sequence[Any]) -> Any:
    if name in BESIDE:
        with np.errstate(over="ignore"):  # two of NumPy's numbers may meet, without a Value
            return BESIDE[name][1](ag, operands)
    if name == "softmax" or name == "log_softmax":
        return getattr(ag, name)(operands, len(operands) // 2)
    return call(ag, name, operands)


def operand(thing: Any, nodes: Sequence[Any]) -> Any:
    return nodes[thing] if isinstance(thing, int) else TYPES[thing[0]](thing[1])


def run(case: Case, ag: ModuleType, inputs: Sequence[Any]) -> list[Any]:
    """All nodes: the inputs, then one for each step; a step of constants alone gives a constant."""
    nodes = list(inputs)
    for name, operands in case["steps"]:
        node = applied(ag, name, [operand(thing, nodes) for thing in operands])
        nodes.append(node if isinstance(node, ag.Value) else ag.Value(node))
    return nodes


def points(case: Case) -> list[list[float]]:
    return [[*map(float, point)] for point in case["points"]]


# ------------------------------------------------------------------------------------------------ making


def make(rng: random.Random) -> Case:
    wild = rng.choice([0.0, 0.0, 0.1, 0.6])
    names = rng.choice([ALL, ALL, NAMES, rng.sample(ALL, 4)])

    def number() -> str:
        if rng.random() < wild:
            text = rng.choice(SPECIAL)
            return text if rng.random() < 0.7 else repr(float(text) * rng.uniform(0.5, 2.0))
        return rng.choice(["0.0", "1.0", "-1.0", "2.0"]) if rng.random() < 0.1 else repr(rng.uniform(-2.5, 2.5))

    inputs = rng.randint(1, 4)
    steps: list[Any] = []
    for _ in range(rng.choice([1, 2, 3, 5, 8, 12])):
        name = rng.choice(names)
        count = BESIDE[name][0] if name in BESIDE else _count(rng, name)
        suited = iter(draw(name, rng)) if name in NAMES and wild < 0.5 else iter(())
        operands: list[Any] = [rng.randrange(inputs + len(steps)) if rng.random() < 0.6 else inputs + len(steps) - 1]
        for _ in range(count - 1):
            if rng.random() < 0.6:
                again = rng.random() < 0.25 and isinstance(operands[-1], int)
                operands.append(operands[-1] if again else rng.randrange(inputs + len(steps)))
            else:
                text = repr(next(suited)) if rng.random() < 0.3 and name in NAMES and wild < 0.5 and count <= 2 else number()
                operands.append(constant(rng, text, name in BESIDE))
        if name in NAMES and rng.random() < 0.4:
            operands.reverse()
        steps.append([name, operands])
    points = [[number() for _ in range(inputs)] for _ in range(3)]
    return {"steps": steps, "points": points}


def _count(rng: random.Random, name: str) -> int:
    counts = operand_counts(name)
    if len(counts) == 1:
        return counts[0]
    return rng.choice((2, 2, 4, 6, 10) if name == "dot" else (1, 2, 3, 4, 9))


# ------------------------------------------------------------------------------------------------ cutting, showing


def smaller(case: Case) -> Iterator[Case]:
    if len(case["oracles"]) > 1:
        for name in case["oracles"]:
            yield {**case, "oracles": [name]}
    inputs, steps, at = len(case["points"][0]), case["steps"], case["points"]
    if len(at) > 1:
        for i in range(len(at)):
            yield {**case, "points": at[:i] + at[i + 1 :]}
    for i in range(len(steps) - 1, -1, -1):  # without a step, whose place its first operand takes
        node = inputs + i
        first = next((thing for thing in steps[i][1] if isinstance(thing, int)), 0)

        def moved(thing: Any, node: int = node, first: int = first) -> Any:
            return thing if not isinstance(thing, int) or thing < node else first if thing == node else thing - 1

        rest = [[name, [moved(thing) for thing in operands]] for name, operands in steps[i + 1 :]]
        if steps[:i] or rest:
            yield {**case, "steps": steps[:i] + rest}
    for i, (name, operands) in enumerate(steps):
        for j, thing in enumerate(operands):
            if name in NAMES and len(operand_counts(name)) > 1 and len(operands) > 2:
                yield _with_step(case, i, [name, operands[:j] + operands[j + 1 :]])
            simpler = [["float", "1.0"]] if thing not in (["float", "1.0"], 0) else []
            if isinstance(thing, int):
                simpler = [0] if thing else []
            elif thing[0] != "float":
                simpler = [["float", repr(float(TYPES[thing[0]](thing[1])))]]
            for other in simpler:
                yield _with_step(case, i, [name, [*operands[:j], other, *operands[j + 1 :]]])
    for i, point in enumerate(at):
        for j, text in enumerate(point):
            for other in ("1.0", "0.5", repr(float(f"{float(text):.1g}"))):
                if text not in ("1.0", "0.5", other):
                    yield {**case, "points": [*at[:i], [*point[:j], other, *point[j + 1 :]], *at[i + 1 :]]}
    used = {thing for _, operands in steps for thing in operands if isinstance(thing, int)}
    for k in range(inputs - 1, -1, -1):
        if k not in used and inputs > 1:
            fewer = [[n, [t - 1 if isinstance(t, int) and t > k else t for t in operands]] for n, operands in steps]
            yield {**case, "steps": fewer, "points": [point[:k] + point[k + 1 :] for point in at]}


def _with_step(case: Case, i: int, step: Any) -> Case:
    return {**case, "steps": [*case["steps"][:i], step, *case["steps"][i + 1 :]]}


def shown(case: Case) -> str:
    lines = [f"x{k} = Value({' or '.join(texts)})" for k, texts in enumerate(zip(*case["points"], strict=True))]
    for i, (name, operands) in enumerate(case["steps"], start=len(lines)):
        words = [f"x{thing}" if isinstance(thing, int) else f"{thing[0]}({thing[1]})" for thing in operands]
        lines.append(f"x{i} = {name}({', '.join(words)})")
    return "\n".join([*lines, f"oracles: {', '.join(case['oracles'])}"])
