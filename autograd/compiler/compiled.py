"""compile: a function is recorded once, and its graph then runs over any number of rows, without Python's overhead.

Where Python branched on numbers while recording, the program holds only for numbers that branch the same way. For numbers that
branch otherwise the function is recorded again, so a compiled function gives what the function itself would give.

A call comes in by `Compiled.called`: `Arguments` takes it apart and checks it, a `Recorded` that holds runs it, a Tree builds
the result. From then on `fast_calls` answers calls with arguments of the same kinds, as far as it can read them.
"""

from __future__ import annotations

import functools
import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypedDict, TypeVar, Unpack, overload

from ..derivatives.argument_names import name_of, takes_any_names
from ..derivatives.transformed import with_entries
from ..derivatives.trees import as_array, flatten, told_apart
from ..engine.functions import fsum
from ..engine.modes import is_part_of_a_graph
from ..engine.value import Value
from . import function_trace
from .arguments import Arguments, PlainNumberError
from .program import Program
from .recorded import Eager, Recorded, check_shapes, parted
from .running import Caller
from .settings import Settings, has_rows
from .surroundings import Constants
from .travelling import UnfitError, packed, unpacked
from .ways import Ways, say_that_branches_are_many, say_that_constants_change, say_that_programs_do_not_fit

if TYPE_CHECKING:
    from ..derivatives.signatures import Gradient, ValueAndGradient

Function = Callable[..., Any]

# For type checkers and editors: how a compiled function is called, what a function gives, and what grad makes of one.
Call = TypeVar("Call", bound=Function, covariant=True)
Result = TypeVar("Result")
Transformed = TypeVar("Transformed", "Gradient", "ValueAndGradient")
Axes = int | tuple[Any, ...] | list[Any] | dict[str, Any]
Reduce = str | tuple[str | None, ...] | None

OFTEN = 64
"""After how many recordings for constants that changed this is said."""

FORMS = 128
"""For how many forms of arguments and values of keywords a function keeps programs: for those used last."""


class More(TypedDict, total=False):
    """The settings of `compile` that change no types."""

    stack: bool
    static_argnums: int | Sequence[int]
    static_argnames: str | Sequence[str]
    max_branches: int
    strict: bool
    threads: int | None
    pickle_programs: bool


class Decorator(Protocol):
    """What `compile(...)` without a function is, for type checkers: `compile` itself, for functions called at one point."""

    @overload
    def __call__(self, f: Transformed, /) -> Compiled[Transformed]: ...
    @overload
    def __call__(self, f: Callable[..., Value | float], /) -> Compiled[Callable[..., float]]: ...
    @overload
    def __call__(self, f: Callable[..., list[Value] | list[float]], /) -> Compiled[Callable[..., list[float]]]: ...
    @overload
    def __call__(self, f: Callable[..., Result], /) -> Compiled[Callable[..., Result]]: ...


class RowsDecorator(Protocol):
    """The same for functions called with rows."""

    def __call__(self, f: Function, /) -> Compiled[Function]: ...


