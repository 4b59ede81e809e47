"""compile: a function is recorded once, and its graph then runs over any number of rows, without Python's overhead.

Where Python branched on numbers while recording, the program holds only for numbers that branch the same way. Others are
recorded anew when they come, so a compiled function gives what the function itself would give.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

from . import columns
from .copying import ancestors
from .executor import NATIVE, Plan, run, run_once
from .names import input_names, with_captured_named
from .program import Program, flatten, op_named, optimised
from .trace import Trace
from .trees import Tree, form
from .trees import flatten as flatten_tree
from .value import Value, enable_grad, trace_here, tracing

Function = Callable[..., Any]


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
        self.captured = _from_outside([*ys, *compared], {id(v) for v in trace.made})
        program = optimised(flatten(ys, [*xs, *self.captured], trace.guards))
        self.program: Program = with_captured_named(program, len(xs))
        self.plans: dict[tuple[bool, ...], Any] = {}

    def run(self, inputs: Sequence[Any], rows: int) -> tuple[Any, Any]:
        """The outputs, an array (outputs, rows), and which rows the program holds for."""
        import numpy as np

        if not NATIVE:
            return columns.run(self.program, inputs, rows)
        per_row = tuple([isinstance(x, np.ndarray) for x in inputs])
        if per_row not in self.plans:
            self.plans[per_row] = Plan(self.program, per_row, op_named)
        return run(self.plans[per_row], inputs, rows)

    def run_once(self, inputs: Sequence[float]) -> tuple[list[float], bool]:
        """The outputs at a point, and whether the program holds there."""
        if not NATIVE:
            return self.program.outcome(inputs)
        if () not in self.plans:
            self.plans[()] = Plan(self.program, [False] * self.program.inputs, op_named)
        return run_once(self.plans[()], inputs)

    def inputs(self, numbers: Sequence[Any]) -> list[Any]:
        """Those of the program: the numbers (or columns) of the arguments, and what the Values from outside are now."""
        return [*numbers, *(v.data for v in self.captured)]


def _from_outside(ends: Sequence[Value], made: set[int]) -> list[Value]:
    """The Values that what was made in a trace was computed from, and that were not made there themselves."""
    inside = ancestors(ends, lambda v: id(v) not in made)
    near = [*ends, *(parent for v in inside for parent in v.parents)]
    return list({id(v): v for v in near if id(v) not in made}.values())


class Compiled:
    """A function made by `compile`. `programs` has what was recorded: one for each way through its branches."""

    def __init__(self, f: Function, in_axes: Any, reduce: str | None, max_branches: int) -> None:
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

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        axes = self.in_axes if isinstance(self.in_axes, (tuple, list)) else (self.in_axes,) * len(args)
        if len(axes) != len(args):
            raise ValueError(f"in_axes tells of {len(axes)} arguments, and {_name(self.f)} was called with {len(args)}")
        if self.reduce is not None and 0 not in axes:
            raise ValueError(f"reduce={self.reduce!r} is of rows, and by in_axes no argument has any: give 0 for one that has")
        forms: list[Any] = []
        trees: list[Tree] = []
        given: list[Any] = []
        rows: int | None = None
        for i, (arg, axis) in enumerate(zip(args, axes, strict=True)):
            if axis is None:
                numbers, tree = flatten_tree(arg, f"argument {i}")
                if any(isinstance(x, Value) for x in numbers):
                    if trace_here() is not None and 0 not in axes:  # inside a compiled function: a part of that one
                        return self.f(*args, **kwargs)
                    raise TypeError(
                        f"argument {i} has Values in it, and a compiled function takes numbers: instead of grad(compile(f)) "
                        "write compile(grad(f)), and give the .data of a Value"
                    )
                given += numbers
                forms.append(form(arg))
            else:
                found, tree, count = _columns(arg, i)
                if rows is not None and count != rows:
                    raise ValueError(f"argument {i} has {count} rows, and an argument before it {rows}")
                rows = count
                given += found
                forms.append(tree.leaves[0])
            trees.append(tree)
        if rows == 0:
            raise ValueError(f"{self.__name__} was called with no rows, and what it gives is known from its rows only")
        named = tuple(sorted((name, type(value), value) for name, value in kwargs.items()))
        try:
            programs = self._recorded.setdefault((*forms, named), [])
        except TypeError:
            raise TypeError(
                f"keyword arguments are constants of what is recorded, told apart by hash, and {kwargs!r} has none: give "
                "numbers, lists and arrays by position"
            ) from None
        if rows is None:
            return self._at_one_point(programs, trees, given, kwargs)
        return self._of_rows(*self._at_rows(programs, trees, given, rows, kwargs))

    def _at_one_point(self, programs: list[Recorded], trees: list[Tree], numbers: list[float], kwargs: dict[str, Any]) -> Any:
        """By the first program that holds; if there is none, the function is recorded here."""
        for k in itertools.count():
            recorded, new = self._program(programs, k, trees, numbers, kwargs)
            outputs, holds = recorded.run_once(recorded.inputs(numbers))
            if holds or new:
                return recorded.out.of(outputs)

    def _at_rows(
        self, programs: list[Recorded], trees: list[Tree], given: list[Any], rows: int, kwargs: dict[str, Any]
    ) -> tuple[Tree, Any]:
        """Each program takes the rows it holds for; where rows are left after the last, the first of them is recorded."""
        import numpy as np

        left = np.arange(rows)
        results: Any = None
        for k in itertools.count():
            example = [float(c[left[0]]) if isinstance(c, np.ndarray) else c for c in given]
            recorded, new = self._program(programs, k, trees, example, kwargs)
            if k == 0:
                results = np.empty((recorded.out.size, rows))
            elif recorded.form != programs[0].form:
                raise ValueError(
                    f"{_name(self.f)} gives results of different shapes, by a branch on the numbers in it: rows have one shape"
                )
            part = given if len(left) == rows else [c[left] if isinstance(c, np.ndarray) else c for c in given]
            outputs, holds = recorded.run(recorded.inputs(part), len(left))
            holds[0] |= new
            if holds.all() and len(left) == rows:
                return recorded.out, outputs
            results[:, left[holds]] = outputs[:, holds]
            left = left[~holds]
            if not len(left):
                break
        return programs[0].out, results

    def _program(
        self, programs: list[Recorded], k: int, trees: list[Tree], numbers: list[float], kwargs: dict[str, Any]
    ) -> tuple[Recorded, bool]:
        """Program number k, and whether it was recorded just now, at `numbers`."""
        with self._recording:
            if k < len(programs):
                return programs[k], False
            if k >= self.max_branches:
                raise RuntimeError(
                    f"{self.__name__} has met {k} ways through the branches of the function, and keeps no more: choose by "
                    "where(), maximum() or abs() instead of `if`, go without .data, or give a larger max_branches"
                )
            programs.append(Recorded(self.f, trees, numbers, kwargs))
            return programs[k], True

    def _of_rows(self, tree: Tree, results: Any) -> Any:
        if self.reduce is not None:
            return tree.of((results.sum(axis=1) if self.reduce == "sum" else results.mean(axis=1)).tolist())
        parts, start = [], 0
        for leaf in tree.leaves:
            block = results[start : start + leaf.size]
            parts.append(block[0].copy() if leaf.shape is None else block.T.reshape(-1, *leaf.shape))
            start += leaf.size
        return tree.rebuilt(parts)


def _columns(arg: Any, i: int) -> tuple[list[Any], Tree, int]:
    """The columns of an argument that has rows, the shape of one row, and how many rows there are."""
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
    _, tree = flatten_tree(np.zeros(array.shape[1:]) if array.ndim > 1 else 0.0)
    return list(array.reshape(len(array), tree.size).T), tree, len(array)


def _name(f: Any) -> str:
    return getattr(f, "__name__", type(f).__name__)


def compile(f: Function, *, in_axes: Any = None, reduce: str | None = None, max_branches: int = 64) -> Compiled:
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
