"""The public functions, made from the table of primitives; each takes Values or numbers, and numbers give a float.

Those of one and two operands are made in a loop, and attached to Value as methods of the same name. Those over lists differ
in how they are called, so each is written out.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.engine._tuples import count_values, datum, element, is_value, joined, keep_from_collector
    from cython.cimports.autograd.engine import modes
    from cython.cimports.autograd.engine.modes import silent_here, trace_here
    from cython.cimports.autograd.engine.over_lists import extreme_node, logsumexp_node, product_node, softmax_nodes
    from cython.cimports.autograd.engine.reductions import rounding_error
    from cython.cimports.autograd.engine.table import FORWARD1, FORWARD2
    from cython.cimports.autograd.engine.value import (
        Edges,
        Value,
        binary_node,
        constant,
        flat_node,
        many_node,
        new_edges,
        node,
        number,
        plain,
        tell_of,
        unary_node,
    )
else:
    from . import modes
    from ._tuples import count_values, datum, element, is_value, joined, keep_from_collector
    from .modes import silent_here, trace_here
    from .over_lists import extreme_node, logsumexp_node, product_node, softmax_nodes
    from .reductions import rounding_error
    from .table import FORWARD1, FORWARD2
    from .value import Edges, Value, binary_node, constant, flat_node, many_node, new_edges, node, number, plain, tell_of
    from .value import unary_node

from . import reductions
from .primitives import BY_NAME, PRIMITIVES
from .value_type import attach

OPERATORS = frozenset(["add", "sub", "mul", "div", "pow", "neg"])
"""Rows that Python's operators are for."""

DOT = cython.declare(cython.int, BY_NAME["dot"].code)
FSUM = cython.declare(cython.int, BY_NAME["fsum"].code)
PROD = cython.declare(cython.int, BY_NAME["prod"].code)
MAX = cython.declare(cython.int, BY_NAME["max"].code)
MIN = cython.declare(cython.int, BY_NAME["min"].code)
LOGSUMEXP = cython.declare(cython.int, BY_NAME["logsumexp"].code)
LOG_SOFTMAX = cython.declare(cython.int, BY_NAME["log_softmax"].code)
TAKE = cython.declare(cython.int, BY_NAME["take"].code)
WHERE = cython.declare(cython.int, BY_NAME["where"].code)
LEAKY_RELU = cython.declare(cython.int, BY_NAME["leaky_relu"].code)
ELU = cython.declare(cython.int, BY_NAME["elu"].code)


# ------------------------------------------------------------------------------------------------ one and two operands


@cython.cfunc
def number_for(name: str, x) -> cython.double:
    """The float that a function is given; of an array the message says how the function is called for each element."""
    try:
        return number(x)
    except TypeError:
        if not getattr(x, "ndim", 0):
            raise
        raise TypeError(
            f"{name}() takes a Value or a number, and this is an array ({type(x).__name__}): call it for each element, "
            f"[{name}(e) for e in x], or numpy.vectorize(autograd.{name})(x)"
        ) from None


def unary_function(row):
    code: cython.int = row.code
    name: str = row.name

    def function_of_one_operand(x):
        if isinstance(x, Value):
            return unary_node(code, cython.cast(Value, x))
        return FORWARD1[code](number_for(name, x))

    return function_of_one_operand


def flat_function(row):
    code: cython.int = row.code
    name: str = row.name

    def function_of_one_operand(x):
        if isinstance(x, Value):
            return flat_node(FORWARD1[code](cython.cast(Value, x)._data), name, x, None)
        return FORWARD1[code](number_for(name, x))

    return function_of_one_operand


@cython.cfunc
@cython.inline
def apply_binary(code: cython.int, x1, x2):
    if not isinstance(x1, Value) and not isinstance(x2, Value):
        return FORWARD2[code](number(x1), number(x2))
    result = binary_node(code, x1, x2)
    if result is NotImplemented:  # an operator would leave an array to NumPy; a function says that it takes numbers
        number(x2 if isinstance(x1, Value) else x1)
    return result


OVER_LISTS = {"maximum": "max", "minimum": "min", "logaddexp": "logsumexp"}
"""Functions of two numbers, and what does the same for a list."""


