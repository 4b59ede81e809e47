"""Derivatives of ordinary Python functions: grad, jacobian, hessian and their kin, by JAX's names.

A function is called once with Values in the place of numbers, which records its graph; the passes over that graph do the rest.
Where the arguments are Values, or the result depends on Values that were there before the call, the derivatives are Values too,
with a graph to those: so a derivative has its place in a loss, and transforms nest, to any order. Each transform differentiates
with respect to nodes of its own, made for this call, so what an inner one does never mixes with what an outer one does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any, Literal, overload

from ..cached import cached_property
from ..engine.backward import depends_on_older, order_down_to, pullback, topological_order, weighted_sum
from ..engine.forward import pushforward
from ..engine.functions import where
from ..engine.gradients import adjoints_in_values
from ..engine.modes import Call, enable_grad, is_grad_enabled, trace_here
from ..engine.value import Value
from .argument_names import name_of, name_of_argument
from .sparse import compressed
from .trees import Leaf, Tree, as_array, description, flatten, holds_values, in_order_of, put_back

if TYPE_CHECKING:
    from .signatures import Gradient, ValueAndGradient

Function = Callable[..., Any]


class Recording:
    """One recorded call of a function.

    xs, trees           the Values to differentiate by, and for each argument what stands around them
    result              what the function returned
    ys, out_tree        the Values in it, and what stands around them
    differentiable      whether derivatives are Values: where Values were given, or where the result depends on some that were
                        there before the call. Those are variables of a transform around this one, parameters of a model,
                        whatever somebody can differentiate by; not the constants that f made on its way. Inside `no_grad()`
                        nobody will. False may be given where floats are wanted, whatever f depends on
    """

    def __init__(
        self, f: Function, args: Sequence[Any], kwargs: dict[str, Any], argnums: Sequence[int], *, differentiable: bool = True
    ) -> None:
        self.f = f
        self.xs: list[Value] = []
        self.trees: list[Tree] = []
        # what compile() records runs on other numbers: there, floats would be constants
        given_values = trace_here() is not None or any(map(holds_values, [*args, *kwargs.values()]))
        given = list(args)
        for i in argnums:
            numbers, tree = flatten(args[i], name_of_argument(f, i) or f"argument {i}", variable=True)
            values = [where(True, x, 0.0) if isinstance(x, Value) else Value(x) for x in numbers]
            given_values = given_values or holds_values(numbers)
            given[i] = tree.of(values)
            self.trees.append(tree)
            self.xs += values
        with Call() as call:
            self.result = f(*given, **kwargs)
            numbers, self.out_tree = flatten(self.result, f"the result of {name_of(f)}")
            self.ys = [y if isinstance(y, Value) else Value(y) for y in numbers]
        self.differentiable = differentiable and (given_values or (is_grad_enabled() and self._depends_on_older(call)))

    def _depends_on_older(self, call: Call) -> bool:
        return bool(self.ys) and depends_on_older(self._whole(), self.xs, call)

    def scalar(self) -> Value:
        """The one number the function gave. TypeError, with what to do, if it gave anything else."""
        if len(self.ys) == 1 and not isinstance(self.result, (list, tuple, dict)):
            return self.ys[0]
        raise TypeError(
            f"a gradient is of a function with one number as its result, and {name_of(self.f)} gave "
            f"{description(self.result)}: for several results there is jacobian(), or sum them up"
        )

    def result_of(self, y: Value) -> Any:
        """One number of the result: a float, or a Value if it is to be differentiated further out."""
        return _for_now(y) if self.differentiable else y.data

    def results(self) -> Any:
        """The result of the function, in its structure: floats, or Values if it is to be differentiated further out."""
        return self.out_tree.of([self.result_of(y) for y in self.ys])

    def pull(self, y: Value, differentiable: bool = False) -> list[Any]:
        """The derivatives of one number with respect to `xs`: a reverse pass."""
        if differentiable or self.differentiable:
            return [*map(_for_now, adjoints_in_values(order_down_to(self.xs, y), y, self.xs))]
        return list(pullback(y, self.xs))

    def pull_recorded(self, y: Value) -> list[Value]:
        """The derivatives as Values with a graph, which can be differentiated again."""
        with enable_grad():
            return self.pull(y, differentiable=True)

    def push(self, seeds: Sequence[Any]) -> list[Any]:
        """The derivatives of all results along a direction, `seeds`, one number for each of `xs`: a forward sweep."""
        if not self.differentiable:
            return list(pushforward(self.order, self.xs, seeds, self.ys))
        along, pulled = self._pulled_along
        slope = weighted_sum(pulled, seeds)
        return [*map(_for_now, adjoints_in_values(order_down_to([*along, *self.xs], slope), slope, along))]

    @cached_property
    def _pulled_along(self) -> tuple[list[Value], list[Value]]:
        """Weights of the results, all 1 but not fixed, and the gradient of the weighted sum, as Values.

        The gradient is linear in the weights. Its product with a direction, differentiated by the weights, is therefore the
        derivative of the results along that direction: forward mode, made of reverse mode twice.
        """
        along = [Value(1.0) for _ in self.ys]
        return along, self.pull_recorded(weighted_sum(self.ys, along))

    def _whole(self) -> Value:
        """A Value above all results."""
        return self.ys[0] if len(self.ys) == 1 else weighted_sum(self.ys, [1.0] * len(self.ys))

    @cached_property
    def order(self) -> list[Value]:
        """The graph of all results, each node after its parents."""
        return topological_order(self._whole())

    def like_arguments(self, numbers: Sequence[Any], single: bool) -> Any:
        """Numbers, one for each of `xs`, in the structure of the arguments: of the `single` one, or in a tuple."""
        parts = put_back(self.trees, numbers)
        return parts[0] if single else tuple(parts)


def _for_now(v: Value) -> Value:
    """The Value as a transform gives it: inside `no_grad()`, without its graph."""
    return v if is_grad_enabled() else v.detach()


@overload
def grad(f: Function, argnums: Literal[0] = 0) -> Gradient: ...
@overload
def grad(f: Function, argnums: int | Sequence[int]) -> Function: ...
def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that gives the gradient of `f`, which gives one number, with respect to an argument (or a tuple of them).

    f           ordinary Python: loops, branches, recursion, helper functions; NumPy code gets arrays of Values
    argnums     which positional argument to differentiate by; several give a tuple of gradients

    Arguments may be numbers, NumPy arrays, and lists, tuples and dicts of them; the gradient is of floats, in the structure
    of the argument. Other arguments are passed on as they are.

    The gradient is of Values, with a graph, where x is a Value, or where the result depends on Values that were there before
    the call: given as other arguments, or closed over, such as the parameters of a model or the variables of a transform
    around this one. So a gradient has its place in a loss, and transforms nest, as in grad(grad(f)). Values that f makes on
    its way are constants. Inside `no_grad()` what f closes over is constant too, and the gradient is of floats.

    TypeError for a result that is not one number, complex numbers, and arrays of integers.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda p, x: p["a"] * x + p["b"])({"a": 2.0, "b": 1.0}, 5.0)
    {'a': 5.0, 'b': 1.0}
    >>> a = Value(0.5)
    >>> loss = grad(lambda x: a * x**2)(3.0) + a                     # 6a + a
    >>> loss.backward()
    >>> a.grad
    7.0
    """
    _check_function(f, "grad")
    both = value_and_grad(f, argnums)

    @_named(grad, f, argnums=argnums)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


