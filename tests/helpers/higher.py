"""First, second and third derivatives of every primitive held to mpmath over the whole domain.

    python tests/helpers/higher.py              prints the table of worst relative errors, and the worst failures
    python tests/helpers/higher.py --write      writes the table to docs/accuracy.md, too

A derivative fails where it is off by more than 1e-13 of itself (of what a relative change of the operands does to it, or of
`_size_of_terms`, where that is more), is no number, or is one where there is none. Underflow and overflow of the derivative
itself are right.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import jets
from edge_cases import function

MOST = 1e-13

MAGNITUDES = [
    0.0,
    5e-324,
    1e-310,
    1e-300,
    1e-200,
    1e-160,
    1e-154,
    1e-100,
    1e-30,
    1e-20,
    1e-17,
    1e-16,
    1e-12,
    1e-9,
    1e-8,
    1e-6,
    1e-4,
    1e-3,
    0.01,
    0.1,
    0.25,
    0.3,
    0.4999,
    0.5,
    0.5001,
    0.7,
    0.9,
    0.99,
    1 - 1e-5,
    1 - 1e-10,
    1 - 2**-53,
    1.0,
    1 + 2**-52,
    1 + 1e-10,
    1.1,
    1.5,
    2.0,
    3.0,
    5.0,
    5.9,
    8.0,
    10.0,
    15.0,
    19.0,
    20.0,
    26.0,
    27.5,
    30.0,
    36.0,
    37.5,
    40.0,
    60.0,
    100.0,
    300.0,
    354.0,
    356.0,
    400.0,
    700.0,
    709.5,
    710.5,
    715.0,
    740.0,
    745.5,
    746.5,
    800.0,
    1e3,
    1e4,
    1e5,
    1e8,
    1e9,
    1e16,
    1e17,
    1e50,
    1e100,
    1e103,
    1e150,
    1e154,
    1e155,
    1e160,
    1e200,
    1e300,
    1.7e308,
    math.inf,
]
DENSE = [*MAGNITUDES, *[-x for x in MAGNITUDES[1:]]]
COARSE = [
    s * x for x in (1e-300, 1e-160, 1e-17, 1e-9, 0.3, 1.0, 2.5, 20.0, 40.0, 710.0, 1e9, 1e160, 1e300) for s in (1.0, -1.0)
]
SPARSE = [
    0.0,
    1e-300,
    -1e-160,
    1e-17,
    -1e-12,
    1e-8,
    0.3,
    -0.7,
    1 - 1e-10,
    1.1,
    -2.5,
    8.0,
    -20.0,
    38.0,
    -40.0,
    300.0,
    709.5,
    -740.0,
    800.0,
    -1e9,
    1e160,
    -1e300,
    math.inf,
    -math.inf,
]
PAIRS = [
    (1e-300, 1e-300),
    (1e-9, 2.5),
    (2.5, 1e-9),
    (0.3, 1.0),
    (1.0, 0.3),
    (2.5, -0.7),
    (-0.7, 2.0),
    (20.0, -20.0),
    (40.0, 1.0),
    (1.0, 40.0),
    (710.0, 1.0),
    (-0.3, -710.0),
    (1e160, 1e160),
    (1e160, -3e159),
    (1e-160, 3e-160),
    (1e9, 1.0),
    (1.0, 1.0 + 1e-9),
]
GAPS = [0.0, 1e-300, 1e-17, 1e-9, 0.1, 1.0, 5.0, 20.0, 30.0, 36.5, 40.0, 300.0, 700.0, 740.0, 746.0, 800.0, 1e5, 1e300]

FLAT_AT_INFINITY = ("sin", "cos", "tan")
"""Those without a limit there."""
CORNERS = ("abs", "relu", "leaky_relu", "elu", "maximum", "minimum", "max", "min", "copysign", "remainder", "fmod")
"""Those with kinks and jumps, where the policy says a subgradient: not asked for there."""

Point = tuple[float, ...]


class Failure(NamedTuple):
    name: str
    by: tuple[int, ...]
    point: Point
    got: float
    want: Any
    error: float

    def __str__(self) -> str:
        want = jets.mpmath.nstr(self.want, 17) if not isinstance(self.want, float) else repr(self.want)
        where = f"{self.name:12} by {self.by!s:10} at {self.point!r:45}"
        return f"{where} is {self.got!r:24} and not {want:24} (error {self.error:.1e})"


def points(name: str, dense: bool) -> Iterator[Point]:
    """Where a primitive is tried."""
    if name in jets.UNARY:
        for x in DENSE if dense else SPARSE:
            if not (x == 0.0 and name in CORNERS) and not (math.isinf(x) and name in FLAT_AT_INFINITY):
                yield (x,)
    elif name in jets.BINARY:
        yield from _pairs(name, dense)
    else:
        yield from _lists(name, dense)


def _pairs(name: str, dense: bool) -> Iterator[Point]:
    for x, y in itertools.product(COARSE, COARSE) if dense else PAIRS:
        if name == "pow" and ((x < 0.0 and y != math.floor(y)) or abs(y) > 1e4):
            continue
        if name in ("remainder", "fmod") and (abs(x / y) > 1e3 or x == y):
            continue
        if not (name in CORNERS and (x == y or x == 0.0)):
            yield x, y
    if name == "pow":
        bases = [0.0, 1e-300, 0.3, -2.5, 1e160] if dense else [0.0, -2.5]
        yield from [(x, p) for x in bases for p in (0.0, 1.0, 2.0, 3.0, 4.0, -1.0) if x or p > 2.0]
    if name == "logaddexp":
        yield from [(100.0, 100.0 - gap) for gap in GAPS] if dense else [(100.0, 60.0), (40.0, 0.0), (0.0, 20.0)]


def _lists(name: str, dense: bool) -> Iterator[Point]:
    if name in ("dot", "prod", "fsum"):
        chosen = [(1.0, 2.0, -3.0, 0.5), (0.0, 2.0, 0.0, 1e-300), (1e160, 1e-160, 1e160, 3.0), (1e100, 1e100, 1e100, 1e100)]
        yield from chosen
        return
    gaps = GAPS if dense else [0.0, 1e-17, 1.0, 20.0, 40.0, 740.0, 800.0]
    for gap in gaps:
        if name in CORNERS and gap == 0.0:
            continue
        for a, b in ((gap, 0.0), (0.0, gap)):
            if name in CORNERS and a + 100.0 == b + 100.0:
                continue
            yield a, b
            if dense:
                yield a + 100.0, b + 100.0
                yield a, b, -1.0
                yield a, b, a if name not in CORNERS else -2.0


def formula_of(name: str) -> Callable[[Sequence[jets.Jet]], jets.Jet]:
    if name in jets.LISTS:
        return jets.LISTS[name]
    known = jets.UNARY.get(name) or jets.BINARY[name]
    return lambda v: known(*v)


def of_engine(ag: ModuleType, name: str) -> Callable[[Sequence[Any]], Any]:
    """The primitive, of a list of its operands."""
    if name in ("softmax", "log_softmax"):
        return lambda v: getattr(ag, name)(list(v), 0)
    if name == "dot":
        return lambda v: ag.dot(list(v[::2]), list(v[1::2]))
    f = function(ag, name)
    return (lambda v: f(list(v))) if name in jets.LISTS else lambda v: f(*v)


def derivatives(ag: ModuleType, f: Callable[[Sequence[Any]], Any], point: Point, orders: int) -> dict[tuple[int, ...], float]:
    """All derivatives up to an order, by the numbers of the operands: the mixed ones in every order they can be taken in."""
    xs = [ag.Value(x) for x in point]
    known = {(): f(xs)}
    for _ in range(orders):
        known |= {
            (*by, i): slope for by, y in known.items() if (*by, 0) not in known for i, slope in enumerate(ag.gradients(y, xs))
        }
    return {by: v.data for by, v in known.items() if by}


def failures(
    ag: ModuleType,
    name: str,
    orders: Sequence[int],
    dense: bool,
    worst: dict[int, float] | None = None,
) -> Iterator[Failure]:
    """Where a primitive fails. `worst` takes note of the largest error of each order that is none."""
    formula, f = formula_of(name), of_engine(ag, name)
    domain = jets.DOMAIN.get(name, (-math.inf, math.inf))
    for point in points(name, dense):
        want: dict[tuple[int, ...], Any] = {}
        scale: dict[tuple[int, ...], Any] = {}
        for by, got in derivatives(ag, f, point, max(orders)).items():
            if len(by) not in orders:
                continue
            alike = tuple(sorted(by))
            if alike not in want:
                want[alike] = jets.wanted(formula, point, alike, domain)
            off = jets.error(got, want[alike])
            if off > MOST and all(map(math.isfinite, [*point, got])) and not jets.mpmath.isnan(want[alike]):
                if alike not in scale:
                    scale[alike] = max(jets.felt(formula, point, alike), _size_of_terms(name, alike, point))
                off = jets.error(got, want[alike], scale[alike])
            if off > MOST:
                yield Failure(name, by, point, got, want[alike], off)
            elif worst is not None:
                worst[len(by)] = max(worst.get(len(by), 0.0), off)


def _size_of_terms(name: str, by: tuple[int, ...], point: Point) -> float:
    """Of 2 w³ (1 - 3 w), a third derivative of softmax by operands of which three are about equal, so that w is about 1/3."""
    return 2.0 / 27.0 if name == "softmax" and len(by) == len(point) == 3 and max(point) - min(point) < 1.0 else 0.0


NAMES = [*jets.UNARY, *jets.BINARY, *jets.LISTS]

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"
HEADING = "| primitive | first | second | third |\n| --- | --- | --- | --- |\n"


def main() -> int:
    import autograd

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES, help="primitives; by default all")
    parser.add_argument("--sparse", action="store_true", help="the few points of the test")
    parser.add_argument("--all", action="store_true", help="every failure, and not the worst of each order")
    parser.add_argument("--write", action="store_true", help="the table, which must be of all primitives, to docs/accuracy.md")
    asked = parser.parse_args()
    total, table = 0, HEADING
    for name in asked.names:
        worst: dict[int, float] = {}
        found = list(failures(autograd, name, (1, 2, 3), not asked.sparse, worst))
        total += len(found)
        errors = [f"{worst[k]:.1e}" if worst.get(k) else "0" for k in (1, 2, 3)]
        table += f"| {name} | {' | '.join(errors)} |\n"
        print(f"{name:12} worst relative errors, of those within {MOST:g}:", *errors, flush=True)
        for order in (1, 2, 3):
            mine = sorted((f for f in found if len(f.by) == order), key=lambda f: -f.error)
            if mine:
                print(f"  order {order}: {len(mine)} fail")
            for failure in mine if asked.all else _few(mine):
                print(f"    {failure}")
    print(f"{total} failures")
    if asked.write and not total and asked.names == NAMES:
        PAGE.write_text(PAGE.read_text().partition(HEADING)[0] + table)
    return int(total > 0)


def _few(found: list[Failure]) -> list[Failure]:
    """The worst, and some others at other points."""
    return found[:2] + random.Random(0).sample(found[2:], min(3, len(found[2:])))


if __name__ == "__main__":
    raise SystemExit(main())
