"""compile: a function is recorded once, and its graph then runs over any number of rows, without Python's overhead.

Where Python branched on numbers while recording, the program holds only for numbers that branch the same way. Others are
recorded anew when they come, so a compiled function gives what the function itself would give.
"""

from __future__ import annotations

import copy
import itertools
import math
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from ..derivatives.argument_names import input_names
from ..derivatives.trees import Tree, form
from ..derivatives.trees import flatten as flatten_tree
from ..engine.value import Value, enable_grad, trace_here, tracing
from . import running
from .fast_calls import KINDS, Caller, Entry
from .from_graph import from_outside, listing_of
from .passes import optimised
from .program import Program
from .trace import Trace

if TYPE_CHECKING:
    from ..derivatives.signatures import Gradient, ValueAndGradient

Function = Callable[..., Any]

# For type checkers and editors: how a compiled function is called, what a function gives, and what grad makes of one.
Call = TypeVar("Call", bound=Function, covariant=True)
Result = TypeVar("Result")
Transformed = TypeVar("Transformed", "Gradient", "ValueAndGradient")


ROWS_AT_ONCE = 4096
"""So many rows have their outputs made at once, where a sum over the rows is not finite."""


class Recorded:
    """One recording of a function: its program, the shape of its result, and the Values it has from outside.

    The program's inputs are the numbers of the arguments, and then those Values, whose data may change between runs.
    """

    def __init__(self, f: Function, trees: Sequence[Tree], numbers: Sequence[float], kwargs: dict[str, Any]) -> None:
        trace = Trace()
        with tracing(trace), enable_grad():
            xs = [Value(x) for x in numbers]
            args, start = [], 0
            for tree in trees:
                args.append(tree.of(xs[start : start + tree.size]))
                start += tree.size
            for x, name in zip(xs, input_names(f, args), strict=True):
                x.label = name
            result = f(*args, **kwargs)
            self.form = form(result)
            found, self.out = flatten_tree(result, f"the result of {_name(f)}")
            ys = [y if isinstance(y, Value) else Value(y) for y in found]
        compared = [x for guard in trace.guards for x in (guard.left, guard.right) if isinstance(x, Value)]
        self.captured = from_outside([*ys, *compared], trace.made)
        listing = listing_of(ys, [*xs, *self.captured], trace.guards, arguments=len(xs))
        self.program = Program.of(optimised(listing))
        self.runners: dict[Any, Any] = {}

    def at_point(self, pieces: list[Any]) -> tuple[list[float], bool]:
        """The outputs at a point, and whether the program holds there."""
        if None not in self.runners:
            self.runners[None] = running.runner_of(self.program, [False] * self.program.inputs)
        outputs: tuple[list[float], bool] = self.runners[None].at_point([*pieces, self._now()])
        return outputs

    def over_rows(self, given: Given, reduced: bool, anyway: bool) -> tuple[Any, Any]:
        """The outputs, an array (outputs, rows), and which rows the program holds for.

        Reduced, the outputs are (2, outputs): what is to be taken once for each row, and sums over the rows. Where the program
        holds for none, the outputs are made only if they are wanted `anyway`.
        """
        import numpy as np

        if reduced not in self.runners:
            per_row = [*given.per_row(), *[False] * len(self.captured)]
            self.runners[reduced] = running.runner_of(self.program, per_row, reduced)
        runner = self.runners[reduced]
        results = np.zeros((2, runner.outputs)) if reduced else np.empty((runner.outputs, given.rows))
        holds = np.ones(given.rows, dtype=np.uint8)
        if not runner.over_rows([*given.pieces, self._now()], given.tables, given.rows, results, holds, anyway=anyway):
            holds[:] = 0
        return results, holds.view(bool)

    def finite(self, sums: Any, given: Given) -> Any:
        """The sums over rows that `over_rows` gave, if they are finite; else those of the outputs, made for each row.

        A reduced program sums the terms of an output each by itself, without a factor that rows share: that may overflow where
        the sum of the outputs does not.
        """
        import numpy as np

        if np.isfinite(sums).all():
            return sums
        sums = np.zeros(sums.shape)
        with np.errstate(all="ignore"):
            for start in range(0, given.rows, ROWS_AT_ONCE):
                some = given.only(np.arange(start, min(start + ROWS_AT_ONCE, given.rows)))
                sums[1] += self.over_rows(some, False, True)[0].sum(axis=1)
        return sums

    def _now(self) -> list[float]:
        """What the Values from outside are now. Read as a function reads them: inside another recording that makes a guard."""
        return [v.data for v in self.captured]


