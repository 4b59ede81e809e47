"""Tests that walk the table of primitives: a row is tested by being there.

For every row: its slopes against numerical derivatives (and mpmath's, where it has the function), the derivatives of its
slopes, one node as both operands, constants in any place, numbers alone, its method, its documentation, and that the
compiled and the pure build agree to the last bit. And that adding a primitive is adding one row.
"""

import doctest
import inspect
import itertools
import math
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import mpmath
import pytest
from builds import BUILDS
from rows import (
    NAMES,
    OPERATORS,
    PURE,
    bits,
    call,
    draw,
    interval,
    names_of_arity,
    near_kink,
    operand_counts,
    partial,
    row_of,
    some_points,
    step_within,
)

ENGINE = Path(PURE.__file__).parent

every_row = pytest.mark.parametrize("name", NAMES)
every_fixed_row = pytest.mark.parametrize("name", names_of_arity(1, 2))
every_row_of_two = pytest.mark.parametrize("name", names_of_arity(2))


def backward(ag: ModuleType, name: str, operands: list[float]) -> tuple[float, list[float]]:
    """The value and the slope of every operand, by `backward()`."""
    leaves = [ag.Value(x) for x in operands]
    out = call(ag, name, leaves)
    out.backward()
    return out.data, [leaf.grad for leaf in leaves]


def close(got: float, want: tuple[float, float], rtol: float = 1e-8, atol: float = 1e-9) -> bool:
    """Whether a number is the numerical one, given as (number, estimate of its error)."""
    best, error = want
    assert error <= 1e-4 * (1.0 + abs(best)), f"the numerical derivative is too rough to tell: {best!r} ± {error!r}"
    return abs(got - best) <= atol + rtol * max(abs(got), abs(best)) + 10.0 * error


# ------------------------------------------------------------------------------------------------ the rows themselves


def test_both_builds_have_the_same_rows(ag: ModuleType) -> None:
    hidden = [row.name for row in PURE.engine.primitives.PRIMITIVES if row.hidden]
    for name in [*NAMES, *hidden]:
        one, other = row_of(ag, name), row_of(PURE, name)
        for what in ("name", "code", "arity", "symbol", "domain", "kinks", "defaults", "inline", "flat", "hidden", "doc"):
            assert getattr(one, what) == getattr(other, what), f"{what} of {name}"
    assert len(NAMES) + len(hidden) == len({*NAMES, *hidden}) == ag.derivatives.custom.BUILT_IN - 1


@every_row
def test_row_is_complete(ag: ModuleType, name: str) -> None:
    row = row_of(ag, name)
    assert row is ag.engine.primitives.PRIMITIVES[row.code]
    assert row.doc.strip() and row.symbol.strip()
    assert callable(row.forward)
    if row.arity is None:
        assert callable(row.slopes)
    else:
        assert row.arity == len(row.slopes) == len(row.domain)
    for i in range(operand_counts(name)[0]):
        low, high = interval(name, i)
        assert low < high


@every_row
def test_node_names_its_row_and_parents(ag: ModuleType, name: str) -> None:
    operands = some_points(name, 1)[0]
    leaves = [ag.Value(x) for x in operands]
    out = call(ag, name, leaves)
    if row_of(ag, name).flat:
        assert out.op == "" and out.parents == ()
        return
    assert out.op == name
    expected = leaves[:1] if name in ("where", "take") else leaves
    assert [id(parent) for parent in out.parents] == [id(leaf) for leaf in expected]


# ------------------------------------------------------------------------------------------------ first derivatives


@every_row
def test_slopes_are_the_numerical_ones(ag: ModuleType, name: str) -> None:
    for operands in some_points(name, 12):
        _, slopes = backward(ag, name, operands)
        for i, slope in enumerate(slopes):
            want = partial(lambda xs: float(call(ag, name, xs)), operands, i, step_within(name, i))
            assert close(slope, want), f"slope {i} of {name} at {operands}: {slope!r}, numerically {want[0]!r}"


