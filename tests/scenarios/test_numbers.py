"""Scenarios 12 to 17 of an engine's list: IEEE values, numbers that come in, comparing and reading."""

import copy
import math
import operator
import pickle
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from processes import run


def same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


# ------------------------------------------------------------------------------------------------ 12, 13, 17: numbers

IEEE = [
    (lambda v: v(1.0) / 0.0, math.inf),
    (lambda v: v(-1.0) / 0, -math.inf),
    (lambda v: 1 / v(-0.0), -math.inf),
    (lambda v: 1 / v(0.0), math.inf),
    (lambda v: v(0.0) / v(0.0), math.nan),
    (lambda v: v(1e200) ** 2, math.inf),
    (lambda v: v(-1e200) ** 3, -math.inf),
    (lambda v: v(0.0) ** -1, math.inf),
    (lambda v: v(-0.0) ** -3, -math.inf),
    (lambda v: v(0.0) ** 0, 1.0),
    (lambda v: v(0.0).log(), -math.inf),
    (lambda v: v(-1.0).log(), math.nan),
    (lambda v: v(1000.0).exp(), math.inf),
    (lambda v: v(-1000.0).exp(), 0.0),
    (lambda v: v(-1.0).sqrt(), math.nan),
    (lambda v: v(1000.0).sinh(), math.inf),
    (lambda v: v(-1000.0).sinh(), -math.inf),
    (lambda v: v(2.0).arcsin(), math.nan),
    (lambda v: v(1.0).arctanh(), math.inf),
    (lambda v: v(math.inf).sin(), math.nan),
    (lambda v: v(0.5).arccosh(), math.nan),
    (lambda v: v(-8.0) ** (1 / 3), math.nan),
    (lambda v: (-8) ** v(1 / 3), math.nan),
    (lambda v: v(-8.0) ** v(1 / 3), math.nan),
    (lambda v: v(-8.0).cbrt(), -2.0),
    (lambda v: v(5.0) % 0.0, math.nan),
    (lambda v: v(math.inf) - math.inf, math.nan),
    (lambda v: v(1e308) * 10.0, math.inf),
    (lambda v: v(-1e308) + -1e308, -math.inf),
    (lambda v: v(1000.0).exp2(), 2.0**1000),
    (lambda v: v(-1.0).log1p(), -math.inf),
    (lambda v: v(710.0).cosh(), math.cosh(710.0)),
    (lambda v: v(2000.0).exp2(), math.inf),
]


@pytest.mark.parametrize("case", range(len(IEEE)))
def test_12_ieee_values_and_never_an_exception(ag, case):
    compute, expected = IEEE[case]
    z = compute(ag.Value)
    assert type(z.data) is float
    assert same(z.data, expected)
    assert math.copysign(1.0, z.data) == math.copysign(1.0, expected) or expected != expected
    z.backward()
    ag.gradients(z, [p for p in z.parents])


def test_12_gradients_at_the_edges(ag):
    x = ag.Value(0.0)
    x.log().backward()
    assert x.grad == math.inf
    x = ag.Value(0.0)
    x.sqrt().backward()
    assert x.grad == math.inf
    x = ag.Value(1000.0)
    x.exp().backward()
    assert x.grad == math.inf
    x = ag.Value(-3.0)
    (x**2).backward()  # a constant exponent is asked for no slope, which would be log(-3)
    assert x.grad == -6.0
    x, y = ag.Value(2.0), ag.Value(0.0)
    (x / y).backward()
    assert x.grad == math.inf and y.grad == -math.inf


def test_13_nan_through_relu_stays_nan(ag):
    x = ag.Value(math.nan)
    z = x.relu()
    z.backward()
    assert math.isnan(z.data) and math.isnan(x.grad)
    assert math.isnan(ag.relu(math.nan))
    for function in (ag.max, ag.min):
        assert math.isnan(function([x, 1.0]).data) and math.isnan(function([ag.Value(1.0), math.nan]).data)
    assert math.isnan(ag.maximum(x, 1.0).data) and math.isnan(ag.minimum(1.0, x).data)


