"""Derivatives of ordinary Python functions: grad, jacobian, hessian and their kin, by JAX's names.

A function is called once with Values in the place of numbers, which records its graph; the passes over that graph do the rest.
Where the arguments are Values, or the result depends on Values that were there before the call, the derivatives are Values too,
with a graph to those: so a derivative has its place in a loss, and transforms nest, to any order. Each transform differentiates
with respect to nodes of its own, made for this call, so what an inner one does never mixes with what an outer one does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, overload

from ..cached import cached_property
from ..engine.backward import depends_on_older, order_down_to, pullback, pullback_of_new, topological_order, weighted_sum
from ..engine.forward import pushforward
from ..engine.functions import variables
from ..engine.gradients import adjoints_in_values
from ..engine.modes import Call, enable_grad, is_grad_enabled, is_part_of_a_graph, trace_here
from ..engine.value import Value
from .argument_names import as_given, name_of, name_of_argument, wanted_arguments
from .numpy_advice import advise
from .sparse import ENTRIES, compressed
from .transformed import transformed
from .trees import Leaf, Tree, as_array, description, flatten, holds_values, in_order_of, put_back, with_values

if TYPE_CHECKING:
    from .signatures import Gradient, ValueAndGradient

Function = Callable[..., Any]


class Recording:
    """One recorded call of a function.

    wrt                 what to differentiate by instead, which f takes from outside: see `grad`
    wanted              the arguments to differentiate by: a number for one given by position, a name for one given by keyword
    xs, trees           the Values to differentiate by, and for each argument what stands around them
    result              what the function returned; with `has_aux` the first of the two things it returned
    aux                 with `has_aux` the second of them, with numbers for the Values in it; or with Values, where derivatives
                        are, or where it depends itself on some that were there before the call
    ys, out_tree        the Values in it, and what stands around them
    differentiable      whether derivatives are Values: where Values were given, or where the result depends on some that were
                        there before the call. Those are variables of a transform around this one, parameters of a model,
                        whatever somebody can differentiate by; not the constants that f made on its way. Inside `no_grad()`
                        nobody will. False may be given where floats are wanted, whatever f depends on
    undecided           whether `value_and_slopes` is still to find that out, on its way; until then differentiable is False
    """

    def __init__(
        self,
        f: Function,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        wanted: Sequence[int | str],
        *,
        differentiable: bool = True,
        has_aux: bool = False,
        wrt: Any = None,
        undecided: bool = False,
    ) -> None:
        self.f = f
        self.xs: list[Value] = []
        self.trees: list[Tree] = []
        # what compile() records runs on other numbers: there, floats would be constants
        given_values = trace_here() is not None or any(map(holds_values, [*args, *kwargs.values()]))
        given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
        for i in wanted:
            name = i if isinstance(i, str) else name_of_argument(f, i) or f"argument {i}"
            numbers, tree = flatten(given[i], name, variable=True)
            values = variables(numbers)
            given_values = given_values or holds_values(numbers)
            given[i] = tree.of(values)
            self.trees.append(tree)
            self.xs += values
        if wrt is not None:
            given_values = given_values or is_part_of_a_graph()
            self.xs, tree = _parameters(wrt)
            self.trees = [tree]
        with Call() as call:
            try:
                self.result = f(*[given[i] for i in range(len(args))], **{name: given[name] for name in kwargs})
            except TypeError as problem:
                advise(problem)
                raise
            self._aux = self._part_aux() if has_aux else None
            numbers, self.out_tree = flatten(self.result, f"the result of {name_of(f)}", result=True)
            self.ys = [y if isinstance(y, Value) else Value(y) for y in numbers]
        self.call = call
        self.undecided = undecided and wrt is None and differentiable and not given_values and is_grad_enabled()
        self.differentiable = differentiable and (
            given_values or (is_grad_enabled() and not self.undecided and self.depends_on_older(self.ys))
        )

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle has: neither the function, which need not go into one, nor the call, which is over."""
        return {name: part for name, part in vars(self).items() if name not in ("f", "call")}

    def depends_on_older(self, ys: list[Value]) -> bool:
        """Whether some of `ys` was computed from Values that were there before the call, other than by way of `xs`."""
        return bool(ys) and depends_on_older(above(ys), self.xs, self.call)

    def _part_aux(self) -> Any:
        if not isinstance(self.result, tuple) or len(self.result) != 2:
            raise TypeError(
                f"has_aux=True is for a function that gives (result, aux), and {name_of(self.f)} gave "
                f"{description(self.result)}"
            )
        self.result, aux = self.result
        return aux

    @property
    def aux(self) -> Any:
        found: list[Value] = []
        with_values(self._aux, found.append)
        differentiable = self.differentiable or (is_grad_enabled() and self.depends_on_older(found))
        return with_values(self._aux, _for_now if differentiable else lambda v: v.data)

    def scalar(self) -> Value:
        """The one number the function gave. TypeError, with what to do, if it gave anything else."""
        if len(self.ys) == 1 and not isinstance(self.result, (list, tuple, dict)):
            return self.ys[0]
        raise TypeError(
            f"a gradient is of a function with one number as its result, and {name_of(self.f)} gave "
            f"{description(self.result)}: for several results there is jacobian(), or sum them up"
        )

    def value_and_slopes(self) -> tuple[Any, list[Any]]:
        """The one number the function gave, and its derivatives with respect to `xs`."""
        y = self.scalar()
        if self.undecided:
            slopes = pullback_of_new(y, self.xs, self.call)
            if slopes is not None:
                return y.data, slopes
            self.differentiable = self.depends_on_older(self.ys)
        return self.result_of(y), self.pull(y)

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
        if not (self.differentiable or holds_values(seeds)):
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

    @cached_property
    def order(self) -> list[Value]:
        """The graph of all results, each node after its parents."""
        return topological_order(above(self.ys))

    def like_arguments(self, numbers: Sequence[Any], single: bool) -> Any:
        """Numbers, one for each of `xs`, in the structure of the arguments: of the `single` one, or in a tuple."""
        parts = put_back(self.trees, numbers)
        return parts[0] if single else tuple(parts)