@every_row
def test_gradient_checker_agrees(ag: ModuleType, name: str) -> None:
    for operands in some_points(name, 2):
        if not row_of(ag, name).flat and name not in ("remainder", "fmod"):  # its longest steps jump over what jumps
            ag.check_gradients(lambda *xs: call(ag, name, xs), operands)


@every_fixed_row
def test_slopes_integrate_to_the_function_over_the_whole_domain(ag: ModuleType, name: str) -> None:
    """Along the diagonals of the domain, which finds jumps and kinks that the row does not declare."""
    row = row_of(ag, name)
    steps = 400
    for corner in itertools.product((0, 1), repeat=row.arity - 1):
        ends = [interval(name, i) if not flipped else interval(name, i)[::-1] for i, flipped in enumerate((0, *corner))]

        def at(k: int, ends: list[tuple[float, float]] = ends) -> list[float]:
            return [a + (b - a) * k / steps for a, b in ends]

        value, slopes = backward(ag, name, at(0))
        for k in range(1, steps + 1):
            value_before, slopes_before = value, slopes
            value, slopes = backward(ag, name, at(k))
            path = [b - a for a, b in zip(at(k - 1), at(k), strict=True)]
            rise = sum(0.5 * (s + t) * d for s, t, d in zip(slopes_before, slopes, path, strict=True))
            length = sum((abs(s) + abs(t)) * abs(d) for s, t, d in zip(slopes_before, slopes, path, strict=True))
            if not row.kinks:
                assert abs(value - value_before - rise) <= 0.05 * length + 1e-9, (
                    f"{name} jumps between {at(k - 1)} and {at(k)}, inside its domain: {value_before!r}, then {value!r}"
                )
            else:  # on a kink the slopes of the two sides meet; the function itself does not jump
                assert abs(value - value_before) <= 2.0 * length + 1e-9 + sum(abs(d) for d in path)


def mp_where(condition: Any, x: Any, y: Any) -> Any:
    return x if condition else y


MP: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "neg": lambda x: -x,
    "abs": lambda x: mp_where(x > 0, x, -x),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "sqrt": mpmath.sqrt,
    "cbrt": mpmath.cbrt,
    "exp": mpmath.exp,
    "exp2": lambda x: mpmath.mpf(2) ** x,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log2": lambda x: mpmath.log(x, 2),
    "log10": mpmath.log10,
    "log1p": lambda x: mpmath.log(1 + x),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "arcsin": mpmath.asin,
    "arccos": mpmath.acos,
    "arctan": mpmath.atan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "arcsinh": mpmath.asinh,
    "arccosh": mpmath.acosh,
    "arctanh": mpmath.atanh,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "logsigmoid": lambda x: -mpmath.log(1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "relu": lambda x: mp_where(x > 0, x, x * 0),
    "leaky_relu": lambda x, slope: mp_where(x > 0, x, slope * x),
    "elu": lambda x, alpha: mp_where(x > 0, x, alpha * mpmath.expm1(x)),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "mish": lambda x: x * mpmath.tanh(mpmath.log(1 + mpmath.exp(x))),
    "maximum": lambda x, y: mp_where(x > y, x, y),
    "minimum": lambda x, y: mp_where(x < y, x, y),
    "arctan2": mpmath.atan2,
    "hypot": lambda x, y: mpmath.sqrt(x * x + y * y),
    "logaddexp": lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)),
    "copysign": lambda x, y: mp_where((x > 0) == (y > 0), x, -x),
}
"""The same functions, at any precision. Rows that are not here are held to numerical derivatives alone."""


