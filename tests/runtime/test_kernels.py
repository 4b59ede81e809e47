"""The kernels of compiled programs: against mpmath, and against the eager rules at the edges and to the bit where exact."""

import ctypes
import math
import random
import struct
from array import array
from collections.abc import Callable
from importlib import import_module

import mpmath
import pytest
from builds import BUILDS
from mpmath import mpf

import autograd
from autograd.engine import primitives
from autograd.runtime.kernel_table import CLOSE, EXACT, KERNELS, WITH_SLOPE

mpmath.mp.dps = 40

ULPS = 2.75
LOOSER = {"erfc": 3.5, "elu": 3.5, "slope elu 0": 3.5, "silu": 3.5, "slope silu 0": 4.0, "slope gelu 0": 4.0}
"""What a kernel may be off, in units in the last place of the true value; most are within half of it."""

INF, NAN = math.inf, math.nan
LARGEST, SMALLEST_NORMAL, SMALLEST = 1.7976931348623157e308, 2.2250738585072014e-308, 5e-324
EDGES = [0.0, -0.0, INF, -INF, NAN]
for size in (SMALLEST, 1e-310, SMALLEST_NORMAL, 1e-300, 1e-20, 2.0**-53, 0.5, 1.0, 2.0, 1e5, 1e10, 1e22, 1e300, LARGEST):
    EDGES += [size, -size]

# Where a rule changes its way, or a result begins to overflow or to be subnormal, or to be 0 or 1.
BOUNDARIES = [0.55, 0.84, 0.7071067811865476, 1.4142135623730951, 6.0, 19.0, 20.0, 26.5, 27.3, 28.0, 36.7, 37.5]
BOUNDARIES += [700.0, 708.4, 709.78271289338, 709.79, 745.1, 745.2, 746.0]
BOUNDARIES += [0.34657359027997264 * k for k in (1, 2, 3, 5, 7)] + [math.pi / 4 * k for k in (1, 2, 3, 4, 6, 8, 355, 100003)]

SQRT_PI = mpmath.sqrt(mpmath.pi)


def sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mpmath.exp(-x))


def sigmoid_slope(x: mpf) -> mpf:
    return sigmoid(x) * sigmoid(-x)


def softplus(x: mpf) -> mpf:
    return max(x, mpf(0)) + mpmath.log1p(mpmath.exp(-abs(x)))


def normal_pdf(x: mpf) -> mpf:
    return mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)


def normal_cdf(x: mpf) -> mpf:
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def by_limits(function: Callable[[mpf], mpf]) -> Callable[[mpf], mpf]:
    """A function that is flat, to any double, beyond 60: mpmath's own takes no such operand."""
    return lambda x: function(max(mpf(-60), min(mpf(60), x)))


TRUE: dict[str, Callable[..., mpf]] = {
    "exp": mpmath.exp,
    "exp2": lambda x: mpmath.power(2, x),
    "expm1": mpmath.expm1,
    "slope expm1 0": mpmath.exp,
    "log": mpmath.log,
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "log10": mpmath.log10,
    "log1p": mpmath.log1p,
    "tanh": mpmath.tanh,
    "slope tanh 0": lambda x: 4 * sigmoid_slope(2 * x),
    "sigmoid": sigmoid,
    "slope sigmoid 0": sigmoid_slope,
    "softplus": softplus,
    "slope softplus 0": sigmoid,
    "logsigmoid": lambda x: -softplus(-x),
    "slope logsigmoid 0": lambda x: sigmoid(-x),
    "silu": lambda x: x * sigmoid(x),
    "slope silu 0": lambda x: sigmoid(x) + x * sigmoid_slope(x),
    "elu": lambda x, alpha: x if x > 0 else alpha * mpmath.expm1(x),
    "slope elu 0": lambda x, alpha, out: mpf(1) if x > 0 else alpha * mpmath.exp(x),
    "slope elu 1": lambda x, alpha, out: mpf(0) if x > 0 else mpmath.expm1(x),
    "sin": mpmath.sin,
    "slope sin 0": mpmath.cos,
    "cos": mpmath.cos,
    "slope cos 0": lambda x: -mpmath.sin(x),
    "erf": mpmath.erf,
    "slope erf 0": lambda x: 2 / SQRT_PI * mpmath.exp(-x * x),
    "erfc": by_limits(mpmath.erfc),
    "slope erfc 0": lambda x: -2 / SQRT_PI * mpmath.exp(-x * x),
    "slope gelu 0": lambda x: by_limits(normal_cdf)(x) + x * normal_pdf(x),
    "slope logaddexp 0": lambda x, y, out: sigmoid(x - y),
    "slope logaddexp 1": lambda x, y, out: sigmoid(y - x),
}
"""By op: its value by mpmath."""

