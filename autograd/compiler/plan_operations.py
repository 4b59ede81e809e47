# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""How each instruction of a program that depends on no row is run, and which registers it then reads."""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.compiler.passes import zeros
else:
    from .passes import zeros

from array import array

from ..runtime import instruction_kinds as kind
from .columns import FIXED, columns_of
from .ops import CONSTANT, INPUT, POW, SQUARE
from .selection import LOOP, NUMBERED, PART, kind_and_code

ADD_ = cython.declare(cython.int, kind.ADD)
CONSTANT_ = cython.declare(cython.int, FIXED.index(CONSTANT))
LOOP_ = cython.declare(cython.int, LOOP)
MUL_ = cython.declare(cython.int, kind.MUL)
OVER_LIST_ = cython.declare(cython.int, kind.OVER_LIST)
PART_ = cython.declare(cython.int, PART)
POW_ = cython.declare(cython.int, FIXED.index(POW))
PRODUCTS_ = cython.declare(cython.int, kind.PRODUCTS)
SQUARE_ = cython.declare(cython.int, FIXED.index(SQUARE))
SUM_ = cython.declare(cython.int, kind.SUM)

LONG_SUM = 6  # from so many additions on a sum is one instruction, not part of wide ones
NONE = -2  # the kind of what is not computed here
ONE = -1  # in the place of a register: the number 1.0
FROM_FIRST = 1  # the code of sums of products that do not start from 0.0, as a dot does


def varying(listing, per_row):
    """For each register, 1 if it depends on a row, else 0: an array.

    per_row     for each input whether each row has its own number
    """
    found = array("i", [bool(x) for x in per_row[: listing.inputs]])
    vary_on(columns_of(listing.instructions), found)
    return found


def vary_on(columns, found):
    """Goes on with an array of `varying`, for the instructions after those that it has."""
    first: cython.Py_ssize_t = len(found)
    found.extend(zeros(len(columns) - first))
    varies: cython.int[::1] = found
    start: cython.int[::1] = columns.start
    operands: cython.int[::1] = columns.operands
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    for i in range(first, len(varies)):
        for j in range(start[i], start[i + 1]):
            if varies[operands[j]]:
                varies[i] = 1
                break


@cython.cfunc
@cython.inline
def is_two(op: cython.int[::1], numbers: cython.double[::1], register: cython.int) -> cython.bint:
    return op[register] == CONSTANT_ and numbers[register] == 2.0


