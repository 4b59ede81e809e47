"""Registers given on: a result whose last reader has run leaves its register to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def assign(operands: Sequence[Sequence[int]], order: Sequence[int], kept: Iterable[int]) -> tuple[list[int], int]:
    """A register for each result, and how many registers that takes: as few as there can be for this order.

    operands    for each result, those it is computed from
    order       the results that are computed, one after the other. The others (inputs, constants) are there from the beginning
                and stay, each in a register of its own
    kept        the results that are read after the end: outputs, and what guards compare

    No result takes the register of one of its own operands, so it may be written while they are read.

    >>> assign([(), (0,), (1,), (2,), (3,)], order=[1, 2, 3, 4], kept=[4])
    ([0, 1, 2, 1, 2], 3)
    """
    register = [-1] * len(operands)
    at_the_end = len(order)
    read_last = [at_the_end] * len(operands)
    for at, i in enumerate(order):
        read_last[i] = at  # one that nothing reads is given on at once
    computed = bytearray(len(operands))
    for i in order:
        computed[i] = True
    for at, i in enumerate(order):
        for k in operands[i]:
            if computed[k]:
                read_last[k] = at
    for k in kept:
        read_last[k] = at_the_end
    count = 0
    for i in range(len(operands)):
        if not computed[i]:
            register[i] = count
            count += 1
    free: list[int] = []
    for at, i in enumerate(order):
        if free:
            register[i] = free.pop()
        else:
            register[i] = count
            count += 1
        for k in (*operands[i], i):
            if read_last[k] == at:
                free.append(register[k])
                read_last[k] = at_the_end  # an operand may stand there twice
    return register, count