def test_13_where_has_a_clean_gradient_beside_a_pole(ag):
    x = ag.Value(0.0)
    z = ag.where(x > 0, ag.log(x), 0)
    z.backward()
    assert z.data == 0.0 and x.grad == 0.0
    assert ag.gradients(z, [x])[0].data == 0.0
    x = ag.Value(2.0)
    z = ag.where(x > 0, ag.log(x), 0)
    z.backward()
    assert z.data == math.log(2.0) and x.grad == 0.5


def test_13_where_takes_the_branch_and_records_only_it(ag):
    x, y = ag.Value(2.0), ag.Value(3.0)
    z = ag.where(x > y, x, y)
    assert z.data == 3.0 and z.op == "where" and z.parents == (y,) and z.parents[0] is y
    z.backward()
    assert (x.grad, y.grad) == (0.0, 1.0)
    assert isinstance(ag.where(True, 1.0, y), ag.Value) and ag.where(True, 1, y).parents == ()
    number = ag.where(False, 1, 2)
    assert type(number) is float and number == 2.0
    assert ag.where(ag.Value(0.0), x, y).data == 3.0
    a = ag.Value(2.0)
    assert ag.gradients(ag.gradients(ag.where(a > 0, a**3, a), [a])[0], [a])[0].data == 12.0


def test_17_subnormals_survive_the_import(ag):
    code = """
        import sys, threading
        from autograd import Value

        def check():
            tiny = float(sys.argv[1])
            assert tiny > 0.0 and tiny / 2**51 > 0.0 and tiny / 2**51 * 2**51 == tiny
            v = Value(tiny)
            w = v / 2**51
            assert w.data == 5e-324 * 2 and (w * 0.5).data == 5e-324 and (w * 0.25).data == 0.0
            (v * 5e-324).backward()
            assert v.grad == 5e-324
            assert Value(-745.0).exp().data == 5e-324

        check()
        thread = threading.Thread(target=check)
        thread.start()
        thread.join()
        import numpy
        assert numpy.finfo(float).smallest_subnormal > 0
        print("done")
    """
    assert run(ag, code, sys.float_info.min) == "done\n"


# ------------------------------------------------------------------------------------------------ 14: numbers coming in

ACCEPTED = [
    (3, 3.0),
    (2.5, 2.5),
    (True, 1.0),
    (False, 0.0),
    (2**53 + 1, float(2**53 + 1)),
    (2**63, 2.0**63),
    (-(10**300), -1e300),
    (Fraction(1, 3), 1 / 3),
    (Decimal("0.1"), 0.1),
    (np.float64(1.5), 1.5),
    (np.float32(0.1), float(np.float32(0.1))),
    (np.float16(0.1), float(np.float16(0.1))),
    (np.longdouble(1.5), 1.5),
    (np.int8(-100), -100.0),
    (np.uint8(200), 200.0),
    (np.int16(-300), -300.0),
    (np.uint16(60000), 6e4),
    (np.int32(7), 7.0),
    (np.uint32(7), 7.0),
    (np.int64(2**53 + 1), 2.0**53),
    (np.uint64(2**64 - 1), 2.0**64),
    (np.bool_(True), 1.0),
    (math.inf, math.inf),
    (-0.0, -0.0),
]


@pytest.mark.parametrize("given, expected", ACCEPTED, ids=lambda x: f"{type(x).__name__}_{x}")
def test_14_every_kind_of_real_number_becomes_a_float(ag, given, expected):
    v = ag.Value(given)
    assert type(v.data) is float and v.data == expected
    assert math.copysign(1.0, v.data) == math.copysign(1.0, expected)
    v = ag.Value(0.0)
    v.data = given
    v.grad = given
    assert type(v.data) is float and type(v.grad) is float and v.data == v.grad == expected
    one = ag.Value(1.0)
    for z in (one + given, given + one, ag.fsum([one, given]), ag.dot([one, 1.0], [1, given]), ag.dot([given, one], [1, 1])):
        assert type(z) is ag.Value and type(z.data) is float and z.data == 1.0 + expected
        z.backward()
        assert type(one.grad) is float
    numbers = [ag.exp(given), ag.maximum(given, given), ag.dot([given], [given]), ag.fsum([given]), ag.where(True, given, 0)]
    for number in numbers:
        assert type(number) is float