class Compiled(Caller, Generic[Call]):
    """A function made by `compile`. `programs` has what was recorded: one for each way through its branches."""

    if TYPE_CHECKING:

        @property
        def __call__(self) -> Call: ...

    def __init__(self, f: Function, in_axes: Any, reduce: str | None, max_branches: int) -> None:
        super().__init__()
        self.f = f
        self.in_axes = in_axes
        self.reduce = reduce
        self.max_branches = max_branches
        self._recorded: dict[Any, list[Recorded]] = {}
        self._recording = threading.RLock()
        self.__name__ = f"compile({_name(f)})"
        self.__doc__ = getattr(f, "__doc__", None)

    @property
    def programs(self) -> list[Program]:
        """Every program recorded so far."""
        return [recorded.program for several in self._recorded.values() for recorded in several]

    def called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call that no entry fits."""
        axes = self.in_axes if isinstance(self.in_axes, (tuple, list)) else (self.in_axes,) * len(args)
        if len(axes) != len(args):
            raise ValueError(f"in_axes tells of {len(axes)} arguments, and {_name(self.f)} was called with {len(args)}")
        if self.reduce is not None and 0 not in axes:
            raise ValueError(f"reduce={self.reduce!r} is of rows, and by in_axes no argument has any: give 0 for one that has")
        given = Given(args, axes, kwargs)
        if given.holds_values:
            if trace_here() is not None and 0 not in axes:  # inside a compiled function: a part of that one
                return self.f(*args, **kwargs)
            raise TypeError(
                f"argument {given.holds_values - 1} has Values in it, and a compiled function takes numbers: instead of "
                "grad(compile(f)) write compile(grad(f)), and give the .data of a Value"
            )
        if given.rows == 0:
            raise ValueError(f"{self.__name__} was called with no rows, and what it gives is known from its rows only")
        named = tuple(sorted((name, type(value), value) for name, value in kwargs.items()))
        try:
            programs = self._recorded.setdefault((*given.forms, named), [])
        except TypeError:
            raise TypeError(
                f"keyword arguments are constants of what is recorded, told apart by hash, and {kwargs!r} has none: give "
                "numbers, lists and arrays by position"
            ) from None
        if given.rows < 0:
            return self._at_one_point(programs, given)
        return self._reduced(programs, given) if self.reduce is not None else self._at_rows(programs, given)

    def _at_one_point(self, programs: list[Recorded], given: Given) -> Any:
        """By the first program that holds; if there is none, the function is recorded here."""
        for k in itertools.count():
            recorded, new = self._program(programs, k, given, 0)
            outputs, holds = recorded.at_point(given.pieces)
            if holds or new:
                if holds:
                    self._remember(given, recorded, recorded.runners.get(None), "", None)
                return recorded.out.of(outputs)

    def _at_rows(self, programs: list[Recorded], given: Given) -> Any:
        """Each program takes the rows it holds for; where rows are left after the last, the first of them is recorded."""
        import numpy as np

        left: Any = None
        results: Any = None
        for k in itertools.count():
            recorded, new = self._program(programs, k, given, 0 if left is None else left[0])
            if k and recorded.form != programs[0].form:
                raise ValueError(
                    f"{_name(self.f)} gives results of different shapes, by a branch on the numbers in it: rows have one shape"
                )
            outputs, holds = recorded.over_rows(given if left is None else given.only(left), False, new)
            holds[0] |= new
            if left is None:
                if holds.all():
                    self._remember(given, recorded, recorded.runners.get(False), "", _rows_of)
                    return _rows_of(recorded.out, outputs)
                results, left = outputs, np.flatnonzero(~holds)
                continue
            results[:, left[holds]] = outputs[:, holds]
            left = left[~holds]
            if not len(left):
                return _rows_of(programs[0].out, results)

    def _reduced(self, programs: list[Recorded], given: Given) -> Any:
        """The same for sums over the rows: of those that a program holds for."""
        import numpy as np

        total: Any = 0.0
        rows = given.rows
        for k in itertools.count():
            recorded, new = self._program(programs, k, given, 0)
            if k and recorded.form != programs[0].form:
                raise ValueError(
                    f"{_name(self.f)} gives results of different shapes, by a branch on the numbers in it: rows have one shape"
                )
            sums, holds = recorded.over_rows(given, True, new)
            holds[0] |= new
            if not holds.all():
                if holds.any():
                    mine = given.only(np.flatnonzero(holds))
                    sums, _ = recorded.over_rows(mine, True, True)
                    total = _with(total, recorded.finite(sums, mine), mine.rows)
                given = given.only(np.flatnonzero(~holds))
                continue
            each, summed = found = recorded.finite(sums, given)
            if given.rows == rows and found is sums:
                self._remember(given, recorded, recorded.runners.get(True), self.reduce or "", None)
            if given.rows == rows and self.reduce == "mean":
                return recorded.out.of_array(each + summed / rows)
            total = _with(total, found, given.rows)
            return recorded.out.of_array(total / rows if self.reduce == "mean" else total)

    def _remember(self, given: Given, recorded: Recorded, runner: Any, reduce: str, many: Any) -> None:
        """Calls like this one need not come here again."""
        kinds = given.kinds()
        if running.NATIVE and kinds is not None and not given.kwargs:
            self.remember(Entry(runner, kinds, recorded.out, recorded.captured, reduce, many))

    def _program(self, programs: list[Recorded], k: int, given: Given, at: int) -> tuple[Recorded, bool]:
        """Program number k, and whether it was recorded just now, on row number `at`."""
        if k < len(programs):
            return programs[k], False
        with self._recording:
            if k < len(programs):
                return programs[k], False
            if k >= self.max_branches:
                raise RuntimeError(
                    f"{self.__name__} has met {k} ways through the branches of the function, and keeps no more: choose by "
                    "where(), maximum() or abs() instead of `if`, go without .data, or give a larger max_branches"
                )
            trees, numbers = given.example(at)
            programs.append(Recorded(self.f, trees, numbers, given.kwargs))
            return programs[k], True


def _with(total: Any, sums: Any, rows: int) -> Any:
    """A total and that of `rows` more rows: what is to be taken once for each of them, and the sums over them."""
    import numpy as np

    with np.errstate(all="ignore"):
        return total + (sums[0] * rows + sums[1])


def _rows_of(tree: Tree, results: Any) -> Any:
    """The tree with an array, of one entry for each row, for each of its leaves."""
    parts, start = [], 0
    for leaf in tree.leaves:
        block = results[start : start + leaf.size]
        parts.append(block[0] if leaf.shape is None else block.T.reshape(results.shape[1], *leaf.shape))
        start += leaf.size
    return tree.rebuilt(parts)


class Given:
    """The arguments of a call.

    pieces          of those that rows share: their numbers, each a list or an array of float64
    tables          of those with rows: each an array of float64 (rows, how many)
    rows            how many rows there are; -1 if by in_axes there are none
    forms           what stands around the numbers
    holds_values    1 + the number of an argument that has Values in it, or 0
    """

    def __init__(self, args: Sequence[Any], axes: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self.args = args
        self.axes = axes
        self.kwargs = kwargs
        self.pieces: list[Any] = []
        self.tables: list[Any] = []
        self.forms: list[Any] = []
        self.rows = -1
        self.holds_values = 0
        for i, (arg, axis) in enumerate(zip(args, axes, strict=True)):
            if axis is None:
                self._share(arg, i)
            else:
                self._split(arg, i)

    def _share(self, arg: Any, i: int) -> None:
        if _is_floats(arg):
            self.pieces.append(arg)
            self.forms.append(arg.shape)
            return
        numbers, _ = flatten_tree(arg, f"argument {i}")
        if Value in set(map(type, numbers)):
            self.holds_values = i + 1
        self.pieces.append(numbers)
        self.forms.append(form(arg))

    def _split(self, arg: Any, i: int) -> None:
        array = arg if _is_floats(arg) and arg.ndim else _as_table(arg, i)
        if self.rows not in (-1, len(array)):
            raise ValueError(f"argument {i} has {len(array)} rows, and an argument before it {self.rows}")
        self.rows = len(array)
        self.tables.append(array if array.ndim == 2 else array.reshape(self.rows, math.prod(array.shape[1:])))
        self.forms.append(array.shape[1:])

    def example(self, at: int) -> tuple[list[Tree], list[float]]:
        """The arguments for one row: what stands around their numbers, and the numbers."""
        trees, numbers = [], []
        tables = iter(self.tables)
        for i, (arg, axis) in enumerate(zip(self.args, self.axes, strict=True)):
            one = arg
            if axis is not None:
                one = next(tables)[at].reshape(self.forms[i])
                one = one if one.ndim else float(one)
            found, tree = flatten_tree(one)
            trees.append(tree)
            numbers += found
        return trees, numbers

    def kinds(self) -> list[Any] | None:
        """What the arguments are, for an Entry; None if there is one that it does not know."""
        found: list[Any] = []
        for arg, axis, form_of_it in zip(self.args, self.axes, self.forms, strict=True):
            if _is_table(arg) if axis == 0 else _is_floats(arg):
                found.append((KINDS["rows" if axis == 0 else "array"], form_of_it))
            elif axis is None and type(arg) is float:
                found.append((KINDS["float"], 1))
            elif axis is None and type(arg) in (list, tuple) and set(map(type, arg)) == {float}:
                found.append((KINDS[type(arg).__name__], len(arg)))
            else:
                return None
        return found

    def only(self, rows: Any) -> Given:
        """The same with some of the rows."""
        some = copy.copy(self)
        some.tables = [table[rows] for table in self.tables]
        some.rows = len(rows)
        return some

    def per_row(self) -> list[bool]:
        """For each number whether each row has its own."""
        pieces, tables = iter(self.pieces), iter(self.tables)
        return [
            axis is not None
            for axis in self.axes
            for _ in range(next(tables).shape[1] if axis is not None else _size(next(pieces)))
        ]


def _is_floats(thing: Any) -> bool:
    """Whether it is an array of float64 in C's order."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(thing) is numpy.ndarray and thing.dtype == float and thing.flags.c_contiguous


