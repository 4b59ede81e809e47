"""Value: a number that remembers how it was made.

Each node holds its data, its gradient, the primitive that made it, its parents, and the local derivative along the edge to
each parent, recorded when the node was made. A node points only to its parents, so no cycle can form: reference counting
alone frees a graph, and the garbage collector never walks one.

What this file does not do: the rules are in `primitives.py`; the methods named after primitives (`exp`, `tanh`, ...) and
their functions are made from that table in `functions.py`; `backward()` is in `backward.py`.
"""

from __future__ import annotations

import cython

import operator
from typing import Optional

if cython.compiled:
    from cython.cimports.autograd.engine import modes
    from cython.cimports.autograd.engine._libm import doubles, free_doubles, rint
    from cython.cimports.autograd.engine.modes import Modes, modes_here, silent_here, tell_that_it_is_no_integer, trace_here
    from cython.cimports.autograd.engine.origins import Origin, new_origin, origin_here, relabelled
    from cython.cimports.autograd.engine.primitives import floor_divide
    from cython.cimports.autograd.engine.table import FORWARD1, FORWARD2, SLOPE1, SLOPE2_X, SLOPE2_Y
else:
    from . import modes
    from ._libm import doubles, free_doubles, rint
    from .modes import modes_here, silent_here, tell_that_it_is_no_integer, trace_here
    from .origins import Origin, new_origin, origin_here, relabelled
    from .primitives import floor_divide
    from .table import FORWARD1, FORWARD2, SLOPE1, SLOPE2_X, SLOPE2_Y

from .modes import calling_line
from .numbers import FROM_THE_RIGHT, leaving, real_number, rounded, takes_from_the_right, too_large, unrounding
from .primitives import BY_NAME, FLAT_PARTS, PRIMITIVES

ADD = cython.declare(cython.int, BY_NAME["add"].code)
SUB = cython.declare(cython.int, BY_NAME["sub"].code)
MUL = cython.declare(cython.int, BY_NAME["mul"].code)
DIV = cython.declare(cython.int, BY_NAME["div"].code)
POW = cython.declare(cython.int, BY_NAME["pow"].code)
NEG = cython.declare(cython.int, BY_NAME["neg"].code)
ABS = cython.declare(cython.int, BY_NAME["abs"].code)
REMAINDER = cython.declare(cython.int, BY_NAME["remainder"].code)
FROM_THE_RIGHT.update({BY_NAME[name].code: FROM_THE_RIGHT[name] for name in ("add", "sub", "mul", "div", "pow", "remainder")})


# ------------------------------------------------------------------------------------------------ numbers coming in


@cython.cfunc
def number(x) -> cython.double:
    """The float of a real number; a TypeError that says what to do for anything else."""
    if type(x) is float:
        return x
    if isinstance(x, float):  # NumPy's float64 too: uncompiled it would stay one
        return float(x)
    if isinstance(x, int):
        try:
            return float(x)
        except OverflowError:
            raise too_large(x) from None
    if isinstance(x, Value):
        raise TypeError(
            "the data of a Value is a number, and this is a Value: use x.detach() for a new leaf with its data, "
            "or x itself to go on with its graph"
        )
    return real_number(x)


@cython.cfunc
def not_for_us(x, operator, left) -> cython.bint:
    """Whether an operator leaves its other operand to that operand's own type: arrays; on the right, not None, what has it."""
    ours: cython.bint = isinstance(x, (float, int, Value)) if cython.compiled else issubclass(type(x), (float, int, Value))
    return not ours and (hasattr(x, "__array_ufunc__") or takes_from_the_right(x, operator, left))


def examine_with(function) -> None:
    """Has `function(v, op, operands_and_slopes, origin)` look at what operations give inside detect_anomaly()."""
    global _examine
    _examine = function


_examine = None


# ------------------------------------------------------------------------------------------------ nodes


@cython.final
@cython.no_gc
@cython.freelist(1024)
@cython.cclass
class Edges:
    """The operands of a node that has many, with the slope of each; constants are floats. Of `index` value.pxd tells."""

    __slots__ = ("count", "index", "note", "operands", "slopes")

    def __dealloc__(self):
        free_doubles(self.slopes)