def test_14_small_integers_do_not_wrap(ag):
    assert (ag.Value(np.int8(100)) + np.int8(100)).data == 200.0
    assert (np.int8(100) + ag.Value(np.int8(100))).data == 200.0
    assert (ag.Value(np.uint8(1)) - np.uint8(2)).data == -1.0
    assert (-ag.Value(np.uint8(1))).data == -1.0
    assert ag.fsum([np.int8(100), np.int8(100), ag.Value(0)]).data == 200.0


def test_14_an_integer_beyond_floats(ag):
    with pytest.raises(OverflowError, match=r"math\.inf"):
        ag.Value(10**400)
    for compute in (lambda v: v * 10**400, lambda v: 10**400 - v, lambda v: ag.fsum([v, -(10**400)])):
        with pytest.raises(OverflowError, match="beyond the largest float"):
            compute(ag.Value(1.0))
    v = ag.Value(1.0)
    with pytest.raises(OverflowError, match="bits"):
        v.data = 10**400
    assert v.data == 1.0


REFUSED = [
    (1j, r"complex.*x\.real"),
    (np.complex128(1j), r"complex.*x\.real"),
    (np.complex64(1), "real numbers"),
    ("3.5", r"float\('3\.5'\)"),
    (b"3", "bytes"),
    (None, "return forgotten"),
    (np.array([1.0, 2.0]), r"\[Value\(e\) for e in x\]"),
    (np.array(3.0), r"x\.item\(\)"),
    ([1.0], r"\[Value\(e\) for e in x\]"),
    ((1.0, 2.0), "tuple"),
    ({"a": 1}, "dict"),
    ({1.0}, "set"),
    (object(), "int or a float"),
    (np.datetime64(1, "s"), "real numbers"),
    (np.str_("1"), r"float\("),
    (len, "int or a float"),
]


