# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""From a graph to a listing: one instruction for each node, and each after those it uses.

A walk over the graph stamps the nodes it has dealt with, as those of `backward.py` do, and writes on each, in `uses`, the
number of its register: so it needs no dictionary of nodes. It is a walk of its own, and not `topological_order`, because it
starts from several ends, and writes instructions as it goes: operands from left to right, as a reader expects them.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.compiler.passes import key_of_constant, zeros
    from cython.cimports.autograd.engine.origins import Origin
    from cython.cimports.autograd.engine.value import Edges, Value, note_of, operands_of
else:
    from .passes import key_of_constant, zeros
    from ..engine.origins import Origin
    from ..engine.value import Edges, Value, note_of, operands_of

from array import array
from sys import getrefcount

from ..engine.backward import exclusively, next_pass
from ..engine.modes import trace_here
from ..engine.primitives import PRIMITIVES
from .columns import FIXED, Columns, Numbers
from .instructions import Guard, Listing, distinct
from .ops import CONSTANT, CUMULANT, CUSTOM, FLATS, INPUT, LOOP, PART, WHERE, ops_by_code

SAME_NUMBER = (FLATS["detach"], WHERE, CUMULANT, CUSTOM)

INPUT_ = cython.declare(cython.int, FIXED.index(INPUT))
CONSTANT_ = cython.declare(cython.int, FIXED.index(CONSTANT))


def listing_of(outputs, inputs, guards=(), arguments=None, loops=()):
    """The listing of a graph: of `outputs`, where `inputs` vary and all other leaves are constants.

    guards      comparisons of nodes of the graph, with an outcome each
    arguments   how many of the inputs are arguments, all by default. The others are called "captured 0", ..., unless they have
                labels of their own
    loops       of a trace: which loop is meant by the number that its node has

    >>> x = Value(2.0, label="x")
    >>> listing = listing_of([x * x + 1.0], [x])
    >>> [instruction.op for instruction in listing.instructions], listing.outputs
    (['input', 'mul', 'constant', 'add'], (3,))
    """
    return exclusively(written, list(outputs), list(inputs), list(guards), arguments, loops)


def data_of(values):
    """The data of Values, in a list, as an array of floats of the module `array`.

    >>> data_of([Value(1.5), Value(2.0)])
    array('d', [1.5, 2.0])
    """
    given: list = values
    i: cython.Py_ssize_t
    if not cython.compiled or trace_here() is not None:  # a trace is told of what is read, and of what becomes a plain number
        return array("d", [float(v.data) for v in given])
    found = array("d", bytes(8 * len(given)))
    numbers: cython.double[::1] = found
    for i in range(len(given)):
        v: Value = given[i]
        numbers[i] = v._data
    return found


def written(outputs, inputs, guards, arguments, loops):
    walk: Walk = Walk()
    for x in inputs:
        cython.cast(Value, x).seen = walk.now
    compared = [x for guard in guards for x in (guard.left, guard.right)]
    for end in [*outputs, *compared]:
        if type(end) is Value:
            walk.include(end)
    writer: Writer = Writer(walk, len(inputs) + len(outputs) + len(compared), loops)
    for i, x in enumerate(inputs):
        writer.add_input(x, x.label or ("" if arguments is None or i < arguments else f"captured {i - arguments}"))
    for v in walk.nodes:
        writer.add(v)
    kept = [Guard(g.relation, writer.register_of(g.left), writer.register_of(g.right), g.outcome, g.origin) for g in guards]
    registers = tuple([writer.register_of(y) for y in outputs])
    return Listing(writer.finished(), len(inputs), registers, distinct(kept))


@cython.final
@cython.cclass
class Walk:
    """The nodes to be written down, each after its operands. Those that it has met have `now` in `seen`.

    room        how many instructions they are at most, and how many operands
    """

    now = cython.declare(cython.longlong)
    nodes = cython.declare(list)
    room = cython.declare(cython.Py_ssize_t)
    operands = cython.declare(cython.Py_ssize_t)

    def __init__(self):
        self.now = next_pass()
        self.nodes = []
        self.room = self.operands = 0

    @cython.cfunc
    def include(self, end: Value):
        """Notes every node that `end` was computed from, and then `end`, but for those noted already."""
        v: Value
        operand: Value
        if end.seen == self.now:
            return
        end.uses = 0
        way: list = [end]  # from the end down to where the walk is
        while way:
            v = way[len(way) - 1]
            operand = missing_operand(v, self.now)
            if operand is None:
                self.note(v)
                way.pop()
            else:
                operand.uses = 0
                way.append(operand)

    @cython.cfunc
    def note(self, v: Value):
        v.seen = self.now
        self.nodes.append(v)
        if type(v.extra) is Edges:
            count: cython.Py_ssize_t = len(operands_of(v))
            self.operands += count
            self.room += 1 + count  # each operand may be a new constant
        else:
            self.operands += 2
            self.room += 1 + (v.x is None) + (v.y is None)