class Compiled(Caller, Generic[Call]):
    """A function made by `compile`. `programs` has what was recorded: one for each way through its branches."""

    if TYPE_CHECKING:

        @property
        def __call__(self) -> Call: ...

    def __init__(self, f: Function, settings: Settings) -> None:
        super().__init__()
        self.f = f
        self.by_order = takes_any_names(f)
        self.settings = settings
        self._of_entries = with_entries(f)  # what is recorded
        if self._of_entries is not f and has_rows(settings.in_axes):
            raise ValueError(f"{name_of(f)} is a sparse matrix at one point: leave sparse=True out over rows, or in_axes")
        self.in_axes, self.reduce, self.max_branches = settings.in_axes, settings.reduce, settings.max_branches
        self._mean = "mean" in (self.reduce if isinstance(self.reduce, tuple) else (self.reduce,))
        self._recorded: dict[Any, Ways] = {}
        self._transformed: dict[Any, Compiled[Any]] = {}
        self.derived: dict[Any, Any] = {}  # what others make of it, which is to live as long as it does
        self._outside: Constants | None = None  # what the programs have from there
        self._started = 0  # how often that has changed
        self._counted: dict[Any, set[int]] = {}  # for each form of arguments the places of numbers that f takes as they are
        self._said = False  # that there are more ways through the branches than are recorded
        self._calls = itertools.count()
        self._locks: dict[object, Any] = {}
        self._sent: dict[str, Any] | None = None  # the programs that came in a pickle, as long as nobody asked for them
        self.__name__ = f"compile({name_of(f)})"
        self.__doc__ = getattr(f, "__doc__", None)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies, and what comes out of a pickle, record anew, but with `pickle_programs`.

        Where `@compile` decorated it, its module has this object under the function's own name, and the function as `.f` of it:
        by that name pickles find the function, too.
        """
        if type(self.f) is FunctionType and _under(self.f.__qualname__, self.f.__module__) is self:
            self.f.__qualname__ += ".f"
        if not self.settings.pickle_programs:
            return _rebuilt, (self.f, self.settings)
        self._unpack()
        stale = self._outside is None or self._outside.watched.changed()
        sent = packed(self.f, {} if stale else self._recorded, self._counted)
        return _rebuilt, (self.f, self.settings), {**sent, "transformed": self._transformed}

    def __setstate__(self, sent: dict[str, Any]) -> None:
        """Takes the programs of a pickle: they are looked at when they are asked for, and the function is complete."""
        self._sent = sent

    def _unpack(self) -> None:
        """Looks at the programs that came in a pickle. A RuntimeWarning where they are not to be run."""
        with self._locks.setdefault(_process, threading.RLock()):
            sent, self._sent = self._sent, None
            if sent is None:
                return
            self._transformed = {**sent["transformed"], **self._transformed}
            if not sent["programs"]:
                return
            try:
                found = dict(unpacked(self.f, self.settings, sent))
            except UnfitError as problem:
                say_that_programs_do_not_fit(self.__name__, problem)
                return
            self._recorded = {**found, **self._recorded}
            for form, places in sent["counted"].items():
                self._counted.setdefault(form, places)
            self._watch()

    def _watch(self) -> None:
        """From now on each call looks whether what programs have from outside has changed."""
        if self._outside is None:
            self._outside = Constants(self.f)
        self._outside.watched.settle()
        self.watched = self._outside.watched if self._outside.watched.may_change() else None

    def with_function(self, f: Function) -> Compiled[Any]:
        """Another function, of the same arguments, compiled with the same settings."""
        return Compiled(f, self.settings)

    def transformed(self, transform: Function, settings: dict[str, Any]) -> Any:
        """What a transform gives of this function: that of `f`, compiled with the same settings, and the same at each time.

        ValueError for a derivative of a sum or mean over the rows by what each row has of its own.
        """
        axes, by = self.in_axes, settings.get("argnums", 0)
        mine = [axes[i] if isinstance(axes, (tuple, list)) else axes for i in (by if isinstance(by, (tuple, list)) else [by])]
        if self.reduce is not None and settings.get("argnames") is None and any(map(has_rows, mine)):
            raise ValueError(
                f"{self.__name__} is a {self.reduce} over rows, and its derivative by an argument that has rows has a part for "
                f"each: compile the transform of {name_of(self.f)}, with these in_axes and without reduce"
            )
        self._unpack()
        key = transform, repr(settings)
        if key not in self._transformed:
            self._transformed[key] = self.with_function(transform(self.f, **settings))
        return self._transformed[key]

    @property
    def constants(self) -> dict[str, Any]:
        """What a recording keeps of what `f` finds outside, by name: numbers, arrays, and lists, tuples and dicts of them.

        That is what `f` closes over, globals and defaults, and attributes that its code names, and functions that it names; not
        what a library keeps. As long as these are what they were, programs hold; otherwise `f` is recorded anew.

        >>> rate, weights = 0.5, [1.0, 2.0]
        >>> f = compile(lambda x: rate * x * weights[0])
        >>> f(2.0), f.constants
        (1.0, {'rate': 0.5, 'weights': [1.0, 2.0]})
        >>> weights[0] = 10.0
        >>> f(2.0)
        10.0
        """
        return (self._outside or Constants(self.f)).numbers

    @property
    def programs(self) -> list[Program]:
        """The programs that are kept."""
        self._unpack()
        return [recorded.program for several in [*self._recorded.values()] for recorded in [*several]]

    def called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call like none that is remembered: the arguments are checked, and the function recorded where no program holds."""
        if self.watched is not None and self.watched.changed():
            self._start_again()
        self._unpack()
        given = Arguments(self.settings.given(self.f, args, kwargs))
        if self.reduce is not None and given.rows < 0:
            raise ValueError(f"reduce={self.reduce!r} is of rows, and by in_axes no argument has any: give 0 for one that has")
        if given.holds_values is not None:  # and what comes out is to be differentiated: it keeps its graph
            if given.chunked:
                raise TypeError(
                    f"{given.holds_values} has Values in it, and over rows of Dask's no graph is kept: compile "
                    "value_and_grad(f) instead, and call it with numbers"
                )
            return given.eagerly(self.f) if given.rows < 0 else self._row_by_row(given)
        if given.rows == 0:
            raise ValueError(f"{self.__name__} was called with no rows, and what it gives is known from its rows only")
        while True:
            given.keep_plain(self._counted.get(given.key, ()))
            programs = self._recorded.setdefault((given.key, told_apart(given.plain)), Ways())
            programs.used = next(self._calls)
            try:
                if given.chunked:
                    return self._over_chunks(programs, given)
                return self._at_one_point(programs, given) if given.rows < 0 else self._over_rows(programs, given)
            except PlainNumberError as found:
                self._counted[given.key] = found.places.union(given.plain)

    def only_program(self, *args: Any) -> tuple[Any, list[float]] | None:
        """What runs the program for such arguments, and the numbers that it takes from outside. None where calls may need more:
        where nothing was recorded yet, where there are several ways through the branches, and where graphs are kept."""
        self._unpack()
        if self.watched is not None and self.watched.changed():
            return None
        given = Arguments(self.settings.given(self.f, args, {}))
        given.keep_plain(self._counted.get(given.key, ()))
        programs = self._recorded.get((given.key, told_apart(given.plain)), Ways())
        if given.holds_values is not None or len(programs) != 1 or (programs[0].may_keep_a_graph and is_part_of_a_graph()):
            return None
        return programs[0].runner if given.rows < 0 else programs[0].adder, programs[0].outside()

    def _at_one_point(self, programs: Ways, given: Arguments) -> Any:
        """The result of the first program that holds; where none does, the function is recorded at this point."""
        if programs and programs[0].may_keep_a_graph and is_part_of_a_graph():
            return given.eagerly(self.f)
        for recorded, new in self._to_try(programs, given):
            if recorded.may_keep_a_graph and is_part_of_a_graph():
                return given.eagerly(self.f)
            outputs, holds = recorded.at_point(given)
            if holds and recorded.runner is not None:
                if programs.crossroads is not None:
                    self.remember_crossing(programs, given.like())
                else:
                    self.remember(recorded.runner, given.like(), None, recorded.out, recorded.captured, False)
            if holds or new:
                return recorded.out.of(outputs)

    def _to_try(self, programs: Ways, given: Arguments) -> Iterator[tuple[Recorded, bool]]:
        """The recordings that may hold at a point, and whether each was made just now; the last one is, if it comes to that."""
        possible, others = programs.possible(given)
        for recorded in possible:
            yield recorded, False
        for k in itertools.count(others):
            yield self._program(programs, k, given)

    def _over_rows(self, programs: Ways, given: Arguments) -> Any:
        """An array with an entry for each row in the place of each number of the result; of what is reduced, sums or means."""
        import numpy as np

        results: Any = None
        total: Any = 0.0
        average: Any = 0.0
        for recorded, mine, found, sums in self._by_programs(programs, given):
            if found is None:
                return self._row_by_row(given)
            finite = sums
            if recorded.sums is not None:
                finite = recorded.finite(sums, mine)
                with np.errstate(all="ignore"):
                    each, summed = finite
                    total = total + (each * mine.rows + summed)
                    average = each + summed / mine.rows
            if mine is given:
                if finite is sums and recorded.adder is not None:
                    kept = (recorded.sums, recorded.each, recorded.captured)
                    self.remember(recorded.adder, given.like(), *kept, self._mean)
                return recorded.result(found, average if self._mean else total)
            if results is None:
                results = np.empty((len(found), given.rows))
            results[:, mine.numbers] = found
        with np.errstate(all="ignore"):
            return programs[0].result(results, total / given.rows if self._mean else total)

    def _over_chunks(self, programs: Ways, given: Arguments) -> Any:
        """The same where rows are Dask's; what each row has is Dask's, too."""
        from .dask_rows import over_rows

        return over_rows(self.f, self._program, programs, given, self._mean)

    def _row_by_row(self, given: Arguments) -> Any:
        """The same for each row, put together as `_over_rows` does it."""
        results = [given.only([i]).eagerly(self.f) for i in range(given.rows)]
        taken = [flatten(result, f"the result of {name_of(self.f)}", result=True) for result in results]
        check_shapes(self.f, [tree.form for _, tree in taken])
        sums, each = parted(taken[0][1], results[0], self.settings)
        columns = [*zip(*[numbers for numbers, _ in taken], strict=True)]
        width = 0 if sums is None else sums.size
        totals = [fsum(column) / (given.rows if self._mean else 1) for column in columns[:width]]
        rest = [x for column in columns[width:] for x in column]
        of_rows = each and each.of_rows(as_array(rest, (len(columns) - width, given.rows)))
        return of_rows if sums is None else sums.of(totals) if each is None else sums.of(totals) + of_rows

    def _by_programs(self, programs: Ways, given: Arguments) -> Iterator[tuple[Recorded, Arguments, Any, Any]]:
        """Each program, the arguments with the rows it holds for, and what it gives for them: for each row, and sums.

        Where rows are left after the last program, the function is recorded on the first of them. A program that would cut a
        graph is not run: it gives None.
        """
        for k in itertools.count():
            recorded, new = self._program(programs, k, given)
            if recorded.may_keep_a_graph and is_part_of_a_graph():
                yield recorded, given, None, None
                return
            check_shapes(self.f, [programs[0].form, recorded.form])
            outputs, sums, holds = recorded.over_rows(given, recorded.adder, new)
            holds[0] |= new
            if holds.all():
                yield recorded, given, outputs, sums
                return
            if holds.any():
                mine = given.only(holds.nonzero()[0])
                if recorded.sums is not None:
                    _, sums, _ = recorded.over_rows(mine, recorded.adder, True)
                yield recorded, mine, outputs[:, holds], sums
            given = given.only((~holds).nonzero()[0])

    def _program(self, programs: Ways, k: int, given: Arguments) -> tuple[Recorded, bool]:
        """Recording number k, and whether it was made just now, on the first row."""
        known = programs[k : k + 1]
        if known:
            return known[0], False
        with self._locks.setdefault(_process, threading.RLock()):
            known = programs[k : k + 1]
            if known:
                return known[0], False
            if programs.full(self.max_branches):
                said, self._said = self._said, True
                if self.settings.strict or not said:
                    say_that_branches_are_many(self.__name__, programs, self.settings.strict)
                return Eager(self._of_entries, programs[0]), False
            if self._outside is None:
                self._outside = Constants(self.f)
            asks = self._outside.asks_for_types_of_arrays, self._outside.asked_kinds()
            call = self._of_entries, given, self.settings, *asks
            try:
                recorded = self._outside.undrawn(lambda: Recorded(*call), name_of(self.f), kwargs=given.constants())
            except IndexError as problem:
                if given.rows < 0:
                    raise
                row = 0 if given.numbers is None else given.numbers[0]
                raise IndexError(f"row {row}: {problem}") from problem
            recorded = programs.take(Recorded(*call) if recorded.keeps() else recorded)
            self._watch()
            if len(self._recorded) > FORMS:
                self._forget()
            return recorded, True

    def _start_again(self) -> None:
        """Leaves all programs, since what they have from outside has changed; that it did often is said once."""
        with self._locks.setdefault(_process, threading.RLock()):
            self._outside = self.watched = None
            self._recorded = {}
            self.forget()
            self._started += 1
            if self._started == OFTEN:
                say_that_constants_change(self.__name__, OFTEN)

    def _forget(self) -> None:
        """Leaves the programs of the forms used last."""
        known = sorted([(ways.used, key) for key, ways in [*self._recorded.items()]], key=lambda pair: pair[0])
        for _, key in known[:-FORMS]:
            self._recorded.pop(key, None)
        kept = {form for form, _ in [*self._recorded]}
        for form in [form for form in [*self._counted] if form not in kept]:
            self._counted.pop(form, None)