def _is_table(thing: Any) -> bool:
    """Whether it is an array of float64 of one or two dimensions."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(thing) is numpy.ndarray and thing.dtype == float and thing.ndim in (1, 2)


def _size(piece: Any) -> int:
    return len(piece) if isinstance(piece, list) else int(piece.size)


def _as_table(arg: Any, i: int) -> Any:
    """An argument that has rows as an array of float64."""
    import numpy as np

    try:
        array = np.asarray(arg)
        if array.dtype.kind not in "biuf":  # not what NumPy would make of text, None and complex numbers
            numbers, _ = flatten_tree(array.astype(object), f"argument {i}")
            array = np.array(numbers).reshape(array.shape)
        array = array.astype(float, copy=False)
    except (TypeError, ValueError) as problem:
        raise type(problem)(f"argument {i} is no table of numbers: {problem}") from None
    if array.ndim == 0:
        raise ValueError(f"argument {i} has rows, by in_axes, and this is one number: {arg!r}")
    return array


def _name(f: Any) -> str:
    return getattr(f, "__name__", type(f).__name__)


Axes = int | tuple[int | None, ...] | list[int | None]


@overload
def compile(f: Function, *, in_axes: Axes, reduce: None = None, max_branches: int = 64) -> Compiled[Function]: ...
@overload
def compile(
    f: Transformed, *, in_axes: Axes | None = None, reduce: str | None = None, max_branches: int = 64
) -> Compiled[Transformed]: ...
@overload
def compile(
    f: Callable[..., Value | float], *, in_axes: Axes | None = None, reduce: str | None = None, max_branches: int = 64
) -> Compiled[Callable[..., float]]: ...
@overload
def compile(
    f: Callable[..., list[Value] | list[float]],
    *,
    in_axes: Axes | None = None,
    reduce: str | None = None,
    max_branches: int = 64,
) -> Compiled[Callable[..., list[float]]]: ...
@overload
def compile(
    f: Callable[..., Result], *, in_axes: Axes | None = None, reduce: str | None = None, max_branches: int = 64
) -> Compiled[Callable[..., Result]]: ...
def compile(f: Function, *, in_axes: Any = None, reduce: str | None = None, max_branches: int = 64) -> Any:
    """A function that gives what `f` gives, by running a recording of it: for many calls, or many rows at once.

    f               takes numbers, arrays, and lists, tuples and dicts of them, and gives such; also grad(f), hessian(f), ...
    in_axes         None for an argument that all rows share (parameters), 0 for one that has a row along axis 0 for each
                    (data): one for all arguments, or a tuple with one for each. An argument with rows is an array or a list
    reduce          what becomes of the results of the rows: None for an array with one for each, "sum" or "mean"
    max_branches    how many ways through the branches of `f` are kept

    `if` on a number is recorded with its outcome, and numbers that branch otherwise are recorded anew: the result is always
    that of `f`. `where`, `maximum`, `abs`, `relu` and `clip` are no branches. A number read by `.data` counts as a branch for
    each number there is. Numbers that `f` takes from outside are constants, random ones too; a Value from outside (a parameter
    of a model) is read anew in each call. Keyword arguments are constants, with programs for each. Inside, `backward()` and
    setting `.data` are errors: what they change could not be changed again.

    ValueError for rows that do not match, or none; RuntimeError for more than `max_branches` ways through `f`.

    >>> line = compile(value_and_grad(lambda p, x, y: (p[0] * x + p[1] - y) ** 2), in_axes=(None, 0, 0), reduce="mean")
    >>> line([2.0, 0.0], [0.0, 1.0, 2.0], [1.0, 3.0, 5.0])
    (1.0, [-2.0, -2.0])
    """
    if not callable(f):
        raise TypeError(f"compile() takes a function, and this is {f!r}: give f, not f(x)")
    for axis in in_axes if isinstance(in_axes, (tuple, list)) else (in_axes,):
        if axis is not None and (axis != 0 or isinstance(axis, bool)):
            raise ValueError(f"in_axes has None for an argument that rows share, 0 for one that has rows: not {axis!r}")
    if reduce not in (None, "sum", "mean"):
        raise ValueError(f'reduce is None, "sum" or "mean", and this is {reduce!r}')
    if isinstance(max_branches, bool) or not isinstance(max_branches, int) or max_branches < 1:
        raise ValueError(f"max_branches is a whole number of at least 1, and this is {max_branches!r}")
    return Compiled(f, in_axes, reduce, max_branches)
