"""Plan: a program made ready to run. Its instructions become a list of whole numbers that the runtime's loops go through.

What depends on no row is computed once (`plan_shared.py`); what does, block by block (`plan_rows.py`). The order in which a
program adds stays its own: a plan rounds as the program does. Sums over rows are the plan's own work.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from typing import Any

from ..runtime.python_rules import LoopCall, PythonRule
from .expansion import expand, is_written_out_at_a_point
from .instructions import Listing
from .plan_operations import varying
from .plan_rows import rows_part
from .plan_shared import shared_part


class Plan:
    """A program made ready for arguments of which some have rows.

    program     a Listing
    per_row     for each input, whether each row has its own number
    summed      how many of the outputs, the first, are summed over the rows
    exactly     whether all must be exact to the last bit, as in eager execution, on rows too; or registers that must be
    plainly     whether what is summed is to be sums over rows and nothing beside: no factors, and no terms that rows share

    per_row         as given
    varies          for each register, 1 if it depends on a row, else 0
    code            the instructions, of all parts
    before, body    what runs once, and what runs for each block of rows: (begin, end) in `code`, with PythonRules and LoopCalls
                    between
    setup           (begin, end) of what runs once for the memory of each thread
    shared, rows    how many registers there are of each kind; the inputs that rows share come first
    constants       (place, number) of shared registers
    input_columns   which of the inputs with rows go into which registers with rows, their input_places
    outputs         (True, place with rows) or (False, shared place) for each that is not summed
    output_places   the same as whole numbers, a shared place k as ~k
    summed          a Sum for each that is
    sums            how many sums over rows there are
    guarded         whether there are guards on rows
    row_places      where in `code` places of registers with rows stand, of `setup` and of a `body` that is instructions alone;
                    of the step of a loop (`plainly`)
    in_blocks       the places with rows that belong to blocks of registers

    and for each of these:

    fixed           the shared place of what is taken once for each row
    varying         the number of a sum over rows
    factors         the shared place of what that is multiplied by
    more            what else is added, four numbers each: output, shared place or -1, sum or -1, place of the factor
    """

    def __init__(
        self,
        program: Listing,
        per_row: Sequence[bool],
        summed: int = 0,
        exactly: bool | Collection[int] = (),
        plainly: bool = False,
    ) -> None:
        exact: dict[int, frozenset[int]] = {}
        if isinstance(exactly, bool):
            exact = dict.fromkeys(range(len(program)) if exactly else (), frozenset())
        elif any(per_row):
            program, exact = expand(program, per_row, exactly)
        elif is_written_out_at_a_point(program):
            program, _ = expand(program, per_row, range(len(program)))
        self.per_row = list(per_row)
        varies = self.varies = varying(program, per_row)
        guards = [g for g in program.guards if not (varies[g.left] or varies[g.right])]
        steps, place, self.shared, self.constants = shared_part(program, varies, guards)
        part = rows_part(program, varies, exact, place, summed, plainly)
        self.code = array("i")
        self.before = self._laid(steps)
        self.setup = self._laid([part.setup])[0]
        self.body = self._laid(part.steps)
        self.rows, self.in_blocks = part.size, part.in_blocks
        self.row_places = [*range(self.setup[0] + 2, self.setup[1], 4)]  # each instruction there fills a register
        self.row_places += [self.body[-1][0] + k for k in part.places]
        self.input_columns = array("i", [column for column, _ in part.inputs])
        self.input_places = array("i", [place for _, place in part.inputs])
        self.sums = part.sums
        self.outputs = part.outputs
        self.output_places = array("i", [place if rows else ~place for rows, place in part.outputs])
        self.summed = part.summed
        if summed:
            self._add_up_outputs()
        loops = [step for step in self.body if isinstance(step, LoopCall)]
        self.guarded = len(guards) < len(program.guards) or any(call.loop.guarded for call in loops)
        self.code.extend([0] * 8)  # an instruction may be read a little beyond its end

    def _laid(self, steps: list[array[int] | PythonRule | LoopCall]) -> list[Any]:
        """Writes instructions into `code`, and gives (begin, end) in their place."""
        laid: list[Any] = []
        for step in steps:
            if isinstance(step, array):
                begin = len(self.code)
                self.code.extend(step)
                laid.append((begin, len(self.code)))
            else:
                laid.append(step)
        return laid

    def _add_up_outputs(self) -> None:
        """Fills `fixed`, `varying` and `factors` with one term of each kind for each output, and `more` with all others."""
        zero, one = self.shared, self.shared + 1
        self.shared += 2
        self.constants += [(zero, 0.0), (one, 1.0)]
        nothing = self.sums  # a spare sum that stays 0, for outputs without one
        self.sums += 1
        self.fixed, self.varying, self.factors, self.more = array("i"), array("i"), array("i"), array("i")
        shared, numbers = self.summed.shared, self.summed.numbers
        factors = array("i", [factor if factor >= 0 else one for factor in self.summed.factors])
        for out, (first, last, begin, end) in enumerate(self.summed.spans()):
            self.fixed.append(shared[first] if first < last else zero)
            self.varying.append(numbers[begin] if begin < end else nothing)
            self.factors.append(factors[begin] if begin < end else one)
            for place in shared[first + 1 : last]:
                self.more.extend([out, place, -1, -1])
            for k in range(begin + 1, end):
                self.more.extend([out, -1, numbers[k], factors[k]])
