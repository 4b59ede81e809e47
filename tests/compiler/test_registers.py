"""Registers given on: nothing is overwritten that is still to be read, and there are no more registers than that takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_programs import few

import autograd
from autograd.compiler.from_graph import flatten
from autograd.compiler.program import CONSTANT, INPUT, Guard, Instruction, Program
from autograd.compiler.registers import assign

Case = tuple[list[tuple[int, ...]], list[int], list[int]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Operands, an order in which each comes after its operands, and what is kept; some results are there from the start."""
    count = draw(st.integers(1, 25))
    there = draw(st.integers(0, count))
    operands: list[tuple[int, ...]] = [() for _ in range(there)]
    for i in range(there, count):
        operands.append(tuple(draw(st.lists(st.integers(0, max(i - 1, 0)), max_size=4 if i else 0))))
    waiting, order = set(range(there, count)), []
    while waiting:
        order.append(draw(st.sampled_from(sorted(i for i in waiting if not waiting.intersection(operands[i])))))
        waiting.remove(order[-1])
    return operands, order, draw(st.lists(st.integers(0, count - 1), max_size=4))


def alive_at(case: Case, at: int) -> set[int]:
    """The results of the order whose registers are taken while number `at` is computed: an oracle that looks at all of it."""
    operands, order, kept = case
    later = {k for i in order[at:] for k in operands[i]} | set(kept)
    return {i for i in order[:at] if i in later} | {order[at]}


@few
@given(case=cases())
def test_a_program_run_on_its_registers_computes_the_same(case: Case) -> None:
    operands, order, kept = case
    register, count = assign(*case)
    assert len(register) == len(operands) and all(0 <= r < count for r in register)
    file: list[object] = [None] * count
    for i in set(range(len(operands))) - set(order):
        assert file[register[i]] is None, "what is there from the start has a register of its own"
        file[register[i]] = i
    for i in order:
        assert [file[register[k]] for k in operands[i]] == list(operands[i])
        assert register[i] not in {register[k] for k in operands[i]}, "a result is written while its operands are read"
        file[register[i]] = i
    for k in {*kept, *set(range(len(operands))) - set(order)}:
        assert file[register[k]] == k, "what is read after the end stays, and what another run begins with"


@few
@given(case=cases())
def test_no_more_registers_than_results_alive_at_once(case: Case) -> None:
    operands, order, _ = case
    most = max((len(alive_at(case, at)) for at in range(len(order))), default=0)
    assert assign(*case)[1] == len(operands) - len(order) + most


def test_a_chain_takes_two_registers_beside_its_input() -> None:
    length = 200_000
    register, count = assign([(), *((i,) for i in range(length))], range(1, length + 1), [length])
    assert count == 3 and register[:4] == [0, 1, 2, 1]


def test_an_operand_twice_is_given_on_once() -> None:
    assert assign([(), (0,), (1, 1), (2,), (2,), (3, 4)], [1, 2, 3, 4, 5], [5]) == ([0, 1, 2, 1, 3, 2], 4)


def x(count: int) -> list[Instruction]:
    return [Instruction(INPUT, ()) for _ in range(count)]


@pytest.mark.parametrize(
    ("program", "registers"),
    [
        (Program(x(3), 3, ()), 3),
        (Program([*x(1), Instruction("exp", (0,)), Instruction("exp", (1,)), Instruction("exp", (2,))], 1, (3,)), 3),
        (Program([*x(1), Instruction("exp", (0,)), Instruction("exp", (1,)), Instruction("exp", (2,))], 1, (1, 3)), 4),
        (Program([*x(1), Instruction("exp", (0,)), Instruction("exp", (1,)), Instruction("exp", (2,))], 1, (3,),
                 (Guard("<", 1, 0, True),)), 4),
        (Program([*x(1), Instruction(CONSTANT, (), 2.0), Instruction("mul", (0, 1))], 1, (2,)), 3),
        (Program([], 0, ()), 0),
    ],
)  # fmt: skip
def test_registers_and_memory_of_programs(program: Program, registers: int) -> None:
    """Outputs and what guards compare keep theirs."""
    assert (program.registers, program.memory) == (registers, 8 * registers)


def test_counts_and_summary() -> None:
    v = [autograd.Value(float(i)) for i in range(3)]
    p = flatten([v[0] * v[1] + v[1] * v[2] + 1.0, v[2].exp()], v)
    assert list(p.counts.items()) == [("input", 3), ("mul", 2), ("add", 2), ("constant", 1), ("exp", 1)]
    assert sum(p.counts.values()) == len(p)
    assert p.summary == "9 instructions, 7 registers, 5 flops" and repr(p) == f"<Program: {p.summary}>"
    guarded = Program(x(1), 1, (0,), (Guard("<", 0, 0, False),))
    assert guarded.summary == "1 instruction, 1 register, 0 flops, 1 guard"


def test_the_summary_of_a_large_program_has_its_thousands_apart() -> None:
    def f(v: autograd.Value) -> autograd.Value:
        for _ in range(1000):
            v = v.sin()
        return v

    fast = autograd.compile(f)
    fast(0.5)
    assert fast.programs[0].summary == "1,001 instructions, 3 registers, 1,000 flops"
