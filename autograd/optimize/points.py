"""A function of an array at one point, and its derivatives there: from a recording of it, or by programs made elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..cached import cached_property
from ..compiler.compiled import Compiled, compile
from ..compiler.program import Program
from ..derivatives.argument_names import name_of
from ..derivatives.functional import Recording, grad, hessian, jacobian, jacobian_of, value_and_grad
from ..derivatives.sparse import compressed
from ..derivatives.trees import Tree, as_array, flatten
from ..engine.backward import pullback, weighted_sum
from ..engine.functions import dot
from ..engine.value import Value


def array_of(numbers: Any) -> Any:
    import numpy as np

    return np.array(numbers, dtype=float)


class Point:
    """A function recorded at a point. `sparse` has matrices of second derivatives, and Jacobians, as sparse ones."""

    def __init__(self, f: Callable[..., Any], x: Any, args: tuple[Any, ...], sparse: bool = False) -> None:
        self.recording = Recording(f, (x, *args), {}, (0,), differentiable=False)  # SciPy takes floats
        self.sparse = sparse

    @property
    def value(self) -> float:
        return self.recording.scalar().data

    @property
    def values(self) -> Any:
        return array_of([y.data for y in self.recording.ys])

    @property
    def has_graph(self) -> bool:
        """Whether a result was computed from the argument, as far as the graph tells."""
        nodes = {id(v) for v in self.recording.order}
        return any(id(v) in nodes for v in self.recording.xs)

    @cached_property
    def gradient(self) -> Any:
        return array_of(pullback(self.recording.scalar(), self.recording.xs))

    @cached_property
    def recorded_gradient(self) -> list[Value]:
        return self.recording.pull_recorded(self.recording.scalar())

    @cached_property
    def jacobian(self) -> Any:
        recording = self.recording
        return compressed(recording.ys, recording.xs, "auto") if self.sparse else array_of(jacobian_of(recording, "auto"))

    @cached_property
    def hessian(self) -> Any:
        return self._matrix(self.recorded_gradient)

    def hessian_product(self, p: Any) -> Any:
        return array_of(pullback(weighted_sum(self.recorded_gradient, p.ravel().tolist()), self.recording.xs))

    def weighted_hessian(self, v: Any) -> Any:
        """Σ v_i times the Hessian of result i."""
        return self._matrix(self.recording.pull_recorded(weighted_sum(self.recording.ys, v.tolist())))

    def _matrix(self, rows: Sequence[Value]) -> Any:
        xs = self.recording.xs
        return compressed(rows, xs, "auto") if self.sparse else array_of([pullback(row, xs) for row in rows])


class Programs:
    """A function of an array, compiled, and what is derived from it; each is recorded when it is first asked for.

    make        compiles a function of the same arguments
    f           the function: of an array, and perhaps of more
    sparse      matrices are sparse ones, of which the programs compute the entries that may differ from 0
    """

    def __init__(self, make: Callable[[Any], Any], f: Callable[..., Any], sparse: bool = False) -> None:
        self.make = make
        self.f = f
        self.sparse = sparse
        self.reach_inputs = False

    @cached_property
    def values(self) -> Any:
        return self.make(self._values)

    @cached_property
    def value_and_gradient(self) -> Any:
        return self.make(value_and_grad(self.f))

    @cached_property
    def jacobian(self) -> Any:
        return self.make(jacobian(self._values, sparse=self.sparse))

    @cached_property
    def hessian(self) -> Any:
        return self.make(hessian(self.f, sparse=self.sparse))

    @cached_property
    def hessian_product(self) -> Any:
        """Of x and p in one array."""

        def product(both: Any, *args: Any) -> Any:
            x, p = _halves(both)
            return grad(lambda x: dot(_gradient(self.f, x, args), p))(x)

        return self.make(product)

    @cached_property
    def weighted_hessian(self) -> Any:
        """Of x and v, the weights of the results, in one array, which is parted at `columns`; a sparse one takes both."""
        if self.sparse:
            return compile(hessian(lambda x, v, *args: dot(self._values(x, *args), v), sparse=True))

        def weighted(both: Any, *args: Any) -> Any:
            x, v = both[: self.columns], both[self.columns :]
            return hessian(lambda x: dot(self._values(x, *args), v))(x)

        return self.make(weighted)

    columns = 0

    def _values(self, x: Any, *args: Any) -> Any:
        numbers, _ = flatten(self.f(x, *args), f"the result of {name_of(self.f)}", result=True)
        return as_array(numbers, (len(numbers),))

    def recorded(self) -> int:
        """How many ways through the branches have been recorded, of the program that has most."""
        return max([len(made.programs) for made in vars(self).values() if isinstance(made, Compiled)], default=0)


def programs_of(compiled: Compiled[Any], tree: Tree | None, sparse: bool) -> Programs:
    """Of a function that is compiled already: they serve as long as it lives. `tree` is what it takes in an array's place."""
    of = Programs, tree and tree.form, sparse
    if of not in compiled.derived:
        compiled.derived[of] = Programs(compiled.with_function, in_tree(compiled.f, tree), sparse)
    found: Programs = compiled.derived[of]
    return found


