"""Derivatives of ordinary Python functions: grad, jacobian, hessian and their kin, by JAX's names.

A function is called once with Values in the place of numbers, which records its graph; the passes over that graph do the rest.
Where the arguments are Values themselves, or the result depends on those of a transform further out, the derivatives are Values
too: that is how transforms nest, to any order. Each transform differentiates with respect to nodes of its own, made for this
call, so what an inner one does never mixes with what an outer one does.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

from .backward import gradients, pullback, topological_order
from .forward import pushforward
from .functions import dot, fsum, where
from .sparse import compressed
from .trees import Leaf, Tree, as_array, flatten
from .value import Value, enable_grad, trace_here

Function = Callable[..., Any]

_this_thread = threading.local()  # its .variables: the ids of the nodes that transforms at work differentiate by


class Recording:
    """One call of a function, recorded: `xs`, the Values it was differentiated by, and `ys`, the numbers it gave."""

    def __init__(self, f: Function, args: Sequence[Any], kwargs: dict[str, Any], argnums: Sequence[int]) -> None:
        self.f = f
        self.xs: list[Value] = []
        self.trees: list[Tree] = []
        given = list(args)
        self.differentiable = trace_here() is not None  # what a trace records is to be run again on other numbers
        for i in argnums:
            numbers, tree = flatten(args[i], _name_of_argument(f, i))
            self.differentiable = self.differentiable or any(isinstance(x, Value) for x in numbers)
            values = [where(True, x, 0.0) if isinstance(x, Value) else Value(x) for x in numbers]
            given[i] = tree.of(values)
            self.trees.append(tree)
            self.xs += values
        outer: frozenset[int] = getattr(_this_thread, "variables", frozenset())
        _this_thread.variables = outer | {id(x) for x in self.xs}
        try:
            with enable_grad():
                self.result = f(*given, **kwargs)
        finally:
            _this_thread.variables = outer
        self.ys, self.out_tree = self._outputs(outer)

    def _outputs(self, outer: frozenset[int]) -> tuple[list[Value], Tree]:
        numbers, tree = flatten(self.result, f"the result of {_name(self.f)}")
        ys = [y if isinstance(y, Value) else Value(y) for y in numbers]
        if outer and not self.differentiable:
            self.differentiable = any(id(v) in outer for v in topological_order(fsum(ys)))
        return ys, tree

    def scalar(self) -> Value:
        """The one number the function gave. TypeError, with what to do, if it gave anything else."""
        if self.out_tree.is_number and self.out_tree.size == 1:
            return self.ys[0]
        raise TypeError(
            f"a gradient is of a function with one number as its result, and {_name(self.f)} gave {_description(self.result)}: "
            "for several results there is jacobian(), or sum them up"
        )

    def result_of(self, y: Value) -> Any:
        return y if self.differentiable else y.data

    def results(self) -> Any:
        """What the function gave, as numbers again (Values, if it is to be differentiated further out)."""
        return self.out_tree.of([self.result_of(y) for y in self.ys])

    def pull(self, y: Value) -> list[Any]:
        """The derivatives of one result with respect to `xs`: a reverse pass."""
        return list(gradients(y, self.xs)) if self.differentiable else pullback(y, self.xs)

    def push(self, seeds: Sequence[Any]) -> list[Any]:
        """The derivatives of all results where `xs` move by `seeds`: a forward sweep."""
        if not self.differentiable and not any(isinstance(seed, Value) for seed in seeds):
            return pushforward(self.order, self.xs, seeds, self.ys)
        along = [Value(0.0) for _ in self.ys]  # reverse mode twice: what is linear in `along` is differentiated by it
        pulled = gradients(dot(along, self.ys), self.xs)
        return list(gradients(Value(0.0) + dot(pulled, seeds), along))

    @functools.cached_property
    def order(self) -> list[Value]:
        return topological_order(Value(0.0) + fsum(self.ys))

    def like_arguments(self, numbers: Sequence[Any], single: bool) -> Any:
        """One number for each of `xs`, in the shape of the arguments: of the one, or a tuple of them."""
        parts, start = [], 0
        for tree in self.trees:
            parts.append(tree.of(numbers[start : start + tree.size]))
            start += tree.size
        return parts[0] if single else tuple(parts)


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that gives the gradient of `f`, which gives one number, with respect to an argument (or a tuple of them).

    f           ordinary Python: loops, branches, recursion, helper functions; NumPy code gets arrays of Values
    argnums     which positional argument to differentiate by; several give a tuple of gradients

    Arguments may be numbers, NumPy arrays, and lists, tuples and dicts of them; the gradient has the argument's shape, of
    floats. Given Values it gives Values, so it nests: grad(grad(f)). Other arguments are passed on as they are.

    TypeError for a result that is not one number, complex numbers, and arrays of integers.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda p, x: p["a"] * x + p["b"])({"a": 2.0, "b": 1.0}, 5.0)
    {'a': 5.0, 'b': 1.0}
    """
    _check_function(f, "grad")
    both = value_and_grad(f, argnums)

    @_named("grad", f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """As `grad`, but the function gives (value, gradient), from one evaluation.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    _check_function(f, "value_and_grad")

    @_named("value_and_grad", f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        numbers, single = _argument_numbers(f, argnums, args)
        recording = Recording(f, args, kwargs, numbers)
        y = recording.scalar()
        return recording.result_of(y), recording.like_arguments(recording.pull(y), single)

    return value_and_gradient


def derivative(f: Function, order: int = 1) -> Function:
    """A function that gives the derivative of `f`, a function of one number, of any order.

    f may give a number, or a list, tuple, dict or array of them, which are differentiated one by one. Given an array or a list,
    the derivative is taken at each of its numbers.

    ValueError for an order that is not a whole number of at least 0.

    >>> derivative(lambda x: x**3, order=2)(2.0)
    12.0
    >>> derivative(lambda x: x.sin())([0.0, 0.0])
    [1.0, 1.0]
    """
    _check_function(f, "derivative")
    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise ValueError(f"the order of a derivative is a whole number of at least 0, and this is {order!r}")

    def at(x: Any) -> Any:
        recording = Recording(f, (x,), {}, (0,))
        results: list[Any] = recording.ys
        for k in range(order):
            if k < order - 1 or recording.differentiable:
                results = [gradients(y, recording.xs)[0] for y in results]
            else:
                results = [pullback(y, recording.xs)[0] for y in results]
        return recording.out_tree.of([recording.result_of(y) if isinstance(y, Value) else y for y in results])

    @_named(f"derivative of order {order}", f)
    def nth_derivative(x: Any) -> Any:
        numbers, tree = flatten(x, "x")
        if tree.is_number and tree.leaves[0].shape is None:
            return at(numbers[0])
        return tree.of([at(number) for number in numbers])

    return nth_derivative


def jacobian(f: Function, argnums: int | Sequence[int] = 0, *, mode: str = "auto", sparse: bool = False) -> Function:
    """A function that gives all derivatives of all results of `f`: the structure of the result, each holding the argument's.

    For an array of shape s in and one of shape r out: an array of shape r + s, derivatives of results along the rows.

    mode        "reverse": a pass for each result; "forward": a sweep for each number of the arguments; "auto": which is fewer.
                Both run over one recording, and give the same to rounding
    sparse      True for a scipy.sparse array (results, numbers of the arguments), by as few sweeps or passes as the structure
                of the graph allows (Curtis, Powell and Reid 1974); it takes SciPy, and one argument

    The errors are those of `grad`.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] ** 2])([3.0, 4.0])
    [[4.0, 3.0], [6.0, 0.0]]
    """
    _check_function(f, "jacobian")
    if mode not in ("auto", "forward", "reverse"):
        raise ValueError(f'mode is "auto", "forward" or "reverse", and this is {mode!r}')

    @_named("jacobian", f)
    def all_derivatives(*args: Any, **kwargs: Any) -> Any:
        numbers, single = _argument_numbers(f, argnums, args)
        recording = Recording(f, args, kwargs, numbers)
        if sparse:
            return compressed(recording.ys, recording.xs, mode)
        rows = jacobian_of(recording, mode)
        parts, start = [], 0
        for tree in recording.trees:
            parts.append(_blocks(recording.out_tree, tree, [row[start : start + tree.size] for row in rows]))
            start += tree.size
        return _of_results(recording.out_tree, parts, single)

    return all_derivatives


def jacobian_of(recording: Recording, mode: str) -> list[list[Any]]:
    """The Jacobian, a row for each result."""
    inputs, outputs = len(recording.xs), len(recording.ys)
    if mode == "reverse" or (mode == "auto" and outputs <= inputs):
        return [recording.pull(y) for y in recording.ys]
    columns = [recording.push([float(i == j) for i in range(inputs)]) for j in range(inputs)]
    return [[column[i] for column in columns] for i in range(outputs)]


def _blocks(out: Tree, tree: Tree, rows: list[list[Any]]) -> list[Any]:
    """For each leaf of the result, the argument's tree with a block of the Jacobian for each of its leaves."""
    found, row = [], 0
    for above in out.leaves:
        parts, column = [], 0
        for leaf in tree.leaves:
            block = [x for r in rows[row : row + above.size] for x in r[column : column + leaf.size]]
            shape = (above.shape or ()) + (leaf.shape or ())
            parts.append(block[0] if above.shape is leaf.shape is None else as_array(block, shape))
            column += leaf.size
        found.append(tree.rebuilt(parts))
        row += above.size
    return found


