"""Values beside NumPy: scalars of every width, arrays of numbers, arrays of Values, ufuncs; and nothing imported unasked."""

import math
import operator
import pickle

import numpy as np
import pytest
from processes import run

SCALARS = [
    np.float64,
    np.float32,
    np.float16,
    np.longdouble,
    np.int8,
    np.int16,
    np.int32,
    np.int64,
    np.uint8,
    np.uint16,
    np.uint32,
    np.uint64,
]

OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "%": operator.mod,
    "//": operator.floordiv,
}


def slopes(y, *xs):
    """The derivatives of a sum over everything in y."""
    for x in xs:
        x.grad = 0
    total = sum(np.ravel(y).tolist()) if isinstance(y, np.ndarray) else y
    total.backward()
    return [x.grad for x in xs]


def data_of(array):
    return np.vectorize(lambda v: v.data, otypes=[float])(array)


# ------------------------------------------------------------------------------------------------ scalars


@pytest.mark.parametrize("kind", SCALARS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("symbol", OPERATORS)
def test_numpy_scalars_of_every_width(ag, kind, symbol):
    function = OPERATORS[symbol]
    for left, right, numbers in [
        (kind(2), ag.Value(3.5), (2.0, 3.5)),
        (ag.Value(3.5), kind(2), (3.5, 2.0)),
    ]:
        z = function(left, right)
        assert type(z) is ag.Value and type(z.data) is float
        assert z.data == function(*numbers)
        plain = ag.Value(3.5)
        expected = function(2.0, plain) if isinstance(right, ag.Value) else function(plain, 2.0)
        v = right if isinstance(right, ag.Value) else left
        assert slopes(z, v) == slopes(expected, plain)
        assert type(v.grad) is float
        if symbol != "//":
            assert z.parents == (v,) and z.parents[0] is v


def test_numpy_booleans(ag):
    v = ag.Value(3.0)
    assert (np.bool_(True) + v).data == (v + np.bool_(True)).data == 4.0
    assert (np.bool_(False) * v).data == 0.0
    assert slopes(np.bool_(True) * v, v) == [1.0]


def test_scalar_keeps_the_graph(ag):
    v = ag.Value(3.0)
    y = np.float64(2) * v * np.float32(0.5) - np.int64(4) / v + np.uint8(2) ** v
    assert slopes(y, v) == [pytest.approx(1.0 + 4.0 / 9.0 + 8.0 * math.log(2.0), rel=1e-15)]


def test_edge_values_raise_no_numpy_warnings(ag):
    v = ag.Value(1e200)
    assert (v * np.float64(1e200)).data == math.inf
    assert (v / np.float64(0)).data == math.inf
    assert (np.float64(1e300) * v).data == math.inf
    assert math.isnan((ag.Value(np.float64(math.inf)) - np.float64(math.inf)).data)
    assert ag.Value(np.float64(0)).log().data == -math.inf
    assert (ag.Value(np.float64(1)) / ag.Value(np.float64(0))).data == math.inf


def test_numpy_scalars_become_floats_inside_nodes_of_many_operands(ag):
    v, two, huge = ag.Value(2.0), np.float64(2), np.float64(1e200)
    sums = [ag.dot([v, 1.0], [two, two]), ag.fsum([v, two]), two - v]
    for y in [*sums, ag.prod([v, two]), ag.clip(v, np.float64(0), two), v * two]:
        assert b"numpy" not in pickle.dumps(y), y.op
    y = ag.prod([v, huge, huge])
    y.backward()
    assert y.data == v.grad == ag.gradients(y, [v])[0].data == math.inf


def test_zero_dimensional_arrays(ag):
    v = ag.Value(3.0)
    for z in (np.array(2.0) * v, v * np.array(2.0), np.array(2) * v):
        assert type(z) is ag.Value and slopes(z, v) == [2.0]


# ------------------------------------------------------------------------------------------------ arrays of numbers


@pytest.mark.parametrize("symbol", OPERATORS)
@pytest.mark.parametrize("shape", [(3,), (2, 3), (1,), (0,)], ids=str)
def test_array_and_value_go_element_by_element(ag, symbol, shape):
    function = OPERATORS[symbol]
    numbers = np.arange(1.0, 1.0 + math.prod(shape)).reshape(shape)
    v = ag.Value(2.5)
    for z, compute in (
        (function(numbers, v), lambda x, u: function(x, u)),
        (function(v, numbers), lambda x, u: function(u, x)),
    ):
        assert isinstance(z, np.ndarray) and z.shape == shape and z.dtype == object
        assert all(type(e) is ag.Value for e in z.flat)
        assert data_of(z).tolist() == compute(numbers, 2.5).tolist() if z.size else True
        if z.size:
            u = ag.Value(2.5)
            expected = slopes(sum(compute(float(x), u) for x in numbers.flat), u)
            assert slopes(z, v) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "int8", "uint16", "bool", "float64"])