def takes_two(name: str, x1, x2, others: tuple) -> TypeError:
    """What is raised where a function of two numbers was given one, or three, or a list of them."""
    said = f"{name}() takes two Values or numbers"
    if others:
        given = f", and was given {2 + len(others)}"
    elif hasattr(x1, "__len__"):
        given = f", one after the other, and was given a {type(x1).__name__} of {len(x1)}"
    else:
        given = ", and the second is missing or None"
    if name in OVER_LISTS and (others or hasattr(x1, "__len__")):
        given += f": for a list of them there is autograd.{OVER_LISTS[name]}([x, y, ...])"
    return TypeError(said + given)


def binary_function(row):
    code: cython.int = row.code
    name: str = row.name

    def function_of_two_operands(x1, x2=None, *others):
        if x2 is None or others:
            raise takes_two(name, x1, x2, others)
        return apply_binary(code, x1, x2)

    return function_of_two_operands


# A parameter that a caller may name is compiled with its name: a function that took the name from its row at run time would
# cost a fifth more for each call. A test holds these to their rows.


def leaky_relu(x, negative_slope=BY_NAME["leaky_relu"].defaults["negative_slope"]):
    return apply_binary(LEAKY_RELU, x, negative_slope)


def elu(x, alpha=BY_NAME["elu"].defaults["alpha"]):
    return apply_binary(ELU, x, alpha)


def describe(function, row):
    function.__name__ = function.__qualname__ = row.name
    function.__module__ = "autograd"
    # A place where the C libraries of Linux and of web pages agree to the last bit.
    place = [round(0.74 * low + 0.26 * high, 2) for low, high in row.domain[: row.arity - len(row.defaults)]]
    doc = row.doc.replace("the ", "The ", 1) if row.doc.startswith("the ") else row.doc
    function.__doc__ = (
        f"{doc}.\n\n"
        f"Takes {'a Value or a number' if row.arity == 1 else 'Values or numbers'}; a Value gives a Value, numbers alone a "
        f"float. TypeError for anything else.\n\n"
        f">>> {row.name}({', '.join(map(repr, place))})\n{row.forward(*place, *row.defaults.values())!r}\n"
    )
    return function


def slope_node(v, name, x, y=None):
    """The node of a slope that is a primitive itself: the method of Value by which `node1` and `node2` make it."""
    code: cython.int = BY_NAME[name].code
    return unary_node(code, x) if y is None else binary_node(code, x, y)


def functions_of_the_table() -> dict:
    made = {"leaky_relu": leaky_relu, "elu": elu}
    for row in PRIMITIVES:
        if row.arity in (1, 2) and row.name not in OPERATORS and not row.hidden:
            make = flat_function if row.flat else unary_function if row.arity == 1 else binary_function
            made[row.name] = describe(made.get(row.name) or make(row), row)
            attach(row.name, made[row.name])
    attach("_node", slope_node)
    attach("__floor__", made["floor"])
    attach("__ceil__", made["ceil"])
    attach("__trunc__", made["trunc"])
    return made


# ------------------------------------------------------------------------------------------------ over lists


@cython.ccall
def has_value(operands: tuple) -> cython.bint:
    """Whether a Value is among them."""
    i: cython.Py_ssize_t
    for i in range(len(operands)):
        if is_value(element(operands, i)):
            return True
    return False


def are_operands(things) -> bool:
    """Whether all of a list or tuple are Values or floats."""
    return count_values(tuple(things)) >= 0


def variables(numbers) -> list:
    """A Value of its own for each number; for a Value one above it."""
    told: cython.bint = modes.blocks_anywhere or modes.calls_anywhere
    found: list = []
    for x in numbers:
        if isinstance(x, Value):
            v = where(True, x, 0.0)
        else:
            v = constant(number(x))
            if told:
                tell_of(v)
        found.append(v)
    return found


@cython.cfunc
@cython.inline
def is_operand(x) -> cython.bint:
    return type(x) is Value or type(x) is float


@cython.cfunc
@cython.inline
def is_iterable(xs) -> cython.bint:
    return type(xs) is list or type(xs) is tuple or hasattr(xs, "__iter__")