def _of_results(out: Tree, parts: list[list[Any]], single: bool) -> Any:
    return out.rebuilt(parts[0] if single else [tuple(part[i] for part in parts) for i in range(len(out.leaves))])


def hessian(f: Function, argnums: int = 0, *, sparse: bool = False) -> Function:
    """A function that gives the second derivatives of `f`, which gives one number: for an array of n, an array (n, n).

    sparse      True for a scipy.sparse array, from as few sweeps as the structure of the graph allows: for a function whose
                terms each have few variables, work in proportion to the entries that are not 0

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 4.0])
    [[8.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums, sparse=sparse)


def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of `f` at `x`, times `v`, in the shape of `x`; the work of a few gradients, whatever the size of `x`.

    By reverse mode over reverse mode: the gradient of the gradient's product with v (Pearlmutter 1994).
    ValueError for a v of another shape.

    >>> hvp(lambda x: x[0] ** 2 * x[1], [3.0, 4.0], [1.0, 0.0])
    [8.0, 6.0]
    """
    directions = _like(v, x, "v")

    def slope_along(x: Any) -> Any:
        numbers, _ = flatten(grad(f)(x))
        return Value(0.0) + dot(numbers, directions)

    return grad(slope_along)(x)


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """(f(*primals), how it changes where the arguments move along `tangents`): one forward sweep.

    primals     the arguments, in a tuple or list
    tangents    their directions, in the same shapes; ValueError if they are not

    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0))
    (12.0, 4.0)
    """
    _check_function(f, "jvp")
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError("jvp takes the arguments of f, and their tangents, in tuples: jvp(f, (x,), (v,)) for one")
    seeds = _like(tangents, primals, "tangents")
    recording = Recording(f, primals, {}, range(len(primals)))
    recording.differentiable = recording.differentiable or any(isinstance(seed, Value) for seed in seeds)
    return recording.results(), recording.out_tree.of(recording.push(seeds))


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """(f(*primals), a function that gives, for a cotangent in the shape of the result, the tuple of what it pulls back to).

    >>> y, pull = vjp(lambda x: [x**2, x**3], 2.0)
    >>> y, pull([1.0, 0.0]), pull([0.0, 1.0])
    ([4.0, 8.0], (4.0,), (12.0,))
    """
    _check_function(f, "vjp")
    recording = Recording(f, primals, {}, range(len(primals)))

    def pull(cotangent: Any) -> tuple[Any, ...]:
        weights = _like(cotangent, recording.out_tree.of([0.0] * len(recording.ys)), "the cotangent")
        y = Value(0.0) + dot(recording.ys, weights)
        again = recording.differentiable or any(isinstance(weight, Value) for weight in weights)
        pulled = list(gradients(y, recording.xs)) if again else pullback(y, recording.xs)
        return tuple(recording.like_arguments(pulled, single=False))

    return recording.results(), pull


