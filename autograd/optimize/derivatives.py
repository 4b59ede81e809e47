"""A function and its derivatives, as SciPy's methods ask for them: recorded at first, and by programs once that pays."""

from __future__ import annotations

import functools
import operator
import sys
import warnings
from collections.abc import Callable
from typing import Any

from ..compiler.compiled import Compiled
from ..compiler.compiled import compile as compile_function
from ..derivatives.argument_names import name_of
from ..derivatives.trees import Tree
from ..engine.modes import OWN, is_anomaly_enabled, is_part_of_a_graph, trace_here
from .points import Point, ProgramPoint, Programs, array_of, in_tree, programs_of
from .surroundings import Surroundings

EAGER = 10
"""How many evaluations are recorded before programs are made: about what it costs to make them."""

COMPARED = 2
"""At how many points a program is held to the function before it takes its place."""

CUT = (
    "{} uses Values from outside, within a transform such as grad(), and no derivative goes through a search, which takes "
    "numbers: give it their numbers, v.data, or search inside no_grad(). What is found moves with them as the root of the "
    "gradient does: root(grad(f), x) has its derivatives"
)
"""Why a search inside a transform is refused, rather than a derivative lost; the name of the function goes in."""

FROZEN = (
    "{} uses numbers that the compiled function around the search computes, and a search cannot be recorded: what it finds "
    "would be a constant. Search outside and give what is found as an argument, or take root(grad(f), x, args=...), which is "
    "solved anew in each run"
)
"""Why one inside a compiled function is refused."""

WAYS = 8
"""A function with more ways through its branches than that goes on eagerly: each is recorded."""