PARTS: dict[str, Callable[..., mpf]] = {
    "slope silu 0": lambda x: sigmoid(x) + abs(x) * sigmoid_slope(x),
    "slope gelu 0": lambda x: by_limits(normal_cdf)(x) + abs(x) * normal_pdf(x),
}
"""What an error is measured by where an op is a difference of such parts."""

for name in ("tanh", "sigmoid", "silu", "erf", "gelu"):  # their slopes are primitives too
    for table in (TRUE, LOOSER, PARTS):
        if f"slope {name} 0" in table:
            table[f"{name}'"] = table[f"slope {name} 0"]

DEFINED_ABOVE = {"log": 0.0, "log2": 0.0, "log10": 0.0, "log1p": -1.0}


native = pytest.mark.skipif(autograd.build != "compiled", reason="the engine is not compiled here")


def run(op: str, *columns: list[float], over: int | None = None, instructions: str = "baseline") -> list[float]:
    """What a kernel gives; in the place of operand number `over`, if that is given."""
    from autograd.runtime.instruction_sets import module

    held = [array("d", column) for column in columns]
    n = len(held[0])
    out = array("d", [7.0] * n) if over is None else held[over]
    held += [held[0]] * (3 - len(held))
    pointer = ctypes.c_void_p
    function = ctypes.CFUNCTYPE(None, pointer, pointer, pointer, pointer, ctypes.c_ssize_t)
    kernel = function(module("kernels", instructions).ADDRESSES[op])
    kernel(out.buffer_info()[0], *[column.buffer_info()[0] for column in held], n)
    return list(out)


def bits(x: float) -> bytes:
    return b"NaN" if x != x else struct.pack("<d", x)


def ulp(x: mpf) -> mpf:
    """The distance of doubles at x."""
    if x == 0:
        return mpf(SMALLEST)
    return mpmath.ldexp(mpf(1), max(int(mpmath.floor(mpmath.log(abs(x), 2))), -1022) - 52)


def of_any_size(count: int, seed: int) -> list[float]:
    """Doubles with every exponent as likely as another."""
    draw = random.Random(seed)
    return [struct.unpack("<d", struct.pack("<Q", draw.getrandbits(64)))[0] for _ in range(count)]


