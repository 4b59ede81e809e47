"""Tuples of operands, for the uncompiled files. `_tuples.pxd` is the same list for the compiled build."""

from .value import Value


def element(operands, i):
    """Operand number i; compiled, its address."""
    return operands[i]


def is_value(operand):
    """Whether what `element` gave is a Value."""
    return type(operand) is Value


def datum(operands, i):
    """The number of operand i, which is a Value or a float."""
    operand = operands[i]
    return operand._data if type(operand) is Value else operand


def count_values(operands):
    """How many operands are Values; -1 if others than Values and floats are among them."""
    kinds = [type(operand) for operand in operands]
    found = kinds.count(Value)
    return found if found + kinds.count(float) == len(kinds) else -1


def joined(xs, ys):
    """Two lists or tuples as one tuple."""
    return (*xs, *ys)


def keep_from_collector(operands):
    """Keeps a tuple of Values and floats, which cannot be in a cycle, out of what Python's collector walks again and again."""