def _under(name: str, module: str) -> Any:
    """What a module has under a name, which may have dots; None if it has nothing there."""
    thing: Any = sys.modules.get(module)
    for part in name.split("."):
        thing = getattr(thing, part, None)
    return thing


def _rebuilt(f: Function, settings: Settings) -> Compiled[Any]:
    """The compiled function of a pickle: that of the module itself, with the programs it has by now, if `f` is from there."""
    home = _under(f.__qualname__.removesuffix(".f"), f.__module__) if type(f) is FunctionType else None
    return home if isinstance(home, Compiled) and home.f is f and home.settings == settings else Compiled(f, settings)


_process = object()


def _after_fork_in_child() -> None:
    """Another thread may have been recording; it is not in the child, and would never let go of its lock."""
    global _process
    _process = object()
    function_trace.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


@overload
def compile(f: None = None, *, in_axes: None = None, reduce: None = None, **more: Unpack[More]) -> Decorator: ...
@overload
def compile(f: None = None, *, in_axes: Axes, reduce: Reduce = None, **more: Unpack[More]) -> RowsDecorator: ...
@overload
def compile(
    f: Function, *, in_axes: Axes, reduce: tuple[str | None, ...] | None = None, **more: Unpack[More]
) -> Compiled[Function]: ...
@overload
def compile(
    f: Transformed, *, in_axes: Axes | None = None, reduce: str | None = None, **more: Unpack[More]
) -> Compiled[Transformed]: ...
@overload
def compile(
    f: Callable[..., Value | float], *, in_axes: Axes | None = None, reduce: str | None = None, **more: Unpack[More]
) -> Compiled[Callable[..., float]]: ...
@overload
def compile(
    f: Callable[..., list[Value] | list[float]],
    *,
    in_axes: Axes | None = None,
    reduce: str | None = None,
    **more: Unpack[More],
) -> Compiled[Callable[..., list[float]]]: ...
@overload
def compile(
    f: Callable[..., Result], *, in_axes: Axes | None = None, reduce: str | None = None, **more: Unpack[More]
) -> Compiled[Callable[..., Result]]: ...
def compile(
    f: Function | None = None,
    *,
    in_axes: Any = None,
    reduce: Any = None,
    stack: bool = False,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
    max_branches: int = 64,
    strict: bool = False,
    threads: int | None = None,
    pickle_programs: bool = False,
) -> Any:
    """A function that gives what `f` gives, by running a recording of it: for many calls, or many rows at once.

    f               takes and gives numbers, arrays, and lists, tuples, dicts, dataclasses and `register_pytree_node`'s types of
                    them; also grad(f), hessian(f), ...
    in_axes         None for an argument that all rows share (parameters), 0 for one that has its rows along axis 0 (data): one
                    of these for all arguments given by position, a tuple with one for each, or by name a dict, {"x": 0}.
                    For an argument with parts it may be a structure of these, as ({"w": None, "x": 0}, 0). A table of rows is
                    an array or a list; 0 for a dict, a dataclass, a namedtuple, a tuple of arrays, a DataFrame or a structured
                    array is 0 for each column: `f` gets as many numbers, of a DataFrame as a dict
    reduce          None for an array with a result for each row, "sum" or "mean" for the sum or mean of these. For an `f` that
                    gives a tuple it may be a tuple, as ("sum", None): the parts that are not reduced come last
    stack           what becomes of lists of numbers in the result: False for the structure of the result, over rows with a
                    column for each number (ten numbers are a list of ten columns); True for arrays, over rows (rows, 10).
                    Results that are arrays are (rows, ...) in any case
    static_argnums, static_argnames
                    arguments that are constants, by number or name: `f` gets them as they are, and is recorded for each
    max_branches    how many ways through the branches of `f` are recorded at most; elsewhere it is then called itself, which a
                    RuntimeWarning says once, with the line that branches most
    strict          True for a RuntimeError instead, wherever `f` would be called itself
    threads         how many threads large batches run on at most; None for as many as `set_num_threads` says
    pickle_programs True for pickles and copies that have the programs recorded so far, of this function and its derivatives:
                    workers that get one need not record. Where `f`, its constants or this package are others than they were, a
                    RuntimeWarning says so, and it is recorded again

    An `if` on a number is recorded with its outcome, and where numbers branch otherwise `f` is recorded again: the result is
    always that of `f`. `where`, `maximum`, `abs`, `relu` and `clip` are no branches, nor are Python's `max`, `min` and `sorted`
    of Values, and NumPy's of arrays that `f` gets. A number that `f` reads by `.data` is computed anew in each run, but
    `float(v.data)` and a format are branches, with another program for each number met. Numbers that `f` takes from outside are
    constants, listed in `constants`: when one of them, a list or an array has changed, `f` is recorded anew. Drawing random
    numbers in `f` is an error. A Value from outside (a parameter of a model) is read anew in each call. What comes out are
    numbers, without a graph to such Values; but inside a transform, or another compiled function, an `f` that takes Values from
    outside is called itself, and keeps it, and so is one that is given Values. grad(compile(f)), and other transforms, are
    compile(grad(f)), with the same settings. A function that keeps a Value of its first call, as a parameter made when it is
    first needed, is recorded twice.

    Numbers given by name are inputs, as those given by position are. Texts, None and booleans given by name are constants, and
    so is an integer that `f` counts with or takes for an index, as in range(n): there are programs for each, and for each form
    of the arguments, as the lengths of lists. Those of the 128 used last are kept. A copy, and what comes out of a pickle,
    records anew, unless `pickle_programs` is True. Inside `f`, `backward()`, setting `.data`, and the `.grad` of a Value from
    outside are errors: a recording cannot repeat them. docs/compile.md says more.

    ValueError for rows that do not match, or none.

    >>> line = compile(value_and_grad(lambda p, x, y: (p[0] * x + p[1] - y) ** 2), in_axes=(None, 0, 0), reduce="mean")
    >>> line([2.0, 0.0], [0.0, 1.0, 2.0], [1.0, 3.0, 5.0])
    (1.0, [-2.0, -2.0])
    >>> compile(lambda row: row["price"] * row["count"], in_axes=0)({"price": [2.5, 1.0], "count": [4, 3]})
    array([10.,  3.])
    >>> compile(lambda x: [x, x**2, x**3], in_axes=0, stack=True)([1.0, 2.0])
    array([[1., 1., 1.],
           [2., 4., 8.]])
    >>> power = compile(lambda x, n: sum([x**k for k in range(n)]))
    >>> power(2.0, 3), power(2.0, 4), len(power.programs)
    (7.0, 15.0, 2)

    Without `f` it gives a decorator with these settings:

    >>> @compile(in_axes=(0, None))
    ... def scaled(x, factor):
    ...     return x * factor
    >>> scaled([1.0, 2.0], 10.0)
    array([10., 20.])
    """
    settings = Settings(in_axes, reduce, stack, static_argnums, static_argnames, max_branches, strict, threads, pickle_programs)
    if f is None:
        settings.check()
        return functools.partial(compile, **settings._asdict())
    if not callable(f):
        raise TypeError(f"compile() takes a function, and this is {f!r}: give f, not f(x)")
    settings.check()
    return Compiled(f, settings)


def vmap(f: Function, in_axes: Any = 0, **settings: Any) -> Compiled[Function]:
    """`f` over rows, under JAX's name and by its rules: `compile(f, in_axes=in_axes)`, with further settings of `compile`.

    >>> vmap(lambda x, y: x * y)([1.0, 2.0], [3.0, 4.0])
    array([3., 8.])
    >>> vmap(lambda w, x: w * x, in_axes=(None, 0))(10.0, [3.0, 4.0])
    array([30., 40.])
    """
    if in_axes is None:
        raise ValueError("vmap is over rows, and in_axes=None says that no argument has any: give 0 for one that has")
    return compile(f, in_axes=in_axes, **settings)