@cython.cfunc
def new_edges(operands: tuple) -> Edges:
    edges: Edges = Edges.__new__(Edges)
    edges.operands = operands
    edges.index = edges.note = None
    edges.count = len(operands)
    edges.slopes = doubles(edges.count)
    return edges


@cython.final
@cython.no_gc
@cython.freelist(131072)
@cython.cclass
class Value:
    """A real number, and a node of the graph of everything computed from it.

    `Value(data, label="")` makes a leaf. `data` is any real number (int, float, bool, NumPy scalar, Fraction, Decimal) and
    is kept as a float; anything else is a TypeError, an int beyond the largest float an OverflowError. Arithmetic,
    comparisons (by data) and the functions of `autograd` work on Values as on floats and record the graph.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 2
    >>> y.backward()
    >>> x.grad
    6.0

    Two Values compare by their data, but hash by identity. `float(v)` and `math.exp(v)` would cut the graph unseen and raise
    a TypeError; write `v.data` to leave it and `v.exp()` to stay in it. `a += b` binds `a` to a new node. A running
    `total += loss` keeps every graph it ever added alive: add `loss.data`.
    """

    # The fields, typed for C in value.pxd. A node with one or two operands keeps its parents in `x` and `y` and the local
    # derivatives in `dx` and `dy`; where an operand is a constant the parent is None, and the number itself stands in `dx` or
    # `dy`. One with more has its Edges in `extra`, where other nodes have their note: None, a label, or an Origin; the note of
    # Edges is in them. `code` is the primitive's (0: a leaf).
    # `link`, `seen` and `uses` belong to the pass over the graph that is going on; a leaf lends it `dx` and `dy` too.
    __slots__ = ("_data", "_grad", "code", "dx", "dy", "extra", "link", "seen", "uses", "x", "y")

    def __init__(self, data, label=""):
        if self.code:
            raise TypeError("this Value is already a node of a graph: make a new one")
        self._data = number(data)
        if type(label) is not str or label or self.extra is not None:
            self.label = label
        if modes.blocks_anywhere or modes.calls_anywhere:
            tell_of(self)

    if not cython.compiled:

        def __init_subclass__(cls):
            raise TypeError("type 'Value' is not an acceptable base type")  # the compiled class says the same

        def __new__(cls, data=0.0, label=""):
            self = object.__new__(cls)
            self._data = self._grad = self.dx = self.dy = 0.0
            self.x = self.y = self.link = self.extra = None
            self.seen = self.code = self.uses = 0
            return self

    # ---- what a node shows

    @property
    def data(self) -> float:
        """The number. Setting it leaves the graph as recorded: local derivatives are those of the forward pass."""
        trace = trace_here()
        return self._data if trace is None else trace.read(self)

    @data.setter
    def data(self, value):
        if trace_here() is not None:
            raise TypeError("a compiled function runs again without its Python code, so it cannot set .data: return the number")
        self._data = number(value)

    @property
    def grad(self) -> float:
        """The derivative of what `backward()` was called on with respect to this node (the adjoint); 0.0 before.

        Leaves accumulate over calls, other nodes show the last call.
        """
        trace = trace_here()
        if trace is not None:
            trace.asked_for_gradient(self)
        return self._grad

    @grad.setter
    def grad(self, value):
        trace = trace_here()
        if trace is not None:
            trace.asked_for_gradient(self)
        if value is None:
            raise TypeError("a gradient is a number, and None is not (was a return forgotten?): set .grad = 0.0 to clear it")
        if isinstance(value, Value):
            raise TypeError(f"a gradient is a number, and this is {value!r}: give its .data")
        self._grad = number(value)

    @property
    def label(self) -> str:
        """A name for pictures and messages."""
        note = note_of(self)
        return cython.cast(Origin, note).label if isinstance(note, Origin) else note or ""

    @label.setter
    def label(self, text):
        if not isinstance(text, str):
            raise TypeError(f"a label is text, and {text!r} is {type(text).__name__}: give str(...)")
        exact = str.__str__(text)
        note = note_of(self)
        set_note(self, relabelled(note, exact) if isinstance(note, Origin) else exact)

    @property
    def origin(self):
        """The line of code that made this node, (filename, line), if it was made inside `detect_anomaly()`; else None."""
        return place_of(self) and place_of(self)[:2]

    @property
    def op(self) -> str:
        """The name of the primitive that made this node; "" for a leaf."""
        return PRIMITIVES[self.code].name

    @property
    def parents(self) -> tuple:
        """The Values this node was computed from, one for each operand that is a Value, in order."""
        return tuple([operand for operand, slope in operands_and_slopes(self) if isinstance(operand, Value)])

    @property
    def local_derivatives(self) -> tuple:
        """The derivative of this node with respect to each of its `parents`, as recorded when it was made."""
        for parent in self.parents:
            float(parent.data)  # a trace is told that the number is taken, since slopes hang on it
        return tuple([slope for operand, slope in operands_and_slopes(self) if isinstance(operand, Value)])

    def __repr__(self):
        tell_that_it_is_no_integer(self)
        label = self.label
        grad = f", grad={self._grad!r}" if trace_here() is None else ""  # which a recording knows nothing of
        return f"Value(data={self.data!r}{grad}" + (f", label={label!r})" if label else ")")

    def __format__(self, spec):
        tell_that_it_is_no_integer(self)
        return format(self.data, spec) if spec else repr(self)

    def detach(self):
        """A new leaf with this data: gradients stop here."""
        return Value(self._data) if trace_here() is None else flat_node(self._data, "detach", self, None)

    def conjugate(self):
        """Itself, since it is real. NumPy's var and std ask for it."""
        return self

    @staticmethod
    def _flat(name, x, y=None):
        """The node of a part of a rule that has no slope."""
        rule = FLAT_PARTS[name]
        return flat_node(rule(plain(x)) if y is None else rule(plain(x), plain(y)), name, x, y)

    # ---- operators

    def __add__(self, other):
        return binary_node(ADD, self, other)

    def __radd__(self, other):
        return binary_node(ADD, other, self)

    def __sub__(self, other):
        return binary_node(SUB, self, other)

    def __rsub__(self, other):
        return binary_node(SUB, other, self)

    def __mul__(self, other):
        return binary_node(MUL, self, other)

    def __rmul__(self, other):
        return binary_node(MUL, other, self)

    def __truediv__(self, other):
        return binary_node(DIV, self, other)

    def __rtruediv__(self, other):
        return binary_node(DIV, other, self)

    def __pow__(self, other, modulus=None):
        if modulus is not None:
            raise TypeError("pow() of Values takes no modulus: use (x ** y) % m")
        return binary_node(POW, self, other)

    def __rpow__(self, other, modulus=None):
        if modulus is not None:
            raise TypeError("pow() of Values takes no modulus: use (x ** y) % m")
        return binary_node(POW, other, self)

    def __mod__(self, other):
        return binary_node(REMAINDER, self, other)

    def __rmod__(self, other):
        return binary_node(REMAINDER, other, self)

    def __floordiv__(self, other):
        if not_for_us(other, "//", self):
            return NotImplemented
        return flat_node(floor_divide(self._data, plain(other)), "//", self, other)

    def __rfloordiv__(self, other):
        if not_for_us(other, None, self):
            return NotImplemented
        return flat_node(floor_divide(number(other), self._data), "//", other, self)

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self

    def __neg__(self):
        return unary_node(NEG, self)

    def __pos__(self):
        return self

    def __abs__(self):
        return unary_node(ABS, self)

    def __round__(self, digits=None):
        """The nearest whole number, ties to even, or rounded to `digits` decimals: a leaf, since its slope is 0."""
        if digits is None:
            return flat_node(rint(self._data), "round", self, None)
        return flat_node(rounded(self._data, digits), "round", self, digits)

    # ---- comparisons, by data; identity for the hash

    def __eq__(self, other):
        return compared(self, other, operator.eq)

    def __ne__(self, other):
        return compared(self, other, operator.ne)

    def __lt__(self, other):
        return compared(self, other, operator.lt)

    def __le__(self, other):
        return compared(self, other, operator.le)

    def __gt__(self, other):
        return compared(self, other, operator.gt)

    def __ge__(self, other):
        return compared(self, other, operator.ge)

    def __hash__(self):
        return hash_by_identity(self)

    def __bool__(self):
        return bool(compared(self, 0.0, operator.ne)) if modes.blocks_anywhere else self._data != 0.0

    # ---- leaving the graph must be said

    def __float__(self):
        raise leaving(self, "float")

    def __int__(self):
        raise leaving(self, "int")

    def __index__(self):
        raise leaving(self, "index")

    def __complex__(self):
        raise leaving(self, "complex")


