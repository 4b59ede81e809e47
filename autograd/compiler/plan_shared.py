# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""The part of a plan that no row takes part in: it is computed once. At one point that is the whole program.

Instructions of one kind of which none needs another become one wide instruction: their results are neighbours in memory, and
where their operands are neighbours too, one loop computes them all. A sum of many terms is an instruction of its own, here and
in `plan_rows.py`, but for other reasons. Here all terms are there when it runs, and one that is too short is left to the wide
instructions. There terms are added as they come, so that their registers become free, and a product in a sum needs none.
"""

from __future__ import annotations

import cython

from array import array

from ..runtime.instruction_kinds import (
    ADD,
    ADD_S,
    CALL,
    DIV,
    DIV_S,
    FROM_FIRST,
    FROM_ZERO,
    GATHER,
    GUARD,
    MUL,
    MUL_S,
    PRODUCTS,
    RULE_1,
    S_DIV,
    S_SUB,
    SLOPE_Y,
    SUB,
    SUB_S,
    SUM,
    TAKE,
)
from ..runtime.python_rules import PythonRule
from .ops import CONSTANT
from .selection import PYTHON, RELATIONS, operation

LONG_SUM = cython.declare(cython.int, 6)  # from so many additions on a sum is one instruction, not part of wide ones
NONE = cython.declare(cython.int, -2)  # the kind of what is not computed here

WITH_SHARED = {ADD: ADD_S, SUB: SUB_S, MUL: MUL_S, DIV: DIV_S}
SHARED_WITH = {ADD: ADD_S, SUB: S_SUB, MUL: MUL_S, DIV: S_DIV}


def shared_part(listing, varies, guards):
    """What depends on no row, ready to run: (steps, place, size, constants).

    listing     a Listing
    varies      for each register whether it depends on a row
    guards      those that compare no such registers

    steps       arrays of instructions, and PythonRules between
    place       where each register is, -1 for those that depend on a row; the inputs come first
    size        how many numbers are kept
    constants   (place, number) for what is there before it runs
    """
    part: SharedPart = SharedPart(listing, varies)
    steps = part.steps(guards)
    return steps, part.place, part.count, part.constants


@cython.final
@cython.cclass
class SharedPart:
    """The instructions that depend on no row, on their way into a plan.

    count       how many places there are so far
    place       of each register, -1 for those that depend on a row
    constants   (place, number) for what is there before it runs
    kinds       how each instruction is run; NONE for what is not computed here
    """

    count: cython.Py_ssize_t
    listing: object
    kinds: list
    codes: list
    operands: list
    numbers: dict
    place: list
    constants: list
    size: cython.Py_ssize_t

    def __init__(self, listing, varies):
        self.listing = listing
        found: list = listing.instructions
        self.size = len(found)
        self.place = [-1] * self.size
        self.kinds = [NONE] * self.size
        self.codes = [0] * self.size
        self.operands = [()] * self.size
        self.constants = []
        self.numbers = {}
        self.count = 0
        i: cython.Py_ssize_t
        inputs: cython.Py_ssize_t = listing.inputs
        for i in range(inputs):
            if not varies[i]:
                self.place[i] = self._new(1)
        for i in range(self.size):
            instruction = found[i]
            if instruction[1]:
                if not varies[i]:
                    how = operation(instruction, found, True)
                    self.kinds[i], self.codes[i], self.operands[i] = how[0], how[1], how[2]
            elif instruction[0] is CONSTANT:
                self.place[i] = self._new(1)
                self.constants.append((self.place[i], instruction[2]))
                self.numbers[self.place[i]] = instruction[2]
        self._find_long_sums()

    @cython.cfunc
    def _new(self, width: cython.Py_ssize_t) -> cython.Py_ssize_t:
        self.count += width
        return self.count - width

    # -------------------------------------------------------------------------------------------- long sums

    @cython.cfunc
    def _find_long_sums(self):
        """Makes one operation, whose operands are all the terms, of a chain of additions whose parts nothing else reads."""
        i: cython.Py_ssize_t
        k: cython.Py_ssize_t
        uses: list = [0] * self.size
        for instruction in self.listing.instructions:
            for k in instruction[1]:
                uses[k] += 1
        for k in self.listing.outputs:
            uses[k] += 2
        for g in self.listing.guards:
            uses[g.left] += 2
            uses[g.right] += 2
        longer: list = [-1] * self.size  # the addition that goes on with this one
        length: list = [0] * self.size
        for i in range(self.size):
            if self.kinds[i] == ADD:
                length[i] = 1
                for k in self.operands[i]:
                    if length[k] and uses[k] == 1:
                        longer[k] = i
                        length[i] = length[k] + 1
                        break
        for i in range(self.size):
            if length[i] >= LONG_SUM and longer[i] < 0:
                self._make_long_sum(i, longer)

    @cython.cfunc
    def _make_long_sum(self, last: cython.Py_ssize_t, longer: list):
        terms: list = []
        k: cython.Py_ssize_t = last
        x: cython.Py_ssize_t
        y: cython.Py_ssize_t
        while True:
            x, y = self.operands[k]
            self.kinds[k] = NONE
            if longer[x] == k:
                terms.append(y)
                k = x
            elif longer[y] == k:
                terms.append(x)
                k = y
            else:
                terms.append(y)
                terms.append(x)
                break
        terms.reverse()
        self.kinds[last], self.operands[last] = SUM, tuple(terms)

    # -------------------------------------------------------------------------------------------- levels and groups

    @cython.cfunc
    def steps(self, guards) -> list:
        """Arrays of instructions, and PythonRules between."""
        steps: list = []
        code = array("i")
        keys, order = self._order()
        at: cython.Py_ssize_t = 0
        end: cython.Py_ssize_t
        n: cython.Py_ssize_t = len(order)
        i: cython.Py_ssize_t
        while at < n:
            i = order[at]
            key = keys[i]
            end = at + 1
            while end < n and keys[order[end]] == key:
                end += 1
            what = self.kinds[i]
            if what == PYTHON:
                for i in order[at:end]:
                    self.place[i] = self._new(1)
                    rule = self.listing.instructions[i].op.rule
                    steps += [code, PythonRule(rule, self.place[i], [self.place[k] for k in self.operands[i]])]
                    code = array("i")
            elif what == SUM or what == PRODUCTS or what == TAKE:
                for i in order[at:end]:
                    self._encode_long(code, i)
            elif end == at + 1:
                self.place[i] = self._new(1)
                self._encode(code, what, self.codes[i], 1, self.place[i], [self.place[k] for k in self.operands[i]])
            else:
                self._encode_group(code, what, self.codes[i], order[at:end])
            at = end
        for g in guards:
            code.extend([6, GUARD, RELATIONS[g.relation], int(g.outcome), self.place[g.left], self.place[g.right]])
        steps.append(code)
        return steps

    @cython.cfunc
    def _order(self) -> tuple:
        """What is computed, level by level, each from levels before it; within a level, by kind. Equal keys make a group."""
        i: cython.Py_ssize_t
        k: cython.Py_ssize_t
        x: cython.Py_ssize_t
        y: cython.Py_ssize_t
        deepest: cython.longlong
        level: list = [0] * self.size
        keys: list = [0] * self.size
        order: list = []
        found: list = self.listing.instructions
        constant: list = [instruction[0] is CONSTANT for instruction in found]
        for i in range(self.size):
            if self.kinds[i] == NONE:
                continue
            operands: tuple = self.operands[i]
            deepest = 0
            for k in operands:
                if level[k] > deepest:
                    deepest = level[k]
            level[i] = deepest + 1
            which: cython.Py_ssize_t = 0
            if self.kinds[i] <= DIV and self.kinds[i] >= ADD:
                x, y = operands  # those with the same constant are a group, which reads it as one number
                if constant[y]:
                    which = 2 * y + 2
                elif constant[x]:
                    which = 2 * x + 3
            keys[i] = (((deepest * 64 + self.kinds[i] + 1) * 1024 + self.codes[i]) << 26) + which
            order.append(i)
        order.sort(key=keys.__getitem__)
        return keys, order

    @cython.cfunc
    def _encode_long(self, code, i: cython.Py_ssize_t):
        """What has as many operands as it likes."""
        self.place[i] = self._new(1)
        found: list = [self.place[k] for k in self.operands[i]]
        if self.kinds[i] == TAKE:
            n: cython.Py_ssize_t = len(found) - 1
            code.extend([n + 5, TAKE, self.place[i], found[n], n, *found[:n]])
        elif self.kinds[i] == SUM:
            code.extend([len(found) + 5, SUM, self.place[i], FROM_FIRST, len(found), *found])
        else:
            n = len(found) // 2
            pairs = [k for pair in zip(found[:n], found[n:], strict=True) for k in pair]
            code.extend([len(pairs) + 5, PRODUCTS, self.place[i], FROM_ZERO, n, *pairs])

    @cython.cfunc
    def _encode_group(self, code, what: cython.int, number: cython.int, members: list):
        place: list = self.place
        i: cython.Py_ssize_t
        at: cython.Py_ssize_t
        rows: list = sorted([(*[place[k] for k in self.operands[i]], i) for i in members])
        n: cython.Py_ssize_t = len(rows)
        operands: cython.Py_ssize_t = len(rows[0]) - 1
        out: cython.Py_ssize_t = self._new(n)
        for at in range(n):
            place[rows[at][operands]] = out + at
        runs: list = self._runs(what, rows, operands)
        if n >= LONG_SUM and 3 * len(runs) > n:
            columns = [self._neighbours(code, [row[k] for row in rows], what) for k in range(operands)]
            self._encode_run(code, what, number, n, out, [c[0] for c in columns], [c[1] - c[0] for c in columns])
            return
        for begin, end in runs:
            first, second = rows[begin], rows[min(begin + 1, end - 1)]
            steps = [second[k] - first[k] for k in range(operands)]
            self._encode_run(code, what, number, end - begin, out + begin, list(first[:operands]), steps)

    @cython.cfunc
    def _runs(self, what: cython.int, rows: list, operands: cython.Py_ssize_t) -> list:
        """Where operands go up by one from row to row, or one of two stays the same."""
        runs: list = []
        begin: cython.Py_ssize_t = 0
        at: cython.Py_ssize_t
        k: cython.Py_ssize_t
        step = None
        for at in range(1, len(rows)):
            a: tuple = rows[at - 1]
            b: tuple = rows[at]
            now = tuple([b[k] - a[k] for k in range(operands)])
            if step is None:
                if now in ((1, 1), (1, 0), (0, 1)) if what <= DIV else min(now) == max(now) == 1:
                    step = now
                    continue
            elif now == step:
                continue
            runs.append((begin, at))
            begin, step = at, None
        runs.append((begin, len(rows)))
        return runs

    @cython.cfunc
    def _neighbours(self, code, column: list, what: cython.int) -> list:
        """The first two places of an operand whose numbers are neighbours: copied there, if they are not."""
        j: cython.Py_ssize_t
        n: cython.Py_ssize_t = len(column)
        first: cython.Py_ssize_t = column[0]
        if column == list(range(first, first + n)):
            return column[:2]
        same: cython.bint = column == [first] * n
        if same and what <= DIV:
            return column[:2]
        to: cython.Py_ssize_t = self._new(n)
        number = self.numbers.get(first) if same else None
        if number is not None:
            self.constants += [(to + j, number) for j in range(n)]
        else:
            code.extend([n + 4, GATHER, n, to, *column])
        return [to, to + 1]

    @cython.cfunc
    def _encode_run(
        self,
        code,
        what: cython.int,
        number: cython.int,
        width: cython.Py_ssize_t,
        out: cython.Py_ssize_t,
        places: list,
        steps: list,
    ):
        if width > 1 and what <= DIV and steps != [1, 1]:
            if steps[1] == 0:
                what = WITH_SHARED[what]
            else:
                what = SHARED_WITH[what]
                places.reverse()
        self._encode(code, what, number, width, out, places)

    @cython.cfunc
    def _encode(
        self, code, what: cython.int, number: cython.int, width: cython.Py_ssize_t, out: cython.Py_ssize_t, places: list
    ):
        if what == CALL or RULE_1 <= what <= SLOPE_Y:
            places = [number, *places, *[places[0]] * (3 - len(places))]
        code.extend([len(places) + 4, what, width, out, *places])