def check_three_orders(ag: ModuleType, name: str, operands: list[float]) -> None:
    """The value and every partial derivative up to the third order, against mpmath's."""
    leaves = [ag.Value(x) for x in operands]
    derivatives = {(0,) * len(leaves): [call(ag, name, leaves)]}  # by how often each operand is derived in; one for each way
    for order in range(3):
        for orders, ways in [item for item in derivatives.items() if sum(item[0]) == order]:
            for y in ways:
                for i, slope in enumerate(ag.gradients(y, leaves)):
                    derivatives.setdefault(tuple(n + (k == i) for k, n in enumerate(orders)), []).append(slope)
    with mpmath.workdps(40):
        at = [mpmath.mpf(x) for x in operands]
        truths = {orders: mpmath.diff(MP[name], at, orders) for orders in derivatives}
        if len(at) == 1:
            truths = {orders: mpmath.diff(MP[name], at[0], orders[0]) for orders in derivatives}
        truths = {orders: float(truth) for orders, truth in truths.items()}
    scale = max(1.0, *(abs(truth) for truth in truths.values()))
    for orders, truth in truths.items():
        tolerance = 1e-14 * max(abs(truth), 1.0) if sum(orders) < 2 else 1e-13 * scale
        got = [way.data for way in derivatives[orders]]
        assert all(abs(g - truth) <= tolerance for g in got), (
            f"derivative {orders} of {name} at {operands}: {got}, one for each order of differentiation, not {truth!r}"
        )


@pytest.mark.parametrize("name", [name for name in NAMES if name in MP])
def test_derivatives_to_the_third_order_are_those_of_mpmath(ag: ModuleType, name: str) -> None:
    for operands in some_points(name, 3):
        check_three_orders(ag, name, operands)


def round_points() -> list[tuple[str, list[float]]]:
    """Small whole numbers inside the domains of smooth rows: a rule that branches at 0, at x**2 or at a tie does so here."""
    points = []
    for name in NAMES:
        row = row_of(PURE, name)
        if name in MP and not row.kinks:
            choices = [
                [x for x in (-1.0, 0.0, 1.0, 2.0) if interval(name, i)[0] < x < interval(name, i)[1]] for i in range(row.arity)
            ]
            points += [(name, list(xs)) for xs in itertools.product(*choices)]
    return points


@pytest.mark.parametrize(("name", "operands"), round_points(), ids=str)
def test_derivatives_at_round_numbers(ag: ModuleType, name: str, operands: list[float]) -> None:
    """A shortcut at one value must not lose how the slope changes around it."""
    check_three_orders(ag, name, operands)


# ------------------------------------------------------------------------------------------------ second derivatives


def check_derivatives_of_slopes(ag: ModuleType, name: str, operands: list[float]) -> None:
    leaves = [ag.Value(x) for x in operands]
    first = ag.gradients(call(ag, name, leaves), leaves)
    _, slopes = backward(ag, name, operands)
    assert [g.data for g in first] == pytest.approx(slopes, rel=1e-13, abs=1e-15)
    for i, j in itertools.product(range(len(leaves)), repeat=2):
        second = ag.gradients(first[i], [leaves[j]])[0].data

        def slope_at(xs: list[float], i: int = i) -> float:
            return backward(ag, name, xs)[1][i]

        want = partial(slope_at, operands, j, step_within(name, j))
        assert close(second, want), (
            f"derivative of slope {i} of {name} in operand {j} at {operands}: {second!r}, numerically {want[0]!r}"
        )


@every_row
def test_derivatives_of_slopes_are_the_numerical_ones(ag: ModuleType, name: str) -> None:
    for operands in some_points(name, 3):
        check_derivatives_of_slopes(ag, name, operands)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_all_components_are_those_made_one_by_one(ag: ModuleType, name: str) -> None:
    """To the last bit, with their slopes: also where numbers tie, are far apart, are none, and where some are constants."""
    function = getattr(ag, name)
    draw = random.Random(name)
    lists = [[draw.gauss(0.0, size) for _ in range(count)] for count in (1, 2, 5, 20) for size in (0.1, 1.0, 400.0)]
    special = [0.0, -0.0, 1.0, math.inf, -math.inf, math.nan]
    lists += [[draw.choice(special) for _ in range(3)] for _ in range(60)] + [[2.0] * 4, [-math.inf] * 2]
    for numbers in lists:
        xs = [ag.Value(x) if k % 3 != 1 else x for k, x in enumerate(numbers)]
        together, alone = function(xs), [function(xs, i) for i in range(len(xs))]
        for one, other in zip(together, alone, strict=True):
            assert bits(one.data) == bits(other.data), numbers
            assert list(map(bits, one.local_derivatives)) == list(map(bits, other.local_derivatives)), numbers
            assert one.op == other.op and one.parents == other.parents


