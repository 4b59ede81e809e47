"""custom_vjp and custom_jvp: functions of several inputs and outputs whose derivatives are yours, by JAX's names.

Each number that such a function gives is one node, with an edge to each number that it was given; the slopes of the edges are
what your rule says. A function and its rule are called with Values, and the rule's own arithmetic is what is compiled, and what
higher derivatives are taken of. Where they do not work on Values (math, SciPy, arrays of floats), they are called with floats.
"""

from __future__ import annotations

import functools
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from ..engine.backward import depends_on_older, weighted_sum
from ..engine.functions import apply_many
from ..engine.modes import Call, enable_grad, is_grad_enabled, trace_here, tracing
from ..engine.primitives import BY_NAME, Primitive
from ..engine.value import Value, plain
from .argument_names import name_of, name_of_argument
from .custom import BUILT_IN, RESERVED
from .trees import Itself, Tree, flatten, in_order_of, put_back, told_apart

KEPT = 1 << 18
"""How many numbers are kept of calls from compiled functions, which ask for results and slopes one by one."""

Rows = list[list[Any]]
"""For each result its derivatives, one for each number that was given."""


_computing: ContextVar[tuple[Any, ...]] = ContextVar("computing", default=())
"""The custom functions whose results are being computed: there a rule that calls its function gets what that computes."""


class CustomFunction:
    """What `custom_vjp` and `custom_jvp` make of a function: called as that is."""

    flat = False
    """Whether it has no slopes, and is called with floats."""

    def __init__(self, f: Callable[..., Any], nondiff_argnums: Sequence[int] = ()) -> None:
        if not callable(f):
            raise TypeError(f"{type(self).__name__} takes a function, and this is {f!r}")
        functools.update_wrapper(self, f)
        self.f = f
        self.nondiff_argnums = tuple(nondiff_argnums)
        self._rules: dict[Any, _Rule] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise TypeError(f"{name_of(self)} has a rule for arguments by position, and was given {[*kwargs]} by name")
        fixed = {i % len(args): args[i] for i in self.nondiff_argnums if -len(args) <= i < len(args)}
        flat = [self._flattened(i, arg) for i, arg in enumerate(args) if i not in fixed]
        numbers = [x for found, _ in flat for x in found]
        if not is_grad_enabled() or Value not in set(map(type, numbers)) or self in _computing.get():
            return self.f(*args)
        trees = [tree for _, tree in flat]
        key = (*[tree.form for tree in trees], *[(i, _told_apart(arg)) for i, arg in fixed.items()])
        rule = self._rules.get(key)
        if rule is None:
            rule = self._rules.setdefault(key, _Rule(self, trees, fixed))
        return rule.applied(numbers)

    def _flattened(self, i: int, arg: Any) -> tuple[list[Any], Tree]:
        try:
            return flatten(arg, name_of_argument(self.f, i) or f"argument {i}")
        except TypeError as problem:
            raise TypeError(f"{problem} (what is no number goes into nondiff_argnums={(*self.nondiff_argnums, i)})") from None

    def linearized(self, fixed: Sequence[Any], args: Sequence[Any]) -> tuple[Any, Callable[[Tree, int, Sequence[int]], Rows]]:
        """The result; and a function of its Tree, of how many numbers were given, and of the rows wanted, that gives those."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {name_of(self.f)}>"


class custom_vjp(CustomFunction):  # noqa: N801 (JAX's name)
    """A function whose derivatives are told by a rule for reverse mode, as in JAX. It is used as a decorator.

    f                   takes and gives numbers, arrays, and lists, tuples and dicts of them
    nondiff_argnums     the arguments that are no numbers, or not differentiated by: they come first in the rule

    `f.defvjp(fwd, bwd)` has the rule. `fwd(*args)` gives (what f gives, residuals): anything that bwd needs. `bwd(*nondiff,
    residuals, cotangent)` gives a tuple with a cotangent for each other argument, in its structure, or None for zeros;
    `cotangent` is in the structure of the result. It is asked for one number of the result at a time.

    A TypeError for a function that closes over Values: no derivative would reach them. Define it once, not in a loop.

    >>> import numpy as np
    >>> @custom_vjp
    ... def log_det(a):
    ...     return np.linalg.slogdet(a)[1]
    >>> log_det.defvjp(lambda a: (np.linalg.slogdet(a)[1], a), lambda a, cotangent: (cotangent * np.linalg.inv(a).T,))
    >>> from autograd import grad
    >>> grad(log_det)(np.array([[2.0, 0.0], [0.0, 4.0]]))
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """

    fwd: Callable[..., Any] | None = None
    bwd: Callable[..., Any] | None = None

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Says the rule: see the class.

        >>> square = custom_vjp(lambda x: x * x)
        >>> square.defvjp(lambda x: (x * x, x), lambda x, g: (2.0 * x * g,))
        >>> square(3.0)
        9.0
        """
        for rule, name in ((fwd, "fwd"), (bwd, "bwd")):
            if not callable(rule):
                raise TypeError(f"defvjp takes two functions, and {name} is {rule!r}")
        self.fwd, self.bwd = fwd, bwd
        self._rules = {}

    def linearized(self, fixed: Sequence[Any], args: Sequence[Any]) -> tuple[Any, Callable[[Tree, int, Sequence[int]], Rows]]:
        fwd, bwd = self.fwd, self.bwd
        if fwd is None or bwd is None:
            raise TypeError(f"{name_of(self.f)} has no rule yet: give {name_of(self.f)}.defvjp(fwd, bwd)")
        found = fwd(*args)
        if not isinstance(found, tuple) or len(found) != 2:
            raise TypeError(f"fwd of {name_of(self.f)} gives (result, residuals), and it gave {found!r}")
        result, residuals = found
        inside = [arg for i, arg in enumerate(args) if i not in self._places(len(args))]

        def rows(out: Tree, count: int, wanted: Sequence[int]) -> Rows:
            return [self._row(bwd(*fixed, residuals, out.of(_unit(i, out.size))), inside) for i in wanted]

        return result, rows

    def _places(self, count: int) -> set[int]:
        return {i % count for i in self.nondiff_argnums}

    def _row(self, cotangents: Any, args: Sequence[Any]) -> list[Any]:
        if not isinstance(cotangents, tuple) or len(cotangents) != len(args):
            raise TypeError(
                f"bwd of {name_of(self.f)} gives a tuple with a cotangent for each of {len(args)} arguments, and it gave "
                f"{cotangents!r}"
            )
        row: list[Any] = []
        for i, (arg, cotangent) in enumerate(zip(args, cotangents, strict=True)):
            name = f"cotangent {i} of bwd of {name_of(self.f)}"
            if cotangent is None:
                row += [0.0] * flatten(arg)[1].size
            else:
                row += flatten(in_order_of(arg, cotangent, name), name)[0]
        return row


