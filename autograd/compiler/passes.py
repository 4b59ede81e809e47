# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Passes: each takes a Listing and gives one that computes the same numbers, to the last bit, with less to do.

They go through Columns, in loops over C's numbers. A listing in which a pass changes nothing is given back itself.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.cpython.exc import PyErr_CheckSignals
else:
    from ..engine.backward import PyErr_CheckSignals

import math
import struct
from array import array
from dataclasses import replace

from .columns import FIXED, columns_of
from .instructions import distinct
from .ops import ADD, CONSTANT, DIV, INPUT, MUL, NEG, POW, SELECTS, SQUARE, SUB, TAKE

# The numbers of ops in Columns.
ADD_ = cython.declare(cython.int, FIXED.index(ADD))
CONSTANT_ = cython.declare(cython.int, FIXED.index(CONSTANT))
DIV_ = cython.declare(cython.int, FIXED.index(DIV))
INPUT_ = cython.declare(cython.int, FIXED.index(INPUT))
MUL_ = cython.declare(cython.int, FIXED.index(MUL))
NEG_ = cython.declare(cython.int, FIXED.index(NEG))
POW_ = cython.declare(cython.int, FIXED.index(POW))
SQUARE_ = cython.declare(cython.int, FIXED.index(SQUARE))
SUB_ = cython.declare(cython.int, FIXED.index(SUB))

CHOICES = frozenset(SELECTS.values())

# ------------------------------------------------------------------------------------------------ reading and making


@cython.ccall
def key_of_constant(number: cython.double):
    """What two constants have in common only if they are the same to the last bit."""
    if number < 0.0 or number > 0.0:
        return number
    if number == 0.0:
        return "0" if math.copysign(1.0, number) > 0.0 else "-0"
    return struct.pack("d", number)


@cython.ccall
def zeros(count: cython.Py_ssize_t):
    """An array of so many whole numbers."""
    return array("i", [0]) * count


@cython.final
@cython.cclass
class Reader:
    """The columns of a listing, as C reads and writes them."""

    op: cython.int[::1]
    start: cython.int[::1]
    operands: cython.int[::1]
    numbers: cython.double[::1]

    def __init__(self, op, start, operands, numbers):
        self.op, self.start, self.operands, self.numbers = op, start, operands, numbers

    @cython.cfunc
    @cython.inline
    def operand(self, i: cython.int, k: cython.int) -> cython.int:
        return self.operands[self.start[i] + k]

    @cython.cfunc
    @cython.inline
    def is_number(self, i: cython.int, number: cython.double) -> cython.bint:
        return self.op[i] == CONSTANT_ and self.numbers[i] == number


@cython.cfunc
def reader_of(columns) -> Reader:
    return Reader(columns.op, columns.start, columns.operands, columns.numbers)


@cython.cfunc
def renumbered(registers, to: cython.int[::1]):
    """An array with to[k] in the place of each register k."""
    new = registers[:]
    operands: cython.int[::1] = new
    j: cython.Py_ssize_t
    for j in range(len(operands)):
        operands[j] = to[operands[j]]
    return new


@cython.cfunc
def using(listing, to: cython.int[::1]):
    """Every use of register i replaced by one of register to[i]."""
    found = columns_of(listing.instructions)
    columns = found.replaced(operands=renumbered(found.operands, to))
    outputs = tuple([to[k] for k in listing.outputs])
    return replace(listing, instructions=columns, outputs=outputs, guards=renumbered_guards(listing.guards, to))


@cython.cfunc
def renumbered_guards(guards: tuple, to: cython.int[::1]) -> tuple:
    return distinct([g._replace(left=to[g.left], right=to[g.right]) for g in guards])


# ------------------------------------------------------------------------------------------------ the passes


def fold_constants(listing):
    """Computes what depends on constants alone."""
    found = columns_of(listing.instructions)
    columns = found.replaced(op=found.op[:], numbers=found.numbers[:], start=found.start[:], operands=found.operands[:])
    ops: list = found.ops
    old: Reader = reader_of(found)
    new: Reader = reader_of(columns)
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    at: cython.Py_ssize_t = 0
    folded: cython.bint = False
    for i in range(len(old.op)):
        begin: cython.Py_ssize_t = old.start[i]
        end: cython.Py_ssize_t = old.start[i + 1]
        new.start[i] = at
        if (
            begin < end
            and new.op[old.operands[begin]] == CONSTANT_
            and are_constant(old, new, begin, end)
            and ops[old.op[i]].kind != "loop"
        ):
            new.numbers[i] = ops[old.op[i]].evaluate([new.numbers[old.operands[j]] for j in range(begin, end)])
            new.op[i] = CONSTANT_
            folded = True
        else:
            for j in range(begin, end):
                new.operands[at] = old.operands[j]
                at += 1
    new.start[len(old.op)] = at
    return replace(listing, instructions=columns.replaced(operands=columns.operands[:at])) if folded else listing


