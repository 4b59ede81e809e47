"""Recordings: what a function did once, as a program that does it again, and what stands in for one where no more are made."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from ..cached import cached_property
from ..derivatives.argument_names import name_of
from ..derivatives.numpy_advice import advise
from ..derivatives.trees import Tree, as_array, flatten
from ..engine.functions import fsum
from ..engine.modes import enable_grad
from ..engine.value import Value, plain
from .arguments import Arguments
from .from_graph import from_outside, is_any_held, listing_of
from .function_trace import FunctionTrace
from .loop_recording import NumbersNeededError
from .passes import optimised
from .program import Program
from .running import runner_of
from .settings import DEFAULT, Settings

Function = Callable[..., Any]

Recording = tuple[list[Value], list[Value], FunctionTrace]
"""The inputs of a function, its outputs, and the trace that knows what is between them."""

ROWS_AT_ONCE = 4096
"""How many rows at a time have their outputs made and added, where the sums over all rows are not finite."""


class Recorded:
    """One recording of a function: its program, the shape of its result, and the Values it uses from outside.

    The program's inputs are the numbers of the arguments, and then those Values, whose data may change between runs.

    given           the arguments of the call that it is recorded at, at their first row
    settings        of the compiled function
    plain_arrays    whether the function may ask for the type of an array, of which no array can know
    plain_kinds     what it may ask of a number whether it is one: bools, integers. No Value could say

    PlainNumberError where the function needs numbers as they are that were not given so.
    """

    def __init__(
        self,
        f: Function,
        given: Arguments,
        settings: Settings = DEFAULT,
        plain_arrays: bool = False,
        plain_kinds: tuple[type, ...] = (),
    ) -> None:
        self.settings, self.plain_arrays = settings, plain_arrays
        given.check_kinds(plain_kinds)
        if not self._recorded_easily(f, given):
            self._write(given, *self._record(f, given, FunctionTrace(plain_answers=True)))

    def _recorded_easily(self, f: Function, given: Arguments) -> bool:
        """Whether the function was recorded in a way that takes less.

        Loops run only where a question hangs on what they give. Where they did not run, their numbers were NaN, and what was
        computed from these may have answered a question all the same: then the program does not hold at its own point. What a
        comparison gives is an object, by which choices can be made, and so is what `.data` gives. Python can see that they are
        neither True nor False, and not of the type float, by `is True`, `case True` and `type(v.data) is float`, which ask no
        object. Where that may have happened, all of them are what they stand for; so are they where the function raised a
        TypeError, as C code does that takes floats of Python's alone.
        """
        for trace in (FunctionTrace(runs_loops=False), FunctionTrace()):
            try:
                found = self._record(f, given, trace)
                if trace.doubts:
                    return False
                asked = bool(trace.guards) or any(made.loop.guarded for made in trace.loops)
                sure = trace.runs_loops or not trace.loops or not asked
                self._write(given, *found)
                if sure or self.program.outcome([*given.first_row(), *self.outside()])[1]:
                    return True
            except NumbersNeededError:
                continue
            except Exception as problem:  # whatever it is: perhaps since a comparison was not True, and not False either
                if trace.doubts or isinstance(problem, TypeError):
                    return False
                if trace.runs_loops or not trace.loops:
                    raise
        return False

    def _write(self, given: Arguments, xs: list[Value], ys: list[Value], trace: FunctionTrace) -> None:
        """Makes the program of a recording."""
        compared = [x for guard in trace.guards for x in (guard.left, guard.right) if isinstance(x, Value)]
        self.captured = from_outside([*ys, *compared], trace.made)
        self.may_keep_a_graph = bool(self.captured)
        listing = listing_of(ys, [*xs, *self.captured], trace.guards, arguments=len(xs), loops=trace.loops)
        self.program = Program.of(optimised(listing), self.out)
        self.per_row = [*given.per_row(), *[False] * len(self.captured)]
        self._made = trace.made
        trace.let_go()

    def _record(self, f: Function, given: Arguments, trace: FunctionTrace) -> Recording:
        """The inputs and outputs of the function, which runs once, on Values."""
        trace.plain_arrays = self.plain_arrays
        with trace.recording():
            xs = [Value(x) for x in given.first_row()]
            args, kwargs = given.with_numbers(xs)
            for x, name in zip(xs, given.labels(f, args, kwargs), strict=True):
                x.label = name
            try:
                result = f(*args, **kwargs)
            except (TypeError, AttributeError) as problem:
                # Perhaps of an integer, which is a Value here: n & 1, n.bit_length().
                given.check_plain([(None, True)], xs)
                advise(problem)
                raise
            except KeyError:
                given.check_counted(trace, xs)
                raise
            finally:
                given.check_plain(given.asked_of(trace, xs), xs)
            given.check_counted(trace, xs)
            found, self.out = flatten(result, f"the result of {name_of(f)}", result=True)
            if self.settings.stack:
                self.out = self.out.stacked()
            self.form = self.out.form
            self.sums, self.each = parted(self.out, result, self.settings)
            return xs, [y if isinstance(y, Value) else Value(y) for y in found], trace

    def with_program(self, program: Program) -> Recorded:
        """The same recording with another program."""
        other = copy.copy(self)
        other.program = program
        vars(other).pop("runner", None)
        vars(other).pop("adder", None)
        return other

    def keeps(self) -> bool:
        """Whether the function keeps a Value that was made while it was recorded. To be asked once.

        In its next call that may be one from outside, whose data changes: a parameter made when it was first needed.
        """
        made, self._made = self._made, []
        return is_any_held(made)

    @cached_property
    def runner(self) -> Any:
        """Runs the program at a point, or for each row."""
        return runner_of(self.program, self.per_row, threads=self.settings.threads)

    @cached_property
    def adder(self) -> Any:
        """Runs the program for each row, and sums the outputs that are to be summed."""
        summed = self.sums.size if self.sums is not None else 0
        return runner_of(self.program, self.per_row, summed, self.settings.threads)

    def at_point(self, given: Arguments) -> tuple[list[float], bool]:
        """The outputs at a point, and whether the program holds there."""
        outputs: tuple[list[float], bool] = self.runner.at_point([*given.pieces, self.outside()])
        return outputs

    def over_rows(self, given: Arguments, runner: Any, anyway: bool) -> tuple[Any, Any, Any]:
        """The outputs for each row, an array (outputs, rows); the sums of the others; and which rows the program holds for.

        The sums are (2, outputs): a part to be taken once for each row, and sums over the rows of the other part. Where the
        program holds for no row, the outputs are made only if they are wanted `anyway`.
        """
        import numpy as np

        results, sums = np.empty((runner.outputs, given.rows)), np.zeros((2, runner.summed))
        holds = np.ones(given.rows, dtype=np.uint8)
        inputs = [*given.pieces, self.outside()]
        if not runner.over_rows(inputs, given.tables, given.rows, results, holds, anyway=anyway, sums=sums):
            holds[:] = 0
        return results, sums, holds.view(bool)

    def finite(self, sums: Any, given: Arguments) -> Any:
        """The sums over rows that `over_rows` gave, if they are finite; else sums of the outputs themselves, row by row.

        A program with sums adds up each term of an output by itself, and multiplies by the factors that rows share at the end.
        That may overflow where the sum of the outputs does not.
        """
        import numpy as np

        if np.isfinite(sums).all():
            return sums
        sums = np.zeros(sums.shape)
        with np.errstate(all="ignore"):
            for start in range(0, given.rows, ROWS_AT_ONCE):
                some = given.only(np.arange(start, min(start + ROWS_AT_ONCE, given.rows)))
                sums[1] += self.over_rows(some, self.runner, True)[0][: sums.shape[1]].sum(axis=1)
        return sums

    def result(self, results: Any, sums: Any) -> Any:
        """The result, of the outputs for each row and the sums of the others."""
        if self.each is None:
            assert self.sums is not None
            return self.sums.of_array(sums)
        each = self.each.of_rows(results)
        return each if self.sums is None else self.sums.of_array(sums) + each

    def outside(self) -> list[float]:
        """The data of the Values from outside, read as a function reads them: inside another recording each gets a guard."""
        return [v.data for v in self.captured]


class Eager(Recorded):
    """Stands in for a recording where no more are made: it has the function itself called.

    like    a recording of the function, whose result has the shape that those of rows are to have
    """

    runner = adder = None

    def __init__(self, f: Function, like: Recorded) -> None:
        self.f = f
        self.settings = like.settings
        self.form, self.out, self.sums, self.each = like.form, like.out, like.sums, like.each
        self.may_keep_a_graph = True

    def at_point(self, given: Arguments) -> tuple[list[float], bool]:
        with enable_grad():
            result = given.eagerly(self.f)
        found, self.out = flatten(result, f"the result of {name_of(self.f)}", result=True)
        if self.settings.stack:
            self.out = self.out.stacked()
        return [plain(y) for y in found], True

    def over_rows(self, given: Arguments, runner: Any, anyway: bool) -> tuple[Any, Any, Any]:
        numbers: list[float] = []
        for i in range(given.rows):
            numbers += self.at_point(given.only([i]))[0]
            check_shapes(self.f, [self.form, self.out.form])
        results = as_array(numbers, (given.rows, self.out.size)).T
        summed = 0 if self.sums is None else self.sums.size
        sums = as_array([0.0] * summed + [fsum(column) for column in results[:summed].tolist()], (2, summed))
        return results[summed:], sums, as_array([1.0] * given.rows, (given.rows,)) > 0.0

    def finite(self, sums: Any, given: Arguments) -> Any:
        return sums


def check_shapes(f: Function, forms: Sequence[Any]) -> None:
    """ValueError where results do not all have one shape."""
    if any(form != forms[0] for form in forms):
        raise ValueError(
            f"{name_of(f)} gives results of different shapes, by a branch on the numbers in it: rows have one shape"
        )


def parted(tree: Tree, result: Any, settings: Settings) -> tuple[Tree | None, Tree | None]:
    """The Trees of what is reduced of a result, and of what is given for each row."""
    reduce = settings.reduce
    if not isinstance(reduce, tuple):
        tree = tree.stacked() if settings.stack else tree
        return (None, tree) if reduce is None else (tree, None)
    if not isinstance(result, tuple) or len(result) != len(reduce):
        raise ValueError(f"reduce is {reduce!r}, for a tuple of {len(reduce)} parts, and the result is {result!r}")
    reduced = len(reduce) - reduce.count(None)
    sums, each = flatten(result[:reduced])[1], flatten(result[reduced:])[1] if None in reduce else None
    return (sums.stacked(), each and each.stacked()) if settings.stack else (sums, each)
