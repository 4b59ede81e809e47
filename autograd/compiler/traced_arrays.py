"""The arrays of Values that a recorded function gets: what NumPy chooses among their elements, nodes choose.

NumPy compares the objects in an array itself, one pair after the other, and a recording would hold for one order of them. So
its maximum, minimum, clip and their kin, over all or along an axis, and the sort of a few, are made here of nodes, with the
results of NumPy's; argmax asks only what tells that one is the largest. All else NumPy does as with any array: what is
computed from such an array is one, too. In arrays that a function puts together itself, NumPy asks for each pair.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..engine.modes import trace_here
from ..engine.value import Value
from .trace import SORTED
from .traced_floats import TracedFloat

STABLE = 16
"""How many numbers NumPy sorts so that equal ones stay in order, if it is not asked for that."""


def _largest(x: Any, y: Any) -> Any:
    return _chosen(x >= y, x, y)


def _least(x: Any, y: Any) -> Any:
    return _chosen(x <= y, x, y)


def _clipped(x: Any, low: Any, high: Any) -> Any:
    return _least(_largest(x, low), high)


def _chosen(condition: Any, x: Any, y: Any) -> Any:
    trace: Any = trace_here()
    return trace.chosen(condition, x, y)


STAND_INS: dict[Any, Any] = {
    **dict.fromkeys((np.maximum, np.fmax), np.frompyfunc(_largest, 2, 1)),
    **dict.fromkeys((np.minimum, np.fmin), np.frompyfunc(_least, 2, 1)),
    np.clip: np.frompyfunc(_clipped, 3, 1),  # not the ufunc behind it, which has no public name
}
STAND_INS = {getattr(ufunc, "__name__", ""): stand_in for ufunc, stand_in in STAND_INS.items()}
"""By the name of a ufunc, what stands in for it where nodes can choose."""


class TracedArray(np.ndarray[Any, Any]):
    """An array of Values, floats and the like, inside a recording."""

    only_numbers = True
    __class__ = property(lambda self: np.ndarray)  # for who asks whether it is one

    def __array_ufunc__(self, ufunc: Any, method: str, *given: Any, **how: Any) -> Any:
        given = tuple([_plain(x) for x in given])
        if "out" in how:
            how["out"] = tuple([_plain(x) for x in how["out"]])
        stand_in = STAND_INS.get(ufunc.__name__)
        of_values = Value in map(type, given) and ufunc.__name__ != "clip"  # then NumPy asks the Value
        if stand_in is not None and not of_values and _is_recording() and all(map(_is_of_numbers, given)):
            if method in ("__call__", "accumulate"):
                ufunc = stand_in
            elif method == "reduce" and given[0].size and all(map(_is_as_always, how, how.values())):
                return _traced(_reduced(stand_in, given[0], how.get("axis", 0), how.get("keepdims", False)))
        return _traced(getattr(ufunc, method)(*given, **how))

    def __array_function__(self, *call: Any) -> Any:
        """What np.concatenate and its like give is such an array, too."""
        return _traced(super().__array_function__(*call))

    def sort(self, axis: Any = -1, kind: Any = None, order: Any = None, **how: Any) -> None:
        """ndarray.sort: by nodes where few are sorted."""
        trace = trace_here()
        stable = kind in ("stable", "mergesort") or how.get("stable")
        few = 1 < self.shape[-1] <= (SORTED if stable else STABLE) if self.ndim else False
        if not few or axis not in (-1, self.ndim - 1) or order is not None or not _is_recording() or not _is_of_numbers(self):
            super().sort(axis=axis, kind=kind, order=order, **how)
            return
        for place in np.ndindex(self.shape[:-1]):
            row = [*self[place]]
            if all([x == x for x in row]):  # a list with a NaN has no order that one could tell
                self[place] = trace.in_order(row, row, operator.lt)  # type: ignore[union-attr]
            else:
                self[place].view(np.ndarray).sort(kind=kind)

    def argmax(self, axis: Any = None, out: Any = None, **how: Any) -> Any:
        """ndarray.argmax."""
        return self._place(operator.gt, super().argmax, axis, out, how)

    def argmin(self, axis: Any = None, out: Any = None, **how: Any) -> Any:
        """ndarray.argmin."""
        return self._place(operator.lt, super().argmin, axis, out, how)

    def _place(self, relation: Any, own: Any, axis: Any, out: Any, how: Any) -> Any:
        whole = axis is None or (self.ndim == 1 and axis in (0, -1))
        if whole and self.size and out is None and not how and _is_recording() and _is_of_numbers(self):
            trace: Any = trace_here()
            place = trace.place_of_first(self.ravel().tolist(), relation)
            if place is not None:
                return np.intp(place)
        return own(axis, out, **how)


def _is_as_always(name: str, option: Any) -> bool:
    """Whether an option of a ufunc's `reduce` says how to go through the array, or nothing."""
    return name in ("axis", "keepdims") or option is None or (name == "where" and option is True)


def _reduced(stand_in: Any, array: Any, axis: Any, keepdims: bool) -> Any:
    """`stand_in.reduce` along one axis or several, which NumPy goes along one after the other."""
    axes = range(array.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == array.ndim and not keepdims:
        return stand_in.reduce(array.ravel("K"))
    for one in sorted([one % array.ndim for one in axes], reverse=True):
        array = stand_in.reduce(array, axis=one, keepdims=keepdims)
    return array


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if type(x) is TracedArray else x


def _traced(x: Any) -> Any:
    """What NumPy gave, as such an array where it is one of objects."""
    if type(x) is tuple:
        return tuple(map(_traced, x))
    return x.view(TracedArray) if type(x) is np.ndarray and x.dtype.hasobject else x


def _is_recording() -> bool:
    trace: Any = trace_here()
    return trace is not None and trace.chooses and trace.way is None


KINDS = (Value, TracedFloat, float, int, bool)


def _is_of_numbers(x: Any) -> bool:
    """Whether it is a number, or an array of such, that nodes can choose."""
    return isinstance(x, KINDS) or (isinstance(x, np.ndarray) and (x.dtype.kind in "fiub" or {*map(type, x.flat)} <= {*KINDS}))
