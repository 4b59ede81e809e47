"""The part of a plan that no row takes part in: computed once, as the whole is at one point.

Instructions of one kind that do not need each other are one wide instruction: their results are neighbours, and where what they
read are neighbours too, a loop runs over them. A sum of a thousand terms is a few such loops.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from . import _lanes as kind
from .operations import PYTHON, RELATIONS, Operation, operation
from .program import CONSTANT, Guard, Program, op_named
from .steps import PythonRule

LONG_SUM = 6
"""From so many additions on a sum is one instruction, and not a wide one with other sums."""

WITH_SHARED = {kind.ADD: kind.ADD_S, kind.SUB: kind.SUB_S, kind.MUL: kind.MUL_S, kind.DIV: kind.DIV_S}
SHARED_WITH = {kind.ADD: kind.ADD_S, kind.SUB: kind.S_SUB, kind.MUL: kind.MUL_S, kind.DIV: kind.S_DIV}


class SharedPart:
    """The instructions that depend on no row.

    count       how many numbers it keeps
    place       where each register is, -1 for those with rows
    constants   (place, number) for what is there before it runs
    """

    def __init__(self, program: Program, varies: Sequence[bool], guards: Sequence[Guard]) -> None:
        self.program = program
        self.found = program.instructions
        self.guards = guards
        self.place = [-1] * len(self.found)
        self.constants: list[tuple[int, float]] = []
        self.count = 0
        for i in range(program.inputs):
            if not varies[i]:
                self.place[i] = self._new()
        self.operations: list[Any] = [None] * len(self.found)
        for i, (op, operands, number, *_) in enumerate(self.found):
            if op == CONSTANT:
                self.place[i] = self._new()
                self.constants.append((self.place[i], number))
            elif operands and not varies[i]:
                self.operations[i] = operation(op, self.found, operands, True)
        self._find_long_sums()

    def _new(self, width: int = 1) -> int:
        self.count += width
        return self.count - width

    # -------------------------------------------------------------------------------------------- long sums

    def _find_long_sums(self) -> None:
        """Makes one operation, with all terms for operands, of a chain of additions whose parts nothing else reads."""
        uses = [0] * len(self.found)
        for _, operands, *_ in self.found:
            for k in operands:
                uses[k] += 1
        for k in self.program.outputs:
            uses[k] += 2
        for g in self.program.guards:
            uses[g.left] += 2
            uses[g.right] += 2
        longer = [-1] * len(self.found)  # the addition that goes on with this one
        length = [0] * len(self.found)
        for i, how in enumerate(self.operations):
            if how is not None and how.kind == kind.ADD:
                length[i] = 1
                for k in how.operands:
                    if length[k] and uses[k] == 1:
                        longer[k] = i
                        length[i] = length[k] + 1
                        break
        for i in range(len(self.found)):
            if length[i] >= LONG_SUM and longer[i] < 0:
                self._make_long_sum(i, longer)

    def _make_long_sum(self, last: int, longer: list[int]) -> None:
        terms: list[int] = []
        k = last
        while True:
            x, y = self.operations[k].operands
            self.operations[k] = None
            if longer[x] == k:
                terms.append(y)
                k = x
            elif longer[y] == k:
                terms.append(x)
                k = y
            else:
                terms += [y, x]
                break
        self.operations[last] = Operation(kind.SUM, 0, tuple(reversed(terms)))

    # -------------------------------------------------------------------------------------------- levels and groups

    def encode(self, code: array[int]) -> list[Any]:
        """Writes the instructions; gives (begin, end) of what was written, and PythonRules between."""
        steps: list[Any] = []
        begin = len(code)
        for groups in self._levels():
            for (what, number, *_), members in groups.items():
                if what == PYTHON:
                    for i in members:
                        self.place[i] = self._new()
                        rule = op_named(self.found[i].op)
                        operands = [self.place[k] for k in self.operations[i].operands]
                        steps += [(begin, len(code)), PythonRule(rule, self.place[i], operands)]
                        begin = len(code)
                elif what in (kind.SUM, kind.PRODUCTS):
                    for i in members:
                        self._encode_sum(code, i)
                else:
                    self._encode_group(code, what, number, members)
        for g in self.guards:
            code.extend([6, kind.GUARD, RELATIONS[g.relation], int(g.outcome), self.place[g.left], self.place[g.right]])
        steps.append((begin, len(code)))
        return steps

    def _levels(self) -> list[dict[Any, list[int]]]:
        """For each level, what can be computed from the levels before it; by how it is computed."""
        level = [0] * len(self.found)
        levels: list[dict[Any, list[int]]] = []
        for i, how in enumerate(self.operations):
            if how is None:
                continue
            at = 0
            for k in how.operands:
                if level[k] > at:
                    at = level[k]
            level[i] = at + 1
            if at == len(levels):
                levels.append({})
            key: Any = (how.kind, how.code)
            if how.kind in WITH_SHARED:  # by the constant in it, so that each group can have it as one number
                x, y = how.operands
                if self.found[y][0] == CONSTANT:
                    key = (how.kind, 0, y)
                elif self.found[x][0] == CONSTANT:
                    key = (how.kind, 0, -1, x)
            levels[at].setdefault(key, []).append(i)
        return levels

    def _encode_sum(self, code: array[int], i: int) -> None:
        what, _, operands = self.operations[i]
        self.place[i] = self._new()
        found = [self.place[k] for k in operands]
        if what == kind.SUM:
            code.extend([len(found) + 5, what, self.place[i], kind.FROM_FIRST, len(found), *found])
        else:
            n = len(found) // 2
            pairs = [k for pair in zip(found[:n], found[n:], strict=True) for k in pair]
            code.extend([len(pairs) + 5, what, self.place[i], kind.FROM_ZERO, n, *pairs])

    def _encode_group(self, code: array[int], what: int, number: int, members: list[int]) -> None:
        place = self.place
        if len(members) == 1:
            i = members[0]
            place[i] = self._new()
            self._encode(code, what, number, 1, place[i], [place[k] for k in self.operations[i].operands])
            return
        rows = sorted([(*[place[k] for k in self.operations[i].operands], i) for i in members])
        out = self._new(len(rows))
        for at, found in enumerate(rows):
            place[found[-1]] = out + at
        runs = self._runs(what, rows)
        if len(rows) >= LONG_SUM and 3 * len(runs) > len(rows):
            columns = [self._neighbours(code, list(column), what) for column in list(zip(*rows, strict=True))[:-1]]
            self._encode_run(code, what, number, len(rows), out, columns, [c[1] - c[0] for c in columns])
            return
        for begin, end in runs:
            first, second = rows[begin], rows[min(begin + 1, end - 1)]
            columns = [[k] for k in first[:-1]]
            steps = [second[j] - first[j] for j in range(len(columns))]
            self._encode_run(code, what, number, end - begin, out + begin, columns, steps)

    def _runs(self, what: int, rows: list[Any]) -> list[tuple[int, int]]:
        """Where operands go up by one from row to row, or one of two stays the same."""
        runs = []
        begin = 0
        step: Any = None
        operands = len(rows[0]) - 1
        for at in range(1, len(rows)):
            a, b = rows[at - 1], rows[at]
            now = tuple([b[j] - a[j] for j in range(operands)])
            if step is None and self._is_run(what, now):
                step = now
            elif step is None or now != step:
                runs.append((begin, at))
                begin, step = at, None
        runs.append((begin, len(rows)))
        return runs

    def _is_run(self, what: int, step: tuple[int, ...]) -> bool:
        if what in WITH_SHARED:
            return step in ((1, 1), (1, 0), (0, 1))
        return all(s == 1 for s in step)

    def _neighbours(self, code: array[int], column: list[int], what: int) -> list[int]:
        """The first two places of an operand whose numbers are neighbours: copied there, if they are not."""
        if all(k == column[0] + j for j, k in enumerate(column)):
            return column[:2]
        same = all(k == column[0] for k in column)
        if same and what in WITH_SHARED:
            return column[:2]
        to = self._new(len(column))
        number = dict(self.constants).get(column[0]) if same else None
        if number is not None:
            self.constants += [(to + j, number) for j in range(len(column))]
        else:
            code.extend([len(column) + 4, kind.GATHER, len(column), to, *column])
        return [to, to + 1]

    def _encode_run(
        self, code: array[int], what: int, number: int, width: int, out: int, columns: list[list[int]], steps: list[int]
    ) -> None:
        places = [column[0] for column in columns]
        if width > 1 and what in WITH_SHARED and 0 in steps:
            if steps == [0, 0]:  # one number, computed `width` times: cannot be after common_subexpressions
                raise AssertionError("a group computes the same several times")
            if steps[1] == 0:
                what = WITH_SHARED[what]
            else:
                what, places = SHARED_WITH[what], places[::-1]
        self._encode(code, what, number, width, out, places)

    def _encode(self, code: array[int], what: int, number: int, width: int, out: int, places: list[int]) -> None:
        if what == kind.CALL or kind.RULE_1 <= what <= kind.SLOPE_Y:
            places = [number, *places, *[places[0]] * (3 - len(places))]
        code.extend([len(places) + 4, what, width, out, *places])