def above(ys: list[Value]) -> Value:
    """A Value from which a walk down meets all of `ys`."""
    return ys[0] if len(ys) == 1 else weighted_sum(ys, [1.0] * len(ys))


def _for_now(v: Value) -> Value:
    """The Value as a transform gives it: inside `no_grad()`, without its graph."""
    return v if is_grad_enabled() else v.detach()


@overload
def grad(f: Function, argnums: Literal[0] = 0) -> Gradient: ...
@overload
def grad(
    f: Function,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    wrt: Any = None,
) -> Function: ...
def grad(f: Function, argnums: Any = 0, *, argnames: Any = None, has_aux: bool = False, wrt: Any = None) -> Function:
    """A function that gives the gradient of `f`, which gives one number, with respect to an argument (or a tuple of them).

    f           ordinary Python: loops, branches, recursion, helper functions; NumPy code gets arrays of Values
    argnums     which positional argument to differentiate by; several give a tuple of gradients
    argnames    in its place, the name of an argument, given by keyword or by position; several give a tuple of gradients
    has_aux     True for an `f` that gives (result, aux): then (gradient, aux) is what comes back. aux may be anything; the
                Values in its lists, tuples, dicts and arrays become numbers as results do
    wrt         in place of arguments, what f takes from outside: a model (anything with `named_parameters()`), for a gradient
                in a dict by the names of its parameters; or Values, alone or in lists, tuples, dicts and arrays. It is looked
                at anew in each call; no `.grad` is touched

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
    >>> grad(lambda x, rate: rate * x**2, argnames="rate")(3.0, rate=0.5)
    9.0
    >>> grad(lambda x: (x**3, {"square": x**2}), has_aux=True)(2.0)
    (12.0, {'square': 4.0})
    >>> a = Value(0.5)
    >>> loss = grad(lambda x: a * x**2)(3.0) + a                     # 6a + a
    >>> loss.backward()
    >>> a.grad
    7.0
    """
    _check_function(f, "grad")
    both = value_and_grad(f, argnums, argnames=argnames, has_aux=has_aux, wrt=wrt)

    @transformed(grad, f, argnums=argnums, argnames=argnames, has_aux=has_aux, wrt=wrt)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


