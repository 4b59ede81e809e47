"""The page's rules against the engine's: every primitive and every slope, at random points and where numbers are special."""

import itertools
import math
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builds import ROOT
from page_in_node import in_node
from rows import NAMES, bits
from scipy.special import expit, ndtr

from autograd.derivatives.custom import BUILT_IN
from autograd.engine.numbers import rounded
from autograd.engine.primitives import BY_NAME, FLAT_PARTS, PRIMITIVES, slope_of

POINTS = 10_000
ULPS = 4

SPECIAL = [0.0, 1.0, 0.5, 2.0, 3.0, math.pi / 2, math.pi, 20.0, 40.0, 700.0, 745.0, 1e16, 1e300, sys.float_info.max]
SPECIAL += [math.inf, math.nan, 5e-324, sys.float_info.min, 1e-300, 1e-8]
SPECIAL += [-x for x in SPECIAL if x == x]  # JavaScript has one NaN, and does not say what sign it has
FEWER = [0.0, -0.0, 1.0, -2.0, 40.0, 1e300, -1e300, 5e-324, math.inf, -math.inf, math.nan]
"""For every three of them."""

ROWS = [row.name for row in PRIMITIVES[1:BUILT_IN]]
"""Every primitive, also those that only slopes are made of."""


def powers(x: Any, y: Any) -> dict[str, Any]:
    """The terms of the derivatives of x**y, by the letters of the operands that they are in."""
    log = np.abs(np.log(x))
    terms = {"xxy": (np.abs(2 * y - 1) + np.abs(y * (y - 1)) * log, 2), "xyy": (log * (2 + np.abs(y) * log), 1)}
    terms |= {"xy": (1 + np.abs(y) * log, 1), "yyy": (log**3, 0)}
    return {letters: factor * x ** (y - less) for letters, (factor, less) in terms.items()}


TERMS = {
    "pow'x": lambda xs: [0.0, 0.0, powers(*xs)["xy"]],
    "pow'y": lambda xs: [0.0, powers(*xs)["xy"], 0.0],
    "pow'xx": lambda xs: [0.0, 0.0, powers(*xs)["xxy"]],
    "pow'xy": lambda xs: [powers(*xs)[letters] for letters in ("xy", "xxy", "xyy")],
    "pow'yy": lambda xs: [0.0, powers(*xs)["xyy"], 2 * powers(*xs)["yyy"]],
    "gelu'": lambda xs: [ndtr(xs[0]) + np.abs(xs[0]) * np.exp(-(xs[0] ** 2) / 2.0) / math.sqrt(2.0 * math.pi), 0.0],
    "silu'": lambda xs: [expit(xs[0]) * (1.0 + np.abs(xs[0]) * expit(-xs[0])), expit(xs[0]) * (2.0 + np.abs(xs[0]))],
    "logaddexp": lambda xs: [np.max(np.abs(xs), axis=0), 0.0, 0.0],
    "logsumexp": lambda xs: [np.max(np.abs(xs), axis=0), *[0.0] * len(xs)],
    "silu": lambda xs: [0.0, expit(xs[0]) * (1.0 + np.abs(xs[0]) * expit(-xs[0]))],
    "gelu": lambda xs: [0.0, ndtr(xs[0]) + np.abs(xs[0]) * np.exp(-(xs[0] ** 2) / 2.0) / math.sqrt(2.0 * math.pi)],
    "mish": lambda xs: [0.0, np.exp(np.minimum(xs[0], 0.0)) * (1.0 + 2.0 * np.abs(xs[0]))],
    "cbrt": lambda xs: [0.0, np.abs(xs[0]) ** (-2 / 3)],  # C's cube root is up to 3 ulp off, and its slope has the square
}
"""How large the terms are whose sum is a value or a slope, where they cancel: what holds of them holds of no such sum."""