def test_arrays_of_every_dtype(ag, dtype):
    v = ag.Value(100.0)
    z = np.array([0, 1, 1], dtype=dtype) * v + v
    assert data_of(z).tolist() == [100.0, 200.0, 200.0] and slopes(z, v) == [5.0]


def test_int8_arrays_do_not_wrap(ag):
    z = np.array([100, -100], dtype=np.int8) + ag.Value(np.int8(100))
    assert data_of(z).tolist() == [200.0, 0.0]


def test_comparisons_with_arrays(ag):
    v, a = ag.Value(2.0), np.array([1.0, 2.0, 3.0])
    assert (v < a).tolist() == [False, False, True] == (a > v).tolist()
    assert (v <= a).tolist() == [False, True, True] == (a >= v).tolist()
    assert (v == a).tolist() == [False, True, False] == (a == v).tolist()
    assert (v != a).tolist() == [True, False, True] == (a != v).tolist()
    assert (v > a).tolist() == [True, False, False]
    assert (v == a).dtype == bool
    for scalar in (np.float64(2), np.float32(2), np.int8(2), np.uint64(2)):
        assert v == scalar and scalar == v and not v < scalar and scalar <= v and v != scalar + 1


# ------------------------------------------------------------------------------------------------ ufuncs

UFUNCS = [
    "absolute", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "cos", "cosh", "exp", "exp2", "expm1",
    "log", "log10", "log1p", "log2", "negative", "positive", "reciprocal", "sin", "sinh", "sqrt", "square", "tan", "tanh",
]  # fmt: skip


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs_of_one_operand(ag, name):
    point = 1.7 if name == "arccosh" else 0.6
    ufunc = getattr(np, name)
    v = ag.Value(point)
    z = ufunc(v)
    assert type(z) is ag.Value
    assert z.data == pytest.approx(float(ufunc(point)), rel=1e-15)
    h = 1e-6
    assert slopes(z, v)[0] == pytest.approx((ufunc(point + h) - ufunc(point - h)) / (2 * h), rel=1e-8)
    w = ag.Value(point + 0.1)
    both = ufunc(np.array([v, w]))
    assert isinstance(both, np.ndarray)
    assert data_of(both).tolist() == pytest.approx([ufunc(point), ufunc(point + 0.1)], rel=1e-15)
    assert all(slope != 0.0 for slope in slopes(both, v, w))


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "rint"])
def test_rounding_ufuncs(ag, name):
    for number in (-1.5, 0.3, 2.5, 7.0):
        v = ag.Value(number)
        z = getattr(np, name)(v)
        assert type(z) is ag.Value and z.data == getattr(np, name)(number) and z.parents == ()


@pytest.mark.parametrize(
    "name", ["add", "subtract", "multiply", "divide", "power", "remainder", "fmod", "arctan2", "hypot", "maximum", "minimum"]
)
def test_ufuncs_of_two_operands(ag, name):
    ufunc = getattr(np, name)
    x, y = ag.Value(2.5), ag.Value(0.7)
    z = ufunc(x, y)
    assert type(z) is ag.Value and z.data == pytest.approx(float(ufunc(2.5, 0.7)), rel=1e-15)
    found = slopes(z, x, y)
    h = 1e-6
    numerical = [(ufunc(2.5 + h, 0.7) - ufunc(2.5 - h, 0.7)) / (2 * h), (ufunc(2.5, 0.7 + h) - ufunc(2.5, 0.7 - h)) / (2 * h)]
    assert found == pytest.approx(numerical, rel=1e-7, abs=1e-9)
    array = ufunc(np.array([x, y]), np.array([y, x]))
    assert data_of(array).tolist() == pytest.approx(ufunc([2.5, 0.7], [0.7, 2.5]).tolist(), rel=1e-15)
    with_number = ufunc(x, 0.7)
    assert getattr(with_number, "data", with_number) == z.data and slopes(z, x)[0] == found[0]


