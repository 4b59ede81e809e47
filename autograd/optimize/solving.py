"""Roots of equations, and how they move with what the equations depend on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..compiler.compiled import Compiled
from ..derivatives.argument_names import name_of
from ..derivatives.custom_rules import CalledBack
from ..derivatives.functional import Recording
from ..derivatives.implicit import inverse_of, newton_steps, right_to_order
from ..derivatives.trees import as_array, flatten
from ..engine.backward import order_down_to, weighted_sum
from ..engine.modes import is_grad_enabled, trace_here, tracing
from ..engine.value import Value, plain
from .derivatives import Derivatives
from .points import Point, array_of, in_tree
from .scipys import finished, refuse_derivatives, scipy_optimize
from .starts import Start


def root(
    f: Callable[..., Any],
    x0: Any,
    args: tuple[Any, ...] = (),
    method: str = "hybr",
    jac: Any = None,
    *,
    order: int = 2,
    compile: bool | None = None,
    **options: Any,
) -> Any:
    """scipy.optimize.root with the Jacobian from the graph (methods "hybr" and "lm"; the others use none).

    order   up to which order the derivatives of the root are right; beyond it they are infinite, or NaN

    `x0`, `compile` and the warning are as for `minimize`.

    The root can be differentiated by what the equations depend on: where `args` hold Values, or f closes over some, the `x`
    of the result are Values, whose derivatives are those of the implicit function theorem. So it has its place inside `grad`
    and `hessian`, and inside a compiled function, which solves anew in each run (there, what is computed on the way goes into
    `args`). x0 says which root is found, and has no part in it.

    RuntimeError where no root is found that was to be differentiated. ArithmeticError where the Jacobian is singular at the
    root, which then has no derivatives.

    >>> result = root(lambda x: [x[0] ** 2 - 2.0], [1.0])
    >>> round(float(result.x[0]), 9)
    1.414213562
    >>> from autograd import grad
    >>> round(grad(lambda a: root(lambda x, a: x**2 - a, 1.0, args=(a,)).x[0])(9.0), 9)     # 1 / (2 sqrt(a))
    0.166666667
    """
    refuse_derivatives("jac", jac)
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ValueError(f"order is the highest order of derivatives that is to be right, at least 1, and this is {order!r}")
    search = _Search(f, Start(x0), method, compile, options)
    args = args if isinstance(args, tuple) else (args,)
    return search.solved(*args) if trace_here() is None and not is_grad_enabled() else search.moving(args, order)


class _Search:
    """Equations, and how they are solved."""

    def __init__(self, f: Any, start: Start, method: str, compile: bool | None, options: dict[str, Any]) -> None:
        self.f = f
        self.of_array = in_tree(f.f if isinstance(f, Compiled) else f, start.tree)
        self.start = start
        self.method = method
        self.compile = compile
        self.options = options

    def solved(self, *args: Any) -> Any:
        """SciPy's result, for args in which numbers stand for Values."""
        args = tuple(map(_in_numbers, args))
        self.at = at = Derivatives(self.f, compile=self.compile, tree=self.start.tree, cuts=False)
        jac = {"jac": at.jacobian} if self.method.lower() in ("hybr", "lm") else {}
        with tracing(None):  # what is recorded here is no part of a compiled function around it
            result = scipy_optimize().root(at.values, self.start.x0, args=args, method=self.method, **jac, **self.options)
        return finished(result, at, self.start)

    def moving(self, args: tuple[Any, ...], order: int) -> Any:
        """The result, with a root that moves with the Values that the equations depend on."""
        result = self.solved(*args)
        trace = trace_here()
        if trace is None and not args and self.at.reads_nothing_else:
            return result
        xs = _numbers_in(result.x)
        if trace is None and not Recording(self.of_array, (array_of(xs), *args), {}, (0,)).differentiable:
            return result
        if trace is not None:
            self._check_reached([*map(Value, xs)], args, trace)
        if trace is not None and any(map(_holds_values, args)):
            values, inverse = self._called_back(args)
        else:
            exact, inverse = self.settled(result, args)
            values = [*map(Value, exact)]
        moving = newton_steps(self.equations(args), values, inverse, order)
        result.x = self.structured(right_to_order(order, moving))
        return result

    def settled(self, result: Any, args: tuple[Any, ...]) -> tuple[list[float], list[list[float]]]:
        """The root, taken to the last digits by a step of Newton's, and the inverse of the Jacobian there."""
        if not result.success:
            raise RuntimeError(f"no root was found that could be differentiated: {result.message}")
        numbers = tuple(map(_in_numbers, args))
        xs = _numbers_in(result.x)
        point, inverse = self._inverse_at(xs, numbers)
        xs = newton_steps(lambda _: point.values.tolist(), xs, inverse, 1)
        return xs, self._inverse_at(xs, numbers)[1]

    def _inverse_at(self, xs: list[float], numbers: tuple[Any, ...]) -> tuple[Point, list[list[float]]]:
        with tracing(None):
            point = Point(self.of_array, array_of(xs), numbers)
            jacobian = point.jacobian
        if jacobian.shape != (len(xs), len(xs)):
            raise ValueError(
                "a root moves as the implicit function theorem says where there are as many equations as numbers, and "
                f"{name_of(self.f)} gives {len(jacobian)} for {len(xs)}"
            )
        inverse = inverse_of(jacobian, float(abs(jacobian).max()))
        if inverse is None:
            raise ArithmeticError(
                f"the root {xs} has no derivatives: the Jacobian of the equations is singular there, {jacobian.tolist()}"
            )
        return point, inverse

    def _called_back(self, args: tuple[Any, ...]) -> Any:
        """The root and that inverse as nodes: a program solves anew in each run, for what the args are then."""
        places = [i for i, arg in enumerate(args) if _holds_values(arg)]

        def root(*moved: Any) -> tuple[Any, Any]:
            given = dict(zip(places, moved, strict=True))
            numbers = tuple(given.get(i, arg) for i, arg in enumerate(args))
            return self.settled(self.solved(*numbers), numbers)

        return CalledBack(root)(*[args[i] for i in places])

    def equations(self, args: tuple[Any, ...]) -> Callable[[list[Any]], list[Any]]:
        called = f"the result of {name_of(self.f)}"
        return lambda xs: flatten(self.of_array(as_array(xs, (len(xs),)), *args), called, result=True)[0]

    def structured(self, xs: Sequence[Any]) -> Any:
        """The root in the structure of x0; in an array where that is a number, or numbers in a row."""
        return as_array(xs, (len(xs),)) if self.start.tree is None else self.start.tree.of(xs)

    def _check_reached(self, xs: list[Value], args: tuple[Any, ...], trace: Any) -> None:
        """TypeError where equations depend on what a recorded function computes, and not by way of args."""
        given = {id(x): x for x in [*xs, *[x for arg in args for x in _flat(arg)]] if isinstance(x, Value)}
        made = ({id(v) for v in trace.made} if isinstance(trace.made, list) else set()) - given.keys()
        ys = [y for y in self.equations(args)(list(xs)) if isinstance(y, Value)]
        order = order_down_to([*given.values()], weighted_sum(ys, [1.0] * len(ys))) if ys else []
        if any(id(v) in made for v in order):
            raise TypeError(
                f"{name_of(self.f)} closes over numbers that the compiled function computes, with which the root is to be "
                "solved anew in each run: give them in `args`"
            )


def _flat(arg: Any) -> list[Any]:
    """The numbers in an argument; none in one that is no number, and holds none."""
    try:
        return flatten(arg)[0]
    except TypeError:
        return []


def _holds_values(arg: Any) -> bool:
    return Value in set(map(type, _flat(arg)))


def _in_numbers(arg: Any) -> Any:
    """An argument with numbers in the place of Values."""
    if not _holds_values(arg):
        return arg
    numbers, tree = flatten(arg)
    return tree.of([*map(plain, numbers)])


def _numbers_in(x: Any) -> list[float]:
    return [*map(float, flatten(x)[0])]