@cython.cfunc
def as_operands(xs) -> tuple:
    """Values and floats, in order."""
    if not is_iterable(xs):
        raise TypeError(f"this takes a list of Values and numbers, and was given {xs!r}")
    given: tuple = tuple(xs)
    if count_values(given) < 0:
        given = tuple([x if is_operand(x) else number(x) for x in given])
    keep_from_collector(given)
    return given


def apply_many(row, operands):
    """The value of a primitive whose nodes have Edges: a node, or a float when no operand is a Value."""
    given: tuple = as_operands(operands)
    data = [datum(given, i) for i in range(len(given))]
    over_list = callable(row.slopes)
    out: cython.double = number(row.forward(data) if over_list else row.forward(*data))
    if not count_values(given):
        return out
    if silent_here():
        return constant(out)
    edges: Edges = new_edges(given)
    if over_list:
        slopes = row.slopes(data, out)
        if len(slopes) != edges.count:
            raise ValueError(f"{row.name} has {edges.count} operands here, and its slopes are {len(slopes)}: give one for each")
    else:  # a constant operand is asked for no slope
        slopes = [slope(*data, out) if isinstance(o, Value) else 0.0 for o, slope in zip(given, row.slopes)]
    for i in range(edges.count):
        edges.slopes[i] = number(slopes[i])
    return many_node(out, row.code, edges)


def dot(xs, ys):
    """The sum of x_i * y_i over two lists of equal length, added from left to right: one node, however long they are.

    Values and numbers may be mixed. ValueError when the lengths differ. An empty dot is 0.0.

    >>> dot([Value(1.0), Value(2.0)], [3, 4]).data
    11.0
    """
    if not is_iterable(xs) or not is_iterable(ys):
        raise TypeError(f"dot() takes two lists of Values and numbers, and was given {xs!r} and {ys!r}")
    left = xs if type(xs) is list or type(xs) is tuple else tuple(xs)
    right = ys if type(ys) is list or type(ys) is tuple else tuple(ys)
    n: cython.Py_ssize_t = len(left)
    if n != len(right):
        raise ValueError(f"dot() pairs two lists of equal length, and these have {n} and {len(right)} elements")
    operands: tuple = as_operands(joined(left, right))
    recorded: cython.bint = count_values(operands) > 0
    silent: cython.bint = recorded and silent_here()
    edges: Edges = new_edges(operands) if recorded and not silent else None  # as apply_many, without lists of floats
    a: cython.double
    b: cython.double
    total: cython.double = 0.0
    i: cython.Py_ssize_t
    for i in range(n):
        a = datum(operands, i)
        b = datum(operands, n + i)
        total += a * b
        if edges is not None:
            edges.slopes[i] = b
            edges.slopes[n + i] = a
    if edges is not None:
        return many_node(total, DOT, edges)
    return constant(total) if silent else total


def fsum(xs):
    """The sum of a list, correctly rounded however long it is (as math.fsum), in one node. An empty sum is 0.0.

    >>> fsum([Value(0.1)] * 10).data
    1.0
    """
    operands: tuple = as_operands(xs)
    recorded: cython.bint = count_values(operands) > 0
    silent: cython.bint = recorded and silent_here()
    edges: Edges = new_edges(operands) if recorded and not silent else None
    total: cython.double = 0.0
    left: cython.double = 0.0  # what the roundings of the total left over, and then what theirs did
    lost: cython.double = 0.0
    x: cython.double
    before: cython.double
    i: cython.Py_ssize_t
    for i in range(len(operands)):
        x = datum(operands, i)
        before = total
        total = before + x
        x = rounding_error(before, x, total)
        before = left
        left = before + x
        lost = lost + abs(rounding_error(before, x, left))
        if edges is not None:
            edges.slopes[i] = 1.0
    # Where nothing was lost, total and left are the whole, and their sum is rounded once.
    total = total + left if lost == 0.0 else number(reductions.fsum([datum(operands, i) for i in range(len(operands))]))
    if edges is not None:
        return many_node(total, FSUM, edges)
    return constant(total) if silent else total


def prod(xs):
    """The product of a list, in one node; its slopes are right where operands are 0. An empty product is 1.0.

    >>> prod([Value(2.0), Value(3.0), 4]).data
    24.0
    """
    return product_node(PROD, as_operands(xs))


