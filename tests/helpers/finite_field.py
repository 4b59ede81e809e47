"""Plans held to what their programs compute, over a finite field.

Modulo a large prime sums and products are exact, whatever their order, and any other operation may be a number of its own for
each operands: a plan that reads a register too late, or another one, gives another number.
"""

from collections.abc import Callable, Sequence
from typing import Any

from random_formulas import Formula
from recordings import program_of

import autograd
from autograd.compiler.expansion import expand, is_written_out_at_a_point
from autograd.compiler.instructions import Listing
from autograd.compiler.ops import CONSTANT, EXPONENTIALS, INPUT, PART, Op
from autograd.compiler.plan import Plan
from autograd.compiler.program import Program
from autograd.compiler.selection import RELATIONS, Operation, operation
from autograd.runtime import instruction_kinds
from autograd.runtime.instruction_kinds import FROM_FIRST, FROM_ZERO
from autograd.runtime.kernel_table import KERNELS, WITH_SLOPE
from autograd.runtime.python_rules import PythonRule

KINDS = {
    number: name
    for name, number in vars(instruction_kinds).items()
    if name.isupper() and not name.startswith("FROM_") and not name.endswith("_OF")
}
BOTH = {both: (KERNELS[op], KERNELS[f"slope {op} 0"]) for op, both in WITH_SLOPE.items()}
PRIME = 2**61 - 1


def opaque(*things: Any) -> int:
    return hash(things) % PRIME


ZERO = opaque("what a dot starts from")
"""No 0, for 0.0 + x is another number than x where x is -0.0."""


def constant(number: float) -> int:
    """1 for 1.0, which plans multiply with where nothing is to change."""
    return 1 if number == 1.0 else opaque(CONSTANT, number.hex())


def over(x: int, y: int) -> int:
    """By Fermat's little theorem; 0 where y is 0."""
    return x * pow(y, PRIME - 2, PRIME) % PRIME


ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "ADD": lambda x, y: (x + y) % PRIME,
    "SUB": lambda x, y: (x - y) % PRIME,
    "MUL": lambda x, y: x * y % PRIME,
    "DIV": over,
}
SHARED = {f"{name}_S": f for name, f in ARITHMETIC.items()} | {
    f"S_{name}": lambda x, y, f=ARITHMETIC[name]: f(y, x) for name in ("SUB", "DIV")
}