# ------------------------------------------------------------------------------------------------ comparing, and plain numbers


@cython.cfunc
def hash_by_identity(v: Value):
    tell_that_it_is_no_integer(v)
    return object.__hash__(v)


@cython.cfunc
def compared(v: Value, other, relation):
    if not_for_us(other, relation, v):
        return NotImplemented
    if modes.blocks_anywhere:
        here: Modes = modes_here()
        if here.listener.trace is not None:
            return here.listener.trace.compared(v, unrounding(other), relation)
        if here.notes is not None:
            here.notes.compared(v, unrounding(other), relation)
    if isinstance(other, Value):
        return relation(v._data, cython.cast(Value, other)._data)
    try:
        return bool(relation(v._data, unrounding(other)))  # Python compares a float with ints and fractions exactly
    except TypeError:
        raise TypeError(f"a Value compares with Values and numbers, and this is {other!r}") from None


@cython.ccall
def plain(x) -> cython.double:
    """The number of a Value or a number."""
    if isinstance(x, Value):
        return cython.cast(Value, x)._data
    return number(x)


# ------------------------------------------------------------------------------------------------ making nodes


@cython.cfunc
def constant(data: cython.double) -> Value:
    """A leaf."""
    v: Value = Value.__new__(Value)
    v._data = data
    return v