def operands_of(name: str, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Points, one a column: in the domain, of every size, and every combination of special numbers."""
    row = BY_NAME[name]
    count = row.arity or {"where": 1, "dot": 4}.get(name, 3)
    domain = np.array(row.domain if row.arity else [row.domain] * count)
    inside = rng.uniform(domain[:, :1], domain[:, 1:], (count, POINTS // 2))
    signs = rng.choice([-1.0, 1.0], (count, POINTS // 2))
    exponents = rng.uniform(np.where(rng.random(POINTS // 2) < 0.5, -12, -300), 3, (count, POINTS // 2))
    special = np.array(list(itertools.product(SPECIAL if count < 3 else FEWER, repeat=min(count, 3)))).T
    special = np.vstack([special, special[:1]])[:count]
    points = np.hstack([inside, signs * 10.0**exponents, signs * 10.0**-exponents, special])
    return (
        np.vstack([points, rng.integers(0, count, points.shape[1])]) if name in ("softmax", "log_softmax", "take") else points
    )


def by_rule(name: str, points: list[tuple[float, ...]]) -> np.ndarray[Any, Any]:
    """The value and every slope by the rules of the engine: a column for each point."""
    row = BY_NAME[name]
    if row.arity is None:
        outs = [float(row.forward(list(xs))) for xs in points]
        return np.array([[out, *row.slopes(list(xs), out)] for xs, out in zip(points, outs, strict=True)]).T
    outs = [row.forward(*xs) for xs in points]
    slopes = [] if row.flat else [slope_of(row, i) for i in range(row.arity)]
    return np.array([outs, *([slope(*xs, out) for xs, out in zip(points, outs, strict=True)] for slope in slopes)])


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Any, Any]]:
    """For every primitive the points, what the engine's rules give there, and what the page's do."""
    folder = tmp_path_factory.mktemp("node")
    rng = np.random.default_rng(1)
    points = {name: operands_of(name, rng) for name in ROWS}
    for name, xs in points.items():
        xs.astype("<f8").tofile(folder / f"{name}.points")
    script = """
        const fs = require("fs");
        for (const [name, count] of Object.entries(given)) {
          const bytes = fs.readFileSync(name + ".points"), rule = RULES[name];
          const xs = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8), points = xs.length / count;
          const found = [];
          for (let k = 0; k < points; k++) {
            const at = [];
            for (let i = 0; i < count; i++) at.push(xs[i * points + k]);
            const out = rule.arity ? rule.value(...at) : rule.value(at);
            found.push(out);
            if (rule.slopes) found.push(...rule.arity ? rule.slopes.map(f => f(...at, out)) : rule.slopes(at, out));
          }
          fs.writeFileSync(name + ".answers", Float64Array.from(found));
        }"""
    in_node(folder, script, {name: len(xs) for name, xs in points.items()}, "rules.js")
    found = {}
    for name, xs in points.items():
        want = by_rule(name, list(zip(*xs.tolist(), strict=True)))
        found[name] = xs, want, np.fromfile(folder / f"{name}.answers", "<f8").reshape(-1, len(want)).T
    return found


@pytest.mark.parametrize("name", ROWS)
def test_value_and_slopes_are_those_of_the_rules(answers: dict[str, tuple[Any, Any, Any]], name: str) -> None:
    """Within 4 ulp, or 8 where slopes of slopes take several functions; NaN, infinities, and signs of zeros exactly."""
    ulps = 2 * ULPS if getattr(BY_NAME[name], "hidden", False) else ULPS
    xs, want, got = answers[name]
    assert len(want) == len(got) and want.shape[1] > POINTS
    with np.errstate(all="ignore"):
        terms = TERMS[name](xs) if name in TERMS else [0.0] * len(want)
        for k, (right, found, term) in enumerate(zip(want, got, terms, strict=True)):
            same = (right == found) & (np.signbit(right) == np.signbit(found)) | np.isnan(right) & np.isnan(found)
            close = np.abs(right - found) <= ulps * np.spacing(np.maximum(np.abs(right), term))
            wrong = np.flatnonzero(~(same | close & np.isfinite(right) & (right != 0.0)))
            assert not wrong.size, [(k, xs[:, i].tolist(), right[i], found[i]) for i in wrong[:5]]


def test_flat_steps_are_those_of_the_rules(tmp_path: Path) -> None:
    """What traces record of roundings, signs and counts."""
    rng = random.Random(2)
    steps: dict[str, Any] = {**FLAT_PARTS, **{name: BY_NAME[name].forward for name in NAMES if BY_NAME[name].flat}}
    points = {}
    for name in steps:
        count = FLAT_PARTS[name].__code__.co_argcount if name in FLAT_PARTS else 1
        drawn = [[rng.choice((-1, 1)) * 10 ** rng.uniform(-9, 9) for _ in range(count)] for _ in range(2000)]
        points[name] = drawn + [[rng.uniform(-9, 9) for _ in range(count)] for _ in range(2000)]
    script = "return Object.entries(given).map(([name, points]) => points.map(xs => RULES['flat ' + name].value(...xs)))"
    for (name, rule), found in zip(steps.items(), in_node(tmp_path, script, points, "rules.js"), strict=True):
        exact = "error" not in name and name != "erfc_correction"
        for xs, got in zip(points[name], map(float, found), strict=True):
            assert float(got) == rule(*xs) if exact else math.isclose(got, rule(*xs), rel_tol=1e-12, abs_tol=1e-300), (
                name,
                xs,
                got,
            )


def test_sums_are_correctly_rounded(tmp_path: Path) -> None:
    """Where terms cancel, where the sum is half way between two doubles but for a little, and beyond the largest on the way."""
    rng = random.Random(5)
    given: list[list[float]] = [[], [1e308, 1e308, -1e308], [1e308, 1e308], [-1e308, -1e308, 3e-324]]
    for low in (2.0**-53, -(2.0**-54), 2.0**-53 * 1.5):
        given += [[1.0, low], [1.0, low, 2.0**-160], [1.0, low, -(2.0**-160)], [-1.0, -low, 5e-324], [2.0**53, 1.0, 2.0**-70]]
    for _ in range(1000):
        xs = [rng.uniform(-1.0, 1.0) * 2.0 ** rng.randrange(-120, 120) for _ in range(rng.randrange(2, 12))]
        given.append(xs + rng.sample([-x for x in xs], k=len(xs) - 1))
    script = "return given.map(xs => String(RULES.fsum.value(xs)))"
    for xs, got in zip(given, in_node(tmp_path, script, given, "rules.js"), strict=True):
        assert float(got) == BY_NAME["fsum"].forward(xs), xs


def test_rounding_to_digits_is_pythons(tmp_path: Path) -> None:
    rng = random.Random(3)
    numbers = [rng.choice((-1, 1)) * 10 ** rng.uniform(-5, 17) for _ in range(2000)]
    numbers += [rng.randrange(-4000, 4000) / 2 ** rng.randrange(9) for _ in range(4000)] + [0.15, 2.675, 1e22, 5e-324, 1e300]
    given = [[x, rng.randrange(-4, 12)] for x in numbers]
    given += [[rng.uniform(-9.0, 9.0) * 10.0**-size, size + rng.randrange(-2, 20)] for size in range(90, 300)]
    given += [[x, digits] for x in (0.0, -0.0, -0.4, 1.7e308, 1e-300) for digits in (-400, -308, -1, 0, 1, 99, 100, 301, 400)]
    script = """
        const shown = x => String(Object.is(x, -0) ? "-0" : x);
        return given.map(xs => shown(RULES["flat round"].value(xs)))"""
    for (x, digits), got in zip(given, in_node(tmp_path, script, given, "rules.js"), strict=True):
        assert bits(float(got)) == bits(rounded(x, digits)), (x, digits)


def test_rules_are_written_from_the_rules() -> None:
    command = [sys.executable, ROOT / "tools" / "javascript_rules.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