@overload
def value_and_grad(f: Function, argnums: Literal[0] = 0) -> ValueAndGradient: ...
@overload
def value_and_grad(
    f: Function,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    wrt: Any = None,
) -> Callable[..., tuple[Any, Any]]: ...
def value_and_grad(f: Function, argnums: Any = 0, *, argnames: Any = None, has_aux: bool = False, wrt: Any = None) -> Function:
    """As `grad`, but the function gives (value, gradient), from one evaluation; with `has_aux`, ((value, aux), gradient).

    f, argnums, argnames, has_aux, wrt, and the errors are those of `grad`.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    >>> slope = Value(2.0)
    >>> value_and_grad(lambda x: slope * x, wrt=[slope])(3.0)
    (6.0, [3.0])
    """
    _check_function(f, "value_and_grad")
    wanted, single = wanted_arguments(argnums, argnames)
    if wrt is not None and (wanted != [0] or not single):
        raise ValueError("wrt is what to differentiate by in place of arguments: leave argnums and argnames out")

    @transformed(value_and_grad, f, argnums=argnums, argnames=argnames, has_aux=has_aux, wrt=wrt)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        by = as_given(f, wanted, args, kwargs) if wrt is None else []
        recording = Recording(f, args, kwargs, by, has_aux=has_aux, wrt=wrt, undecided=True)
        value, slopes = recording.value_and_slopes()
        return (value, recording.aux) if has_aux else value, recording.like_arguments(slopes, single)

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

    @transformed(derivative, f, f"derivative of order {order}", order=order)
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


