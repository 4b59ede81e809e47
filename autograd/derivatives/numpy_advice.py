"""What to do where NumPy could not do with an array of Values what it does with one of floats: a note to its error.

NumPy makes arrays of objects of Values, and its functions of one operand ask each element for a method of that name. A plain
number among them has none, some functions have no loop over objects at all, and its linear algebra is of floats alone.
"""

from __future__ import annotations

import re
import sys

from ..engine.numpy_functions import ALONE

MIXED = re.compile(r"loop of ufunc does not support argument \d+ of type ([\w.]+) which has no callable (\w+) method")
NO_LOOP = re.compile(r"ufunc '(\w+)' not supported for the input types")
CAST = re.compile(r"Cannot cast ufunc '(\w+)' input")


def advise(problem: Exception) -> None:
    """Adds to an error a note on what to write instead, if it is one of NumPy's about an array of Values.

    >>> import numpy as np
    >>> from autograd import Value
    >>> try:
    ...     np.exp(np.array([Value(1.0), 2.0]))
    ... except TypeError as problem:
    ...     advise(problem)
    ...     print(problem.__notes__[0])  # doctest: +ELLIPSIS
    a plain number (float) stands among the Values of this array, ...: np.frompyfunc(np.exp, 1, 1)(x) takes both; ...
    """
    note = _advice(str(problem))
    if note and not getattr(problem, "__notes__", None):
        problem.add_note(note)


def _advice(message: str) -> str:
    if found := MIXED.match(message):
        kind, name = found.groups()
        return (
            f"a plain number ({kind}) stands among the Values of this array, and NumPy asks each element for its {name}(): "
            f"np.frompyfunc(np.{name}, 1, 1)(x) takes both; or put in autograd.Value(0.0) for 0.0, and np.{name}(x) will do"
        )
    if found := NO_LOOP.match(message):
        (name,) = found.groups()
        if name in ALONE:
            function = getattr(sys.modules.get("numpy"), name, None)
            operands = "x, y" if getattr(function, "nin", 1) == 2 else "x"
            last = ".astype(bool)" if name.startswith("is") else ""
            return (
                f"NumPy's {name} is not for arrays of objects, as those of Values are: "
                f"np.frompyfunc(np.{name}, {len(operands.split(', '))}, 1)({operands}){last} takes their elements one by one"
            )
    if NO_LOOP.match(message) or CAST.match(message):
        return (
            "this part of NumPy or SciPy is for floats alone, and a Value would lose its graph there: write it with operators, "
            "or give it a rule of its own by autograd.custom_vjp, whose documentation has an example"
        )
    return ""