@pytest.mark.parametrize("name", ["fsum", "dot", "prod", "logsumexp", "softmax", "log_softmax"])
@pytest.mark.parametrize("operands", [[0.0] * 4, [1.0, 1.0, 0.0, 0.0], [-2.0, 1.0, 1.0, 1.0]], ids=str)
def test_derivatives_of_slopes_at_ties_and_zeros(ag: ModuleType, name: str, operands: list[float]) -> None:
    check_derivatives_of_slopes(ag, name, operands)


@every_row_of_two
@pytest.mark.parametrize("constant", [0, 1])
def test_second_derivative_beside_a_constant(ag: ModuleType, name: str, constant: int) -> None:
    """The same number whether the other operand is a Value or a float."""
    for operands in some_points(name, 6):
        leaves = [ag.Value(x) for x in operands]
        x = leaves[1 - constant]
        want = ag.gradients(ag.gradients(call(ag, name, leaves), [x])[0], [x])[0].data
        mixed: list[Any] = [*leaves]
        mixed[constant] = operands[constant]
        got = ag.gradients(ag.gradients(call(ag, name, mixed), [x])[0], [x])[0].data
        assert got == pytest.approx(want, rel=1e-12, abs=1e-14), f"{name} at {operands}"


# ------------------------------------------------------------------------------------------------ operands


