"""A graph as columns of numbers, a row for each node: what pages are made of, and what groups and names go by.

A walk stamps the nodes that it has met, as those of `backward.py` do, and writes on each, in `uses`, its number: so it needs no
dictionary of nodes, and a hundred thousand of them take a tenth of a second.
"""

from __future__ import annotations

import cython

from array import array

if cython.compiled:
    from cython.cimports.autograd.engine._libm import copysign
    from cython.cimports.autograd.engine.table import FORWARD1, FORWARD2, SLOPE1, SLOPE2_X, SLOPE2_Y
    from cython.cimports.autograd.engine.origins import Origin
    from cython.cimports.autograd.engine.value import Edges, Value, note_of, operands_and_slopes, operands_of, plain
else:
    from ..engine._libm import copysign
    from ..engine.table import FORWARD1, FORWARD2, SLOPE1, SLOPE2_X, SLOPE2_Y
    from ..engine.origins import Origin
    from ..engine.value import Edges, Value, note_of, operands_and_slopes, operands_of, plain

from ..engine.backward import exclusively, next_pass
from ..engine.primitives import PRIMITIVES
from .page_rules import has_rule

NOT_YET = cython.declare(cython.int, -1)


class Columns:
    """What `columns_of` gives.

    nodes       the Values, each after its operands
    ends        the number of each of the ends that were asked for; ~k for constant k
    made        for each node its place in the `order` that was given; -1 for one that is not in it
    ops         the names of the operations there are; the first is "", a leaf's
    op          for each node, which of them made it
    counts      for each node, how many operands it has
    operands    those of all nodes, in order: d > 0 for the node d before the one that it is an operand of, -k for constant k
    constants   the numbers that are operands: 0.0 and -0.0 are two, all NaN are one
    leaves      the data of the leaves, in order
    frozen      the nodes whose numbers no rule of a page gives
    labels      {node: label} for those that have one
    places      [file, line] of each line of code that made a node, if that was recorded
    place       for each node which of them, -1 if that is not known
    """

    __slots__ = ("constants", "counts", "ends", "frozen", "labels", "leaves", "made", "nodes", "op", "operands", "ops", "place")
    __slots__ += ("places",)


def columns_of(ends, order=()):
    """The columns of the graph of `ends`: of Values, and of numbers, which are constants.

    order       Values in the order in which they were made, as far as that is known (a trace's `made`): so they come here. All
                others come as Python evaluates an expression: operands from left to right, then the node

    >>> x = Value(2.0)
    >>> found = columns_of([x * x + 1.0])
    >>> list(found.op), found.ops, list(found.operands), list(found.constants)
    ([0, 1, 2], ['', 'mul', 'add'], [1, 1, 1, 0], [1.0])
    """
    return exclusively(walked, list(ends), list(order))


def walked(ends, order):
    walk: Walk = Walk()
    i: cython.Py_ssize_t
    values = [end for end in ends if type(end) is Value]
    for end in values:
        walk.reach(end)
    for i in range(len(order)):
        walk.number_down_to(order[i], i)
    for end in values:
        walk.number_down_to(end, -1)
    found = Columns()
    found.nodes = walk.nodes
    found.ends = [cython.cast(Value, end).uses if type(end) is Value else ~walk.constant(end) for end in ends]
    found.made = array("i", walk.made)
    found.ops = walk.ops
    found.op = array("H", walk.op)
    found.counts = array("I", walk.counts)
    found.operands = array("i", walk.operands)
    found.constants = array("d", walk.constants)
    found.leaves = array("d", walk.leaves)
    found.frozen = walk.frozen
    found.labels = walk.labels
    found.places = [list(place) for place in walk.places]
    found.place = array("i", walk.place)
    return found