@overload
def value_and_grad(f: Function, argnums: Literal[0] = 0) -> ValueAndGradient: ...
@overload
def value_and_grad(f: Function, argnums: int | Sequence[int]) -> Callable[..., tuple[Any, Any]]: ...
def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """As `grad`, but the function gives (value, gradient), from one evaluation.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    _check_function(f, "value_and_grad")
    wanted, single = _wanted(argnums)

    @_named(value_and_grad, f, argnums=argnums)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        recording = Recording(f, args, kwargs, _positions(f, wanted, args))
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

    def at(x: Any) -> tuple[Tree, list[Any]]:
        recording = Recording(f, (x,), {}, (0,))
        ys = recording.ys
        for _ in range(order - 1):
            ys = [recording.pull_recorded(y)[0] for y in ys]
        return recording.out_tree, [recording.pull(y)[0] if order else recording.result_of(y) for y in ys]

    @_named(derivative, f, f"derivative of order {order}", order=order)
    def nth_derivative(x: Any) -> Any:
        points, tree = flatten(x, name_of_argument(f, 0) or "argument 0", variable=True)
        found = [at(point) for point in points]
        if any(leaf.shape is not None for leaf in tree.leaves) and not all(out.is_number for out, _ in found):
            raise TypeError(
                f"{name_of(f)} gives more than a number, which has no place in an array of derivatives: take it at one number "
                "after the other, [derivative(f)(t) for t in x], or see jacobian()"
            )
        return tree.of([out.of(derivatives) for out, derivatives in found])

    return nth_derivative


def jacobian(f: Function, argnums: int | Sequence[int] = 0, *, mode: str = "auto", sparse: bool = False) -> Function:
    """A function that gives the derivatives of all results of `f`: in the place of each result, the structure of the argument.

    For an array of shape s in and one of shape r out, that is an array of shape r + s.

    mode        "reverse": a pass for each result; "forward": a sweep for each number of the arguments; "auto": which is fewer.
                Both run over one recording, and give the same to rounding
    sparse      True for a scipy.sparse array (results, numbers of the argument), by as few sweeps or passes as the structure
                of the graph allows (Curtis, Powell and Reid 1974). It takes SciPy, and one argument, and is of floats: a
                TypeError where derivatives are Values (see `grad`)

    The errors are those of `grad`.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] ** 2])([3.0, 4.0])
    [[4.0, 3.0], [6.0, 0.0]]
    """
    _check_function(f, "jacobian")
    wanted, single = _wanted(argnums)
    if mode not in ("auto", "forward", "reverse"):
        raise ValueError(f'mode is "auto", "forward" or "reverse", and this is {mode!r}')

    @_named(jacobian, f, argnums=argnums, mode=mode, sparse=sparse)
    def all_derivatives(*args: Any, **kwargs: Any) -> Any:
        recording = Recording(f, args, kwargs, _positions(f, wanted, args))
        if sparse:
            _check_sparse(recording)
            return compressed(recording.ys, recording.xs, mode)
        rows = jacobian_of(recording, mode)
        parts, start = [], 0
        for tree in recording.trees:
            parts.append(_blocks(recording.out_tree, tree, [row[start : start + tree.size] for row in rows]))
            start += tree.size
        return recording.out_tree.rebuilt(parts[0] if single else [*zip(*parts, strict=True)])

    return all_derivatives


def jacobian_of(recording: Recording, mode: str) -> list[list[Any]]:
    """The Jacobian as a list with a row for each result."""
    inputs, outputs = len(recording.xs), len(recording.ys)
    if mode == "reverse" or (mode == "auto" and outputs <= inputs):
        return [recording.pull(y) for y in recording.ys]
    columns = [recording.push([float(i == j) for i in range(inputs)]) for j in range(inputs)]
    return [[column[i] for column in columns] for i in range(outputs)]


def _blocks(out: Tree, tree: Tree, rows: list[list[Any]]) -> list[Any]:
    """For each leaf of the result, the argument's tree with a block of the Jacobian for each of its leaves."""

    def block(above: Leaf, top: int, bottom: int, leaf: Leaf, left: int, right: int) -> Any:
        numbers = [x for row in rows[top:bottom] for x in row[left:right]]
        return numbers[0] if above.shape is leaf.shape is None else as_array(numbers, (above.shape or ()) + (leaf.shape or ()))

    return [tree.rebuilt([block(*above, *leaf) for leaf in tree.parts]) for above in out.parts]