class custom_jvp(CustomFunction):  # noqa: N801 (JAX's name)
    """A function whose derivatives are told by a rule for forward mode, as in JAX. It is used as a decorator.

    f                   takes and gives numbers, arrays, and lists, tuples and dicts of them
    nondiff_argnums     the arguments that are no numbers, or not differentiated by: they come first in the rule

    `f.defjvp(rule)` has the rule: `rule(*nondiff, primals, tangents)`, of two tuples, gives (what f gives, its tangent). It is
    asked for one number that was given at a time, whose tangent is 1.0 and that of all others 0.0. `f.defjvps(...)` has a rule
    for each argument.

    The errors are those of `custom_vjp`.

    >>> @custom_jvp
    ... def quotient(x, y):
    ...     return x / y
    >>> @quotient.defjvp
    ... def _(primals, tangents):
    ...     (x, y), (dx, dy) = primals, tangents
    ...     return x / y, (dx - dy * x / y) / y
    >>> from autograd import grad
    >>> grad(quotient, argnums=(0, 1))(3.0, 2.0)
    (0.5, -0.75)
    """

    rule: Callable[..., Any] | None = None

    def defjvp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Says the rule, and gives it back: see the class.

        >>> square = custom_jvp(lambda x: x * x)
        >>> rule = square.defjvp(lambda primals, tangents: (primals[0] ** 2, 2.0 * primals[0] * tangents[0]))
        """
        if not callable(rule):
            raise TypeError(f"defjvp takes a function, and this is {rule!r}")
        self.rule = rule
        self._rules = {}
        return rule

    def defjvps(self, *rules: Callable[..., Any] | None) -> None:
        """A rule for each argument, `rule(tangent, result, *primals)`, which gives a tangent of the result; None for zeros.

        For functions of numbers that give one number, and without nondiff_argnums.

        >>> product = custom_jvp(lambda x, y: x * y)
        >>> product.defjvps(lambda dx, out, x, y: dx * y, lambda dy, out, x, y: dy * x)
        """
        if self.nondiff_argnums or not rules or not all(rule is None or callable(rule) for rule in rules):
            raise TypeError("defjvps takes a function, or None, for each argument, and goes with no nondiff_argnums")

        def rule(primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
            if len(rules) != len(primals):
                raise TypeError(f"{name_of(self.f)} has {len(rules)} rules, and was given {len(primals)} arguments")
            out = self.f(*primals)
            terms = [one(t, out, *primals) for one, t in zip(rules, tangents, strict=True) if one is not None]
            return out, sum(terms, 0.0)

        self.defjvp(rule)

    def linearized(self, fixed: Sequence[Any], args: Sequence[Any]) -> tuple[Any, Callable[[Tree, int, Sequence[int]], Rows]]:
        rule = self.rule
        if rule is None:
            raise TypeError(f"{name_of(self.f)} has no rule yet: give {name_of(self.f)}.defjvp(rule)")
        places = {i % len(args) for i in self.nondiff_argnums}
        primals = tuple(arg for i, arg in enumerate(args) if i not in places)
        trees = [flatten(primal)[1] for primal in primals]

        def along(unit: Sequence[float]) -> tuple[Any, Any]:
            found = rule(*fixed, primals, tuple(put_back(trees, unit)))
            if not isinstance(found, tuple) or len(found) != 2:
                raise TypeError(f"the rule of {name_of(self.f)} gives (result, its tangent), and it gave {found!r}")
            return found

        def rows(out: Tree, count: int, wanted: Sequence[int]) -> Rows:
            name = f"the tangent by the rule of {name_of(self.f)}"
            tangents = [along(_unit(j, count))[1] for j in range(count if wanted else 0)]
            columns = [flatten(in_order_of(result, tangent, name), name)[0] for tangent in tangents]
            return [[column[i] for column in columns] for i in wanted]

        result = along([0.0] * sum([tree.size for tree in trees]))[0]
        return result, rows


class CalledBack(CustomFunction):
    """A function of floats, called in each run of a program that it is recorded for. It is a constant to derivatives."""

    flat = True

    def linearized(self, fixed: Sequence[Any], args: Sequence[Any]) -> tuple[Any, Callable[[Tree, int, Sequence[int]], Rows]]:
        return self.f(*args), lambda out, count, wanted: [[0.0] * count for _ in wanted]


class _Rule:
    """A custom function for arguments of one structure.

    trees       of the arguments that are differentiated by
    fixed       the others, by their places
    on_floats   whether it is called with floats; None as long as nobody knows
    """

    def __init__(self, custom: CustomFunction, trees: Sequence[Tree], fixed: dict[int, Any]) -> None:
        self.custom = custom
        self.trees = trees
        self.fixed = fixed
        self.size = sum(tree.size for tree in trees)
        self.on_floats: bool | None = True if custom.flat else None
        self.out: Tree | None = None
        self.rows: list[Primitive] = []
        self._kept: dict[bytes, tuple[list[float], Rows]] = {}

    def applied(self, operands: Sequence[Any]) -> Any:
        """The result for numbers among which are Values, as nodes."""
        trace = trace_here()
        self._kept.clear()  # f may hang on what has changed since
        self.at([*map(plain, operands)])
        assert self.out is not None
        nodes = None
        if trace is not None and not self.on_floats:
            nodes = trace.written_out(lambda: self._results(operands), operands, self.rows)
        if nodes is None:
            nodes = [apply_many(row, operands) for row in self.rows]
        return self.out.of(nodes)

    def _results(self, operands: Sequence[Any]) -> list[Any]:
        """What the function gives."""
        token = _computing.set((*_computing.get(), self.custom))
        try:
            return self.linearized(operands, [])[0]
        finally:
            _computing.reset(token)

    def linearized(self, operands: Sequence[Any], wanted: Sequence[int] | None = None) -> tuple[list[Any], Rows]:
        """What the function gives, and for all results, or those wanted, the derivatives by the operands."""
        parts: Iterator[Any] = iter(put_back(self.trees, operands))
        args = [self.fixed[i] if i in self.fixed else next(parts) for i in range(len(self.trees) + len(self.fixed))]
        result, rows = self.custom.linearized([self.fixed[i] for i in sorted(self.fixed)], args)
        numbers, out = flatten(result, f"the result of {name_of(self.custom)}", result=True)
        if self.out is None:
            self.out = out
            self.rows = [self._row(i) for i in range(out.size)]
        elif out.form != self.out.form:
            raise ValueError(
                f"{name_of(self.custom)} gave a result of another structure before, for arguments of one structure"
            )
        return numbers, rows(out, self.size, range(out.size) if wanted is None else wanted)

    def at(self, data: Sequence[float]) -> tuple[list[float], Rows]:
        """The same in floats. What is asked for again is kept, as far as there is room."""
        key = array("d", data).tobytes()
        found = self._kept.get(key)
        if found is None:
            token = _computing.set((*_computing.get(), self.custom))
            try:
                with tracing(None), enable_grad():
                    found = self._computed(data)
            finally:
                _computing.reset(token)
            if len(self._kept) * (len(found[0]) + 1) * (self.size + 1) > KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found

    def _computed(self, data: Sequence[float]) -> tuple[list[float], Rows]:
        if self.on_floats:
            return _in_floats(*self.linearized(data))
        with Call() as call:
            xs = [Value(x) for x in data]
            try:
                outs, rows = self.linearized(xs)
            except Exception as problem:
                return self._computed_on_floats(data, problem)
        if self.on_floats is None:
            self._check_closed(outs, xs, call)
            self.on_floats = False
        return _in_floats(outs, rows)

    def _computed_on_floats(self, data: Sequence[float], problem: Exception) -> tuple[list[float], Rows]:
        """The same where Values were refused; if floats are, too, that was not what was wrong."""
        if self.on_floats is not None:
            raise problem
        try:
            found = _in_floats(*self.linearized(data))
        except Exception:
            raise problem from None
        self.on_floats = True
        return found

    def _check_closed(self, outs: Sequence[Any], xs: Sequence[Value], call: Call) -> None:
        values = [y for y in outs if isinstance(y, Value)]
        if values and depends_on_older(weighted_sum(values, [1.0] * len(values)), xs, call):
            raise TypeError(
                f"{name_of(self.custom)} closes over Values, which its rule gives no derivatives by: make them arguments"
            )

    def _row(self, i: int) -> Primitive:
        """A row of the table, for nodes that are number i of a result."""
        assert self.out is not None
        name = name_of(self.custom) + (f"[{i}]" if self.out.size > 1 else "")
        before = BY_NAME.get(name)
        if RESERVED.fullmatch(name) or (before is not None and before.code < BUILT_IN):
            name = f"custom {name}"
        doc = self.custom.__doc__ or f"A function with a rule of its own, {name}."
        return Primitive(
            name,
            None,
            (),
            doc,
            flat=self.custom.flat,
            forward=lambda data: self.at(data)[0][i],
            slopes=lambda operands, out: self._slopes(operands, i),
        )

    def _slopes(self, operands: Sequence[Any], i: int) -> list[Any]:
        if Value not in set(map(type, operands)):
            return self.at(operands)[1][i]
        if self.on_floats:
            raise TypeError(
                f"{name_of(self.custom)} and its rule compute with floats, so there are first derivatives only: write them "
                "with what takes Values (the functions of autograd, not those of math) for higher ones"
            )
        return self.linearized(operands, [i])[1][0]


def _in_floats(outs: Sequence[Any], rows: Rows) -> tuple[list[float], Rows]:
    return [*map(plain, outs)], [[*map(plain, row)] for row in rows]


def _unit(i: int, count: int) -> list[float]:
    return [float(i == j) for j in range(count)]


def _told_apart(fixed: Any) -> Any:
    try:
        return told_apart(fixed)
    except TypeError:  # it has no hash: an array
        return Itself(fixed)
