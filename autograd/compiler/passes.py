"""Passes: each takes a Listing and gives one that computes the same numbers, to the last bit, with less to do.

An instruction that a pass does not change is not made anew, and a listing in which it changes nothing is given back itself.
That, and a look-up for each instruction at most, make passes fast on listings of a hundred thousand instructions.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.cpython.exc import PyErr_CheckSignals
else:
    from ..engine.backward import PyErr_CheckSignals

    def PyObject_GC_UnTrack(thing):  # noqa: N802 (C's name): uncompiled, time is not what matters
        pass


import math
import struct
from dataclasses import replace
from functools import partial

from .instructions import Instruction, distinct
from .ops import ADD, CONSTANT, DIV, INPUT, MUL, NEG, POW, SELECTS, SQUARE, SUB, TAKE

# ------------------------------------------------------------------------------------------------ reading and making

make = partial(tuple.__new__, Instruction)


@cython.cfunc
@cython.inline
def op_of(instruction):
    return cython.cast(tuple, instruction)[0]


@cython.cfunc
@cython.inline
def operands_of(instruction) -> tuple:
    return cython.cast(tuple, instruction)[1]


@cython.cfunc
def renumbered(operands: tuple, to: list) -> tuple:
    """Register to[k] in the place of each register k; the same tuple where that changes nothing."""
    k: cython.Py_ssize_t
    for k in operands:
        if to[k] != k:
            return tuple([to[j] for j in operands])
    return operands


@cython.cfunc
def new_instruction(op, operands: tuple, number, label, origin):
    """An Instruction, made in less time than by its constructor.

    It can be in no cycle, and so Python's garbage collector, which took a third of the time on large programs, is spared it.
    """
    instruction = make((op, operands, number, label, origin))
    PyObject_GC_UnTrack(cython.cast(cython.p_void, instruction))
    if operands:
        PyObject_GC_UnTrack(cython.cast(cython.p_void, operands))
    return instruction


@cython.cfunc
def with_operands(instruction, operands: tuple):
    fields: tuple = cython.cast(tuple, instruction)
    if fields[1] is operands:
        return instruction
    return new_instruction(fields[0], operands, fields[2], fields[3], fields[4])


@cython.ccall
def key_of_constant(number: cython.double):
    """What two constants have in common only if they are the same to the last bit."""
    return number if number < 0.0 or number > 0.0 else struct.pack("d", number)


@cython.cfunc
def using(listing, to: list):
    """Every use of register i replaced by one of register to[i]."""
    instructions = [with_operands(each, renumbered(operands_of(each), to)) for each in listing.instructions]
    outputs = tuple([to[k] for k in listing.outputs])
    return replace(listing, instructions=instructions, outputs=outputs, guards=renumbered_guards(listing.guards, to))


@cython.cfunc
def renumbered_guards(guards: tuple, to: list) -> tuple:
    return distinct([g._replace(left=to[g.left], right=to[g.right]) for g in guards])


# ------------------------------------------------------------------------------------------------ the passes


def fold_constants(listing):
    """Computes what depends on constants alone."""
    new: list = []
    folded: cython.bint = False
    for instruction in listing.instructions:
        operands: tuple = operands_of(instruction)
        if operands and are_constant(operands, new):
            number = op_of(instruction).evaluate([new[k].number for k in operands])
            instruction = new_instruction(CONSTANT, (), number, instruction.label, instruction.origin)
            folded = True
        new.append(instruction)
    return replace(listing, instructions=new) if folded else listing


@cython.cfunc
def are_constant(operands: tuple, found: list) -> cython.bint:
    k: cython.Py_ssize_t
    for k in operands:
        if op_of(found[k]) is not CONSTANT:
            return False
    return True


def cheaper(listing):
    """Takes the cheaper of ops that are the same to the last bit: x * x for x**2, x - y for x + (-y), x * y for (-x) * (-y)."""
    new: list = []
    any_cheaper: cython.bint = False
    for instruction in listing.instructions:
        rule = CHEAPER.get(op_of(instruction))
        while rule is not None:
            found = rule(new, operands_of(instruction))
            if found is None:
                break
            op, operands = found
            instruction = new_instruction(op, operands, 0.0, instruction.label, instruction.origin)
            any_cheaper = True
            rule = CHEAPER.get(op)
        new.append(instruction)
    return replace(listing, instructions=new) if any_cheaper else listing


def common_subexpressions(listing):
    """Computes once what was recorded several times: the same op of the same registers."""
    registers: cython.longlong = len(listing.instructions)
    first: dict = {INPUT: None, CONSTANT: {}}  # by op, and by operands: the register
    to: list = []
    merged: cython.bint = False
    for instruction in listing.instructions:
        op = op_of(instruction)
        register = known = len(to)
        if op is not INPUT:
            of_op = first.get(op)
            if of_op is None:
                of_op = first[op] = {}
            known = of_op.setdefault(key_among(registers, instruction, to), register)
        merged = merged or known is not register
        to.append(known)
    return using(listing, to) if merged else listing


@cython.cfunc
def key_among(registers: cython.longlong, instruction, to: list):
    """What an instruction has in common with those of its op that compute the same: its operands, two of them as one number."""
    operands: tuple = operands_of(instruction)
    if len(operands) == 2:
        return cython.cast(cython.longlong, to[operands[0]]) * registers + cython.cast(cython.longlong, to[operands[1]])
    return renumbered(operands, to) if operands else key_of_constant(instruction.number)


def simplify(listing):
    """Leaves out what changes nothing, whatever the numbers: x * 1, x / 1, x - 0, -(-x), a choice between x and x."""
    found: list = listing.instructions
    to: list = []
    simpler: cython.bint = False
    for instruction in found:
        register = same = len(to)
        rule = SAME.get(op_of(instruction))
        if rule is not None:
            same = rule(found, renumbered(operands_of(instruction), to), to)
            same = register if same is None else same
            simpler = simpler or same is not register
        to.append(same)
    return using(listing, to) if simpler else listing


def dead_code(listing):
    """Leaves out what no output and no guard needs, and guards on constants. The inputs stay."""
    found: list = listing.instructions
    guards = tuple([g for g in listing.guards if not are_constant((g.left, g.right), found)])
    needed: list = [False] * len(found)
    for k in [*listing.outputs, *[k for g in guards for k in (g.left, g.right)], *range(listing.inputs)]:
        needed[k] = True
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    for i in range(len(found) - 1, -1, -1):
        if needed[i]:
            for k in operands_of(found[i]):
                needed[k] = True
    to: list = []
    new: list = []
    for i in range(len(found)):
        to.append(len(new))
        if needed[i]:
            new.append(with_operands(found[i], renumbered(operands_of(found[i]), to)))
    if len(new) == len(found) and len(guards) == len(listing.guards):
        return listing
    outputs = tuple([to[k] for k in listing.outputs])
    return replace(listing, instructions=new, outputs=outputs, guards=renumbered_guards(guards, to))


PASSES = (fold_constants, cheaper, common_subexpressions, simplify, dead_code)


def optimised(listing):
    """The listing after all passes.

    >>> from autograd import Value
    >>> from autograd.compiler.from_graph import listing_of
    >>> x = Value(2.0)
    >>> listing = listing_of([x * 1.0 + (x * x) / (x * x)], [x])
    >>> len(listing), len(optimised(listing))
    (7, 4)
    """
    for transform in PASSES:
        PyErr_CheckSignals()
        listing = transform(listing)
    return listing


# ------------------------------------------------------------------------------------------------ what changes nothing
# Each rule takes the instructions, the operands of one, and which register stands for which; it gives a register that has the
# same number as that instruction will have, or None. A rule must hold for all numbers: x + 0 is not x where x is -0, and
# x * 0 and x - x are not 0 where x is NaN or infinite.


def is_number(instruction, number: cython.double) -> cython.bint:
    return op_of(instruction) is CONSTANT and instruction.number == number


def same_as_product(found: list, operands: tuple, to: list):
    x, y = operands
    return x if is_number(found[y], 1.0) else y if is_number(found[x], 1.0) else None


def same_as_quotient(found: list, operands: tuple, to: list):
    return operands[0] if is_number(found[operands[1]], 1.0) else None


def same_as_difference(found: list, operands: tuple, to: list):
    zero = found[operands[1]]
    return operands[0] if is_number(zero, 0.0) and math.copysign(1.0, zero.number) > 0 else None


def same_as_negative(found: list, operands: tuple, to: list):
    inner = found[operands[0]]
    return to[operands_of(inner)[0]] if is_negative(inner) else None


def same_as_choice(found: list, operands: tuple, to: list):
    return operands[2] if operands[2] == operands[3] else None


def same_as_taken(found: list, operands: tuple, to: list):
    index = found[operands[len(operands) - 1]]
    if op_of(index) is not CONSTANT or index.number not in range(len(operands) - 1):
        return None
    return operands[int(index.number)]


SAME = {
    TAKE: same_as_taken,
    MUL: same_as_product,
    DIV: same_as_quotient,
    SUB: same_as_difference,
    NEG: same_as_negative,
    **dict.fromkeys(SELECTS.values(), same_as_choice),
}


# ------------------------------------------------------------------------------------------------ what is cheaper
# Each rule takes the instructions before one, and its operands; it gives (op, operands) of a cheaper one, or None.


def cheaper_power(found: list, operands: tuple):
    return (MUL, (operands[0], operands[0])) if is_number(found[operands[1]], 2.0) else None


def cheaper_square(found: list, operands: tuple):
    return MUL, (operands[0], operands[0])


def cheaper_sum(found: list, operands: tuple):
    x, y = operands
    if is_negative(found[y]):
        return SUB, (x, operands_of(found[y])[0])
    return (SUB, (y, operands_of(found[x])[0])) if is_negative(found[x]) else None


def cheaper_difference(found: list, operands: tuple):
    x, y = operands
    return (ADD, (x, operands_of(found[y])[0])) if is_negative(found[y]) else None


def cheaper_product(found: list, operands: tuple):
    x, y = operands
    if is_number(found[x], -1.0):
        return NEG, (y,)
    return (NEG, (x,)) if is_number(found[y], -1.0) else cheaper_quotient(found, operands, MUL)


def cheaper_quotient(found: list, operands: tuple, op=DIV):
    x, y = operands
    if is_negative(found[x]) and is_negative(found[y]):
        return op, (operands_of(found[x])[0], operands_of(found[y])[0])
    return None


def is_negative(instruction) -> cython.bint:
    return op_of(instruction) is NEG


CHEAPER = {
    POW: cheaper_power,
    SQUARE: cheaper_square,
    ADD: cheaper_sum,
    SUB: cheaper_difference,
    MUL: cheaper_product,
    DIV: cheaper_quotient,
}