@cython.final
@cython.cclass
class Walk:
    """The columns so far. A node that this walk has reached is stamped with `now`, and has its number in `uses`, or NOT_YET.

    op_by_code      the operations' numbers in `ops`, by the codes of their primitives; -1 for those not met so far
    has_rule        whether a page has a rule, by code
    inline          whether the rule of a primitive is in the tables of C functions, by code
    pairs           whether a primitive has two operands, which are in the node itself, by code
    """

    now = cython.declare(cython.longlong)
    nodes = cython.declare(list)
    made = cython.declare(list)
    ops = cython.declare(list)
    op = cython.declare(list)
    counts = cython.declare(list)
    operands = cython.declare(list)
    constants = cython.declare(list)
    number_of_constant = cython.declare(dict)
    leaves = cython.declare(list)
    frozen = cython.declare(list)
    labels = cython.declare(dict)
    places = cython.declare(dict)
    place = cython.declare(list)
    op_by_code = cython.declare(list)
    has_rule = cython.declare(list)
    inline = cython.declare(list)
    pairs = cython.declare(list)

    def __init__(self):
        self.now = next_pass()
        self.nodes, self.made, self.op, self.counts, self.operands, self.leaves = [], [], [], [], [], []
        self.constants, self.frozen, self.place = [], [], []
        self.number_of_constant, self.labels, self.places = {}, {}, {}
        self.ops = [""]
        self.op_by_code = [0, *([-1] * (len(PRIMITIVES) - 1))]
        self.has_rule = [has_rule(row.name) for row in PRIMITIVES]
        self.inline = [row.inline for row in PRIMITIVES]
        self.pairs = [row.arity == 2 for row in PRIMITIVES]

    @cython.cfunc
    def reach(self, end: Value):
        """Stamps everything that an end was computed from."""
        v: Value
        todo: list = [end]
        while todo:
            v = todo.pop()
            if v.seen == self.now:
                continue
            v.seen = self.now
            v.uses = NOT_YET
            if type(v.extra) is Edges:
                for operand in cython.cast(Edges, v.extra).operands:
                    if type(operand) is Value:
                        todo.append(operand)
                continue
            if v.x is not None:
                todo.append(v.x)
            if v.y is not None:
                todo.append(v.y)

    @cython.cfunc
    def number_down_to(self, end: Value, place: cython.Py_ssize_t):
        """Numbers a node that was reached, after everything that it was computed from."""
        v: Value
        if end.seen != self.now or end.uses != NOT_YET:
            return
        todo: list = [end]
        while todo:
            last = todo.pop()
            if last is None:  # the operands of the one before have their numbers
                v = todo.pop()
                self.write(v, place if v is end else -1)
                continue
            v = last
            if v.uses != NOT_YET:
                continue
            before = len(todo)
            todo.append(v)
            todo.append(None)
            for operand in reversed(operands_of(v)):
                if type(operand) is Value and cython.cast(Value, operand).uses == NOT_YET:
                    todo.append(operand)
            if len(todo) == before + 2:
                del todo[before:]
                self.write(v, place if v is end else -1)

    @cython.cfunc
    def write(self, v: Value, place: cython.Py_ssize_t):
        """The row of a node whose operands have theirs."""
        here: cython.int = len(self.nodes)
        v.uses = here
        self.nodes.append(v)
        self.made.append(place)
        self.op.append(self.number_of_op(v.code))
        self.place.append(-1)
        note = note_of(v)
        if note is not None:
            self.keep_note(note, here)
        if v.code == 0:
            self.counts.append(0)
            self.leaves.append(v._data)
            return
        if type(v.extra) is Edges:
            operands: tuple = operands_of(v)
            self.counts.append(len(operands))
            for operand in operands:
                self.operands.append(
                    here - cython.cast(Value, operand).uses if type(operand) is Value else -self.constant(operand)
                )
        else:
            self.operands.append(here - v.x.uses if v.x is not None else -self.constant(v.dx))
            pair: cython.bint = self.pairs[v.code]
            if pair:
                self.operands.append(here - v.y.uses if v.y is not None else -self.constant(v.dy))
            self.counts.append(2 if pair else 1)
        if not self.has_rule[v.code] or not self.is_what_its_rule_gives(v):
            self.frozen.append(here)

    @cython.cfunc
    def keep_note(self, note, here: cython.int):
        label = note
        if type(note) is Origin:
            label = cython.cast(Origin, note).label
            line = cython.cast(Origin, note).place
            if line is not None:
                self.place[here] = self.places.setdefault(line[:2], len(self.places))
        if label:
            self.labels[here] = label

    @cython.cfunc
    def number_of_op(self, code: cython.int):
        number = self.op_by_code[code]
        if number < 0:
            number = self.op_by_code[code] = len(self.ops)
            self.ops.append(PRIMITIVES[code].name)
        return number

    @cython.cfunc
    def constant(self, number: cython.double) -> cython.Py_ssize_t:
        key = number
        if number == 0.0:
            key = copysign(1.0, number), 0.0
        elif number != number:
            key = None
        found = self.number_of_constant.get(key)
        if found is None:
            found = self.number_of_constant[key] = len(self.constants)
            self.constants.append(number)
        return found

    @cython.cfunc
    def is_what_its_rule_gives(self, v: Value) -> cython.bint:
        """Whether the number of a node and its local derivatives are what the rule of its primitive gives now."""
        code: cython.int = v.code
        if not self.inline[code]:
            return is_what_its_rule_over_a_list_gives(v)
        a: cython.double = v.x._data if v.x is not None else v.dx
        if not self.pairs[code]:
            return same(v._data, FORWARD1[code](a)) and same(v.dx, SLOPE1[code](a, v._data))
        b: cython.double = v.y._data if v.y is not None else v.dy
        if not same(v._data, FORWARD2[code](a, b)):
            return False
        if v.x is not None and not same(v.dx, SLOPE2_X[code](a, b, v._data)):
            return False
        return v.y is None or same(v.dy, SLOPE2_Y[code](a, b, v._data))


@cython.cfunc
def is_what_its_rule_over_a_list_gives(v: Value) -> cython.bint:
    row = PRIMITIVES[v.code]
    pairs = operands_and_slopes(v)
    data = [plain(operand) for operand, _ in pairs]
    over_list = callable(row.slopes)
    if not same(v._data, row.forward(data) if over_list else row.forward(*data)):
        return False
    if row.flat or row.name.startswith("slope "):  # nobody asks for its local derivatives, or nobody knows them
        return True
    found = row.slopes(data, v._data) if over_list else [slope(*data, v._data) for slope in row.slopes]
    for i, (_, slope) in enumerate(pairs):
        if slope is not None and not same(slope, found[i]):
            return False
    return True


@cython.ccall
def same(a: cython.double, b: cython.double) -> cython.bint:
    """Whether two numbers are one, 0.0 and -0.0 being two, and all NaN one."""
    if a == b:
        return a != 0.0 or copysign(1.0, a) == copysign(1.0, b)
    return a != a and b != b