UNKNOWN = cython.declare(cython.int, -1)
SAME = cython.declare(cython.int, -2)
OF_LOOPS = cython.declare(cython.int, -3)


@cython.final
@cython.cclass
class Writer:
    """The instructions so far, in columns that have room for all. A node that is written has its register in `uses`.

    count       how many there are
    columns     all of them; `op`, `start`, `operands`, `numbers` and `place` are its, as C writes them
    known       the numbers of ops
    loops       which loop is meant by the number that its node has
    by_code     the number of the op of each row of the table; SAME for what is the number of its first operand, OF_LOOPS for
                loops and their parts
    pairs       whether it has two operands, by code
    constants   the registers of the constants
    places      the numbers of the places
    by_id       the same by the id of the tuple that a node has, which is there as long as the node
    """

    count = cython.declare(cython.int)
    columns = cython.declare(object)
    op: cython.int[::1]
    start: cython.int[::1]
    operands: cython.int[::1]
    numbers: cython.double[::1]
    place: cython.int[::1]
    known = cython.declare(object)
    loops = cython.declare(object)
    by_code: cython.int[::1]
    pairs: cython.int[::1]
    constants = cython.declare(dict)
    places = cython.declare(dict)
    by_id = cython.declare(dict)

    def __init__(self, walk: Walk, more: cython.Py_ssize_t, loops):
        room: cython.Py_ssize_t = walk.room + more
        self.count = 0
        self.loops = loops
        self.known = Numbers()
        self.columns = Columns(
            zeros(room), self.known.ops, zeros(room + 1), zeros(walk.operands), array("d", [0.0]) * room, {}, zeros(room), []
        )
        self.op, self.start, self.operands = self.columns.op, self.columns.start, self.columns.operands
        self.numbers, self.place = self.columns.numbers, self.columns.place
        self.by_code = array(
            "i", [SAME if op in SAME_NUMBER else OF_LOOPS if op is LOOP or op is PART else UNKNOWN for op in ops_by_code()]
        )
        self.pairs = array("i", [row.arity == 2 for row in PRIMITIVES])
        self.constants = {}
        self.places = {}
        self.by_id = {}

    def finished(self):
        """The columns without the room that is left."""
        size: cython.Py_ssize_t = self.start[self.count]
        n: cython.Py_ssize_t = self.count
        all_of: object = self.columns
        return all_of.replaced(
            op=all_of.op[:n],
            start=all_of.start[: n + 1],
            operands=all_of.operands[:size],
            numbers=all_of.numbers[:n],
            place=all_of.place[:n],
            places=[*self.places],
        )

    @cython.cfunc
    def add_input(self, x: Value, label: str):
        x.uses = self.count
        self.write(INPUT_, self.start[self.count], label, None)

    @cython.cfunc
    @cython.inline
    def write(self, op: cython.int, end: cython.int, label, place):
        """Writes down an instruction whose operands are written up to number `end`."""
        self.op[self.count] = op
        self.place[self.count] = -1 if place is None else self.number_of_place(place)
        if label:
            self.columns.labels[self.count] = label
        self.count += 1
        self.start[self.count] = end

    @cython.cfunc
    def number_of_place(self, place: tuple) -> cython.int:
        number = self.by_id.get(id(place))
        if number is None:
            number = self.by_id[id(place)] = self.places.setdefault(place[:2], len(self.places))
        return number

    @cython.cfunc
    def add(self, v: Value):
        """Writes down a node whose operands are there."""
        if v.code == 0:
            v.uses = self.constant(v._data, v.label)
            return
        op: cython.int = self.by_code[v.code]
        if op == OF_LOOPS:
            self.add_of_loop(v)
            return
        if op == UNKNOWN:
            op = self.by_code[v.code] = self.known[ops_by_code()[v.code]]
        end: cython.int = self.write_operands(v)
        if op == SAME:
            v.uses = self.operands[self.start[self.count]]
            return
        label, place = note_of(v), None
        if type(label) is Origin:
            label, place = cython.cast(Origin, label).label, cython.cast(Origin, label).place
        v.uses = self.count
        self.write(op, end, label, place)

    @cython.cfunc
    def add_of_loop(self, v: Value):
        """Writes down a loop, whose number is its last operand, or a part of one, whose last operand is the number itself."""
        found: tuple = cython.cast(Edges, v.extra).operands
        last: cython.Py_ssize_t = len(found) - 1
        op = ops_by_code()[v.code]
        self.write_operands(v)
        v.uses = self.count
        end: cython.int = self.start[self.count] + cython.cast(cython.int, last)
        self.write(self.known[self.loops[int(found[last])].loop if op is LOOP else op], end, "", None)

    @cython.cfunc
    def write_operands(self, v: Value) -> cython.int:
        """Writes the registers of the operands of a node where the next instruction has its own, and gives their end.

        The constants among them come first, since they are instructions themselves.
        """
        begin: cython.int
        x: cython.int
        y: cython.int
        if type(v.extra) is Edges:
            found: tuple = operands_of(v)
            for operand in found:
                if type(operand) is not Value:
                    self.constant(operand, "")
            begin = self.start[self.count]
            for operand in found:
                self.operands[begin] = self.register_of(operand)
                begin += 1
            return begin
        x = v.x.uses if v.x is not None else self.constant(v.dx, "")
        if not self.pairs[v.code]:
            begin = self.start[self.count]
            self.operands[begin] = x
            return begin + 1
        y = v.y.uses if v.y is not None else self.constant(v.dy, "")
        begin = self.start[self.count]
        self.operands[begin] = x
        self.operands[begin + 1] = y
        return begin + 2

    @cython.cfunc
    def register_of(self, x) -> cython.int:
        """The register of a Value that is written already, or of a number."""
        return cython.cast(Value, x).uses if type(x) is Value else self.constant(x, "")

    @cython.cfunc
    def constant(self, number: cython.double, label) -> cython.int:
        key = key_of_constant(number)
        register = self.constants.get(key)
        if register is None:
            register = self.constants[key] = self.count
            self.numbers[self.count] = number
            self.write(CONSTANT_, self.start[self.count], label, None)
        return register


