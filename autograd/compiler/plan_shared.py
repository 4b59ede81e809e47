# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""The part of a plan that no row takes part in: it is computed once. At one point that is the whole program.

Instructions of one kind of which none needs another become one wide instruction: their results are neighbours in memory, and
where their operands are neighbours too, one loop computes them all. A sum of many terms is an instruction of its own, here and
in `plan_rows.py`, but for other reasons. Here all terms are there when it runs, and one that is too short is left to the wide
instructions. There terms are added as they come, so that their registers become free, and a product in a sum needs none.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.compiler.passes import zeros
    from cython.cimports.autograd.compiler.plan_operations import Operations
else:
    from .passes import zeros
    from .plan_operations import Operations

from array import array

from ..runtime import instruction_kinds as kind
from ..runtime.python_rules import LoopCall, PythonRule
from .columns import FIXED
from .ops import CONSTANT
from .plan_operations import FROM_FIRST, LONG_SUM, NONE, ONE
from .selection import LOOP, NUMBERED, PART, PYTHON, RELATIONS

CONSTANT_ = cython.declare(cython.int, FIXED.index(CONSTANT))

# The kinds that loops below ask for, as C's numbers.
ADD_ = cython.declare(cython.int, kind.ADD)
CALL_ = cython.declare(cython.int, kind.CALL)
DIV_ = cython.declare(cython.int, kind.DIV)
PRODUCTS_ = cython.declare(cython.int, kind.PRODUCTS)
LOOP_ = cython.declare(cython.int, LOOP)
OVER_LIST_ = cython.declare(cython.int, kind.OVER_LIST)
PART_ = cython.declare(cython.int, PART)
PYTHON_ = cython.declare(cython.int, PYTHON)
RULE_1_ = cython.declare(cython.int, kind.RULE_1)
SLOPE_Y_ = cython.declare(cython.int, kind.SLOPE_Y)
SUM_ = cython.declare(cython.int, kind.SUM)
TAKE_ = cython.declare(cython.int, kind.TAKE)

LONG = cython.declare(cython.int, LONG_SUM)
NOT_HERE = cython.declare(cython.int, NONE)
OF_PRODUCTS = cython.declare(cython.int, FROM_FIRST)
NUMBER_ONE = cython.declare(cython.int, ONE)

WIDE = cython.declare(cython.int, 4)  # so many sums of products are worth a wide instruction

WITH_SHARED = {kind.ADD: kind.ADD_S, kind.SUB: kind.SUB_S, kind.MUL: kind.MUL_S, kind.DIV: kind.DIV_S}
SHARED_WITH = {kind.ADD: kind.ADD_S, kind.SUB: kind.S_SUB, kind.MUL: kind.MUL_S, kind.DIV: kind.S_DIV}


def shared_part(listing, varies, guards):
    """What depends on no row, ready to run: (steps, place, size, constants).

    listing     a Listing
    varies      for each register whether it depends on a row, as `varying` says
    guards      those that compare no such registers

    steps       arrays of instructions, and PythonRules and LoopCalls between
    place       where each register is, -1 for those that depend on a row; the inputs come first
    size        how many numbers are kept
    constants   (place, number) for what is there before it runs
    """
    part: SharedPart = SharedPart(listing, varies)
    steps = part.steps(guards)
    return steps, part.places, part.count, part.constants