def jacobian(
    f: Function,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    mode: str = "auto",
    sparse: bool = False,
) -> Function:
    """A function that gives the derivatives of all results of `f`: in the place of each result, the structure of the argument.

    For an array of shape s in and one of shape r out, that is an array of shape r + s.

    argnums     which argument to differentiate by, and whether `f` gives (result, aux): as for `grad`, and so are argnames and
                has_aux
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
    settings: dict[str, Any] = {"argnums": argnums, "argnames": argnames, "has_aux": has_aux, "mode": mode, "sparse": sparse}
    both = value_and_jacobian(f, **settings)

    @transformed(jacobian, f, **settings)
    def all_derivatives(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return all_derivatives


def value_and_jacobian(
    f: Function,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    mode: str = "auto",
    sparse: bool = False,
) -> Callable[..., tuple[Any, Any]]:
    """As `jacobian`, but the function gives (result, Jacobian), from one evaluation; with `has_aux`, ((result, aux), Jacobian).

    f, argnums, argnames, has_aux, mode, sparse, and the errors are those of `jacobian`.

    >>> value_and_jacobian(lambda x: [x[0] * x[1], x[0] ** 2])([3.0, 4.0])
    ([12.0, 9.0], [[4.0, 3.0], [6.0, 0.0]])
    """
    _check_function(f, "value_and_jacobian")
    wanted, single = wanted_arguments(argnums, argnames)
    if mode not in ("auto", "forward", "reverse"):
        raise ValueError(f'mode is "auto", "forward" or "reverse", and this is {mode!r}')

    kind: bool | str = sparse  # ENTRIES where `compile` asks

    @transformed(value_and_jacobian, f, argnums=argnums, argnames=argnames, has_aux=has_aux, mode=mode, sparse=sparse)
    def value_and_all_derivatives(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        recording = Recording(f, args, kwargs, as_given(f, wanted, args, kwargs), has_aux=has_aux)
        value = recording.results()
        if has_aux:
            value = value, recording.aux
        if sparse:
            in_values = kind == ENTRIES and recording.differentiable
            _check_sparse(recording, in_values)
            return value, compressed(recording.ys, recording.xs, mode, recording if in_values else None)
        rows = jacobian_of(recording, mode)
        parts, start = [], 0
        for tree in recording.trees:
            parts.append(_blocks(recording.out_tree, tree, [row[start : start + tree.size] for row in rows]))
            start += tree.size
        return value, recording.out_tree.rebuilt(parts[0] if single else [*zip(*parts, strict=True)])

    return value_and_all_derivatives


def jacfwd(f: Function, argnums: int | Sequence[int] = 0, **settings: Any) -> Function:
    """`jacobian` by forward mode, under JAX's name: a sweep for each number of the arguments. It takes jacobian's settings.
    Less work than `jacrev` where there are fewer of these than results.

    >>> jacfwd(lambda x: [x**2, x**3, x**4])(2.0)
    [4.0, 12.0, 32.0]
    """
    return jacobian(f, argnums, mode="forward", **settings)


def jacrev(f: Function, argnums: int | Sequence[int] = 0, **settings: Any) -> Function:
    """`jacobian` by reverse mode, under JAX's name: a pass for each result. It takes jacobian's settings.

    >>> jacrev(lambda x: x[0] * x[1])([3.0, 4.0])
    [4.0, 3.0]
    """
    return jacobian(f, argnums, mode="reverse", **settings)


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


def hessian(
    f: Function,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    sparse: bool = False,
) -> Function:
    """A function that gives the second derivatives of `f`, which gives one number: for an array of n, an array (n, n).

    Of lists, dicts or several arguments, it has the structure of the gradient, with that of the argument for each number.

    argnums     which argument to differentiate by, and whether `f` gives (result, aux): as for `grad`, and so are argnames and
                has_aux
    sparse      True for a scipy.sparse array, from as few sweeps as the structure of the graph allows: for a function whose
                terms each have few variables, work in proportion to the entries that are not 0

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 4.0])
    [[8.0, 6.0], [6.0, 0.0]]
    """
    _check_function(f, "hessian")
    by: dict[str, Any] = {"argnums": argnums, "argnames": argnames, "has_aux": has_aux}
    return transformed(hessian, f, **by, sparse=sparse)(jacobian(grad(f, **by), **by, sparse=sparse))


def stop_gradient(x: Any) -> Any:
    """The same number as a constant: no derivative goes through it. (Values have it as a method, `x.detach()`.)

    Of lists, tuples, dicts and arrays, all Values in them. Floats, and whatever else is no Value, stay as they are. In a
    compiled function the number follows its arguments, as it does eagerly.

    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    >>> stop_gradient(3.0)
    3.0
    """
    return with_values(x, Value.detach)


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


def linearize(f: Function, *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """(f(*primals), its derivative there): a function from tangents, one for each argument, to the tangent of the result.

    `f` is called once, however many directions are asked for; each is a forward sweep over what was recorded.
    ValueError for tangents in other shapes than the arguments.

    >>> y, along = linearize(lambda x, y: x * y, 3.0, 4.0)
    >>> y, along(1.0, 0.0), along(0.0, 1.0)
    (12.0, 4.0, 3.0)
    """
    _check_function(f, "linearize")
    recording = Recording(f, primals, {}, range(len(primals)))

    return recording.results(), partial(_along, recording, primals)


def _along(recording: Recording, primals: tuple[Any, ...], *tangents: Any) -> Any:
    return recording.out_tree.of(recording.push(_numbers_like(primals, tangents, "tangents")))


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """(f(*primals), its pullback): a function from a cotangent, in the shape of the result, to a tuple of adjoints.

    >>> y, pull = vjp(lambda x: [x**2, x**3], 2.0)
    >>> y, pull([1.0, 0.0]), pull([0.0, 1.0])
    ([4.0, 8.0], (4.0,), (12.0,))
    """
    _check_function(f, "vjp")
    recording = Recording(f, primals, {}, range(len(primals)))

    return recording.results(), partial(_pull, recording)


def _pull(recording: Recording, cotangent: Any) -> tuple[Any, ...]:
    weights = _numbers_like(recording.result, cotangent, "the cotangent")
    pulled = recording.pull(weighted_sum(recording.ys, weights), differentiable=holds_values(weights))
    return tuple(recording.like_arguments(pulled, single=False))


# ------------------------------------------------------------------------------------------------ arguments, and what is wrong


def _numbers_like(model: Any, thing: Any, name: str) -> list[Any]:
    """The numbers in a thing that has the structure of `model`. ValueError if it has another."""
    return flatten(in_order_of(model, thing, name), name)[0]


def _parameters(wrt: Any) -> tuple[list[Value], Tree]:
    """The Values in what is to be differentiated by, and what stands around them."""
    if hasattr(wrt, "named_parameters"):
        wrt = dict(wrt.named_parameters())
    numbers, tree = flatten(wrt, "wrt")
    for x in numbers:
        if not isinstance(x, Value):
            raise TypeError(f"wrt has the Values to differentiate by, or a model that has some, and this is {wrt!r}")
    return numbers, tree


def _check_sparse(recording: Recording, in_values: bool) -> None:
    if len(recording.trees) != 1:
        raise ValueError(f"a sparse Jacobian is by one argument, and argnums names {len(recording.trees)}")
    if recording.differentiable and not in_values:
        raise TypeError(
            "sparse=True gives floats, which would cut the graph of the Values that f was given or closes over, "
            "such as the variables of a transform further out: leave it out here, or call it inside no_grad()"
        )


def _check_function(f: Any, transform: str) -> None:
    if not callable(f):
        raise TypeError(f"{transform}() takes a function, and this is {f!r}: give f, not f(x)")
