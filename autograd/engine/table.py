"""What a primitive is: a row of the table. And the tables of C functions that eager execution reads, by a row's code.

The rows themselves, and their rules, are in `primitives.py`.
"""

from __future__ import annotations

import cython

if not cython.compiled:
    Number = cython.double
    FORWARD1, SLOPE1, FORWARD2, SLOPE2_X, SLOPE2_Y = {}, {}, {}, {}, {}
    VALUE_SLOPE1, VALUE_SLOPE2_X, VALUE_SLOPE2_Y = SLOPE1, SLOPE2_X, SLOPE2_Y  # one function serves floats and Values

PRIMITIVES: list = []
BY_NAME: dict = {}


class Primitive:
    """A row of the table.

    name        the public function and method, NumPy's name where NumPy has one
    code        its place in `PRIMITIVES`, kept in every node it makes
    arity       1, 2, or None for a primitive over a list
    symbol      how it reads in a picture: "+", "tanh"
    domain      for each operand, the interval its tests draw from: inside it the primitive is smooth but at `kinks`
    kinks       values where it has no derivative: of the operand, or of either operand or the difference of two
    defaults    the trailing operands that a caller may leave out: their names, and their values then
    inline      True where a node keeps its one or two operands in itself; False where it has Edges
    flat        True for the piecewise-constant ones: slope 0, and no edge in the graph
    hidden      True for those that only slopes are made of: no function has their name
    doc         what it computes, in words
    advice      what is usually done where its value or slope is not finite
    forward     floats to a float (over a list: one list of floats)
    slopes      one function for each operand, of the operands and the output, floats or Values; for a primitive over a list
                one function of the list and the output, giving a list
    slopes_on_values    the same on Values, where that is another function; else None
    """

    __slots__ = (
        "advice", "arity", "code", "defaults", "doc", "domain", "flat", "forward", "hidden", "inline", "kinks", "name",
        "slopes", "slopes_on_values", "symbol",
    )  # fmt: skip

    def __init__(
        self,
        name,
        arity,
        domain,
        doc,
        *,
        symbol="",
        kinks=(),
        defaults=(),
        inline=False,
        flat=False,
        hidden=False,
        forward=None,
        slopes=None,
        slopes_on_values=None,
    ):
        self.name = name
        self.arity = arity
        self.symbol = symbol or name
        self.domain = domain
        self.kinks = kinks
        self.defaults = defaults or {}
        self.inline = inline
        self.flat = flat
        self.hidden = hidden
        self.doc = doc
        self.advice = ""
        self.forward = forward
        self.slopes = slopes
        self.slopes_on_values = slopes_on_values
        PRIMITIVES.append(self)  # complete, and its place found after: other threads may add rows too
        self.code = PRIMITIVES.index(self)
        BY_NAME[name] = self

    def __repr__(self):
        return f"<Primitive {self.name}>"


Primitive("", 0, (), "A leaf: a number you put in, made by no primitive.")


# ------------------------------------------------------------------------------------------------ a row and its rules
# A slope is one C function for doubles and one for Values. Both are taken from the one name in its row, since the rows are
# walked twice: with Number as double, then with Number as object. Uncompiled, one walk does.


@cython.cfunc
def unary_row(name: str, forward: Rule1, slope: Slope1Of, settings: dict):
    """The row of a primitive of one operand. Its domain is one interval."""
    row = BY_NAME.get(name)
    if row is None:
        row = Primitive(name, 1, (settings.pop("domain"),), inline=True, **settings)
        row.forward, row.slopes = _python_rules1(row.code)
    code: cython.int = row.code
    if Number is cython.double:
        FORWARD1[code] = forward
        SLOPE1[code] = slope
    else:
        VALUE_SLOPE1[code] = slope


@cython.cfunc
def binary_row(name: str, forward: Rule2, slope_x: Slope2Of, slope_y: Slope2Of, settings: dict):
    """The row of a primitive of two operands, with the slope in each."""
    row = BY_NAME.get(name)
    if row is None:
        row = Primitive(name, 2, inline=True, **settings)
        row.forward, row.slopes = _python_rules2(row.code)
    code: cython.int = row.code
    if Number is cython.double:
        FORWARD2[code] = forward
        SLOPE2_X[code] = slope_x
        SLOPE2_Y[code] = slope_y
    else:
        VALUE_SLOPE2_X[code] = slope_x
        VALUE_SLOPE2_Y[code] = slope_y


def over_list(name, forward, slopes, slopes_on_values=None, **settings):
    """The row of a primitive over a list."""
    Primitive(name, None, forward=forward, slopes=slopes, slopes_on_values=slopes_on_values, **settings)


def _python_rules1(code: cython.int):
    return lambda x: FORWARD1[code](x), (lambda x, out: VALUE_SLOPE1[code](x, out),)


def _python_rules2(code: cython.int):
    return lambda x, y: FORWARD2[code](x, y), (
        lambda x, y, out: VALUE_SLOPE2_X[code](x, y, out),
        lambda x, y, out: VALUE_SLOPE2_Y[code](x, y, out),
    )


def slope_of(row, i):
    """The derivative of a primitive in its i-th operand, of its operands and its output, for floats alone."""
    code: cython.int = row.code
    if not row.inline:
        return row.slopes[i]
    if row.arity == 1:
        return lambda x, out: SLOPE1[code](x, out)
    if i == 0:
        return lambda x, y, out: SLOPE2_X[code](x, y, out)
    return lambda x, y, out: SLOPE2_Y[code](x, y, out)