@pytest.mark.parametrize("given, advice", REFUSED, ids=lambda x: type(x).__name__ if not isinstance(x, str) else x[:8])
def test_14_other_things_are_a_type_error_that_says_what_to_do(ag, given, advice):
    with pytest.raises(TypeError, match=advice):
        ag.Value(given)
    v = ag.Value(1.0)
    with pytest.raises(TypeError, match=advice):
        v.data = given
    with pytest.raises(TypeError, match=advice):
        v.grad = given
    assert v.data == 1.0 and v.grad == 0.0
    of_many = isinstance(given, np.ndarray) and given.ndim > 0  # there the function itself is named
    with pytest.raises(TypeError, match=r"\[exp\(e\) for e in x\]" if of_many else advice):
        ag.exp(given)
    with pytest.raises(TypeError, match=advice):
        ag.fsum([v, given])
    with pytest.raises(TypeError, match=advice):
        ag.dot([v], [given])
    if not isinstance(given, np.ndarray):  # arrays go element by element
        for compute in (lambda: v + given, lambda: v**given, lambda: given - v, lambda: v // given, lambda: v.maximum(given)):
            with pytest.raises(TypeError):
                compute()


def test_14_arrays_given_to_functions_of_two_numbers(ag):
    v = ag.Value(1.0)
    for compute in (lambda: ag.maximum(v, np.ones(2)), lambda: ag.hypot(np.ones(2), v), lambda: v.maximum(np.ones(2))):
        with pytest.raises(TypeError, match="array"):
            compute()


def test_14_a_value_inside_a_value(ag):
    v = ag.Value(1.0)
    with pytest.raises(TypeError, match=r"x\.detach\(\)"):
        ag.Value(v)
    with pytest.raises(TypeError, match=r"x\.detach\(\)"):
        v.data = v * 2
    assert v.data == 1.0


# ------------------------------------------------------------------------------------------------ 15, 16: comparing, reading


@pytest.mark.parametrize(
    "time", [np.timedelta64(1), np.timedelta64(2, "s"), np.datetime64(1, "ns"), np.datetime64("2020-01-01")]
)
def test_14_times_on_either_side_are_refused(ag, time):
    """Of some of them NumPy gives a plain integer."""
    v = ag.Value(1.0)
    for given in (time, np.array(time)):
        for compute in (operator.add, operator.sub, operator.mul, operator.truediv, operator.lt, operator.ge, np.maximum):
            for operands in ((given, v), (v, given)):
                with pytest.raises(TypeError):
                    compute(*operands)
    assert not (v == time) and v != time  # noqa: SIM201 (both operators)


def test_15_order_and_equality_by_data_hash_by_identity(ag):
    a, b, c = ag.Value(1.0), ag.Value(1.0), ag.Value(2.0)
    assert a == b and not operator.ne(a, b) and a <= b and a >= b and not a < b and not a > b
    assert a < c and c > a and a <= c and c >= a and a != c and not operator.eq(a, c)
    assert a == 1 and operator.eq(1, a) and a < 2 and operator.gt(2, a)
    assert 0.5 < a <= 1.0 and a == Fraction(1) and operator.gt(Fraction(3, 2), a)
    assert a != "1" and not operator.eq(a, None) and a != [1.0]
    with pytest.raises(TypeError):
        a < "1"  # noqa: B015
    nan = ag.Value(math.nan)
    assert operator.ne(nan, nan) and not operator.eq(nan, nan) and not nan < a and not nan >= a
    assert hash(a) != hash(b) and hash(a) == hash(a)
    assert len({a: 1, b: 2, c: 3}) == 3
    assert sorted([c, a, ag.Value(-1.0)])[0].data == -1.0 and max([a, c, b]) is c and min(c, b) is b
    assert type(a < c) is bool and type(a == b) is bool
    assert bool(a) and not ag.Value(0.0) and not ag.Value(-0.0) and nan


def test_15_internals_do_not_rely_on_equality(ag):
    """Leaves with equal data, and with NaN, which equals nothing, are nodes of their own."""
    for data in (1.0, math.nan):
        leaves = [ag.Value(data) for _ in range(5)]
        y = ag.fsum([leaf * float(i) for i, leaf in enumerate(leaves)])
        y.backward()
        assert [leaf.grad for leaf in leaves] == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert [g.data for g in ag.gradients(y, leaves)] == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert len(ag.topological_order(y)) == 11
        twin = copy.deepcopy(y)
        assert len(ag.topological_order(twin)) == 11
        assert len(ag.topological_order(pickle.loads(pickle.dumps(y)))) == 11


def test_16_formatting(ag):
    v = ag.Value(3.14159, label="pi")
    assert f"{v:.3f}" == "3.142" and f"{v:>10.2e}" == "  3.14e+00" and f"{v:g}" == "3.14159" and f"{v:08.2f}" == "00003.14"
    assert f"{v}" == str(v) == repr(v) == "Value(data=3.14159, grad=0.0, label='pi')"
    assert repr(ag.Value(2)) == "Value(data=2.0, grad=0.0)"
    assert repr(ag.Value(math.nan)) == "Value(data=nan, grad=0.0)"
    v.backward()
    assert repr(v) == "Value(data=3.14159, grad=1.0, label='pi')"
    assert "%s" % ag.Value(1) == "Value(data=1.0, grad=0.0)"  # noqa: UP031
    with pytest.raises(ValueError):
        format(v, "d")


def test_16_round(ag):
    v = ag.Value(3.14159)
    assert round(v, 2).data == 3.14 and round(v).data == 3.0 and isinstance(round(v), ag.Value)
    assert round(ag.Value(2.5)).data == 2.0 and round(ag.Value(-0.4)).data == 0.0
    assert math.copysign(1.0, round(ag.Value(-0.4)).data) == -1.0
    assert round(ag.Value(math.inf)).data == math.inf and math.isnan(round(ag.Value(math.nan)).data)
    assert round(v, 2).parents == ()
    assert math.floor(ag.Value(-1.5)).data == -2.0 and math.ceil(ag.Value(1.2)).data == 2.0
    assert math.trunc(ag.Value(-1.5)).data == -1.0