@cython.cclass
class Operations:
    """The instructions that depend on no row.

    size        how many instructions there are
    op          the number of the op of each
    kinds       how each is run; NONE for what is not computed here
    codes       the number of its kernel or primitive
    first       where the registers that it reads begin in `reads`
    many        how many it reads
    end_of_reads    where the next are written that are other than the operands of an instruction: those of long sums, squares
    parts       of each loop: (register, number in its block) of what is read of it
    """

    size: cython.Py_ssize_t
    listing: object
    columns: object
    op: cython.int[::1]
    kinds: cython.int[::1]
    codes: cython.int[::1]
    first: cython.int[::1]
    many: cython.int[::1]
    reads: cython.int[::1]
    end_of_reads: cython.Py_ssize_t
    parts: dict

    def __init__(self, listing, varies):
        self.listing = listing
        self.columns = columns_of(listing.instructions)
        n: cython.Py_ssize_t = len(self.columns)
        self.size = n
        self.op = self.columns.op
        self.kinds, self.codes, self.first, self.many = zeros(n), zeros(n), zeros(n), zeros(n)
        self.parts = {}
        self._select(varies, self.columns)
        self._find_long_sums()

    @cython.cfunc
    def _select(self, varies: cython.int[::1], columns):
        """Chooses how each instruction is run."""
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        x: cython.int
        start: cython.int[::1] = columns.start
        operands: cython.int[::1] = columns.operands
        numbers: cython.double[::1] = columns.numbers
        how = [kind_and_code(op, True) if op is not INPUT and op is not CONSTANT else (NONE, 0) for op in columns.ops]
        kinds: cython.int[::1] = array("i", [what for what, _ in how])
        codes: cython.int[::1] = array("i", [code for _, code in how])
        squares: cython.Py_ssize_t = columns.op.count(SQUARE_) + columns.op.count(POW_)
        self.reads = columns.operands + zeros(2 * len(operands) + 2 * squares)
        self.end_of_reads = len(operands)
        for i in range(self.size):
            self.kinds[i] = NONE
            self.first[i] = start[i]
            self.many[i] = start[i + 1] - start[i]
            if self.many[i] > 0 and not varies[i]:
                self.kinds[i] = kinds[self.op[i]]
                if self.kinds[i] == LOOP_:
                    self.parts[i] = []
                elif self.kinds[i] == PART_:
                    self.parts[operands[start[i]]].append((i, int(numbers[operands[start[i] + 1]])))
                self.codes[i] = codes[self.op[i]]
                if self.kinds[i] == OVER_LIST_ and self.codes[i] in NUMBERED:
                    self.many[i] -= 1
                if self.op[i] == SQUARE_ or (self.op[i] == POW_ and is_two(self.op, numbers, operands[start[i] + 1])):
                    self.kinds[i], self.codes[i] = MUL_, 0  # as the rule for powers has it
                    x = operands[start[i]]
                    self.first[i], self.many[i] = self.end_of_reads, 2
                    self._read(x)
                    self._read(x)

    # -------------------------------------------------------------------------------------------- long sums

    @cython.cfunc
    @cython.inline
    def _read(self, register: cython.int):
        self.reads[self.end_of_reads] = register
        self.end_of_reads += 1

    @cython.cfunc
    def _find_long_sums(self):
        """Makes one operation, whose operands are all the terms, of a chain of additions whose parts nothing else reads."""
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        k: cython.int
        uses: cython.int[::1] = zeros(self.size)
        operands: cython.int[::1] = self.columns.operands
        for j in range(len(operands)):
            uses[operands[j]] += 1
        for k in self.listing.outputs:
            uses[k] += 2
        for g in self.listing.guards:
            uses[g.left] += 2
            uses[g.right] += 2
        longer: cython.int[::1] = zeros(self.size)  # the addition that goes on with this one; an addition is never number 0
        length: cython.int[::1] = zeros(self.size)
        for i in range(self.size):
            if self.kinds[i] == ADD_:
                length[i] = 1
                for j in range(self.first[i], self.first[i] + 2):
                    k = self.reads[j]
                    if length[k] and uses[k] == 1:
                        longer[k] = i
                        length[i] = length[k] + 1
                        break
        for i in range(self.size):
            if length[i] >= LONG_SUM and longer[i] == 0:
                self._make_long_sum(i, longer)
                self._make_products(i, uses)

    @cython.cfunc
    def _make_products(self, last: cython.Py_ssize_t, uses: cython.int[::1]):
        """Makes of a long sum whose terms are mostly products, made for it alone, a sum of products: a term x is x * 1.0."""
        i: cython.Py_ssize_t
        k: cython.int
        n: cython.Py_ssize_t = self.many[last]
        begin: cython.Py_ssize_t = self.first[last]
        found: cython.Py_ssize_t = 0
        for i in range(n):
            k = self.reads[begin + i]
            found += self.kinds[k] == MUL_ and uses[k] == 1
        if 2 * found < n:
            return
        self.kinds[last], self.codes[last], self.many[last] = PRODUCTS_, FROM_FIRST, 2 * n
        for i in range(n):  # the first factors where the terms were, and the second ones after them
            k = self.reads[begin + i]
            if self.kinds[k] == MUL_ and uses[k] == 1:
                self.kinds[k] = NONE
                self.reads[begin + i] = self.reads[self.first[k]]
                self._read(self.reads[self.first[k] + 1])
            else:
                self._read(ONE)

    @cython.cfunc
    def _make_long_sum(self, last: cython.Py_ssize_t, longer: cython.int[::1]):
        k: cython.int = last
        x: cython.int
        y: cython.int
        begin: cython.Py_ssize_t = self.end_of_reads
        while True:
            x, y = self.reads[self.first[k]], self.reads[self.first[k] + 1]
            self.kinds[k] = NONE
            if longer[x] == k:
                self._read(y)
                k = x
            elif longer[y] == k:
                self._read(x)
                k = y
            else:
                self._read(y)
                self._read(x)
                break
        i: cython.Py_ssize_t
        n: cython.Py_ssize_t = self.end_of_reads - begin
        for i in range(n // 2):  # the first of the terms first
            x = self.reads[begin + i]
            self.reads[begin + i] = self.reads[begin + n - 1 - i]
            self.reads[begin + n - 1 - i] = x
        self.kinds[last], self.first[last], self.many[last] = SUM_, begin, n