def hessian(f: Function, argnums: int | Sequence[int] = 0, *, sparse: bool = False) -> Function:
    """A function that gives the second derivatives of `f`, which gives one number: for an array of n, an array (n, n).

    Of lists, dicts or several arguments, it has the structure of the gradient, with that of the argument for each number.

    sparse      True for a scipy.sparse array, from as few sweeps as the structure of the graph allows: for a function whose
                terms each have few variables, work in proportion to the entries that are not 0

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 4.0])
    [[8.0, 6.0], [6.0, 0.0]]
    """
    _check_function(f, "hessian")
    return _named(hessian, f, argnums=argnums, sparse=sparse)(jacobian(grad(f, argnums), argnums, sparse=sparse))


def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of `f` at `x`, times `v`, in the shape of `x`; the work of a few gradients, whatever the size of `x`.

    By reverse mode over reverse mode: the gradient of the gradient's product with v (Pearlmutter 1994).
    ValueError for a v of another shape.

    >>> hvp(lambda x: x[0] ** 2 * x[1], [3.0, 4.0], [1.0, 0.0])
    [8.0, 6.0]
    """
    _check_function(f, "hvp")
    weights = _numbers_like(x, v, "v")

    def slope_along(x: Any, weights: list[Any]) -> Any:
        return weighted_sum(flatten(grad(f)(x))[0], weights)

    return grad(slope_along)(x, weights)


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """(f(*primals), its derivative along `tangents`), the directions in which the arguments move: one forward sweep.

    primals     the arguments, in a tuple or list
    tangents    their directions, in the same shapes; ValueError if they are not

    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0))
    (12.0, 4.0)
    """
    _check_function(f, "jvp")
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError("jvp takes the arguments of f, and their tangents, in tuples: jvp(f, (x,), (v,)) for one")
    seeds = _numbers_like(primals, tangents, "tangents")
    recording = Recording(f, primals, {}, range(len(primals)))
    recording.differentiable = recording.differentiable or holds_values(seeds)
    return recording.results(), recording.out_tree.of(recording.push(seeds))


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """(f(*primals), its pullback): a function from a cotangent, in the shape of the result, to a tuple of adjoints.

    >>> y, pull = vjp(lambda x: [x**2, x**3], 2.0)
    >>> y, pull([1.0, 0.0]), pull([0.0, 1.0])
    ([4.0, 8.0], (4.0,), (12.0,))
    """
    _check_function(f, "vjp")
    recording = Recording(f, primals, {}, range(len(primals)))

    def pull(cotangent: Any) -> tuple[Any, ...]:
        weights = _numbers_like(recording.result, cotangent, "the cotangent")
        pulled = recording.pull(weighted_sum(recording.ys, weights), differentiable=holds_values(weights))
        return tuple(recording.like_arguments(pulled, single=False))

    return recording.results(), pull


# ------------------------------------------------------------------------------------------------ arguments, and what is wrong


def _wanted(argnums: Any) -> tuple[list[int], bool]:
    """The numbers of the arguments to differentiate by, and whether one was asked for without a tuple around it."""
    single = not isinstance(argnums, (tuple, list))
    wanted = [argnums] if single else list(argnums)
    for i in wanted:
        if isinstance(i, bool) or not isinstance(i, int):
            raise TypeError(
                f"argnums is the number of an argument, or several in a tuple, and this is {argnums!r}: for the gradient at x "
                "it is grad(f)(x)"
            )
    return wanted, single


def _positions(f: Function, wanted: list[int], args: tuple[Any, ...]) -> list[int]:
    for i in wanted:
        if not -len(args) <= i < len(args):
            raise ValueError(
                f"argnums asks for argument {i} of {name_of(f)}, numbered from 0, and {len(args)} were given by position: "
                "those to differentiate by are given without their names"
            )
    positions = [i % len(args) for i in wanted]
    if len({*positions}) < len(positions) or not positions:
        raise ValueError(f"argnums names each argument once, and at least one, and this is {tuple(wanted)!r}")
    return positions


def _numbers_like(model: Any, thing: Any, name: str) -> list[Any]:
    """The numbers in a thing that has the structure of `model`. ValueError if it has another."""
    return flatten(in_order_of(model, thing, name), name)[0]


def _check_sparse(recording: Recording) -> None:
    if len(recording.trees) != 1:
        raise ValueError(f"a sparse Jacobian is by one argument, and argnums names {len(recording.trees)}")
    if recording.differentiable:
        raise TypeError(
            "sparse=True gives floats, which would cut the graph of the Values that f was given or closes over, "
            "such as the variables of a transform further out: leave it out here, or call it inside no_grad()"
        )


def _check_function(f: Any, transform: str) -> None:
    if not callable(f):
        raise TypeError(f"{transform}() takes a function, and this is {f!r}: give f, not f(x)")


class Transformed:
    """A function that a transform made of another one. Copies and pickles have the transform, the function and its settings."""

    def __init__(self, made: Function, name: str, transform: Function, f: Function, settings: dict[str, Any]) -> None:
        self.__name__ = self.__qualname__ = f"{name}({name_of(f)})"
        self.__doc__ = f"{name} of {name_of(f)}, made by autograd."
        self.__wrapped__ = f
        self._made = made
        self._again = transform, f, settings

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._made(*args, **kwargs)

    def __get__(self, thing: Any, kind: Any = None) -> Any:
        """In a class it is a method, as a function is."""
        return self if thing is None else MethodType(self, thing)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _transformed, self._again


def _transformed(transform: Function, f: Function, settings: dict[str, Any]) -> Any:
    return transform(f, **settings)


def _named(transform: Function, f: Function, name: str = "", **settings: Any) -> Callable[[Function], Transformed]:
    """Makes what `transform` gives of f, with these settings, of a function that computes it."""
    return lambda made: Transformed(made, name or transform.__name__, transform, f, settings)