def in_tree(f: Callable[..., Any], tree: Tree | None) -> Callable[..., Any]:
    """A function of an array, made of one that takes the tree in its place."""
    if tree is None:
        return f
    return functools.wraps(f)(lambda x, *args: f(tree.of(x.tolist()), *args))


def _halves(both: Any) -> tuple[Any, Any]:
    return both[: len(both) // 2], both[len(both) // 2 :]


def _gradient(f: Callable[..., Any], x: Any, args: tuple[Any, ...]) -> Any:
    return grad(f)(x, *args)


class ProgramPoint:
    """A point at which programs are run: it tells what a `Point` tells. `with_gradient` has them in one run with values."""

    def __init__(self, programs: Programs, x: Any, args: tuple[Any, ...], with_gradient: bool) -> None:
        self.programs = programs
        self.x = x
        self.args = args
        self.with_gradient = with_gradient

    @cached_property
    def _value_and_gradient(self) -> tuple[float, Any]:
        found: tuple[float, Any] = self.programs.value_and_gradient(self.x, *self.args)
        return found

    @cached_property
    def value(self) -> float:
        if self.with_gradient:
            return self._value_and_gradient[0]
        if len(self.values) != 1:
            raise TypeError(f"one number is to be minimised, and {name_of(self.programs.f)} gave {len(self.values)}")
        return float(self.values[0])

    @property
    def gradient(self) -> Any:
        return self._value_and_gradient[1]

    @cached_property
    def values(self) -> Any:
        return self.programs.values(self.x, *self.args).ravel()

    @property
    def reads_nothing_else(self) -> bool:
        """Whether no value is computed of anything but x, as far as there are programs."""
        return all([program.inputs == len(self.x) for program in self.programs.values.programs])

    @cached_property
    def jacobian(self) -> Any:
        found = self.programs.jacobian(self.x, *self.args)
        return found if self.programs.sparse else found.reshape(-1, len(self.x))

    @cached_property
    def hessian(self) -> Any:
        return self.programs.hessian(self.x, *self.args)

    def hessian_product(self, p: Any) -> Any:
        return self.programs.hessian_product(_joined(self.x, p), *self.args)

    def weighted_hessian(self, v: Any) -> Any:
        if self.programs.sparse:
            return self.programs.weighted_hessian(self.x, array_of(v), *self.args)
        self.programs.columns = len(self.x)
        return self.programs.weighted_hessian(_joined(self.x, v), *self.args)

    @property
    def has_graph(self) -> bool:
        """Whether a result hangs on the argument, as far as the program tells."""
        _ = self.value if self.with_gradient else self.values
        programs = self.programs
        if not programs.reach_inputs:  # once one has, a search need not ask again
            made = [m for m in vars(programs).values() if isinstance(m, Compiled)]
            programs.reach_inputs = any(hangs_on_inputs(p, len(self.x)) for compiled in made for p in compiled.programs)
        return programs.reach_inputs


def _joined(x: Any, more: Any) -> Any:
    return array_of([*x.tolist(), *more.ravel().tolist()])


def hangs_on_inputs(program: Program, count: int) -> bool:
    """Whether an output of a program is computed from one of its first `count` inputs."""
    moves: list[bool] = []
    for i, instruction in enumerate(program.instructions):
        moves.append(i < count or any(moves[k] for k in instruction.operands))
    return any(moves[k] for k in program.outputs)