@cython.cfunc
def are_constant(old: Reader, new: Reader, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.bint:
    """Whether the operands number `begin` to `end` are constants by now."""
    j: cython.Py_ssize_t
    for j in range(begin, end):
        if new.op[old.operands[j]] != CONSTANT_:
            return False
    return True


def cheaper(listing):
    """Takes the cheaper of ops that are the same to the last bit: x * x for x**2, x - y for x + (-y), x * y for (-x) * (-y)."""
    found = columns_of(listing.instructions)
    room = zeros(len(found.operands) + found.op.count(SQUARE_))  # which has one operand less than what it becomes
    columns = found.replaced(op=found.op[:], start=found.start[:], operands=room)
    old: Reader = reader_of(found)
    new: Reader = reader_of(columns)
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    at: cython.Py_ssize_t = 0
    any_cheaper: cython.bint = False
    for i in range(len(old.op)):
        new.start[i] = at
        for j in range(old.start[i], old.start[i + 1]):
            new.operands[at] = old.operands[j]
            at += 1
        if ADD_ <= old.op[i] <= SQUARE_:
            new.start[i + 1] = at
            if made_cheaper(new, i):
                any_cheaper = True
                at = new.start[i + 1]
    new.start[len(old.op)] = at
    return replace(listing, instructions=columns.replaced(operands=room[:at])) if any_cheaper else listing


@cython.cfunc
def made_cheaper(new: Reader, i: cython.Py_ssize_t) -> cython.bint:
    """Writes the cheapest instruction that is the same in the place of the last one so far, if it is another."""
    begin: cython.Py_ssize_t = new.start[i]
    op: cython.int = new.op[i]
    x: cython.int = new.operands[begin]
    y: cython.int = new.operands[begin + 1] if new.start[i + 1] == begin + 2 else -1
    negative: cython.bint
    changed: cython.bint = False
    while True:
        negative = y >= 0 and new.op[y] == NEG_
        if op == SQUARE_ or (op == POW_ and new.is_number(y, 2.0)):
            op, y = MUL_, x
        elif op == ADD_ and negative:
            op, y = SUB_, new.operand(y, 0)
        elif op == ADD_ and new.op[x] == NEG_:
            op, x, y = SUB_, y, new.operand(x, 0)
        elif op == SUB_ and negative:
            op, y = ADD_, new.operand(y, 0)
        elif op == MUL_ and new.is_number(x, -1.0):
            op, x, y = NEG_, y, -1
        elif op == MUL_ and new.is_number(y, -1.0):
            op, y = NEG_, -1
        elif (op == MUL_ or op == DIV_) and negative and new.op[x] == NEG_:
            x, y = new.operand(x, 0), new.operand(y, 0)
        else:
            break
        changed = True
    if changed:
        new.op[i] = op
        new.operands[begin] = x
        if y >= 0:
            new.operands[begin + 1] = y
        new.start[i + 1] = begin + (2 if y >= 0 else 1)
    return changed


def common_subexpressions(listing):
    """Computes once what was recorded several times: the same op of the same registers."""
    found = columns_of(listing.instructions)
    first = zeros(len(found))
    merged: cython.bint = find_first(reader_of(found), first)
    return using(listing, first) if merged else listing


@cython.cfunc
def find_first(found: Reader, to: cython.int[::1]) -> cython.bint:
    """Fills in, for each register, the first that is the same; whether any is another.

    The registers met are in a table, each at the first free place from the one that its op and operands say.
    """
    n: cython.Py_ssize_t = len(to)
    size: cython.Py_ssize_t = 16
    while size < 2 * n:
        size *= 2
    made = zeros(size)
    table: cython.int[::1] = made  # of the registers + 1
    constants: dict = {}
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    place: cython.longlong
    merged: cython.bint = False
    for i in range(n):
        to[i] = i
        if found.op[i] == CONSTANT_:
            to[i] = constants.setdefault(key_of_constant(found.numbers[i]), i)
        elif found.op[i] != INPUT_:
            place = found.op[i]
            for j in range(found.start[i], found.start[i + 1]):
                place = (place * 1000003 + to[found.operands[j]] + 1) & 0x7FFFFFFF
            place = (place ^ (place >> 15)) & (size - 1)
            while table[place] != 0 and not are_same(found, to, table[place] - 1, i):
                place = (place + 1) & (size - 1)
            if table[place] == 0:
                table[place] = i + 1
            else:
                to[i] = table[place] - 1
        if to[i] != i:
            merged = True
    return merged


@cython.cfunc
@cython.inline
def are_same(found: Reader, to: cython.int[::1], i: cython.Py_ssize_t, k: cython.Py_ssize_t) -> cython.bint:
    """Whether two instructions have one op and the same operands."""
    j: cython.Py_ssize_t
    count: cython.Py_ssize_t = found.start[k + 1] - found.start[k]
    if found.op[i] != found.op[k] or found.start[i + 1] - found.start[i] != count:
        return False
    for j in range(count):
        if to[found.operands[found.start[i] + j]] != to[found.operands[found.start[k] + j]]:
            return False
    return True


def simplify(listing):
    """Leaves out what changes nothing, whatever the numbers: x * 1, x / 1, x - 0, -(-x), a choice between x and x."""
    columns = columns_of(listing.instructions)
    choices = array("i", [-1 if op is TAKE else op in CHOICES for op in columns.ops])
    found: Reader = reader_of(columns)
    same = zeros(len(columns))
    to: cython.int[::1] = same
    choice_of: cython.int[::1] = choices
    i: cython.Py_ssize_t
    simpler: cython.bint = False
    for i in range(len(to)):
        if found.op[i] != INPUT_ and found.op[i] != CONSTANT_:
            to[i] = same_as(found, to, i, choice_of[found.op[i]])
            simpler = simpler or to[i] != i
        else:
            to[i] = i
    return using(listing, same) if simpler else listing


@cython.cfunc
@cython.inline
def same_as(found: Reader, to: cython.int[::1], i: cython.int, choice: cython.int) -> cython.int:
    """A register that has the same number as instruction i will have: i itself, if there is no other.

    choice      1 for a choice between two, -1 for a choice among many

    That must hold for all numbers: x + 0 is not x where x is -0, and x * 0 and x - x are not 0 where x is NaN or infinite.
    """
    op: cython.int = found.op[i]
    x: cython.int
    y: cython.int
    if op == MUL_ or op == DIV_ or op == SUB_:
        x = to[found.operand(i, 0)]
        y = to[found.operand(i, 1)]
        if op == SUB_:
            return x if found.is_number(y, 0.0) and math.copysign(1.0, found.numbers[y]) > 0.0 else i
        if found.is_number(y, 1.0):
            return x
        return y if op == MUL_ and found.is_number(x, 1.0) else i
    if op == NEG_:
        x = to[found.operand(i, 0)]
        return to[found.operand(x, 0)] if found.op[x] == NEG_ else i
    if choice > 0:
        x = to[found.operand(i, 2)]
        return x if x == to[found.operand(i, 3)] else i
    if choice < 0:
        y = found.start[i + 1] - found.start[i] - 1
        x = to[found.operand(i, y)]
        if found.op[x] == CONSTANT_ and found.numbers[x] in range(y):
            return to[found.operand(i, int(found.numbers[x]))]
    return i


def dead_code(listing):
    """Leaves out what no output and no guard needs, and guards on constants. The inputs stay."""
    columns = columns_of(listing.instructions)
    found: Reader = reader_of(columns)
    n: cython.Py_ssize_t = len(columns)
    guards = tuple([g for g in listing.guards if not (found.op[g.left] == found.op[g.right] == CONSTANT_)])
    needed: cython.int[::1] = zeros(n + 1)
    kept = zeros(n)
    to: cython.int[::1] = kept
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    for k in [*listing.outputs, *[k for g in guards for k in (g.left, g.right)], *range(listing.inputs)]:
        needed[k] = True
    for i in range(n - 1, -1, -1):
        if needed[i]:
            for j in range(found.start[i], found.start[i + 1]):
                needed[found.operands[j]] = True
    count: cython.Py_ssize_t = 0
    size: cython.Py_ssize_t = 0
    for i in range(n):
        to[i] = count
        if needed[i]:
            count += 1
            size += found.start[i + 1] - found.start[i]
    if count == n and len(guards) == len(listing.guards):
        return listing
    new = columns.replaced(
        op=zeros(count),
        start=zeros(count + 1),
        operands=zeros(size),
        numbers=array("d", [0.0]) * count,
        labels={to[k]: label for k, label in columns.labels.items() if needed[k]},
        place=zeros(count),
    )
    take_over(found, columns.place, reader_of(new), new.place, needed, to)
    outputs = tuple([to[k] for k in listing.outputs])
    return replace(listing, instructions=new, outputs=outputs, guards=renumbered_guards(guards, to))


@cython.cfunc
def take_over(
    found: Reader, place: cython.int[::1], new: Reader, new_place: cython.int[::1], needed: cython.int[::1], to: cython.int[::1]
):
    """Writes the instructions that are needed, by their new numbers."""
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t = 0
    at: cython.Py_ssize_t = 0
    for i in range(len(to)):
        if needed[i]:
            new.op[k], new.numbers[k], new_place[k] = found.op[i], found.numbers[i], place[i]
            for j in range(found.start[i], found.start[i + 1]):
                new.operands[at] = to[found.operands[j]]
                at += 1
            k += 1
            new.start[k] = at


PASSES = (fold_constants, cheaper, common_subexpressions, simplify, dead_code)


def optimised(listing):
    """The listing after all passes.

    >>> from autograd import Value
    >>> from autograd.compiler.from_graph import listing_of
    >>> x = Value(2.0)
    >>> listing = listing_of([x * 1.0 + (x * x) / (x * x)], [x])
    >>> len(listing), len(optimised(listing))
    (7, 4)
    """
    for transform in PASSES:
        PyErr_CheckSignals()
        listing = transform(listing)
    return listing