@cython.cfunc
def missing_operand(v: Value, now: cython.longlong) -> Value:
    """The first operand of a node that is not written down yet; None if all are.

    In the `uses` of a node with many operands is how many of them have been looked at, so that none is looked at twice.
    """
    if v.x is not None and v.x.seen != now:
        return v.x
    if v.y is not None and v.y.seen != now:
        return v.y
    if type(v.extra) is Edges:
        operands: tuple = cython.cast(Edges, v.extra).operands
        while v.uses < len(operands):
            operand = operands[v.uses]
            if type(operand) is Value and cython.cast(Value, operand).seen != now:
                return operand
            v.uses += 1
    return None


# ------------------------------------------------------------------------------------------------ what is not an argument


def from_outside(ends, made):
    """The Values that `ends` were computed from and that are not among `made`: what a function has from outside.

    made    every leaf and node that the function made, each after its operands
    """
    return exclusively(found_outside, list(ends), made)


def found_outside(ends, made):
    inside: cython.longlong = next_pass()
    outside: cython.longlong = next_pass()
    v: Value
    found: list = []
    for v in made:
        v.seen = inside
        v.uses = False  # whether it is needed
    for end in ends:
        meet(end, inside, outside, found)
    for v in reversed(made):
        if v.uses:
            meet_operands(v, inside, inside, found)
    for v in made:
        if v.uses:
            meet_operands(v, inside, outside, found)
    return found


@cython.cfunc
def meet_operands(v: Value, inside: cython.longlong, outside: cython.longlong, found: list):
    if v.x is not None:
        meet(v.x, inside, outside, found)
    if v.y is not None:
        meet(v.y, inside, outside, found)
    if type(v.extra) is Edges:
        for operand in cython.cast(Edges, v.extra).operands:
            if type(operand) is Value:
                meet(operand, inside, outside, found)


@cython.cfunc
def meet(v: Value, inside: cython.longlong, outside: cython.longlong, found: list):
    """Notes that a node is needed: in `found`, if it is from outside, met for the first time, and `outside` is not `inside`."""
    if v.seen == inside:
        v.uses = True
    elif v.seen != outside and outside != inside:
        v.seen = outside
        found.append(v)


def is_any_held(made):
    """Whether any of the nodes that a function made is held by something else than the graph and this list, which it empties.

    They are let go of from the last one made, so that each is held by nothing of the graph when its turn comes.
    """
    made.append(Value(0.0))
    alone = getrefcount(made.pop())
    while made:
        if getrefcount(made.pop()) > alone:
            return True
    return False