def test_maximum_of_an_array_and_a_value(ag):
    v = ag.Value(2.0)
    z = np.maximum(np.array([1.0, 3.0, 2.0]), v)
    assert data_of(z).tolist() == [2.0, 3.0, 2.0]
    assert [slopes(e, v) for e in z] == [[1.0], [0.0], [0.5]]


def test_round_and_around(ag):
    v = ag.Value(2.567)
    assert np.round(v, 1).data == 2.6 and np.around(v).data == 3.0


def test_numpy_does_not_cut_the_graph_unseen(ag):
    v = ag.Value(2.0)
    for cut in (np.float64, np.modf, lambda v: np.array(v, dtype=float), lambda v: np.array([v, v]).astype(float)):
        with pytest.raises(TypeError):
            cut(v)
    with pytest.raises(TypeError, match=r"v\.data"):
        np.zeros(2)[0:1] = v


@pytest.mark.parametrize("x", [0.5, -0.0, 0.0, -2.0, math.inf, -math.inf, math.nan, -math.nan])
def test_questions_of_numpy_are_answered_as_comparisons_are(ag, x):
    v = ag.Value(x)
    for ask in (np.isnan, np.isinf, np.isfinite, np.signbit):
        expected = bool(ask(x)) and not (ask is np.signbit and x != x)  # a NaN counts as positive: its sign is whatever made it
        assert ask(v) is expected, ask
    assert ag.compile(lambda u: ag.where(np.isnan(u), 1.0, u * 2.0))(x) == (1.0 if x != x else x * 2.0)


@pytest.mark.parametrize("x, y", [(1.0, math.nan), (math.nan, 1.0), (math.nan, math.nan), (2.0, 1.0), (1.0, 2.0), (0.0, 0.5)])
@pytest.mark.filterwarnings("ignore:invalid value encountered in logaddexp")
def test_functions_of_two_operands_at_corners(ag, x, y):
    for f in (np.fmax, np.fmin, np.maximum, np.minimum, np.heaviside, np.logaddexp, np.logaddexp2, np.copysign):
        for given in ((ag.Value(x), ag.Value(y)), (ag.Value(x), y), (x, ag.Value(y)), (np.float64(x), ag.Value(y))):
            assert f(*given).data == pytest.approx(f(x, y), rel=1e-15, nan_ok=True), f
        in_array = f(np.array([x, x]), ag.Value(y))
        assert data_of(in_array) == pytest.approx(f(np.array([x, x]), y), rel=1e-15, nan_ok=True)


@pytest.mark.parametrize("x", [0.0, -0.0, -2.0, 1e-310, math.inf, -math.inf, math.nan])
def test_no_function_of_one_value_raises_or_warns(ag, x):
    """As Values never do, though NumPy warns of such numbers."""
    v = ag.Value(x)
    for name in [*UFUNCS, "floor", "ceil", "trunc", "rint", "sign", "fabs", "conjugate"]:
        got = getattr(np, name)(v)
        with np.errstate(all="ignore"):
            assert got.data == pytest.approx(getattr(np, name)(x), rel=1e-14, nan_ok=True), name
    for name in ("add", "divide", "power", "floor_divide", "remainder", "fmod", "hypot", "arctan2"):
        for y in (0.0, -0.0, 1e300, -2.5, math.nan):
            assert {type(z) for z in (getattr(np, name)(v, y), getattr(np, name)(y, v))} == {ag.Value}, name
    for name in ("less", "less_equal", "greater", "equal", "not_equal"):
        for y in (0.0, math.nan):
            assert getattr(np, name)(v, y) == getattr(np, name)(x, y), name


def test_functions_of_scipy_that_are_ours_by_another_name(ag):
    special = pytest.importorskip("scipy.special")
    for theirs, ours in (("expit", "sigmoid"), ("log_expit", "logsigmoid"), ("erf", "erf"), ("log1p", "log1p")):
        x = ag.Value(0.3)
        y = getattr(special, theirs)(x)
        assert (y.op, y.data, y.parents) == (ours, getattr(ag, ours)(0.3), (x,))