# ------------------------------------------------------------------------------------------------ arguments, and what is wrong


def _argument_numbers(f: Function, argnums: int | Sequence[int], args: tuple[Any, ...]) -> tuple[list[int], bool]:
    single = isinstance(argnums, int)
    found = []
    for i in [argnums] if isinstance(argnums, int) else argnums:
        if isinstance(i, bool) or not isinstance(i, int):
            raise TypeError(f"argnums is the number of an argument, or several in a tuple, and this is {argnums!r}")
        if not -len(args) <= i < len(args):
            raise ValueError(
                f"argnums asks for argument {i} of {_name(f)}, which was called with {len(args)} positional arguments "
                "(give those to differentiate by without their names)"
            )
        found.append(i % len(args))
    if len({*found}) < len(found) or not found:
        raise ValueError(f"argnums names each argument once, and at least one, and this is {argnums!r}")
    return found, single


def _like(thing: Any, model: Any, name: str) -> list[Any]:
    """The numbers of a thing that has the shape of another. ValueError if it does not."""
    numbers, tree = flatten(thing, name)
    _, wanted = flatten(model, name)
    mine, theirs = [(leaf.shape, leaf.size) for leaf in tree.leaves], [(leaf.shape, leaf.size) for leaf in wanted.leaves]
    if mine != theirs:
        raise ValueError(f"{name} has {_shapes(tree.leaves)}, where {_shapes(wanted.leaves)} is wanted")
    return numbers


def _shapes(leaves: list[Leaf]) -> str:
    return ", ".join("a number" if leaf.shape is None else f"an array of shape {leaf.shape}" for leaf in leaves) or "nothing"


def _check_function(f: Any, transform: str) -> None:
    if not callable(f):
        raise TypeError(f"{transform}() takes a function, and this is {f!r}: give f, not f(x)")


def _named(transform: str, f: Function) -> Callable[[Function], Function]:
    def name(made: Function) -> Function:
        made.__name__ = made.__qualname__ = f"{transform}({_name(f)})"
        made.__doc__ = f"{transform} of {_name(f)}, made by autograd."
        return made

    return name


def _name(f: Any) -> str:
    return getattr(f, "__name__", type(f).__name__)


def _name_of_argument(f: Function, i: int) -> str:
    code = getattr(f, "__code__", None)
    return code.co_varnames[i] if code is not None and i < code.co_argcount else f"argument {i}"


def _description(thing: Any) -> str:
    if hasattr(thing, "shape"):
        return f"an array of shape {thing.shape}"
    if isinstance(thing, (list, tuple, dict)):
        return f"a {type(thing).__name__} of {len(thing)}"
    return repr(thing)