class Machine:
    """Runs a plan on one row, a register at a time. A place that nothing was written to holds None."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.shared: list[Any] = [None] * plan.shared
        self.rows: list[Any] = [None] * plan.rows
        self.sums = [0] * plan.sums
        self.guards: list[tuple[Any, ...]] = []
        self.kinds: list[str] = []
        self.beside = 0  # so many sums of products are still to come that run side by side, beside those `made`
        self.made: set[int] = set()
        for k, number in plan.constants:
            self.shared[k] = constant(number)

    def run(self, shared: Sequence[int], own: Sequence[int]) -> list[int]:
        self.shared[: len(shared)] = shared
        for step in self.plan.before:
            self.step(step, self.shared)
        self.part(*self.plan.setup, self.rows)
        for column, place in zip(self.plan.input_columns, self.plan.input_places, strict=True):
            self.rows[place] = own[column]
        for step in self.plan.body:
            self.step(step, self.rows)
        summed = [
            sum([*[self.shared[k] for k in fixed], *[self.sums[k] * (1 if y < 0 else self.shared[y]) for k, y in sums]]) % PRIME
            for fixed, sums in self.plan.summed
        ]
        return summed + [(self.rows if with_rows else self.shared)[k] for with_rows, k in self.plan.outputs]

    def step(self, step: Any, rows: list[Any]) -> None:
        if isinstance(step, PythonRule):
            rows[step.out] = opaque(step.rule, *[rows[k] for k in step.operands])
        else:
            begin, end = step
            self.part(begin, end, rows)

    def part(self, begin: int, end: int, rows: list[Any]) -> None:
        while begin < end:
            size = self.plan.code[begin]
            assert size >= 2
            self.instruction(rows, *self.plan.code[begin + 1 : begin + size])
            begin += size
        assert begin == end

    def instruction(self, rows: list[Any], number: int, *about: int) -> None:
        kind = KINDS[number]
        self.kinds.append(kind)
        if self.beside:
            assert kind == "PRODUCTS" and not self.made & set(about[3:]), "one of four sums needs another"
            self.made.add(about[0])
            self.beside -= 1
        if kind in ARITHMETIC or kind in SHARED:
            width, out, x, y = about
            for j in range(width):
                second = rows[y + j] if kind in ARITHMETIC else self.shared[y]
                rows[out + j] = (ARITHMETIC | SHARED)[kind](rows[x + j], second)
        elif kind == "FILL":
            rows[about[0]] = self.shared[about[1]]
        elif kind in ("SUM", "PRODUCTS", "PRODUCTS_S"):
            self.add(rows, kind, *about)
        elif kind == "WIDE_PRODUCTS":
            width, out, begins, count, *factors = about
            for j in range(width):
                moved = [k + j if i % 2 == 0 else k for i, k in enumerate(factors)]
                self.add(rows, "PRODUCTS", out + j, begins, count, *moved)
        elif kind == "FOUR_PRODUCTS":
            assert self.beside == 0
            self.beside, self.made = 4, set()
        elif kind == "GATHER":
            width, out, *xs = about
            rows[out : out + width] = [rows[k] for k in xs]
            assert len(xs) == width
        elif kind == "ROW_SUMS":
            first, count, *xs = about
            self.sums[first : first + count] = [self.sums[first + j] + rows[k] for j, k in enumerate(xs)]
        elif kind == "ROW_PRODUCTS":
            first, count, y, *xs = about
            self.sums[first : first + count] = [self.sums[first + j] + rows[k] * rows[y] for j, k in enumerate(xs)]
        elif kind == "PANEL":
            out, width, *xs = about
            assert len(xs) == width and width % 8 == 0
            for j, k in enumerate(xs):
                rows[out + j] = rows[k]
        elif kind == "PANEL_SUMS":
            first, panel, width, count, *ys = about
            products = [rows[panel + i] * rows[y] for y in ys for i in range(width)]
            self.sums[first : first + width * count] = [self.sums[first + j] + product for j, product in enumerate(products)]
        elif kind == "ROW_CHOICES":
            first, many, low, count, index, *ys = about
            assert len(ys) == many
            for place in range(low, low + count):
                for j, y in enumerate(ys):
                    self.sums[first + (place - low) * many + j] += chosen(rows[index], place, rows[y])
        elif kind == "MATRIX":
            begins, plus_last, outs, width, *operands = about
            xs, factors = operands[outs : outs + width], operands[outs + width : outs + width + outs * width]
            last = operands[outs + width + outs * width :]
            assert len(factors) == outs * width and len(last) == outs * plus_last
            for j, out in enumerate(operands[:outs]):
                pairs = zip(xs, factors[j * width : (j + 1) * width], strict=True)
                self.add(rows, "PRODUCTS_S", out, begins, width, *[k for pair in pairs for k in pair])
                if plus_last:
                    rows[out] = rows[out] + self.shared[last[j]]
        elif kind == "OVER_LIST":
            out, which, index, count, *xs = about
            assert len(xs) == count
            operands = [rows[k] for k in xs]
            assert None not in operands
            for j, i in enumerate(range(count) if index == count else [index]):
                rows[out + j] = opaque(number, 8 * i + which, *operands)
        elif kind == "EXPONENTIALS":
            out, count, *xs = about
            operands = [rows[k] for k in xs]
            assert None not in operands and len(xs) == count
            rows[out : out + count + 3] = exponentials(operands)
        elif kind in ("TAKE", "TAKE_S"):
            out, index, count, *xs = about
            assert len(xs) == count
            operands = [(rows if kind == "TAKE" else self.shared)[k] for k in xs]
            assert None not in operands
            rows[out] = opaque(instruction_kinds.TAKE, *operands, rows[index])
        elif kind == "GUARD":
            self.guards.append((*about[:2], rows[about[2]], rows[about[3]]))
        elif kind == "CALL" and about[2] in BOTH:
            width, out, code, x, slope, _ = about
            for j in range(width):
                operand, (alone, of_slope) = rows[x + j], BOTH[code]
                assert operand is not None
                rows[out + j] = opaque(number, alone, operand, operand, operand)
                rows[slope + j] = opaque(number, of_slope, operand, rows[out + j], operand)
        else:
            width, out, *xs = about
            code = [xs.pop(0)] if kind not in ("LESS", "LESS_EQUAL", "EQUAL", "NOT_EQUAL") else []
            for j in range(width):
                operands = [rows[k + j] for k in xs]
                assert None not in operands
                rows[out + j] = opaque(number, *code, *operands)

    def add(self, rows: list[Any], kind: str, out: int, begins: int, count: int, *about: int) -> None:
        if kind == "SUM":
            terms = [rows[k] for k in about]
        else:
            factors = rows if kind == "PRODUCTS" else self.shared
            terms = [rows[x] * factors[y] for x, y in zip(about[::2], about[1::2], strict=True)]
        assert len(terms) == count and (begins != FROM_FIRST or terms)
        start = ZERO if begins == FROM_ZERO else 0 if begins == FROM_FIRST else rows[out]
        rows[out] = (start + sum(terms)) % PRIME


def exponentials(operands: Sequence[int]) -> list[int]:
    return [opaque(instruction_kinds.EXPONENTIALS, j, *operands) for j in range(len(operands) + 3)]


def chosen(index: int, place: int, y: int) -> int:
    """What the program's two choices give, of which ROW_CHOICES is made: y where the index is the place, and 0.0 elsewhere."""
    number = [constant(float(k)) for k in (0, 1, place)]
    indicator = opaque(instruction_kinds.EQUAL, index, number[2], number[1], number[0])
    return opaque(instruction_kinds.EQUAL, indicator, number[0], number[0], y)