@cython.cfunc
def flat_node(data: cython.double, op: str, x, y) -> Value:
    """What piecewise-constant operations give: a leaf; inside a trace, a node with edges that carry no gradient."""
    v: Value = constant(data)
    if modes.blocks_anywhere or modes.calls_anywhere:
        here: Modes = modes_here()
        if here.listener.trace is not None:
            return here.listener.trace.flat(data, op, x, y)
        tell_of(v)
        if here.watched and not here.trusted:
            _examine(v, op, [(operand, None) for operand in (x, y) if operand is not None], calling_line())
    return v


@cython.cfunc
def settled(v: Value) -> Value:
    """What becomes of a new node while any context, this one or another, is inside no_grad() or its like (see `Modes`)."""
    here: Modes = modes_here()
    if here.watched or here.recording:
        told = here.notes is not None and not here.paused
        set_note(v, new_origin("", here.notes.made(v)) if told else origin_here(here.listener))
    if here.watched and not here.trusted:
        _examine(v, v.op, operands_and_slopes(v), v.origin)
    if here.listener.trace is not None:
        here.listener.made.append(v)
        return flat_node(v._data, "detach", v, None) if here.paused and not PRIMITIVES[v.code].flat else v
    if here.paused:  # a node is a leaf, after all
        v.code = 0
        v.x = v.y = v.extra = None
        v.dx = v.dy = 0.0
        tell_of(v)
    return v


@cython.cfunc
@cython.inline
def node(data: cython.double, code: cython.int, x: Optional[Value], dx: cython.double, y: Optional[Value],
         dy: cython.double) -> Value:  # fmt: skip
    """Records a node with one or two operands. A constant operand is None, with the number itself as its `dx` or `dy`."""
    v: Value = Value.__new__(Value)
    v._data = data
    v.code = code
    v.x = x
    v.dx = dx
    v.y = y
    v.dy = dy
    if modes.blocks_anywhere:
        return settled(v)
    return v


@cython.cfunc
def many_node(data: cython.double, code: cython.int, edges: Edges) -> Value:
    """Records a node with many operands."""
    v: Value = Value.__new__(Value)
    v._data = data
    v.code = code
    v.extra = edges
    if modes.blocks_anywhere:
        return settled(v)
    return v


@cython.cfunc
@cython.inline
def unary_node(code: cython.int, v: Value):
    """The node of a one-operand primitive."""
    z: cython.double = FORWARD1[code](v._data)
    if modes.blocks_anywhere and silent_here():
        return constant(z)
    return node(z, code, v, SLOPE1[code](v._data, z), None, 0.0)