@every_row_of_two
def test_one_node_as_both_operands(ag: ModuleType, name: str) -> None:
    for operands in [*some_points(name, 4), [2.0, 2.0]]:
        x = operands[0]
        _, (slope_x, slope_y) = backward(ag, name, [x, x])
        leaf = ag.Value(x)
        out = call(ag, name, [leaf, leaf])
        out.backward()
        assert leaf.grad == slope_x + slope_y, f"x {name} x at {x!r}"
        assert ag.gradients(out, [leaf])[0].data == pytest.approx(leaf.grad, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("name", names_of_arity(None))
def test_one_node_as_every_operand(ag: ModuleType, name: str) -> None:
    for x in (0.75, -1.5):
        count = operand_counts(name)[-1]
        _, slopes = backward(ag, name, [x] * count)
        leaf = ag.Value(x)
        out = call(ag, name, [leaf] * count)
        out.backward()
        assert leaf.grad == pytest.approx(math.fsum(slopes), rel=1e-14, abs=1e-15)
        assert ag.gradients(out, [leaf])[0].data == pytest.approx(leaf.grad, rel=1e-14, abs=1e-15)


@every_row
def test_numbers_alone_give_a_float_equal_to_the_data(ag: ModuleType, name: str) -> None:
    for operands in some_points(name, 8):
        number = call(ag, name, operands)
        assert type(number) is float
        assert bits(number) == bits(call(ag, name, [ag.Value(x) for x in operands]).data), f"{name} at {operands}"


@every_row
def test_constants_in_any_place(ag: ModuleType, name: str) -> None:
    """A number beside Values gives the same data and the same slopes for the others, and is no parent."""
    for operands in some_points(name, 4):
        data, slopes = backward(ag, name, operands)
        for i in range(len(operands)):
            mixed = [x if k == i else ag.Value(x) for k, x in enumerate(operands)]
            if len(mixed) == 1:
                continue
            out = call(ag, name, mixed)
            out.backward()
            assert bits(out.data) == bits(data)
            for k, x in enumerate(mixed):
                if k != i:
                    assert bits(x.grad) == bits(slopes[k] if name not in ("where", "take") or i != 0 else 0.0), (
                        f"{name} at {operands}"
                    )
            leaves = [x for k, x in enumerate(mixed) if k != i]
            assert all(any(parent is leaf for leaf in leaves) for parent in out.parents)


@pytest.mark.parametrize("name", [name for name in names_of_arity(1, 2) if name not in OPERATORS])
def test_method_and_function_agree(ag: ModuleType, name: str) -> None:
    for operands in some_points(name, 4):
        results = []
        for attribute in (lambda leaves: getattr(ag, name)(*leaves), lambda leaves: getattr(leaves[0], name)(*leaves[1:])):
            leaves = [ag.Value(x) for x in operands]
            out = attribute(leaves)
            out.backward()
            results.append([bits(out.data), *(bits(leaf.grad) for leaf in leaves)])
        assert results[0] == results[1], f"{name} at {operands}"


@pytest.mark.parametrize("name", [name for name in NAMES if row_of(PURE, name).defaults])
def test_defaults_may_be_left_out(ag: ModuleType, name: str) -> None:
    ((parameter, default_value),) = row_of(ag, name).defaults.items()
    defaults = (default_value,)
    assert list(inspect.signature(getattr(ag, name)).parameters) == ["x", parameter]
    point = some_points(name, 1)[0]
    assert getattr(ag, name)(point[0], **{parameter: point[1]}) == call(ag, name, point)
    assert getattr(ag.Value(point[0]), name)(**{parameter: point[1]}).data == call(ag, name, point)
    for operands in some_points(name, 4):
        given = operands[: len(operands) - len(defaults)]
        for default in (defaults, ()):
            assert getattr(ag, name)(*given, *default) == call(ag, name, [*given, *defaults])
            leaves = [ag.Value(x) for x in given]
            out = getattr(leaves[0], name)(*leaves[1:], *default)
            out.backward()
            assert out.data == call(ag, name, [*given, *defaults])
            assert [leaf.grad for leaf in leaves] == backward(ag, name, [*given, *defaults])[1][: len(given)]


# ------------------------------------------------------------------------------------------------ both builds

EXTREMES = [
    0.0, -0.0, 5e-324, -5e-324, 1e-300, -1e-300, 1e-160, 1e-8, -1e-8, 0.3, 0.5, -0.5, 1.0, -1.0, 1.5, 2.0, -2.5, 3.0, 37.5,
    -37.5, 700.0, -745.5, 1e8, 1e155, -1e155, 1e300, -1e300, math.inf, -math.inf, math.nan,
]  # fmt: skip


def anywhere(rng: random.Random) -> float:
    """A number of any size, as often a moderate one."""
    return rng.choice(
        [rng.uniform(-4.0, 4.0), rng.gauss(0.0, 30.0), rng.choice([-1.0, 1.0]) * 2.0 ** rng.uniform(-1070.0, 1023.0)]
    )


@every_row
def test_builds_agree_to_the_last_bit(name: str) -> None:
    points = some_points(name, 50)
    counts = operand_counts(name)
    rng = random.Random(name)
    points += [[anywhere(rng) for _ in range(rng.choice(counts))] for _ in range(400)]
    if max(counts) <= 2:
        points += [list(xs) for xs in itertools.product(EXTREMES, repeat=counts[0])]
    else:
        points += [[rng.choice(EXTREMES) for _ in range(rng.choice(counts))] for _ in range(400)]
    results = {build: [backward(ag, name, operands) for operands in points] for build, ag in BUILDS.items()}
    assert "pure" in results
    for build, found in results.items():
        for operands, (data, slopes), (pure_data, pure_slopes) in zip(points, found, results["pure"], strict=True):
            where = f"{name} at {operands}, {build} and pure"
            assert bits(data) == bits(pure_data), f"{where}: {data!r} and {pure_data!r}"
            for slope, pure_slope in zip(slopes, pure_slopes, strict=True):
                assert bits(slope) == bits(pure_slope), f"{where}: slopes {slopes} and {pure_slopes}"


# ------------------------------------------------------------------------------------------------ documentation


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OPERATORS])
def test_documented_example_is_right(ag: ModuleType, name: str) -> None:
    """Run with the public names of the package, as a reader would."""
    function = getattr(ag, name)
    assert function.__doc__, f"{name} has no documentation"
    names = {public: getattr(ag, public) for public in dir(ag) if not public.startswith("_")} | {"autograd": ag}
    test = doctest.DocTestParser().get_doctest(function.__doc__, names, name, None, None)
    assert test.examples, f"the documentation of {name} has no example"
    assert any(name in example.source for example in test.examples), f"the example of {name} does not use it"
    report: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert not report, "".join(report)