def computed(
    program: Listing, exact: frozenset[int], varies: Sequence[bool], inputs: Sequence[int]
) -> tuple[list[int], list[tuple[Any, ...]]]:
    """The same by the program: its outputs, and what its guards compare."""
    found: list[Any] = []
    for i, instruction in enumerate(program.instructions):
        if instruction.op is INPUT:
            found.append(inputs[i])
        elif instruction.op is CONSTANT:
            found.append(constant(instruction.number))
        elif instruction.op is PART:
            block, number = instruction.operands
            found.append(found[block][int(program.instructions[number].number)])
        else:
            exactly = i in exact or not varies[i]
            found.append(applied(instruction.op, operation(instruction, program.instructions, exactly), found))
    guards = [(RELATIONS[g.relation], int(g.outcome), found[g.left], found[g.right]) for g in program.guards]
    return [found[k] for k in program.outputs], guards


def applied(op: Op, how: Operation, found: list[Any]) -> Any:
    operands = [found[k] for k in how.operands]
    if op is EXPONENTIALS:
        return exponentials(operands)
    kind = KINDS.get(how.kind, "PYTHON")
    if kind in ARITHMETIC:
        return ARITHMETIC[kind](*operands)
    if kind == "PRODUCTS":
        half = len(operands) // 2
        return (ZERO + sum(x * y for x, y in zip(operands[:half], operands[half:], strict=True))) % PRIME
    if kind == "PYTHON":
        return opaque(op.rule, *operands)
    if op.kind == "select":
        return opaque(how.kind, *operands)
    if kind == "OVER_LIST":
        return opaque(how.kind, how.code, *operands)
    if kind == "TAKE":
        return opaque(how.kind, *operands)
    return opaque(how.kind, how.code, *operands, *operands[:1] * (3 - len(operands)))


def written_out(program: Program, per_row: Sequence[bool]) -> tuple[Listing, Any]:
    """What a plan is made of: the listing, and its decisive registers."""
    if any(per_row):
        return expand(program, per_row)
    if is_written_out_at_a_point(program):
        return expand(program, per_row, range(len(program)))[0], frozenset[int]()
    return program, frozenset[int]()


def check(program: Program, per_row: Sequence[bool], share: float) -> Plan:
    """That a plan computes what its program does; this share of the outputs, the first, are summed over the rows."""
    plan = Plan(program, per_row, int(share * len(program.outputs)))
    listing, exact = written_out(program, per_row)
    inputs = [opaque("input", i) for i in range(program.inputs)]
    machine = Machine(plan)
    got = machine.run(*[[x for x, own in zip(inputs, per_row, strict=True) if own is rows] for rows in (False, True)])
    want, guards = computed(listing, exact, plan.varies, inputs)
    assert got == want
    assert sorted(machine.guards) == sorted(guards)
    return plan


def recorded(formula: Formula) -> Program:
    xs = [0.3 + 0.1 * i for i in range(formula.inputs)]
    return program_of(lambda *xs: formula.run(autograd, xs), *xs)
