"""Where a search begins: the numbers of x0 in a row, as SciPy takes them, and what people have around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..derivatives.argument_names import name_of_argument
from ..derivatives.trees import Tree, flatten, refuse_more_than_numbers
from .points import array_of


class Start:
    """A start, checked: of complex numbers SciPy would take the real parts, with a warning at most.

    x0      what SciPy starts from
    tree    what the function takes in the place of an array; None where x0 is a number, or numbers in a row, which
            are SciPy's own business

    >>> start = Start({"a": 1.0, "b": [2.0, 3.0]})
    >>> start.x0, start.structured(start.x0 * 10.0)
    (array([1., 2., 3.]), {'a': 10.0, 'b': [20.0, 30.0]})
    """

    def __init__(self, x0: Any) -> None:
        refuse_more_than_numbers(x0)
        self.x0 = x0
        self.tree: Tree | None = None
        if not _is_row(x0):
            numbers, self.tree = flatten(x0, "x0")
            self.x0 = array_of(numbers)

    def structured(self, numbers: Any) -> Any:
        """Numbers as SciPy has them, in the structure of x0."""
        return numbers if self.tree is None else self.tree.of_array(numbers)

    def callback(self, callback: Callable[..., Any] | None) -> Callable[..., Any] | None:
        """A callback for SciPy, for one that is to be given points in the structure of x0."""
        if callback is None or self.tree is None:
            return callback
        given: Callable[..., Any] = callback
        if name_of_argument(given, 0) == "intermediate_result":

            def after_iteration(intermediate_result: Any) -> Any:
                intermediate_result.x = self.structured(intermediate_result.x)
                return given(intermediate_result=intermediate_result)

            return after_iteration
        return lambda x, *state: given(self.structured(x), *state)


def _is_row(x0: Any) -> bool:
    """Whether x0 is a number, or numbers in a list, a tuple, or what NumPy takes for an array of one dimension."""
    import numpy as np

    if isinstance(x0, dict) or hasattr(x0, "_fields"):
        return False
    if isinstance(x0, (list, tuple)) and any(isinstance(x, (Sequence, dict)) or np.ndim(x) for x in x0):
        return False
    array = np.asarray(x0)
    if array.dtype.kind == "c":
        raise TypeError(f"autograd computes with real numbers, and x0 is complex: {x0!r}; take real and imaginary parts as two")
    return array.ndim <= 1 and array.dtype != object
