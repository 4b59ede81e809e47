"""The part of a plan that runs block by block, for what differs from row to row.

Sums of products become one instruction, and several such sums of the same registers, as in a layer of a network, a matrix. A
gradient of parameters is made of sums over rows: see `row_sums.py`.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ..runtime import instruction_kinds as kind
from ..runtime.kernel_table import KERNELS, WITH_SLOPE
from ..runtime.python_rules import LoopCall, PythonRule
from .columns import columns_of
from .instructions import Instruction, Listing, last_uses
from .loop_parts import without_sums
from .plan_shared import SHARED_WITH, WITH_SHARED
from .row_items import Item, Sums, plain, row, shared
from .row_sums import RowSums
from .selection import BY_COLUMNS, LOOP, NONE, NUMBERED, PART, PYTHON, RELATIONS, Operation, Operations


class RowsPart(NamedTuple):
    """What runs for rows, ready for a plan.

    setup       instructions that run once for the memory of each thread
    steps       arrays of instructions that run for each block, and PythonRules and LoopCalls between
    size        how many registers with rows there are
    inputs      (column, place) of the inputs with rows that are read
    outputs     (True, place with rows) or (False, shared place) for each output that is not summed over the rows
    summed      a Sum for each that is
    sums        how many sums over rows there are
    places      where in the last array, from its beginning, places of registers with rows stand; for the step of a loop
    in_blocks   the places of registers that stand in blocks, one beside the other
    """

    setup: array[int]
    steps: list[array[int] | PythonRule | LoopCall]
    size: int
    inputs: list[tuple[int, int]]
    outputs: list[tuple[bool, int]]
    summed: Sums
    sums: int
    places: Sequence[int] = ()
    in_blocks: Collection[int] = ()


def rows_part(
    listing: Listing,
    varies: Sequence[int],
    decisive: Mapping[int, Collection[int]],
    shared_place: Sequence[int],
    summed: int,
    plainly: bool,
) -> RowsPart:
    """The part of a plan that depends on rows.

    varies          for each register whether it depends on a row
    decisive        the registers that must be exact, to the last bit; of a loop, the outputs of its body that must be
    shared_place    the place of each register that depends on none
    summed          how many of the outputs, the first, are summed over the rows
    plainly         whether these are to be sums over rows and nothing beside, as in the step of a loop, whose
                    inputs are not written to
    """
    if 1 not in varies:  # rows with no numbers in them
        shared = [shared_place[k] for k in listing.outputs]
        sums = Sums()
        for k in shared[:summed]:
            sums.shared.append(k)
            sums.end()
        return RowsPart(array("i"), [array("i")], 0, [], [(False, k) for k in shared[summed:]], sums, 0)
    lowering = _Lowering(listing, varies, decisive, plainly)
    lowering.choose_what_is_summed(summed)
    lowering.lower_instructions()
    lowering.lower_outputs(summed)
    lowering.lower_guards()
    lowering.make_matrices()
    return lowering.written(shared_place)


Term = tuple[int, ...]
"""Of a sum: tagged registers, two for their product."""


class _Chain:
    """A sum that is being made: its register, and terms that wait to be added to it, in their order."""

    def __init__(self, from_zero: bool) -> None:
        self.register = -1
        self.from_zero = from_zero
        self.waiting: list[Term] = []


def _way(term: Term) -> int:
    """The kind of instruction that adds a term."""
    all_rows = all([operand & 3 == 0 for operand in term])
    if len(term) == 1:
        return kind.SUM if all_rows else kind.ADD_S
    return kind.PRODUCTS if all_rows else kind.PRODUCTS_S


WITH_SLOPES = {KERNELS[op]: (both, KERNELS[f"slope {op} 0"]) for op, both in WITH_SLOPE.items()}
"""By the kernel of a function: the one that gives its slope, too, and that of the slope alone."""

MADE_WITH = frozenset(slope for _, slope in WITH_SLOPES.values())

NOTHING = -2
"""The kind of an item that has become part of another."""

WAITING = 32
"""So many terms of a sum are added at once: enough to keep the processor busy, few enough to let their registers go."""


class _Lowering:
    """The instructions that depend on rows, in the program's order, on their way into a plan."""

    def __init__(self, listing: Listing, varies: Sequence[int], decisive: Mapping[int, Collection[int]], plainly: bool) -> None:
        self.listing = listing
        self.plainly = plainly
        self.columns = columns_of(listing.instructions)
        self.without_sums: dict[int, Instruction] = {}  # loops whose sums over rows are no longer states of theirs
        self.varies = varies
        self.decisive = decisive
        self.items: list[Item] = []
        self.rules: dict[int, PythonRule] = {}  # by the number of the item they stand at
        self.parts: dict[int, tuple[int, int]] = {}  # of what is a part of a block: the block, and the number in it
        self.filled: dict[int, int] = {}  # by shared register: the register with rows that has the same number in each
        self.next = len(self.columns)
        self.chains: dict[int, _Chain] = {}
        self.added: dict[int, list[int]] = {}  # of loops that sum over rows: how many terms each of the sums has
        self.widths: dict[int, int] = {}  # of panels and blocks: how many registers each takes
        self.operations = Operations(self.columns, varies, decisive)
        self.gone = [False] * len(self.columns)  # instructions that are part of a sum over rows
        self.outputs: list[tuple[bool, int]] = []  # as in RowsPart, by register
        self.defined_at: dict[int, list[int]] = {}  # by the number of an item: the registers it gives, if they are several
        self.of_lists: dict[tuple[int, tuple[int, ...]], list[int]] = {}  # by primitive and list: what is numbered by elements
        self.slopes: dict[tuple[int, int], int] = {}  # by kernel and operand: what a kernel for both may make
        self.made: set[int] = set()  # those of them that are made
        for i, (what, code) in enumerate(zip(self.operations.kinds, self.operations.codes, strict=True)):
            if what == kind.CALL and code in MADE_WITH:
                self.slopes[code, self.operations.operands(i)[0]] = i
            if what == kind.OVER_LIST and code % 8 in NUMBERED:
                self.of_lists.setdefault((code % 8, self.operations.operands(i)), []).append(i)
        self._count_uses()

    def instruction(self, i: int) -> Instruction:
        return self.without_sums.get(i) or self.columns[i]

    def _count_uses(self) -> None:
        """How often each register is read, and by which instruction last, -1 for an output."""
        start, operands = self.columns.start, self.columns.operands
        self.uses = uses = [0] * len(self.columns)
        self.reader = reader = [-1] * len(self.columns)
        for i, varies in enumerate(self.varies):
            if varies:
                for k in operands[start[i] : start[i + 1]]:
                    uses[k] += 1
                    reader[k] = i
        for k in self.listing.outputs:
            self.uses[k] += 1
            self.reader[k] = -1
        for g in self.listing.guards:
            for k in (g.left, g.right):
                self.uses[k] += 2

    def choose_what_is_summed(self, count: int) -> None:
        """Finds the terms of the outputs that are summed over the rows, the first `count`."""
        self.sums = RowSums(self, self.listing.outputs[:count], self.plainly)
        for i, states in self.sums.of_loops.items():
            instruction = self.columns[i]
            loop: Any = instruction.op
            first = loop.layout.handles
            operands = tuple([k for at, k in enumerate(instruction.operands) if at - first not in states])
            left, self.added[i] = without_sums(loop, states)
            self.without_sums[i] = instruction._replace(op=left, operands=operands)
            self.operations[i] = Operation(LOOP, 0, operands)

    def lower_instructions(self) -> None:
        for i, what in enumerate(self.operations.kinds):
            if what != NONE and not self.gone[i]:
                self._lower(i)

    def lower_outputs(self, count: int) -> None:
        self.summed = self.sums.lower()
        self.outputs = [(True, self.row(k)) if self.varies[k] else (False, k) for k in self.listing.outputs[count:]]

    def lower_guards(self) -> None:
        for g in self.listing.guards:
            if self.varies[g.left] or self.varies[g.right]:
                left, right = self.as_row(g.left), self.as_row(g.right)
                numbers = [plain(RELATIONS[g.relation]), plain(int(g.outcome)), row(left), row(right)]
                self.items.append((kind.GUARD, -1, numbers))

    # -------------------------------------------------------------------------------------------- matrices

    def make_matrices(self) -> None:
        """Sums of products of the same registers are one instruction, where the first of them was."""
        groups: dict[Any, list[int]] = {}
        for at, (what, _, numbers) in enumerate(self.items):
            if what == kind.PRODUCTS_S and numbers[1] != plain(kind.FROM_OUT):
                groups.setdefault((numbers[1], *numbers[3::2]), []).append(at)
        readers = self._readers() if groups else {}
        for (start, *xs), places in groups.items():
            if len(places) >= 4:
                outs = [self.items[at][1] for at in places]
                factors = [factor for at in places for factor in self.items[at][2][4::2]]
                after = [readers[out][0] for out in outs if len(readers.get(out, ())) == 1]
                biases = [self.items[at][2][3] for at in after if self.items[at][0] == kind.ADD_S]
                if plus_biases := len(biases) == len(outs):  # each sum has a number added to it, and nothing else reads it
                    outs = [self.items[at][1] for at in after]
                else:
                    after, biases = [], []
                numbers = [
                    start,
                    plain(int(plus_biases)),
                    plain(len(outs)),
                    plain(len(xs)),
                    *map(row, outs),
                    *xs,
                    *factors,
                    *biases,
                ]
                for at in (*places, *after):
                    self.items[at] = (NOTHING, -1, [])
                self.items[places[0]] = (kind.MATRIX, -1, numbers)
                self.defined_at[places[0]] = outs

    def _readers(self) -> dict[int, list[int]]:
        """For each register the numbers of the items that read it; -1 for an output."""
        found: dict[int, list[int]] = {}
        for at, (what, out, numbers) in enumerate(self.items):
            for operand in numbers:
                if operand & 3 == 0:
                    found.setdefault(operand >> 2, []).append(at)
            if what in (kind.SUM, kind.PRODUCTS, kind.PRODUCTS_S) and numbers[1] == plain(kind.FROM_OUT):
                found.setdefault(out, []).append(at)
        for rows, register in self.outputs:
            if rows:
                found.setdefault(register, []).append(-1)
        return found

    def _exactly_of(self, i: int) -> list[int]:
        """The outputs of the body of loop i that must be exact. Those that are summed over the rows, which decide nothing, have
        become terms of sums, the first outputs."""
        summed, terms = self.sums.of_loops.get(i, ()), sum(self.added.get(i, ()))
        return [terms + k - sum(j < k for j in summed) for k in self.decisive.get(i, ())]

    # -------------------------------------------------------------------------------------------- one instruction

    def _lower(self, i: int) -> None:
        how = self.operations[i]
        if how.kind == kind.ADD:
            self._add(i, *how.operands)
        elif how.kind == kind.PRODUCTS:
            n = len(how.operands) // 2
            chain = self.chains[i] = _Chain(from_zero=True)
            pairs = zip(how.operands[:n], how.operands[n:], strict=True)
            chain.waiting = [self._product(x, y) for x, y in pairs]
            if n > WAITING:
                self._flush(chain)
        elif how.kind == kind.MUL and self._in_a_sum(i):
            pass
        elif how.kind == LOOP:
            operands = [row(self.row(k)) if self.varies[k] else shared(k) for k in how.operands]
            self.widths[i] = self.instruction(i).op.size  # type: ignore[attr-defined]
            self.items.append((LOOP, i, operands))
        elif how.kind == PART:
            block, number = how.operands[0], int(self.columns.numbers[how.operands[1]])
            self.parts[i] = block, number - sum(j < number for j in self.sums.of_loops.get(block, ()))
        elif how.kind == kind.TAKE:
            *xs, index = how.operands
            alike = not any(self.varies[x] for x in xs)
            table = [shared(x) if alike else row(self.as_row(x)) for x in xs]
            numbers = [plain(-1), row(self.as_row(index)), plain(len(xs)), *table]
            self.items.append((kind.TAKE_S if alike else kind.TAKE, i, numbers))
        elif how.kind == kind.OVER_LIST:
            self._over_list(i, how)
        elif how.kind == kind.EXPONENTIALS:
            self.widths[i] = len(how.operands) + 3
            xs = [row(self.as_row(x)) for x in how.operands]
            self.items.append((how.kind, i, [plain(-1), plain(len(xs)), *xs]))
        elif how.kind in (kind.SUB, kind.MUL, kind.DIV):
            self._arithmetic(i, how)
        elif how.kind == PYTHON:
            operands = [self.as_row(k) for k in how.operands]
            op = self.instruction(i).op
            self.rules[len(self.items)] = PythonRule(op.rule, i, operands, op.kernel if how.code == BY_COLUMNS else None)
            self.items.append((PYTHON, i, [row(k) for k in operands]))
        elif how.kind == kind.CALL and how.code in WITH_SLOPES and self._lower_with_slope(i, how):
            pass
        elif i not in self.made:
            operands = [row(self.as_row(k)) for k in how.operands]
            if how.kind in (kind.LESS, kind.LESS_EQUAL, kind.EQUAL, kind.NOT_EQUAL):
                self.items.append((how.kind, i, [plain(1), plain(-1), *operands]))
            else:
                more = [operands[0]] * (3 - len(operands))
                self.items.append((how.kind, i, [plain(1), plain(-1), plain(how.code), *operands, *more]))

    def _lower_with_slope(self, i: int, how: Operation) -> bool:
        """Makes a function and its slope in one instruction, if both are needed."""
        x = how.operands[0]
        both, code = WITH_SLOPES[how.code]
        slope = self.slopes.get((code, x), -1)
        if slope < 0:
            return False
        operand = row(self.as_row(x))  # which may need instructions before this one
        self.made.add(slope)
        self.defined_at[len(self.items)] = [i, slope]
        self.items.append((kind.CALL, i, [plain(1), plain(-1), plain(both), operand, row(slope), operand]))
        return True

    def _over_list(self, i: int, how: Operation) -> None:
        """Numbers of one primitive for several elements of a list are made where the first of them is."""
        index, which = divmod(how.code, 8)
        several = self.of_lists.get((which, how.operands), [i])
        if len(several) > 1:
            if i == several[0]:
                block = self.new()
                self.widths[block] = len(how.operands)
                self.parts |= {k: (block, self.operations.codes[k] // 8) for k in several}
                self._append_over_list(block, which, len(how.operands), how.operands)
        else:
            self._append_over_list(i, which, index, how.operands)

    def _append_over_list(self, out: int, which: int, index: int, operands: Sequence[int]) -> None:
        xs = [row(self.as_row(x)) for x in operands]
        self.items.append((kind.OVER_LIST, out, [plain(-1), plain(which), plain(index), plain(len(xs)), *xs]))

    def _arithmetic(self, i: int, how: Operation) -> None:
        x, y = how.operands
        if self.varies[x] and self.varies[y]:
            self.items.append((how.kind, i, [plain(1), plain(-1), row(self.row(x)), row(self.row(y))]))
        elif self.varies[x]:
            self.items.append((WITH_SHARED[how.kind], i, [plain(1), plain(-1), row(self.row(x)), shared(y)]))
        else:
            self.items.append((SHARED_WITH[how.kind], i, [plain(1), plain(-1), row(self.row(y)), shared(x)]))

    def _in_a_sum(self, i: int) -> bool:
        """Whether a product is made where it is added, and nowhere else."""
        reader = self.reader[i]
        return self.uses[i] == 1 and reader >= 0 and self.operations.kinds[reader] == kind.ADD and not self.gone[reader]

    # -------------------------------------------------------------------------------------------- sums

    def _add(self, i: int, x: int, y: int) -> None:
        """An addition goes on with the sum that one of its operands is, if nothing else reads that."""
        chain = self._own_chain(x)
        other = y
        if chain is None:
            chain = self._own_chain(y)
            other = x
        if chain is None:
            chain = _Chain(from_zero=False)
            chain.waiting.append(self._term(x))
            other = y
        chain.waiting.append(self._term(other))
        self.chains[i] = chain
        if len(chain.waiting) >= WAITING:
            self._flush(chain)

    def _own_chain(self, k: int) -> _Chain | None:
        return self.chains.pop(k) if k in self.chains and self.uses[k] == 1 else None

    def _term(self, k: int) -> Term:
        if self.operations.kinds[k] == kind.MUL and self._in_a_sum(k):
            return self._product(*self.operations.operands(k))
        return (row(self.row(k)),) if self.varies[k] else (shared(k),)

    def _product(self, x: int, y: int) -> Term:
        """The factor that has rows comes first."""
        if not self.varies[x]:
            x, y = y, x
        return row(self.as_row(x)), row(self.row(y)) if self.varies[y] else shared(y)

    def _flush(self, chain: _Chain) -> None:
        """Makes the instructions that add what waits."""
        terms, chain.waiting = chain.waiting, []
        if chain.register < 0 and not chain.from_zero:
            if _way(terms[0]) == kind.ADD_S:  # a sum of two may start with either
                terms[0], terms[1] = terms[1], terms[0]
            if _way(terms[0]) == _way(terms[1]) == kind.SUM:
                self._append(kind.ADD, chain, [plain(1), plain(-1), *terms[0], *terms[1]])
                terms = terms[2:]
        for way, run in itertools.groupby(terms, _way):
            operands = [operand for term in run for operand in term]
            if way == kind.ADD_S:
                for operand in operands:
                    self._append(way, chain, [plain(1), plain(-1), row(chain.register), operand])
                continue
            begins = kind.FROM_OUT
            if chain.register < 0:
                begins = kind.FROM_ZERO if chain.from_zero else kind.FROM_FIRST
            count = len(operands) if way == kind.SUM else len(operands) // 2
            numbers = [plain(-1), plain(begins), plain(count), *operands]
            self._append(way, chain, numbers, in_place=chain.register >= 0)

    def _append(self, what: int, chain: _Chain, numbers: list[int], in_place: bool = False) -> None:
        if not in_place:
            chain.register = self.new()
        self.items.append((what, chain.register, numbers))

    # -------------------------------------------------------------------------------------------- registers

    def new(self) -> int:
        self.next += 1
        return self.next - 1

    def row(self, k: int) -> int:
        """The register with rows of instruction k, after all that waits for it."""
        chain = self.chains.get(k)
        if chain is not None:
            self._flush(chain)
            return chain.register
        return k

    def as_row(self, k: int) -> int:
        """Instruction k as a register with rows, though all rows may share it."""
        if self.varies[k]:
            return self.row(k)
        if k not in self.filled:
            self.filled[k] = self.new()
        return self.filled[k]

    def written(self, shared_place: Sequence[int]) -> RowsPart:
        """Gives the registers places, and writes the instructions."""
        place, size = self._places()
        setup = array("i")
        for k, register in self.filled.items():
            setup.extend([4, kind.FILL, place[register], shared_place[k]])
        steps: list[array[int] | PythonRule | LoopCall] = []
        code = array("i")
        places: list[int] = []
        for i, (what, out, numbers) in enumerate(self.items):
            if what == NOTHING:
                continue
            if what == LOOP:
                places = [place[k >> 2] if k & 3 == 0 else ~shared_place[k >> 2] for k in numbers]
                loop: Any = self.instruction(out).op
                handles = self.instruction(out).operands[: loop.layout.handles]
                columns = loop.columns([self.instruction(k).op for k in handles])
                sums = self.sums.first_of_loop.get(out, 0), self.added.get(out, [])
                steps += [code, LoopCall(loop, place[out], places, columns, True, self._exactly_of(out), *sums)]
                code = array("i")
                continue
            if what == PYTHON:
                rule, register, operands, kernel = self.rules[i]
                steps += [code, PythonRule(rule, place[register], [place[k] for k in operands], kernel)]
                code = array("i")
                continue
            code.append(len(numbers) + 2)
            code.append(what)
            for number in numbers:
                tag = number & 3
                value = number >> 2
                if self.plainly and (tag == 0 or (tag == 2 and value == -1)):
                    places.append(len(code))
                if tag == 0:
                    code.append(place[value])
                elif tag == 1:
                    code.append(shared_place[value])
                else:
                    code.append(place[out] if value == -1 else value)
        steps.append(code)
        varying = [i for i in range(self.listing.inputs) if self.varies[i]]
        inputs = [(column, place[i]) for column, i in enumerate(varying) if i in place]
        outputs = [(rows, place[k] if rows else shared_place[k]) for rows, k in self.outputs]
        summed = self.summed.placed(shared_place)
        blocks = [range(place[k], place[k] + width) for k, width in self.widths.items() if k in place]
        return RowsPart(
            setup, steps, size, inputs, outputs, summed, self.sums.count, places, {k for block in blocks for k in block}
        )

    def _places(self) -> tuple[dict[int, int], int]:
        """A place for each register with rows, and how many there are. A register read for the last time gives its place on."""
        uses = [
            [*([out] if out >= 0 else []), *(number >> 2 for number in numbers if number & 3 == 0)]
            for _, out, numbers in self.items
        ]
        kept = [*self.filled.values(), *(k for rows, k in self.outputs if rows)]
        if self.plainly:
            kept += range(self.listing.inputs)
        ending = last_uses(uses, kept)
        used = set(itertools.chain(kept, *uses))
        place = {register: at for at, register in enumerate(self.filled.values())}
        for i in range(self.listing.inputs):
            if self.varies[i] and i in used:
                place[i] = len(place)
        of_loops: dict[int, list[tuple[int, int]]] = {}
        for register, (loop, k) in self.parts.items():
            of_loops.setdefault(loop, []).append((register, k))
        free: list[int] = []
        size = len(place)
        for at, (_, given, _about) in enumerate(self.items):
            for out in self.defined_at.get(at, [given] if given >= 0 else []):
                if out in place:
                    continue
                if free and out not in self.widths:
                    place[out] = free.pop()
                else:
                    place[out] = size
                    size += self.widths.get(out, 1)
                for part, k in of_loops.get(out, ()):
                    place[part] = place[out] + k
            free += [place[k] for k in ending[at] if k not in self.widths and k not in self.parts]
        return place, size