class Derivatives:
    """A function of an array and its derivatives, from one evaluation at each point they are asked for at.

    The result is one number for `value`, `gradient`, `hessian` and `hessian_product`, and an array for `values`, `jacobian`
    and `weighted_hessian`. Further positional arguments are SciPy's `args`. The last two points are remembered: methods try
    one and may return to the other. `evaluations` counts the points.

    sparse      matrices are sparse
    compile     as for `minimize`
    tree        what f takes in the place of an array; None for the array itself
    cuts        whether derivatives by what f uses from outside end here: then a transform around that would have them, or a
                compiled function that would have a constant, is refused by a TypeError

    A RuntimeWarning where derivatives are first asked for, if no result has a graph down to x: they are all 0, and a method
    would take its start for the solution. Then `constant` is True, until a result has one.

    >>> import numpy as np
    >>> at = Derivatives(lambda x: x[0] ** 2 * x[1])
    >>> x = np.array([3.0, 4.0])
    >>> at.value(x), at.gradient(x), at.hessian_product(x, np.array([1.0, 0.0]))
    (36.0, array([24.,  9.]), array([8., 6.]))
    >>> at.evaluations
    1
    """

    def __init__(
        self,
        f: Callable[..., Any],
        *,
        sparse: bool = False,
        compile: bool | None = None,
        tree: Tree | None = None,
        cuts: bool = True,
    ) -> None:
        self.f = f
        self.cuts = cuts
        self.sparse = sparse
        self.compile = compile
        self.tree = tree
        self.evaluations = 0
        self.constant = False
        self._looked = False
        self._warned = False
        self._with_gradients = False
        self._recent: list[tuple[bytes, tuple[Any, ...], Any]] = []
        self._programs: Programs | None = programs_of(f, tree, sparse) if isinstance(f, Compiled) else None
        self._closed_over: tuple[Any, ...] = ()  # the args that the programs have as constants
        self._compared = 0
        self._check_settings()
        self._of_array = in_tree(f, tree)

    def _check_settings(self) -> None:
        if self.compile not in (None, True, False):
            raise ValueError(f"compile is True, False, or None for once it pays, and this is {self.compile!r}")
        if isinstance(self.f, Compiled):
            if self.compile is False:
                raise ValueError(f"compile=False is for a function that is not compiled, and {name_of(self.f)} is")
            self.compile = True

    # -------------------------------------------------------------------------------------------- the point

    def _at(self, x: Any, args: tuple[Any, ...]) -> Any:
        x = array_of(x)
        key = x.tobytes()
        for i, (known, theirs, point) in enumerate(self._recent):
            if known == key and _same(args, theirs):
                if i:
                    self._recent.reverse()
                return point
        self.evaluations += 1
        point = self._new(x, args)
        self._recent = [(key, args, point), *self._recent[:1]]
        return point

    def _new(self, x: Any, args: tuple[Any, ...]) -> Any:
        programs = self._programs_for(args)
        if programs is None:
            return self._recorded(x, args)
        by_program = ProgramPoint(programs, x, args if isinstance(self.f, Compiled) else (), self._with_gradients)
        if self.compile or self._compared == COMPARED:
            return by_program
        before = Surroundings(self.f)
        recorded = self._recorded(x, args)
        if before.changed() or not _agree(by_program, recorded):
            self.compile = False
        self._compared += 1
        return recorded

    def _recorded(self, x: Any, args: tuple[Any, ...]) -> Point:
        point = Point(self._of_array, x, args, self.sparse)
        if self.cuts and is_part_of_a_graph() and point.recording.depends_on_older(point.recording.ys):
            raise TypeError((CUT if trace_here() is None else FROZEN).format(name_of(self.f)))
        return point

    def _programs_for(self, args: tuple[Any, ...]) -> Programs | None:
        """The programs for these further arguments; None where the function is to be recorded."""
        if is_part_of_a_graph() and self.cuts:
            return None
        if isinstance(self.f, Compiled):
            return self._programs
        if self.compile is False or (self.compile is None and self.evaluations <= EAGER):
            return None
        if is_part_of_a_graph() or is_anomaly_enabled():
            return None
        if self._programs is None or not _same(args, self._closed_over):
            f, self._closed_over = self._of_array, args
            self._programs = Programs(compile_function, functools.wraps(f)(lambda x: f(x, *args)), self.sparse)
        if self.compile is None and self._programs.recorded() > WAYS:
            self.compile = False
            return None
        return self._programs

    @property
    def reads_nothing_else(self) -> bool:
        """Whether the function is run by programs by now that read x, and no Values from outside."""
        return bool(self._recent) and isinstance(self._recent[0][2], ProgramPoint) and self._recent[0][2].reads_nothing_else

    # -------------------------------------------------------------------------------------------- what is asked

    def _ask(self, what: str, x: Any, args: tuple[Any, ...], *given: Any) -> Any:
        """What a point tells. Where a program cannot, the function goes on without, unless it is to be compiled."""
        point = self._at(x, args)
        try:
            found = getattr(point, what)
            return found(*given) if given else found
        except Exception:
            if self.compile or isinstance(point, Point):
                raise
        self.compile = False
        self._recent = [kept for kept in self._recent if isinstance(kept[2], Point)]
        return self._ask(what, x, args, *given)

    def _look_at_graph(self, x: Any, args: tuple[Any, ...]) -> None:
        """Notes whether the results hang on x. The first is looked at; later ones may be constant, by a branch."""
        if self._looked:
            return
        self.constant = bool(len(x)) and not self._ask("has_graph", x, args)
        self._looked = not self.constant
        if self.constant and not self._warned:
            self._warned = True
            warnings.warn(
                f"the result of {name_of(self.f)} has no graph down to its argument, so its derivatives are all 0: was the "
                "graph cut (look for .data, .detach() and no_grad())? If the result really is constant where the search "
                "begins, start elsewhere, or add 0.0 * x[0]",
                RuntimeWarning,
                stacklevel=_outside(),
            )

    def value(self, x: Any, *args: Any) -> float:
        found: float = self._ask("value", x, args)
        return found

    def gradient(self, x: Any, *args: Any) -> Any:
        self._with_gradients = True
        self._look_at_graph(x, args)
        return self._ask("gradient", x, args)

    def hessian_product(self, x: Any, p: Any, *args: Any) -> Any:
        """The Hessian at x times p: SciPy's `hessp`, which has p second."""
        return self._ask("hessian_product", x, args, p)

    def hessian(self, x: Any, *args: Any) -> Any:
        return self._ask("hessian", x, args)

    def values(self, x: Any, *args: Any) -> Any:
        return self._ask("values", x, args)

    def jacobian(self, x: Any, *args: Any) -> Any:
        self._look_at_graph(x, args)
        return self._ask("jacobian", x, args)

    def weighted_hessian(self, x: Any, v: Any, *args: Any) -> Any:
        """Σ v_i times the Hessian of result i: what SciPy's constraints are asked for."""
        return self._ask("weighted_hessian", x, args, v)


def _same(ones: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    return len(ones) == len(others) and all(map(operator.is_, ones, others))


def _agree(by_program: ProgramPoint, recorded: Point) -> bool:
    """Whether a program gives what the function gives, to the last bit."""
    try:
        found = [by_program.value] if by_program.with_gradient else by_program.values.tolist()
    except Exception:
        return False
    expected = recorded.values.tolist()
    return len(found) == len(expected) and all(a == b or (a != a and b != b) for a, b in zip(found, expected, strict=True))


def _outside() -> int:
    """The stacklevel of the nearest caller who is neither ours nor SciPy's."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in (*OWN, "scipy"):
        level, frame = level + 1, frame.f_back
    return level
