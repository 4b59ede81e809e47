"""Outputs that are summed over the rows, as instructions of a plan.

A product is summed without being made row by row, and so is what a choice among the elements of a list has for each of them.
Where many registers are multiplied with many, one side is turned into a panel, in which the numbers of a row are neighbours.
What has the same form for the same outputs is added to the same sums: the gradient of a matrix by each of its uses.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Protocol

from ..runtime import instruction_kinds as kind
from .columns import FIXED, Columns
from .instructions import Instruction
from .loop_parts import sums_of
from .loops import Loop
from .ops import CONSTANT
from .row_items import Item, Sums, plain, row
from .selection import NONE, PART, Operations

ONE_BY_ONE = 0.4
"""What it costs, for each row, to sum the products of two registers that are not turned. Turning a register costs 1."""

MOST_CHOICES = 1 << 24

SEVERAL = -2
"""In the place of the output that a term is of: it is of several."""

CONSTANTS = FIXED.index(CONSTANT)

GAP = 4
"""So far apart two elements that may be chosen stand at most, for what comes to them to be added by one instruction."""


def by_panel(width: int, registers: int) -> float:
    """What it costs, for each row, to turn `width` registers and sum their products with so many `registers`."""
    vectors = -(-width // 8)
    return 8 * vectors + registers * (vectors + 2)


Term = tuple[str, int, int, int]
"""A term of an output, (what, x, y, place): x by itself ("sum", or "shared" by all rows), times y ("product", or "scaled" by
what rows share), "chosen", which is y in the rows where x is the whole number `place`, and 0 in the others, or "looped", which
is what the loop x adds to its state number `place`. What does not apply is -1."""


class Rows(Protocol):
    """What is asked of the instructions on their way into a plan: see `plan_rows`."""

    columns: Columns
    varies: Sequence[int]
    operations: Operations
    uses: list[int]
    gone: list[bool]
    items: list[Item]
    widths: dict[int, int]

    def instruction(self, i: int) -> Instruction: ...
    def new(self) -> int: ...
    def row(self, k: int) -> int: ...
    def as_row(self, k: int) -> int: ...


class RowSums:
    """The outputs that are summed.

    plainly     whether they are to be sums over rows and nothing beside: neither times what rows share nor that itself
    count       how many sums over rows there are so far
    of_loops    of each loop: the states that are summed in each of its steps
    """

    def __init__(self, rows: Rows, outputs: Sequence[int], plainly: bool) -> None:
        """Finds the terms; instructions that are needed for nothing else are `gone` from then on."""
        self.rows = rows
        self.plainly = plainly
        self.count = 0
        self.of_loops: dict[int, list[int]] = {}
        self.first_of_loop: dict[int, int] = {}
        self._may_sum: dict[int, Collection[int]] = {}  # of each loop: the states that it only adds to
        self._terms: list[Term] = []  # those of each output after each other
        self._ends = array("i", [0])  # and where they end
        self._reader: dict[Term, int] = {}  # the output that a term is of, or SEVERAL
        self._known: dict[Term, Term] = {}
        for output, k in enumerate(outputs):
            for term in self._decomposed(k):
                found = self._product(term[1], term[2]) if term[0] == "product" else term  # y times x is the same term
                self._terms.append(self._known.setdefault(found, found))
                self._reader[found] = SEVERAL if found in self._reader else output
            self._ends.append(len(self._terms))
        self._firsts: dict[tuple[object, ...], int] = {}  # of the sums of a form, for its outputs
        self._again: set[Term] = set()  # terms that are added to the sums of others

    def _decomposed(self, output: int) -> list[Term]:
        rows = self.rows
        terms: list[Term] = []
        waiting = [output]
        while waiting:
            k = waiting.pop()
            if not rows.varies[k]:
                terms.append(("sum" if self.plainly else "shared", k, -1, -1))
                continue
            what = rows.operations.kinds[k]
            if what == NONE or rows.uses[k] != 1:
                terms.append(("sum", k, -1, -1))
                continue
            operands = rows.operations.operands(k)
            if what == kind.ADD:
                rows.gone[k] = True
                waiting += reversed(operands)
            elif what == kind.MUL and not (self.plainly and not all([rows.varies[x] for x in operands])):
                rows.gone[k] = True
                x, y = operands
                if rows.varies[x] and rows.varies[y]:
                    terms.append(("product", x, y, -1))
                else:
                    terms.append(("scaled", x, y, -1) if rows.varies[x] else ("scaled", y, x, -1))
            elif what == PART and (looped := self._looped(*operands)):
                rows.gone[k] = True
                terms.append(looped)
                begins = self._begins(looped)
                if self._number(begins) != 0.0:
                    waiting.append(begins)
            else:
                terms.append(self._chosen(k) or ("sum", k, -1, -1))
        for term in terms:  # a register that is summed here must not become a part of another sum
            rows.uses[term[1]] += 1
            if term[0] in ("product", "chosen"):
                rows.uses[term[2]] += 1
        return terms

    def _looped(self, block: int, place: int) -> Term | None:
        """What a loop adds to a state from a beginning that rows share, if that is all it does with that state."""
        rows, op = self.rows, self.rows.instruction(block).op
        number = int(rows.columns.numbers[place])
        if block not in self._may_sum:
            self._may_sum[block] = sums_of(op) if isinstance(op, Loop) else ()
        looped = "looped", block, -1, number
        if number not in self._may_sum[block] or rows.varies[self._begins(looped)]:
            return None
        self.of_loops.setdefault(block, []).append(number)
        return looped

    def _begins(self, looped: Term) -> int:
        """The register that such a state begins with."""
        op, operands, *_ = self.rows.instruction(looped[1])
        assert isinstance(op, Loop)
        return operands[op.layout.handles + looped[3]]

    def _chosen(self, k: int) -> Term | None:
        """The slope of a `take` in one of its elements, times what comes to it: y where x == place, and 0 elsewhere."""
        rows, how = self.rows, self.rows.operations[k]
        if how.kind != kind.EQUAL or self._number(how.operands[1]) != 0.0 or self._number(how.operands[2]) != 0.0:
            return None
        indicator, _, _, y = how.operands
        if rows.operations.kinds[indicator] != kind.EQUAL:
            return None
        x, place, one, zero = rows.operations.operands(indicator)
        number = self._number(place)
        if self._number(one) != 1.0 or self._number(zero) != 0.0 or number is None or not 0.0 <= number <= MOST_CHOICES:
            return None
        if not number.is_integer() or not rows.varies[x]:
            return None
        rows.gone[k] = True
        rows.uses[indicator] -= 1
        if rows.uses[indicator] == 0:
            rows.gone[indicator] = True
        return "chosen", x, y, int(number)

    def _number(self, k: int) -> float | None:
        return self.rows.columns.numbers[k] if self.rows.columns.op[k] == CONSTANTS else None

    # -------------------------------------------------------------------------------------------- instructions

    def lower(self) -> Sums:
        """Makes the instructions, and numbers the sums."""
        number: dict[Term, int] = {}
        for xs, ys in self._products():
            turned = by_panel(len(xs), len(ys)) < ONE_BY_ONE * len(xs) * len(ys)
            number |= self._panel(xs, ys) if turned else self._pairs(xs, ys)
        number |= self._choices() | self._of_loops()
        alone = dict.fromkeys(x for what, x, _, _ in self._terms if what in ("sum", "scaled"))
        if alone:
            self._append(kind.ROW_SUMS, [plain(self.count), plain(len(alone)), *[row(self.rows.as_row(x)) for x in alone]])
            number |= {("sum", x, -1, -1): self.count + i for i, x in enumerate(alone)}
            self.count += len(alone)
        sums = Sums()
        for begin, end in pairwise(self._ends):
            for term in self._terms[begin:end]:
                what, x, y, _ = term
                if what == "shared":
                    sums.shared.append(x)
                elif what in ("sum", "scaled"):
                    sums.add(number["sum", x, -1, -1], y)
                elif term not in self._again:
                    sums.add(number[term])
            sums.end()
        return sums

    def _append(self, what: int, numbers: list[int], out: int = -1) -> None:
        self.rows.items.append((what, out, numbers))

    def _number_sums(self, form: tuple[int, ...], slots: Sequence[Term | None]) -> tuple[int, dict[Term, int]]:
        """The number of the first of the sums of `slots`, a term or None for each, and the number of each term's."""
        outputs = []
        for term in slots:
            outputs.append(self._reader.get(term, SEVERAL) if term else -1)
        key = form, *outputs
        if SEVERAL not in outputs and key in self._firsts:
            first = self._firsts[key]
            self._again.update(term for term in slots if term)
        else:
            first = self._firsts[key] = self.count
            self.count += len(slots)
        return first, {term: first + i for i, term in enumerate(slots) if term}

    # -------------------------------------------------------------------------------------------- products

    def _products(self) -> list[tuple[Sequence[int], Sequence[int]]]:
        """The products to be summed, as pairs of lists: each register of the one is multiplied with each of the other."""
        products = [term for term in self._terms if term[0] == "product"]
        often = Counter(k for _, x, y, _ in products for k in (x, y))
        others: dict[int, dict[int, None]] = {}  # by factor
        for _, x, y, _ in products:
            common, other = (x, y) if often[x] >= often[y] else (y, x)
            others.setdefault(common, {})[other] = None
        with_same: dict[tuple[int, ...], list[int]] = {}
        for common, found in others.items():
            with_same.setdefault(tuple(found), []).append(common)
        return [  # the list that is cheaper to turn into a panel comes first
            (ys, xs) if by_panel(len(xs), len(ys)) > by_panel(len(ys), len(xs)) else (xs, ys) for xs, ys in with_same.items()
        ]

    def _product(self, x: int, y: int) -> Term:
        """The term of this product, whichever factor it has first."""
        turned, term = ("product", y, x, -1), ("product", x, y, -1)
        return self._known.get(turned) or self._known.get(term) or term

    def _pairs(self, xs: Sequence[int], ys: Sequence[int]) -> dict[Term, int]:
        number: dict[Term, int] = {}
        for y in ys:
            first, found = self._number_sums((kind.ROW_PRODUCTS, len(xs)), [self._product(x, y) for x in xs])
            numbers = [plain(first), plain(len(xs)), row(self.rows.row(y)), *[row(self.rows.row(x)) for x in xs]]
            self._append(kind.ROW_PRODUCTS, numbers)
            number |= found
        return number

    def _panel(self, xs: Sequence[int], ys: Sequence[int]) -> dict[Term, int]:
        panel = self.rows.new()
        turned = [row(self.rows.row(x)) for x in xs]
        spare = -len(xs) % 8
        turned += turned[-1:] * spare  # up to whole vectors: copies of the last, whose sums nothing reads
        self.rows.widths[panel] = len(turned)
        self._append(kind.PANEL, [plain(-1), plain(len(turned)), *turned], panel)
        slots: list[Term | None] = []
        for y in ys:
            slots += [*[self._product(x, y) for x in xs], *[None] * spare]
        first, number = self._number_sums((kind.PANEL_SUMS, len(turned)), slots)
        numbers = [plain(first), row(panel), plain(len(turned)), plain(len(ys)), *[row(self.rows.row(y)) for y in ys]]
        self._append(kind.PANEL_SUMS, numbers)
        return number

    # -------------------------------------------------------------------------------------------- loops and choices

    def _of_loops(self) -> dict[Term, int]:
        """What loops sum while they run, by sums of their own: for each loop one after the other from `first_of_loop` on."""
        number: dict[Term, int] = {}
        for block, states in self.of_loops.items():
            self.first_of_loop[block] = self.count
            number |= {("looped", block, -1, j): self.count + i for i, j in enumerate(states)}
            self.count += len(states)
        return number

    def _choices(self) -> dict[Term, int]:
        """For each register that chooses: what comes to each element that it may choose."""
        by_index: dict[int, dict[Term, None]] = {}
        for term in self._reader:
            if term[0] == "chosen":
                by_index.setdefault(term[1], {})[term] = None
        number: dict[Term, int] = {}
        for x, terms in by_index.items():
            for lowest, end in _runs(sorted({place for *_, place in terms})):
                ys = list(dict.fromkeys(y for _, _, y, place in terms if lowest <= place < end))
                wanted = [("chosen", x, y, place) for place in range(lowest, end) for y in ys]
                form = kind.ROW_CHOICES, len(ys), lowest
                first, found = self._number_sums(form, [term if term in terms else None for term in wanted])
                numbers = [plain(first), plain(len(ys)), plain(lowest), plain(end - lowest), row(self.rows.row(x))]
                self._append(kind.ROW_CHOICES, [*numbers, *[row(self.rows.as_row(y)) for y in ys]])
                number |= found
        return number


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Where runs of places begin and end, which have few gaps and small ones."""
    begins = [k for k, (before, place) in enumerate(pairwise([-GAP - 1, *places])) if place - before > GAP]
    return [(places[begin], places[end - 1] + 1) for begin, end in pairwise([*begins, len(places)])]