def points(seed: int, count: int) -> list[float]:
    draw = random.Random(seed)
    found = [x for x in of_any_size(count, seed) if math.isfinite(x)]
    for limit in (1.0, 6.0, 30.0, 750.0, 1e5):
        found += [draw.uniform(-limit, limit) for _ in range(count)]
    found += [draw.choice([-1, 1]) * 2.0 ** draw.uniform(-60, 2) for _ in range(count)]
    found += [1.0 + draw.choice([-1, 1]) * 2.0 ** draw.uniform(-50, -1) for _ in range(count)]
    for boundary in BOUNDARIES:
        near = [boundary, math.nextafter(boundary, 0.0), math.nextafter(boundary, INF)]
        near += [boundary * (1.0 + draw.uniform(-1e-3, 1e-3)) for _ in range(max(1, count // 50))]
        found += near + [-x for x in near]
    return found + [x for x in EDGES if math.isfinite(x)]


def rule_of(op: str):
    """The eager rule of an op, on floats, and how many operands it has."""
    if op in primitives.FLAT_PARTS and op not in primitives.BY_NAME:
        return primitives.FLAT_PARTS[op], primitives.FLAT_PARTS[op].__code__.co_argcount
    if not op.startswith("slope "):
        row = primitives.BY_NAME[op]
        return row.forward, row.arity
    _, name, operand = op.split()
    row = primitives.BY_NAME[name]
    return primitives.slope_of(row, int(operand)), row.arity + 1


def columns_for(op: str, firsts: list[float], seconds: list[float]) -> list[list[float]]:
    """The columns an op reads: operands, and for a slope the output."""
    name = op.split()[1] if op.startswith("slope ") else op
    forward, arity = rule_of(name)
    columns = [firsts] if arity == 1 else [[x for x in firsts for _ in seconds], [y for _ in firsts for y in seconds]]
    if name != op:
        columns.append([forward(*row) for row in zip(*columns, strict=True)])
    return columns


def test_every_kernel_is_exact_or_has_an_oracle():
    assert set(CLOSE) == set(TRUE)
    assert not set(CLOSE) & set(EXACT)
    assert set(KERNELS) == {*CLOSE, *EXACT} and sorted(KERNELS.values()) == list(range(len(KERNELS)))


@native
def test_every_instruction_set_has_every_kernel():
    from autograd.runtime.instruction_sets import available, module

    for instructions in available():
        assert module("kernels", instructions).ADDRESSES.keys() == {*KERNELS, *(f"{op} with slope" for op in WITH_SLOPE)}


@native
@pytest.mark.parametrize("op", TRUE)
def test_a_kernel_is_within_a_few_ulp_of_the_true_value(op):
    xs = [x for x in points(len(op), 200) if x > DEFINED_ABOVE.get(op, -INF)]
    columns = columns_for(op, xs, [1.0, 0.7])
    for row, found in zip(zip(*columns, strict=True), run(op, *columns), strict=True):
        numbers = [mpf(x) for x in row[: TRUE[op].__code__.co_argcount if hasattr(TRUE[op], "__code__") else 1]]
        true = TRUE[op](*numbers)
        if abs(true) <= LARGEST:
            off = abs(mpf(found) - true) / ulp(PARTS.get(op, TRUE[op])(*numbers))
            assert off <= LOOSER.get(op, ULPS), (row, found, true, off)
        else:
            assert abs(found) == INF and (found > 0.0) == (true > 0.0), row


@native
@pytest.mark.parametrize("op", KERNELS)
def test_at_the_edges_a_kernel_has_the_nan_the_infinity_and_the_zero_of_the_eager_rule(op):
    rule, _ = rule_of(op)
    columns = columns_for(op, EDGES, EDGES)
    for row, found in zip(zip(*columns, strict=True), run(op, *columns), strict=True):
        eager = rule(*row)
        if eager != eager or abs(eager) in (0.0, INF) or (abs(found) in (0.0, INF) and abs(eager) > 1e-320):
            assert bits(found) == bits(eager), (row, found, eager)
        else:
            assert abs(found - eager) <= (LOOSER.get(op, ULPS) + 1.0) * math.ulp(eager), (row, found, eager)


@native
@pytest.mark.parametrize("op", EXACT)
def test_an_exact_kernel_is_the_eager_rule_to_the_bit(op):
    rule, arity = rule_of(op)
    draw = random.Random(3)
    numbers = of_any_size(3000, 1) + [draw.uniform(-4.0, 4.0) for _ in range(3000)] + [k / 4 for k in range(-40, 40)] + EDGES
    if arity > 1 + op.startswith("slope "):
        numbers = draw.sample(numbers, 50) + EDGES
    columns = columns_for(op, numbers, numbers)
    for row, found in zip(zip(*columns, strict=True), run(op, *columns), strict=True):
        assert bits(found) == bits(rule(*row)), row


@native
@pytest.mark.parametrize("op", KERNELS)
def test_a_kernel_gives_the_same_bits_by_every_instruction_set(op):
    from autograd.runtime.instruction_sets import available

    firsts = [*points(7, 100), *of_any_size(500, 7), *EDGES]
    columns = columns_for(op, firsts, [1.0] if rule_of(op)[1] == 1 + op.startswith("slope ") else [0.7, -2.5, *EDGES])
    narrow = [*map(bits, run(op, *columns))]
    for instructions in available():
        assert [*map(bits, run(op, *columns, instructions=instructions))] == narrow, instructions


@native
@pytest.mark.parametrize("op", KERNELS)
def test_a_kernel_gives_the_same_in_the_place_of_an_operand_and_for_any_number_of_rows(op):
    draw = random.Random(5)
    count = rule_of(op)[1]
    columns = [[draw.uniform(-3.0, 3.0) * 10.0 ** draw.randrange(4) for _ in range(37)] for _ in range(count)]
    whole = [*map(bits, run(op, *columns))]
    for k in range(count):
        assert [*map(bits, run(op, *columns, over=k))] == whole
    for n in (0, 1, 2, 7, 8, 9, 33):
        assert [*map(bits, run(op, *[column[:n] for column in columns]))] == whole[:n]


# ------------------------------------------------------------------------------------------------ the kernels' source


SOURCES = import_module(f"{BUILDS['pure'].__name__}.runtime.native_sources")


def test_the_rules_in_loops_are_those_of_the_table_of_primitives():
    """Word for word, with numbers for constants, plain doubles for the flat parts, and the formulas' names left to them."""
    rules = SOURCES.Rules(["exp"])
    for op in ("slope arcsin 0", "slope copysign 0", "slope exp2 0", "slope relu 0", "slope expm1 0", "exp", "sqrt"):
        rules.name_of(SOURCES.rule_of(op)[0])
    assert (
        "\n\n".join(rules.sources)
        == """\
cdef inline double one_minus_square(double x) noexcept nogil:
    return 1.0 - x * x if -0.5 < x < 0.5 or abs(x) == 1.0 else (1.0 - x) * (1.0 + x)

cdef inline double arcsin_slope(double x, double out) noexcept nogil:
    return divide(1.0, sqrt(one_minus_square(x)))

cdef inline double absolute_slope(double x, double out) noexcept nogil:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0 if x == 0.0 else NAN

cdef inline double copy_sign(double x, double y) noexcept nogil:
    return copysign(x, y) if y == y else abs(x)

cdef inline double unit(double x) noexcept nogil:
    return copy_sign(1.0, x)

cdef inline double copysign_slope_x(double x, double y, double out) noexcept nogil:
    return absolute_slope(x, out) * unit(y)

cdef inline double exp2_slope(double x, double out) noexcept nogil:
    return out * 0.6931471805599453

cdef inline double relu_slope(double x, double out) noexcept nogil:
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else NAN

cdef inline double expm1_slope(double x, double out) noexcept nogil:
    return exp(x)"""
    )


def test_a_kernel_that_lacks_a_formula_is_not_built():
    rules = SOURCES.Rules([])
    with pytest.raises(LookupError, match=r"a kernel needs tan, and elementary\.pxd has no formula"):
        rules.name_of(SOURCES.rule_of("tan")[0])


@native
@pytest.mark.parametrize("op", WITH_SLOPE)
def test_a_kernel_with_the_slope_gives_what_two_kernels_do(op):
    from autograd.runtime.instruction_sets import available, module

    xs = [*points(11, 2000), *of_any_size(3000, 11), *EDGES]
    alone = run(op, xs)
    slopes = run(f"slope {op} 0", xs, alone)
    for instructions in available():
        columns = [array("d", numbers) for numbers in (xs, xs, xs)]
        pointer = ctypes.c_void_p
        function = ctypes.CFUNCTYPE(None, pointer, pointer, pointer, pointer, ctypes.c_ssize_t)
        kernel = function(module("kernels", instructions).ADDRESSES[f"{op} with slope"])
        out, x, slope = [column.buffer_info()[0] for column in columns]
        kernel(out, x, slope, x, len(xs))
        assert [*map(bits, columns[0])] == [*map(bits, alone)]
        assert [*map(bits, columns[2])] == [*map(bits, slopes)]
