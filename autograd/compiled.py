"""compile: a function is recorded once, and its graph then runs over any number of rows, without Python's overhead.

Where Python branched on numbers while recording, the program holds only for numbers that branch the same way. Others are
recorded anew when they come, so a compiled function gives what the function itself would give.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .columns import run
from .program import Program, flatten, optimised
from .trace import Trace
from .trees import Tree, as_array
from .trees import flatten as flatten_tree
from .value import Value, enable_grad, tracing

Function = Callable[..., Any]


class Recorded:
    """One recording of a function: its program, and the shape of its result."""

    def __init__(self, f: Function, trees: Sequence[Tree], numbers: Sequence[float]) -> None:
        xs = [Value(x) for x in numbers]
        args, start = [], 0
        for tree in trees:
            args.append(tree.of(xs[start : start + tree.size]))
            start += tree.size
        trace = Trace()
        with tracing(trace), enable_grad():
            result = f(*args)
        found, self.out = flatten_tree(result, f"the result of {getattr(f, '__name__', 'the function')}")
        ys = [y if isinstance(y, Value) else Value(y) for y in found]
        self.program: Program = optimised(flatten(ys, xs, trace.guards))


class Compiled:
    """A function made by `compile`."""

    def __init__(self, f: Function, in_axes: Any, reduce: str | None, max_branches: int) -> None:
        self.f = f
        self.in_axes = in_axes
        self.reduce = reduce
        self.max_branches = max_branches
        self.recorded: dict[Any, list[Recorded]] = {}
        self.__name__ = f"compile({getattr(f, '__name__', 'function')})"
        self.__doc__ = getattr(f, "__doc__", None)

    def __call__(self, *args: Any) -> Any:
        import numpy as np

        axes = self.in_axes if isinstance(self.in_axes, (tuple, list)) else (self.in_axes,) * len(args)
        if len(axes) != len(args):
            raise ValueError(f"in_axes says what {len(axes)} arguments are, and {len(args)} were given")
        trees, columns, rows = [], [], None
        for i, (arg, axis) in enumerate(zip(args, axes, strict=True)):
            if axis is None:
                numbers, tree = flatten_tree(arg, f"argument {i}")
                columns += numbers
            else:
                array = np.asarray(arg, dtype=float)
                if array.ndim == 0:
                    raise ValueError(f"argument {i} has rows along axis 0, and this is one number: {arg!r}")
                if rows is not None and len(array) != rows:
                    raise ValueError(f"argument {i} has {len(array)} rows, and one before it {rows}")
                rows = len(array)
                _, tree = flatten_tree(np.zeros(array.shape[1:]) if array.ndim > 1 else 0.0)
                columns += list(array.reshape(rows, -1).T)
            trees.append(tree)
        return self._run(trees, columns, rows)

    def _run(self, trees: list[Tree], columns: list[Any], rows: int | None) -> Any:
        import numpy as np

        key = tuple(tuple(tree.leaves) for tree in trees)
        programs = self.recorded.setdefault(key, [])
        left = np.arange(1 if rows is None else rows)
        total = len(left)
        results: list[Any] = []
        tree: Tree | None = None
        k = 0
        while len(left) or tree is None:
            if k == len(programs):
                if k >= self.max_branches:
                    raise RuntimeError(
                        f"{self.__name__} has met {k} ways through the branches of the function, the most it keeps: choose by "
                        "where(), maximum() or abs() instead of Python's if, or give max_branches"
                    )
                if not len(left):
                    raise ValueError("the function was never recorded, and there are no rows to record it at")
                at = int(left[0])
                example = [float(c[at]) if isinstance(c, np.ndarray) else float(c) for c in columns]
                programs.append(Recorded(self.f, trees, example))
            recorded = programs[k]
            everything = len(left) == total
            part = columns if everything else [c[left] if isinstance(c, np.ndarray) else c for c in columns]
            outputs, holds = run(recorded.program, part, len(left))
            if tree is None:
                tree = recorded.out
                results = [np.empty(total) for _ in outputs]
            elif [leaf for leaf in recorded.out.leaves] != tree.leaves:
                raise ValueError("the shape of the result depends on the branch that was taken: rows cannot be put together")
            chosen = left[holds]
            for result, output in zip(results, outputs, strict=True):
                result[chosen] = output[holds] if isinstance(output, np.ndarray) and output.ndim else output
            left = left[~holds]
            k += 1
        if rows is None:
            return tree.of([float(result[0]) for result in results])
        return self._of_rows(tree, results)

    def _of_rows(self, tree: Tree, results: list[Any]) -> Any:
        import numpy as np

        if self.reduce is not None:
            reduce = np.sum if self.reduce == "sum" else np.mean
            return tree.of([float(reduce(result)) for result in results])
        parts, start = [], 0
        for leaf in tree.leaves:
            block = np.stack(results[start : start + leaf.size], axis=1)
            parts.append(block[:, 0] if leaf.shape is None else block.reshape(len(block), *leaf.shape))
            start += leaf.size
        return tree.rebuilt(parts)


def compile(f: Function, *, in_axes: Any = None, reduce: str | None = None, max_branches: int = 64) -> Compiled:
    """docs later"""
    return Compiled(f, in_axes, reduce, max_branches)