@cython.final
@cython.cclass
class SharedPart(Operations):
    """The instructions that depend on no row, on their way into a plan.

    place       where each register is, -1 for those that depend on a row; `places` is the same array
    count       how many places there are so far
    constants   (place, number) for what is there before it runs
    numbers     those numbers by their places
    level       of each: 1 + the highest level that it reads
    keys        what they are put in order by; `scratch` is memory for that
    from_       the places where the operands of what is encoded begin, and how far it is to the next ones: `steps_of`
    code        the plan's instructions, `end` numbers so far; `codes_written` is the same array
    """

    place: cython.int[::1]
    places: object
    count: cython.Py_ssize_t
    constants: list
    numbers: dict
    level: object
    keys: cython.longlong[::1]
    scratch: cython.int[::1]
    from_: cython.int[::1]
    steps_of: cython.int[::1]
    code: cython.int[::1]
    codes_written: object
    place_of_one: cython.Py_ssize_t
    end: cython.Py_ssize_t

    def __init__(self, listing, varies):
        Operations.__init__(self, listing, varies)
        n: cython.Py_ssize_t = self.size
        self.scratch = zeros(n)
        self.keys = array("q", [0]) * n
        self.places = array("i", [-1]) * n
        self.place = self.places
        self.constants = []
        self.numbers = {}
        self.count = 0
        self.from_, self.steps_of = zeros(4), zeros(4)
        self.codes_written = zeros(1024)
        self.code = self.codes_written
        self.end = 0
        self.place_of_one = -1
        self._place_numbers(varies, listing.inputs, self.columns.numbers)

    @cython.cfunc
    def _new(self, width: cython.Py_ssize_t) -> cython.Py_ssize_t:
        self.count += width
        return self.count - width

    @cython.cfunc
    def _place_numbers(self, varies: cython.int[::1], inputs: cython.Py_ssize_t, numbers: cython.double[::1]):
        """Gives the inputs and constants their places."""
        i: cython.Py_ssize_t
        for i in range(inputs):
            if not varies[i]:
                self.place[i] = self._new(1)
        for i in range(self.size):
            if self.op[i] == CONSTANT_:
                self.place[i] = self._new(1)
                self.constants.append((self.place[i], numbers[i]))
                self.numbers[self.place[i]] = numbers[i]

    # -------------------------------------------------------------------------------------------- levels and groups

    @cython.cfunc
    def steps(self, guards) -> list:
        """Arrays of instructions, and PythonRules and LoopCalls between."""
        steps: list = []
        order: cython.int[::1] = self._order()
        at: cython.Py_ssize_t = 0
        end: cython.Py_ssize_t
        j: cython.Py_ssize_t
        n: cython.Py_ssize_t = len(order)
        i: cython.int
        what: cython.int
        level: cython.int[::1] = self.level
        while at < n:
            i = order[at]
            end = at + 1
            while end < n and self.keys[order[end]] == self.keys[i] and level[order[end]] == level[i]:
                end += 1
            what = self.kinds[i]
            if what == LOOP_:
                for j in range(at, end):
                    call = self._loop(order[j])
                    steps += [self._written(), call]
            elif what == PRODUCTS_:
                self._encode_products(order, at, end)
            elif what == PYTHON_ or what == SUM_ or what == TAKE_:
                for j in range(at, end):
                    i = order[j]
                    self.place[i] = self._new(1)
                    if what == PYTHON_:
                        steps += [self._written(), self._python_rule(i)]
                    else:
                        self._encode_long(what, i)
            elif what == OVER_LIST_:
                self._encode_over_lists([order[j] for j in range(at, end)])
            elif end == at + 1:
                self.place[i] = self._new(1)
                self._encode_one(i)
            else:
                self._encode_group(what, self.codes[i], order, at, end)
            at = end
        for g in guards:
            self._write([6, kind.GUARD, RELATIONS[g.relation], int(g.outcome), self.place[g.left], self.place[g.right]])
        steps.append(self._written())
        return steps

    @cython.cfunc
    def _order(self):
        """What is computed, level by level, each from levels before it; within a level, by kind. Equal keys make a group."""
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        x: cython.int
        y: cython.int
        deepest: cython.int
        which: cython.longlong
        self.level = zeros(self.size)
        level: cython.int[::1] = self.level
        sizes = zeros(self.size + 2)
        size: cython.int[::1] = sizes  # of each level
        highest: cython.Py_ssize_t = 0
        for i in range(self.size):
            if self.kinds[i] == PART_:  # it is there when its loop has run
                level[i] = level[self.reads[self.first[i]]]
            if self.kinds[i] == NOT_HERE or self.kinds[i] == PART_:
                continue
            deepest = 0
            for j in range(self.first[i], self.first[i] + self.many[i]):
                if self.reads[j] >= 0 and level[self.reads[j]] > deepest:
                    deepest = level[self.reads[j]]
            level[i] = deepest + 1
            size[level[i]] += 1
            if level[i] > highest:
                highest = level[i]
            which = 0
            if ADD_ <= self.kinds[i] <= DIV_:
                x, y = self.reads[self.first[i]], self.reads[self.first[i] + 1]
                if self.op[y] == CONSTANT_:  # those with the same constant are a group, which reads it as one number
                    which = 2 * cython.cast(cython.longlong, y) + 2
                elif self.op[x] == CONSTANT_:
                    which = 2 * cython.cast(cython.longlong, x) + 3
            self.keys[i] = (cython.cast(cython.longlong, (self.kinds[i] + 1) * 1024 + self.codes[i]) << 34) + which
        for i in range(highest):
            size[i + 1] += size[i]  # now where the level after it begins
        order: cython.int[::1] = zeros(size[highest])
        for i in range(self.size):
            if self.kinds[i] != NOT_HERE and self.kinds[i] != PART_:
                order[size[level[i] - 1]] = i
                size[level[i] - 1] += 1
        for i in range(highest):  # by now where the level ends
            self._sort(order, size[i - 1] if i > 0 else 0, size[i])
        return order

    @cython.cfunc
    def _sort(self, order: cython.int[::1], first: cython.Py_ssize_t, last: cython.Py_ssize_t):
        """Puts a part of what is computed in order by `keys`; equal ones stay as they are. (Merges, from pairs up.)"""
        width: cython.Py_ssize_t = 1
        begin: cython.Py_ssize_t
        middle: cython.Py_ssize_t
        end: cython.Py_ssize_t
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        at: cython.Py_ssize_t
        while width < last - first:
            begin = first
            while begin + width < last:
                middle = begin + width
                end = min(middle + width, last)
                if self.keys[order[middle - 1]] > self.keys[order[middle]]:
                    for i in range(begin, middle):
                        self.scratch[i] = order[i]
                    i, j, at = begin, middle, begin
                    while i < middle:
                        if j < end and self.keys[order[j]] < self.keys[self.scratch[i]]:
                            order[at] = order[j]
                            j += 1
                        else:
                            order[at] = self.scratch[i]
                            i += 1
                        at += 1
                begin = end
            width *= 2

    # -------------------------------------------------------------------------------------------- instructions

    @cython.cfunc
    def _written(self):
        """The instructions that were encoded since it was last called."""
        code = self.codes_written[: self.end]
        self.end = 0
        return code

    @cython.cfunc
    @cython.inline
    def _begin(self, size: cython.Py_ssize_t, what: cython.int) -> cython.Py_ssize_t:
        """Makes room for an instruction of so many numbers, and writes the first two; where it begins."""
        at: cython.Py_ssize_t = self.end
        if at + size > len(self.code):
            self.codes_written = self.codes_written + zeros(len(self.code) + size)
            self.code = self.codes_written
        self.end += size
        self.code[at] = size
        self.code[at + 1] = what
        return at

    @cython.cfunc
    def _write(self, numbers: list):
        j: cython.Py_ssize_t
        at: cython.Py_ssize_t = self._begin(len(numbers), numbers[1])
        for j in range(2, len(numbers)):
            self.code[at + j] = numbers[j]

    @cython.cfunc
    def _python_rule(self, i: cython.int):
        j: cython.Py_ssize_t
        operands = [self.place[self.reads[j]] for j in range(self.first[i], self.first[i] + self.many[i])]
        return PythonRule(self.columns.ops[self.op[i]].rule, self.place[i], operands)

    @cython.cfunc
    def _loop(self, i: cython.int):
        """A loop, with places for its block and for the parts of it."""
        j: cython.Py_ssize_t
        op = self.columns.ops[self.op[i]]
        self.place[i] = self._new(op.size)
        for k, number in self.parts[i]:
            self.place[k] = self.place[i] + cython.cast(cython.int, number)
        operands = [~self.place[self.reads[j]] for j in range(self.first[i], self.first[i] + self.many[i])]
        handles = [self.columns.ops[self.op[self.reads[j]]] for j in range(self.first[i], self.first[i] + op.layout.handles)]
        return LoopCall(op, self.place[i], operands, op.columns(handles), False, ())

    @cython.cfunc
    def _encode_long(self, what: cython.int, i: cython.int):
        """What has as many operands as it likes."""
        j: cython.Py_ssize_t
        n: cython.Py_ssize_t = self.many[i]
        at: cython.Py_ssize_t = self._begin(n + (4 if what == TAKE_ else 5), what)
        self.code[at + 2] = self.place[i]
        if what == SUM_:
            self.code[at + 3], self.code[at + 4] = kind.FROM_FIRST, n
            for j in range(n):
                self.code[at + 5 + j] = self._read_at(i, j)
        elif what == TAKE_:
            self.code[at + 3], self.code[at + 4] = self._read_at(i, n - 1), n - 1
            for j in range(n - 1):
                self.code[at + 5 + j] = self._read_at(i, j)
        else:
            self.code[at + 3], self.code[at + 4] = kind.FROM_FIRST if self.codes[i] == OF_PRODUCTS else kind.FROM_ZERO, n // 2
            for j in range(n // 2):
                self.code[at + 5 + 2 * j] = self._read_at(i, j)
                self.code[at + 6 + 2 * j] = self._factor_at(i, n // 2 + j)

    @cython.cfunc
    def _encode_products(self, order: cython.int[::1], begin: cython.Py_ssize_t, end: cython.Py_ssize_t):
        """Sums of products that start alike, the longer first: those whose factors are neighbours as one wide instruction, and
        of the others four side by side."""
        i: cython.int
        at: cython.Py_ssize_t
        until: cython.Py_ssize_t
        alone: list = []
        for at in range(begin, end):
            self.keys[order[at]] = -self.many[order[at]]
        self._sort(order, begin, end)
        at = begin
        while at < end:
            until = self._neighbouring_products(order, at, end)
            if until - at >= WIDE:
                self._encode_wide_products(order, at, until)
            else:
                until = at + 1
                alone.append(order[at])
            at = until
        for at, i in enumerate(alone):
            if at % 4 == 0 and at + 4 <= len(alone):
                self._write([2, kind.FOUR_PRODUCTS])
            self.place[i] = self._new(1)
            self._encode_long(PRODUCTS_, i)

    @cython.cfunc
    def _neighbouring_products(
        self, order: cython.int[::1], at: cython.Py_ssize_t, end: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """Where those end that follow order[at] and are as long, in each of whose products one factor is the next in memory and
        the other the same."""
        j: cython.Py_ssize_t
        x: cython.int
        y: cython.int
        half: cython.Py_ssize_t = self.many[order[at]] // 2
        until: cython.Py_ssize_t = at + 1
        while until < end and self.many[order[until]] == 2 * half:
            for j in range(half):
                x = self._factor_at(order[until], j) - self._factor_at(order[until - 1], j)
                y = self._factor_at(order[until], half + j) - self._factor_at(order[until - 1], half + j)
                if until > at + 1 and x != self._factor_at(order[at + 1], j) - self._factor_at(order[at], j):
                    return until  # the factor that goes up is another one than between the first two
                if not ((x == 1 and y == 0) or (x == 0 and y == 1)):
                    return until
            until += 1
        return until

    @cython.cfunc
    def _encode_wide_products(self, order: cython.int[::1], begin: cython.Py_ssize_t, end: cython.Py_ssize_t):
        j: cython.Py_ssize_t
        at: cython.Py_ssize_t
        x: cython.int
        i: cython.int = order[begin]
        half: cython.Py_ssize_t = self.many[i] // 2
        out: cython.Py_ssize_t = self._new(end - begin)
        for at in range(begin, end):
            self.place[order[at]] = out + at - begin
        at = self._begin(2 * half + 6, kind.WIDE_PRODUCTS)
        self.code[at + 2], self.code[at + 3], self.code[at + 5] = end - begin, out, half
        self.code[at + 4] = kind.FROM_FIRST if self.codes[i] == OF_PRODUCTS else kind.FROM_ZERO
        for j in range(half):  # what goes up by one comes first
            x = self._factor_at(i, j)
            self.code[at + 6 + 2 * j], self.code[at + 7 + 2 * j] = x, self._factor_at(i, half + j)
            if self._factor_at(order[begin + 1], j) == x:
                self.code[at + 6 + 2 * j], self.code[at + 7 + 2 * j] = self.code[at + 7 + 2 * j], x

    @cython.cfunc
    @cython.inline
    def _factor_at(self, i: cython.int, k: cython.Py_ssize_t) -> cython.int:
        """The place of factor k of a sum of products."""
        return self._one() if self.reads[self.first[i] + k] == NUMBER_ONE else self._read_at(i, k)

    @cython.cfunc
    def _one(self) -> cython.Py_ssize_t:
        """The place of the number 1.0, which terms that are no products are multiplied with."""
        if self.place_of_one < 0:
            self.place_of_one = self._new(1)
            self.constants.append((self.place_of_one, 1.0))
        return self.place_of_one

    @cython.cfunc
    def _encode_over_lists(self, members: list):
        """Of one primitive. Those of the same list, with a number for each element, are one instruction that has them all."""
        i: cython.int
        k: cython.int
        n: cython.int
        of_list: dict = {}
        for i in members:
            of_list.setdefault(tuple([self._read_at(i, k) for k in range(self.many[i])]), []).append(i)
        for xs, several in of_list.items():
            n = len(xs)
            indices: list = [self._index(i) for i in several]
            whole: cython.bint = len(several) > 1
            out: cython.int = self._new(n if whole else 1)
            self._write([n + 6, kind.OVER_LIST, out, self.codes[several[0]], n if whole else indices[0], n, *xs])
            for i, k in zip(several, indices):
                self.place[i] = out + k if whole else out

    @cython.cfunc
    def _index(self, i: cython.int) -> cython.int:
        """Which element of a list a number is of; 0 where the primitive has one for the whole list."""
        if self.codes[i] not in NUMBERED:
            return 0
        if self.codes[i] == kind.WEIGHTS_OF:
            return self.columns.ops[self.op[i]].operand
        return int(self.columns.numbers[self.reads[self.first[i] + self.many[i]]])

    @cython.cfunc
    def _encode_one(self, i: cython.int):
        k: cython.Py_ssize_t
        for k in range(self.many[i]):
            self.from_[k] = self._read_at(i, k)
        self._encode(self.kinds[i], self.codes[i], 1, self.place[i], self.many[i])

    @cython.cfunc
    @cython.inline
    def _read_at(self, i: cython.int, k: cython.Py_ssize_t) -> cython.int:
        """The place of operand k of an instruction."""
        return self.place[self.reads[self.first[i] + k]]

    @cython.cfunc
    def _encode_group(
        self, what: cython.int, number: cython.int, order: cython.int[::1], begin: cython.Py_ssize_t, end: cython.Py_ssize_t
    ):
        """Members of `order` that are of one kind: put in order by the places that they read, and written run by run."""
        k: cython.Py_ssize_t
        at: cython.Py_ssize_t
        n: cython.Py_ssize_t = end - begin
        operands: cython.Py_ssize_t = self.many[order[begin]]
        scattered: cython.Py_ssize_t = self._scattered(what, order, begin, end, operands)
        for k in range(operands - 1, -1, -1):
            for at in range(begin, end):
                self.keys[order[at]] = self._read_at(order[at], k)
            self._sort(order, begin, end)
        ends: list = self._runs(what, order, begin, end, operands)
        gathers: cython.bint = n >= LONG and 3 * len(ends) > n
        if gathers and scattered < self._scattered(what, order, begin, end, operands):
            for at in range(begin, end):  # back to the order of the program
                self.keys[order[at]] = order[at]
            self._sort(order, begin, end)
        out: cython.Py_ssize_t = self._new(n)
        for at in range(n):
            self.place[order[begin + at]] = out + at
        if gathers:
            for k in range(operands):
                self._neighbours(what, order, begin, end, k)
            self._encode_run(what, number, n, out, operands)
            return
        for end in ends:
            second: cython.int = order[min(begin + 1, end - 1)]
            for k in range(operands):
                self.from_[k] = self._read_at(order[begin], k)
                self.steps_of[k] = self._read_at(second, k) - self.from_[k]
            self._encode_run(what, number, end - begin, self.place[order[begin]], operands)
            begin = end

    @cython.cfunc
    def _runs(self, what: cython.int, order: cython.int[::1], begin: cython.int, end: cython.int, many: cython.Py_ssize_t):
        """The ends of runs in which operands go up by one from member to member, or one of two stays the same."""
        ends: list = []
        at: cython.Py_ssize_t
        k: cython.Py_ssize_t
        step: cython.int
        alone: cython.bint = True  # the member before has no other before it in its run
        goes_on: cython.bint
        up: cython.int  # how many operands go up
        for at in range(begin + 1, end):
            goes_on = True
            up = 0
            for k in range(many):
                step = self._read_at(order[at], k) - self._read_at(order[at - 1], k)
                up += step == 1
                if alone:
                    goes_on = goes_on and (step == 1 or (step == 0 and what <= DIV_))
                    self.steps_of[k] = step
                else:
                    goes_on = goes_on and step == self.steps_of[k]
            if goes_on and up > 0:
                alone = False
            else:
                ends.append(at)
                alone = True
        ends.append(end)
        return ends

    @cython.cfunc
    def _step(
        self, order: cython.int[::1], begin: cython.Py_ssize_t, end: cython.Py_ssize_t, k: cython.Py_ssize_t
    ) -> cython.int:
        """How far it is from operand k of one member of a group to that of the next: 1, 0, or -1 where that differs."""
        at: cython.Py_ssize_t
        step: cython.int = self._read_at(order[begin + 1], k) - self._read_at(order[begin], k)
        for at in range(begin + 1, end):
            if self._read_at(order[at], k) - self._read_at(order[at - 1], k) != step:
                return -1
        return step if step == 0 or step == 1 else -1

    @cython.cfunc
    def _scattered(
        self,
        what: cython.int,
        order: cython.int[::1],
        begin: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
        many: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """How many of the operands of a group would have to be copied to stand side by side."""
        k: cython.Py_ssize_t
        found: cython.Py_ssize_t = 0
        for k in range(many):
            step: cython.int = self._step(order, begin, end, k)
            found += step < 0 or (step == 0 and what > DIV_)
        return found

    @cython.cfunc
    def _neighbours(
        self, what: cython.int, order: cython.int[::1], begin: cython.Py_ssize_t, end: cython.Py_ssize_t, k: cython.Py_ssize_t
    ):
        """Notes where operand k of a group begins, and its step: where its numbers are neighbours, copied if they are not."""
        j: cython.Py_ssize_t
        n: cython.Py_ssize_t = end - begin
        first: cython.int = self._read_at(order[begin], k)
        step: cython.int = self._step(order, begin, end, k)
        self.from_[k], self.steps_of[k] = first, 1
        if step == 1:
            return
        if step == 0 and what <= DIV_:
            self.steps_of[k] = 0
            return
        to: cython.Py_ssize_t = self._new(n)
        self.from_[k] = to
        number = self.numbers.get(first) if step == 0 else None
        if number is not None:
            self.constants += [(to + j, number) for j in range(n)]
            return
        at: cython.Py_ssize_t = self._begin(n + 4, kind.GATHER)
        self.code[at + 2], self.code[at + 3] = n, to
        for j in range(n):
            self.code[at + 4 + j] = self._read_at(order[begin + j], k)

    @cython.cfunc
    def _encode_run(self, what: cython.int, number: cython.int, width: cython.int, out: cython.int, many: cython.Py_ssize_t):
        if width > 1 and what <= DIV_ and not (self.steps_of[0] == 1 and self.steps_of[1] == 1):
            if self.steps_of[1] == 0:
                what = WITH_SHARED[what]
            else:
                what = SHARED_WITH[what]
                self.from_[0], self.from_[1] = self.from_[1], self.from_[0]
        self._encode(what, number, width, out, many)

    @cython.cfunc
    def _encode(self, what: cython.int, number: cython.int, width: cython.int, out: cython.int, many: cython.Py_ssize_t):
        """Writes an instruction of operands that begin at the places in `from_`."""
        k: cython.Py_ssize_t
        at: cython.Py_ssize_t
        if what == CALL_ or RULE_1_ <= what <= SLOPE_Y_:  # which have three operands: where they need fewer, the first again
            at = self._begin(8, what)
            self.code[at + 4] = number
            for k in range(3):
                self.code[at + 5 + k] = self.from_[k if k < many else 0]
        else:
            at = self._begin(many + 4, what)
            for k in range(many):
                self.code[at + 4 + k] = self.from_[k]
        self.code[at + 2], self.code[at + 3] = width, out