def test_a_function_that_values_have_not_is_named_as_it_is_called(ag):
    special = pytest.importorskip("scipy.special")
    with pytest.raises(TypeError, match=r"^SciPy's gammaln is not for Values: take it of the number, gammaln\(v\.data\)"):
        special.gammaln(ag.Value(1.0))
    with pytest.raises(TypeError, match=r"^NumPy's nextafter is not for Values: take it of the number, np\.nextafter\(v"):
        np.nextafter(ag.Value(1.0), 2.0)


def test_out_and_where_and_reductions_of_one_value(ag):
    v, out = ag.Value(2.0), np.empty(2, dtype=object)
    assert np.add(np.array([1.0, 2.0]), v, out=out) is out and data_of(out).tolist() == [3.0, 4.0]
    out += v
    assert data_of(out).tolist() == [5.0, 6.0] and slopes(out, v) == [4.0]
    assert np.sum(v) is v and np.mean(v).data == 2.0
    assert data_of(np.add.outer(np.array([1.0, 2.0]), v)).tolist() == [3.0, 4.0]


# ------------------------------------------------------------------------------------------------ arrays of Values


def test_arrays_of_values_are_object_arrays(ag):
    values = [ag.Value(1.0), ag.Value(2.0)]
    array = np.array(values)
    assert array.dtype == object and array.shape == (2,) and array[1] is values[1]
    assert np.array([values, values]).shape == (2, 2)


def test_dot_and_matrix_products(ag):
    xs = [ag.Value(x) for x in (1.0, 2.0, 3.0)]
    x, c = np.array(xs), np.array([4.0, 5.0, 6.0])
    for product in (np.dot(x, c), np.dot(c, x), x @ c, c @ x, np.inner(x, c), np.matmul(x, c)):
        assert type(product) is ag.Value and product.data == 32.0
        assert slopes(product, *xs) == [4.0, 5.0, 6.0]
    for square in (np.dot(x, x), x @ x):
        assert square.data == 14.0 and slopes(square, *xs) == [2.0, 4.0, 6.0]
    matrix = np.array([[1.0, 0.0, 2.0], [0.5, 1.0, -1.0]])
    y = matrix @ x
    assert data_of(y).tolist() == [7.0, -0.5] and slopes(y, *xs) == [1.5, 1.0, 1.0]
    weights = np.array([[ag.Value(float(i + j)) for j in range(3)] for i in range(2)])
    y = weights @ x
    assert data_of(y).tolist() == [8.0, 14.0]
    assert slopes(y, *weights.ravel().tolist()) == [1.0, 2.0, 3.0] * 2
    assert np.outer(x, c).shape == (3, 3)


def test_sums_means_products(ag):
    xs = [ag.Value(x) for x in (1.0, 2.0, 4.0)]
    x = np.array(xs)
    assert np.sum(x).data == 7.0 and slopes(np.sum(x), *xs) == [1.0] * 3
    assert x.sum().data == 7.0 and sum(x).data == 7.0 and np.sum(xs).data == 7.0
    assert slopes(x.mean(), *xs) == pytest.approx([1 / 3] * 3)
    assert slopes(np.prod(x), *xs) == [8.0, 4.0, 2.0]
    assert slopes(np.cumsum(x)[1], *xs) == [1.0, 1.0, 0.0]
    table = np.array([xs, xs])
    assert data_of(table.sum(axis=0)).tolist() == [2.0, 4.0, 8.0] and table.sum().data == 14.0
    assert np.max(x) is xs[2] and np.min(x) is xs[0] and np.argmax(x) == 2 and np.sort(x)[0] is xs[0]


def test_functions_of_autograd_take_arrays_as_lists(ag):
    xs = [ag.Value(x) for x in (1.0, 2.0)]
    x, c = np.array(xs), np.array([3.0, 4.0])
    for product in (ag.dot(x, c), ag.dot(c, x), ag.dot(xs, np.array([3, 4], dtype=np.int8))):
        assert type(product.data) is float and product.data == 11.0 and slopes(product, *xs) == [3.0, 4.0]
    assert ag.fsum(x).data == 3.0 and ag.prod(x).data == 2.0 and ag.max(x).data == 2.0
    assert len(ag.softmax(x)) == 2 and ag.logsumexp(c) == pytest.approx(np.log(np.exp(3) + np.exp(4)))
    assert type(ag.dot(c, c)) is float


