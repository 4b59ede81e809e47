"""From a graph to a listing: one instruction for each node, and each after those it uses.

A walk over the graph stamps the nodes it has dealt with, as those of `backward.py` do, and writes on each, in `uses`, the
number of its register: so it needs no dictionary of nodes. It is a walk of its own, and not `topological_order`, because it
starts from several ends, and writes instructions as it goes: operands from left to right, as a reader expects them.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.compiler.passes import key_of_constant, new_instruction
    from cython.cimports.autograd.engine.value import Edges, Origin, Value, note_of, operands_of
else:
    from .passes import key_of_constant, new_instruction
    from ..engine.value import Edges, Origin, Value, note_of, operands_of

from ..engine.backward import exclusively, next_pass
from ..engine.primitives import PRIMITIVES
from .instructions import Guard, Instruction, Listing, distinct
from .ops import CONSTANT, CUMULANT, FLATS, INPUT, WHERE, ops_by_code

DETACH = FLATS["detach"]


def listing_of(outputs, inputs, guards=(), arguments=None):
    """The listing of a graph: of `outputs`, where `inputs` vary and all other leaves are constants.

    guards      comparisons of nodes of the graph, with an outcome each
    arguments   how many of the inputs are arguments, all by default. The others are called "captured 0", ..., unless they have
                labels of their own

    >>> x = Value(2.0, label="x")
    >>> listing = listing_of([x * x + 1.0], [x])
    >>> [instruction.op for instruction in listing.instructions], listing.outputs
    (['input', 'mul', 'constant', 'add'], (3,))
    """
    return exclusively(written, list(outputs), list(inputs), list(guards), arguments)


def written(outputs, inputs, guards, arguments):
    writer: Writer = Writer(inputs, len(inputs) if arguments is None else arguments)
    compared = [x for guard in guards for x in (guard.left, guard.right)]
    for end in [*outputs, *compared]:
        if type(end) is Value:
            writer.include(end)
    kept = [Guard(g.relation, writer.register_of(g.left), writer.register_of(g.right), g.outcome, g.origin) for g in guards]
    registers = tuple([writer.register_of(y) for y in outputs])
    return Listing(writer.instructions, len(inputs), registers, distinct(kept))


@cython.final
@cython.cclass
class Writer:
    """The instructions so far. A node that this walk has `seen` has its register in `uses`.

    now         the number of the walk
    constants   the registers of the constants
    ops         the op of each row of the table, by code
    pairs       whether it has two operands, by code
    """

    now = cython.declare(cython.longlong)
    instructions = cython.declare(list)
    constants = cython.declare(dict)
    ops = cython.declare(list)
    pairs = cython.declare(list)

    def __init__(self, inputs: list, arguments: cython.Py_ssize_t):
        self.now = next_pass()
        self.instructions = []
        self.constants = {}
        self.ops = ops_by_code()
        self.pairs = [row.arity == 2 for row in PRIMITIVES]
        for i, x in enumerate(inputs):
            self.write(x, Instruction(INPUT, (), 0.0, x.label or ("" if i < arguments else f"captured {i - arguments}")))

    @cython.cfunc
    def write(self, v: Value, instruction):
        v.seen = self.now
        v.uses = len(self.instructions)
        self.instructions.append(instruction)

    @cython.cfunc
    def include(self, end: Value):
        """Writes down every node that `end` was computed from, and then `end`, but for those written already."""
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
                self.add(v)
                way.pop()
            else:
                operand.uses = 0
                way.append(operand)

    @cython.cfunc
    def add(self, v: Value):
        """Writes down a node whose operands are there."""
        if v.code == 0:
            v.uses = self.constant(v._data, v.label)
            v.seen = self.now
            return
        operands: tuple = self.registers_of(v)
        op = self.ops[v.code]
        if op is WHERE or op is DETACH or op is CUMULANT:  # the same number
            v.uses = operands[0]
            v.seen = self.now
            return
        label, place = note_of(v), None
        if type(label) is Origin:
            label, place = cython.cast(Origin, label).label, cython.cast(Origin, label).place
        self.write(v, new_instruction(op, operands, 0.0, label or "", place and place[:2]))

    @cython.cfunc
    def registers_of(self, v: Value) -> tuple:
        """The registers of the operands of a node."""
        if type(v.extra) is Edges:
            return tuple([self.register_of(operand) for operand in cython.cast(Edges, v.extra).operands])
        x = v.x.uses if v.x is not None else self.constant(v.dx, "")
        if not self.pairs[v.code]:
            return (x,)
        return x, v.y.uses if v.y is not None else self.constant(v.dy, "")

    @cython.cfunc
    def register_of(self, x):
        """The register of a Value that is written already, or of a number."""
        return cython.cast(Value, x).uses if type(x) is Value else self.constant(x, "")

    @cython.cfunc
    def constant(self, number: cython.double, label):
        key = key_of_constant(number)
        register = self.constants.get(key)
        if register is None:
            register = self.constants[key] = len(self.instructions)
            self.instructions.append(Instruction(CONSTANT, (), number, label))
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
            for operand in operands_of(v):
                if type(operand) is Value and cython.cast(Value, operand).seen == inside:
                    cython.cast(Value, operand).uses = True
    for v in made:
        if v.uses:
            for operand in operands_of(v):
                if type(operand) is Value:
                    meet(operand, inside, outside, found)
    return found


@cython.cfunc
def meet(v: Value, inside: cython.longlong, outside: cython.longlong, found: list):
    """Notes that a node is needed; in `found` if it is from outside and met for the first time."""
    if v.seen == inside:
        v.uses = True
    elif v.seen != outside:
        v.seen = outside
        found.append(v)