@cython.cfunc
@cython.inline
def binary_node(code: cython.int, x, y):
    """The node of a two-operand primitive: a Value on at least one side, a Value or a number on the other."""
    a: cython.double
    b: cython.double
    of_x: cython.bint = type(x) is Value
    of_y: cython.bint = type(y) is Value
    if of_x:
        a = cython.cast(Value, x)._data
    elif not_for_us(x, None, y):
        return NotImplemented
    else:
        a = number(x)
    if of_y:
        b = cython.cast(Value, y)._data
    elif type(y) is float:
        b = y
    elif not_for_us(y, code, x):
        return NotImplemented
    else:
        b = number(y)
    z: cython.double = FORWARD2[code](a, b)
    if modes.blocks_anywhere and silent_here():
        return constant(z)
    if not of_y:
        return node(z, code, cython.cast(Value, x), SLOPE2_X[code](a, b, z), None, b)
    if not of_x:
        return node(z, code, None, a, cython.cast(Value, y), SLOPE2_Y[code](a, b, z))
    return node(z, code, cython.cast(Value, x), SLOPE2_X[code](a, b, z), cython.cast(Value, y), SLOPE2_Y[code](a, b, z))


# ------------------------------------------------------------------------------------------------ notes: labels and origins


@cython.cfunc
def origin_alone(v: Value) -> Origin:
    """The Origin of a node, for others that come from where it does; None if its place is not known."""
    note = note_of(v)
    if not isinstance(note, Origin) or cython.cast(Origin, note).place is None:
        return None
    shared: Origin = note
    return shared if shared.label == "" and shared.call is None else new_origin("", shared.place)


@cython.cfunc
def tell_of(v: Value):
    """What is done with a Value that no operation made, while some context is inside a block or a Call."""
    here: Modes = modes_here()
    if v.code == 0 and (here.notes is not None or here.call is not None):
        origin: Origin = new_origin(v.label, place_of(v) if here.notes is None else here.notes.made(v))
        origin.call = here.call
        v.extra = origin
    if here.listener.trace is not None:
        here.listener.made.append(v)


@cython.ccall
def place_of(v: Value):
    """Where a node was made: its `origin`, and what is kept with it; None if that is not known."""
    return cython.cast(Origin, note_of(v)).place if isinstance(note_of(v), Origin) else None


@cython.cfunc
def note_of(v: Value):
    return cython.cast(Edges, v.extra).note if isinstance(v.extra, Edges) else v.extra


@cython.cfunc
def set_note(v: Value, note):
    if isinstance(v.extra, Edges):
        cython.cast(Edges, v.extra).note = note
    else:
        v.extra = note


# ------------------------------------------------------------------------------------------------ parts and wholes


@cython.ccall
def operands_of(v: Value) -> tuple:
    """What a node was made of: Values and, where an operand was a constant, floats."""
    if v.code == 0:
        return ()
    if type(v.extra) is Edges:
        edges: Edges = v.extra
        return edges.operands if edges.index is None else (*edges.operands, edges.index)
    x = v.x if v.x is not None else v.dx
    return (x, v.y if v.y is not None else v.dy) if PRIMITIVES[v.code].arity == 2 else (x,)


@cython.ccall
def operands_and_slopes(v: Value):
    """What a node was made of: for each operand (operand, local derivative); for a constant one (number, None)."""
    if v.code == 0:
        return []
    if isinstance(v.extra, Edges):
        edges: Edges = v.extra
        steep = not PRIMITIVES[v.code].flat  # a flat node has edges in a trace only, and nothing flows back along them
        return [(o, edges.slopes[i] if steep and isinstance(o, Value) else None) for i, o in enumerate(operands_of(v))]
    pairs = [(v.x, v.dx) if v.x is not None else (v.dx, None)]
    if PRIMITIVES[v.code].arity == 2:
        pairs.append((v.y, v.dy) if v.y is not None else (v.dy, None))
    return pairs


def row_of(v: Value):
    """The primitive that made a node."""
    return PRIMITIVES[v.code]