def test_where_takes_one_condition(ag):
    v = ag.Value(2.0)
    assert ag.where(np.bool_(True), v, 0).data == 2.0 and ag.where(v > np.float64(3), v, 0).data == 0.0
    with pytest.raises(TypeError, match=r"numpy\.where"):
        ag.where(np.array([True, False]), v, 0)
    chosen = np.where(np.array([True, False]), v * 2.0, v * 3.0)
    assert slopes(chosen, v) == [5.0]


def test_a_gradient_step_on_an_array(ag):
    """Least squares with weights in an object array: the loss falls and the solution comes out."""
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(20, 2))
    targets = inputs @ np.array([1.5, -0.5]) + 0.25
    weights, bias = np.array([ag.Value(0.0), ag.Value(0.0)]), ag.Value(0.0)
    for _ in range(60):
        loss = np.mean((inputs @ weights + bias - targets) ** 2)
        loss.backward()
        for p in [*weights, bias]:
            p.data -= 0.3 * p.grad
            p.grad = 0
    assert [p.data for p in [*weights, bias]] == pytest.approx([1.5, -0.5, 0.25], abs=1e-3)


# ------------------------------------------------------------------------------------------------ nothing imported unasked

HEAVY = ("numpy", "graphviz", "matplotlib", "scipy", "pandas", "IPython", "Cython", "cython")


def test_plain_use_imports_nothing_heavy(ag):
    code = f"""
        import copy, pickle, sys
        heavy = {HEAVY!r}
        loaded = [name for name in heavy if name in sys.modules]
        assert not loaded, f"import autograd imported {{loaded}}"
        from autograd import Value, check_gradients, dot, fsum, gradients, no_grad, primitive, softmax, topological_order, where

        x = Value(2.0, label="x")
        y = dot([x, 1.0], [x.exp(), 3]) / (x + 2) ** x + fsum(softmax([x, 1.0])) + where(x > 1, x.relu(), 0)
        y.backward()
        gradients(gradients(y, [x])[0], [x])
        repr(y), f"{{y:.3f}}", round(y, 2), sorted([y, x]), topological_order(y)
        copy.deepcopy(y), pickle.loads(pickle.dumps(y))
        check_gradients(lambda v: v * v, [3.0])
        primitive("twice", lambda v: 2 * v, lambda v, out: 2.0)(x).backward()
        for wrong in ("a", None, 1j, [1], object()):
            try:
                x + wrong
            except TypeError:
                pass
        loaded = [name for name in heavy if name in sys.modules]
        assert not loaded, f"plain use imported {{loaded}}"
        print("done")
    """
    assert run(ag, code) == "done\n"


def test_networks_import_nothing_heavy(ag):
    code = f"""
        import sys
        import nn

        model = nn.MLP(2, [3, 1], activation="tanh", rng=1)
        nn.mse_loss(model([0.5, -1.0]), 1.0).backward()
        nn.SGD(model.parameters(), lr=0.1).step()
        loaded = [name for name in {HEAVY!r} if name in sys.modules]
        assert not loaded, f"nn imported {{loaded}}"
        print("done")
    """
    assert run(ag, code) == "done\n"


def test_numpy_imported_later_is_noticed(ag):
    code = """
        from autograd import Value
        v = Value(2.0)
        w = v * 3
        import numpy as np
        assert (np.int8(100) + v).data == 102.0 and Value(np.int8(100)).data == 100.0
        assert (np.ones(2) * v)[0].data == 2.0
        print("done")
    """
    assert run(ag, code) == "done\n"


def test_comparisons_with_float32_do_not_round_the_value(ag):
    """NumPy compares a Python float with a float32 by rounding it to one."""
    tenth = np.float32(0.1)
    v = ag.Value(math.nextafter(float(tenth), 1.0))
    assert v > tenth and v != tenth and tenth < v and not v <= tenth
    assert ag.Value(float(tenth)) == tenth and ag.Value(3.0) == np.int8(3)