@cython.cfunc
def _some(xs, name: str) -> tuple:
    operands: tuple = as_operands(xs)
    if not operands:
        raise ValueError(f"{name}() of an empty list has no value: give at least one element")
    return operands


def max(xs):
    """The largest of a list, in one node: ties share the slope equally, and a NaN anywhere gives NaN.

    Builtin `max` over Values works too, and gives the first of the largest itself. ValueError for an empty list.

    >>> a, b = Value(2.0), Value(2.0)
    >>> autograd.max([a, b]).backward()
    >>> a.grad, b.grad
    (0.5, 0.5)
    """
    return extreme_node(MAX, _some(xs, "max"), 1.0)


def min(xs):
    """The smallest of a list, in one node: ties share the slope equally, and a NaN anywhere gives NaN.

    Builtin `min` over Values works too, and gives the first of the smallest itself. ValueError for an empty list.

    >>> autograd.min([Value(2.0), 1.0]).data
    1.0
    """
    return extreme_node(MIN, _some(xs, "min"), -1.0)


def logsumexp(xs):
    """log Σ exp(x_i), without overflow, in one node. ValueError for an empty list.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    return logsumexp_node(LOGSUMEXP, _some(xs, "logsumexp"))


def _components(row, xs, index):
    operands: tuple = _some(xs, row.name)
    n: cython.Py_ssize_t = len(operands)
    i: cython.Py_ssize_t
    logs: cython.bint = row.code == LOG_SOFTMAX
    if index is None:
        return softmax_nodes(row.code, operands, logs, 0, n)
    if not hasattr(index, "__index__"):
        raise TypeError(f"index is the number of a component, a whole number, and this is {index!r}")
    if not (-n <= index and index < n):
        raise IndexError(f"{row.name} has {n} components here, numbered from 0, and index is {index}")
    i = index % n
    return softmax_nodes(row.code, operands, logs, i, i + 1)[0]


def softmax(xs, index=None):
    """exp(x_i) / Σ exp(x_j) for every i, as a list; with `index` that component alone. ValueError for an empty list.

    Every component is one node with all of `xs` as parents. Exact in both tails, in value and slope.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    return _components(BY_NAME["softmax"], xs, index)


def log_softmax(xs, index=None):
    """x_i - logsumexp(x) for every i, as a list; with `index` that component alone. ValueError for an empty list.

    >>> log_softmax([0.0, 0.0], 0)
    -0.6931471805599453
    """
    return _components(BY_NAME["log_softmax"], xs, index)


def clip(x, a_min=None, a_max=None):
    """x held between two bounds (None for no bound). At a bound the slope is 1, so that x can leave it.

    >>> clip(Value(3.0), 0, 1).data
    1.0
    """
    low = -float("inf") if a_min is None else a_min
    high = float("inf") if a_max is None else a_max
    return apply_many(BY_NAME["clip"], [x, low, high])


def take(xs, index):
    """The element of a list that `index` chooses, counted from 0, or from the end where it is negative: one edge, to that one.

    xs      a list of Values and numbers; a list of such lists, of which the whole of one is taken; or an array
    index   a whole number: an int, a float, or a Value, which in a compiled function may be another in each call and row. A
            tuple of them chooses in several dimensions, as in `table[i, j]`; a list of them takes several elements

    The slope in the index is 0. IndexError, with the index, where `xs` has no such element or the index is not whole.

    >>> take([10.0, 20.0, 30.0], 1), take([[1.0, 2.0], [3.0, 4.0]], (1, 0)), take([10.0, 20.0], [1, -1, 0])
    (20.0, 3.0, [20.0, 20.0, 10.0])
    """
    if hasattr(index, "tolist"):
        index = index.tolist()
    if isinstance(index, list):
        return [take(xs, each) for each in index]
    if not isinstance(index, tuple):
        return _taken(elements_of(xs), index)
    if not index:
        raise TypeError("take() with an empty tuple chooses nothing: give a number for each dimension")
    for axis, each in enumerate(index[:-1]):
        xs = elements_of(xs)
        if not isinstance(each, Value):
            xs = xs[_place(each, len(xs), axis)]
            continue
        rows = [elements_of(row) for row in xs]
        if len({len(row) for row in rows}) != 1:
            raise ValueError(f"take() in several dimensions is from rows of one length, and these have {[*map(len, rows)]}")
        # one number chooses among the elements of all rows, so that these need not be taken all
        last = _place(index[axis + 1], len(rows[0]), axis + 1)
        flat = [x for row in rows for x in row]
        rest = index[axis + 2 :]
        return take(flat, (_place(each, len(rows), axis) * len(rows[0]) + last, *rest))
    return _taken(elements_of(xs), index[-1], len(index) - 1)