# ------------------------------------------------------------------------------------------------ one row


@pytest.mark.parametrize("name", ["mish", "gelu", "silu", "logsigmoid", "cosh", "arctanh"])
def test_a_primitive_is_written_in_one_place(name: str) -> None:
    """Its rules and its row; what comes from the C library is declared once more for each build, and no more than that.

    A loop over many numbers (kernel_table.py, elementary.pxd) is none of them: without one, compile() runs the rule. Nor is
    primitives.pxd, which the build writes; and how SciPy calls a primitive (numpy_functions.py) is no rule.
    """
    places = {
        file.name: lines
        for file in sorted([*ENGINE.rglob("*.py"), *ENGINE.rglob("*.pxd")])
        if file.name not in ("elementary.pxd", "kernel_table.py", "numpy_functions.py", "primitives.pxd")
        and (lines := [line for line in file.read_text().splitlines() if re.search(rf"\b{name}\b", line)])
    }
    from_c = {"_libm.py", "_libm.pxd"} if hasattr(sys.modules[f"{PURE.__name__}.engine._libm"], name) else set()
    assert set(places) == {"primitives.py"} | from_c, "\n".join(f"{file}: {line}" for file in places for line in places[file])
    rows = [line for line in places["primitives.py"] if f'"{name}"' in line]
    assert len(rows) == 1


NEW_RULES = """
def softcube(x: cython.double) -> cython.double:
    return x * x * x


def softcube_slope(x: Number, out: Number) -> Number:
    return 3.0 * x * x


"""

NEW_ROW = """
    unary("softcube", softcube, softcube_slope, dict(domain=REAL, doc="x times itself, and again"))"""

USE_OF_NEW_ROW = """
import autograd
from autograd import Value, gradients, softcube
assert autograd.build == "pure"
assert "softcube" in autograd.__all__
x = Value(2.0)
y = x.softcube()
y.backward()
(first,) = gradients(softcube(x), [x])
(second,) = gradients(first, [x])
autograd.check_gradients(softcube, [0.5])
print(y.op, y.data, x.grad, first.data, second.data, softcube(2.0), softcube.__doc__.splitlines()[0])
"""


def test_adding_a_primitive_is_adding_a_row(tmp_path: Path) -> None:
    shutil.copytree(ENGINE, tmp_path / "autograd", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    table = tmp_path / "autograd" / "engine" / "primitives.py"
    rules, heading, rows = table.read_text().partition("# " + "-" * 96 + " the table\n")
    last = rows.rindex('    unary("sign"')
    end = rows.index("\n", last)
    table.write_text(rules + NEW_RULES.lstrip("\n") + heading + rows[:end] + NEW_ROW + rows[end:])
    environment = {**os.environ, "SCALAR_AUTOGRAD_PURE": "1", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", USE_OF_NEW_ROW], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "softcube 8.0 12.0 12.0 12.0 8.0 x times itself, and again.\n"


# ------------------------------------------------------------------------------------------------ the helpers


def test_points_are_inside_the_domain_and_away_from_kinks() -> None:
    for name in NAMES:
        rng = random.Random(1)
        for _ in range(20):
            operands = draw(name, rng)
            for i, x in enumerate(operands):
                low, high = interval(name, i)
                assert low < x < high
                assert not near_kink(name, x, operands[:i])
