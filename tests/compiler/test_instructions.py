"""Listings: which of their registers decide what is computed."""

import pytest
from written_programs import constant, instruction, program

from autograd.compiler.deciding import decisive
from autograd.compiler.instructions import Guard, Instruction
from autograd.compiler.ops import INPUT

X = Instruction(INPUT, ())


@pytest.mark.parametrize(
    ("instructions", "guards", "expected"),
    [
        ([X, instruction("exp", (0,)), instruction("tanh", (1,))], [], set()),
        # what a guard compares, and all that this is computed from
        ([X, X, instruction("exp", (0,)), instruction("tanh", (1,)), constant(1.0)], [(2, 4)], {0, 2, 4}),
        ([X, instruction("exp", (0,)), instruction("tanh", (1,)), instruction("exp", (2,))], [(2, 2)], {0, 1, 2}),
        # a step's operand, wherever the step stands: behind the last input, with something between, at the end
        ([X, instruction("flat floor", (0,))], [], {0}),
        ([X, instruction("flat floor", (0,)), instruction("exp", (1,))], [], {0}),
        ([X, X, instruction("exp", (1,)), instruction("flat floor", (2,)), instruction("exp", (0,))], [], {1, 2}),
        # of a choice what it compares; what it chooses from only if that decides something in turn
        ([X, X, X, X, instruction("select <", (0, 1, 2, 3))], [], {0, 1}),
        ([X, X, X, X, instruction("select <", (0, 1, 2, 3))], [(4, 4)], {0, 1, 2, 3, 4}),
        # the slope of what has a kink, but not that of what is smooth
        ([X, instruction("relu", (0,)), instruction("slope relu 0", (0, 1))], [], {0, 1}),
        ([X, instruction("tanh", (0,)), instruction("slope tanh 0", (0, 1))], [], set()),
    ],
)
def test_what_decides_a_branch_a_choice_or_a_step(instructions, guards, expected):
    assert decisive(program(*instructions, guards=[Guard("<", *pair, True) for pair in guards])) == expected