def elements_of(xs):
    if not hasattr(xs, "__len__") or not hasattr(xs, "__getitem__") or isinstance(xs, (str, bytes, dict)):
        raise TypeError(f"take() takes from a list, a tuple or an array, and this is {xs!r}")
    return xs.tolist() if hasattr(xs, "tolist") else xs


def _place(index, n, axis=None):
    """The index counted from 0: an int, or of a Value a Value, whose bounds a trace notes. IndexError where it is none of n."""
    if not isinstance(index, Value):
        index = number(index)
    among = f"{n} elements" if axis is None else f"{n} elements along axis {axis}"
    if not (-n <= index and index < n):  # Cython takes no notice of an error in the first half of a < b < c
        raise IndexError(f"take() chooses one of {among}, numbered from 0, and the index is {plain(index)!r}")
    if not index % 1.0 == 0.0:
        raise IndexError(f"take() chooses one of {among} by a whole number, and the index is {plain(index)!r}")
    if index < 0.0:
        index = index + n
    return index if isinstance(index, Value) else int(index)


def _taken(xs, index, axis=None):
    place = _place(index, len(xs), axis)
    i: cython.Py_ssize_t = int(plain(place))
    taken = xs[i]
    if not isinstance(taken, (Value, float)) and hasattr(taken, "__len__"):
        if not isinstance(place, Value):
            return [_taken_whole(each) for each in elements_of(taken)]
        rows = [elements_of(row) for row in xs]
        if len({len(row) for row in rows}) != 1:
            raise ValueError(f"take() takes rows of one length, and these have {[*map(len, rows)]} elements")
        return [_taken(column, place) for column in zip(*rows)]
    if isinstance(place, Value) and trace_here() is not None:
        return apply_many(BY_NAME["take"], [*xs, place])
    if not isinstance(taken, Value) and has_value(tuple(xs)):
        return flat_node(number(taken), "take", taken, None)
    return _taken_whole(taken)


@cython.cfunc
def _taken_whole(x):
    """An element of what was taken, or all of its elements if it has some: what apply_many would make of [x, 0.0] each."""
    if not isinstance(x, Value):
        return number(x) if isinstance(x, float) or not hasattr(x, "__len__") else [_taken_whole(e) for e in elements_of(x)]
    if silent_here():
        return constant(plain(x))
    edges: Edges = new_edges(as_operands((x, 0.0)))
    edges.slopes[0] = 1.0
    edges.slopes[1] = 0.0
    return many_node(plain(x), TAKE, edges)


def where(condition, x, y):
    """`x` where the condition holds, else `y`; only that one is recorded, so the other's slopes cannot do harm.

    >>> x = Value(0.0)
    >>> where(x > 0, log(x), 0).backward()
    >>> x.grad
    0.0
    """
    if type(condition) is not bool and hasattr(condition, "where_node"):  # inside compile(): chosen anew in each run
        return condition.where_node(x, y)
    if getattr(condition, "ndim", 0):
        raise TypeError("where() chooses by one condition, and this is an array: use numpy.where for arrays of Values")
    chosen = x if condition else y
    if isinstance(chosen, Value):
        return node(cython.cast(Value, chosen)._data, WHERE, cython.cast(Value, chosen), 1.0, None, 0.0)
    if isinstance(x, Value) or isinstance(y, Value):
        return flat_node(number(chosen), "where", chosen, None)
    return number(chosen)


attach("clip", clip)

FUNCTIONS = functions_of_the_table()
FUNCTIONS.update(
    dot=dot, fsum=fsum, prod=prod, max=max, min=min, logsumexp=logsumexp, softmax=softmax, log_softmax=log_softmax,
    clip=clip, take=take, where=where,
)  # fmt: skip

globals().update(FUNCTIONS)
__all__ = list(FUNCTIONS)
