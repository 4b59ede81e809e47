"""Loops as functions: scan, fori_loop and while_loop, in JAX's meaning.

They run as loops of Python, and record what such a loop records. Inside `compile` the step is recorded once, and the program
has a loop: see compiler/loop_recording.py.
"""

from __future__ import annotations

import functools
import math
import operator
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.functions import where
from ..engine.modes import trace_here
from .structures import unframed
from .trees import description, flatten, refuse_more_than_numbers

Step = Callable[[Any, Any], tuple[Any, Any]]


def scan(
    step: Step, state: Any, xs: Any = None, length: int | None = None, *, reverse: bool = False, checkpoint: bool = False
) -> tuple[Any, Any]:
    """Takes `state` through `step(state, x) -> (state, y)` for each x; gives (the last state, all ys).

    step        a function of the state and an x. The state it gives has the structure of the one it is given
    state       the state before the first step: numbers, arrays, and lists, tuples and dicts of them. Dicts stay in its order
    xs          a list, an array or a column of a data frame with an x for each step; a tuple or dict of such, and then x is a
                tuple or dict, too; a data frame, and then x is an array; or the number of steps, and then x is None
    length      the number of steps, where xs does not tell it
    reverse     True to begin with the last x. The ys stand in the order of the xs all the same
    checkpoint  True for a derivative, inside a compiled function, that needs memory for the root of the number of steps only:
                it keeps the state at the beginning of every so many, and makes the steps again between two of these

    The ys are a list with one for each step; where a y is a tuple or a dict, they are a tuple or dict of lists; None is None.

    Inside a compiled function the step is recorded once, however many there are, unless it branches on numbers in a different
    way from step to step (use `where`), or uses one as an index or in `range` (use `take`): then every step is recorded.

    TypeError for a step that gives no pair, and for a state of another structure; ValueError for xs of different lengths.

    >>> def compound(balance, rate):
    ...     balance = balance * (1 + rate)
    ...     return balance, balance
    >>> scan(compound, 100.0, [0.5, 0.0, 1.0])
    (300.0, [150.0, 150.0, 300.0])
    """
    if hasattr(xs, "__index__") and not isinstance(xs, bool) and not hasattr(xs, "__len__"):
        xs, length = None, operator.index(xs)  # of an argument that compile() records it asks for the number
    xs = _by_place(xs)
    count = _count(xs, length)
    entries = None if xs is None else [_entry(xs, t) for t in range(count)]
    if not checkpoint or trace_here() is None or count < 4:
        state, ys = _steps(step, state, entries, count, reverse)
        return state, _stacked(ys)
    state, ys = _in_chunks(step, state, entries if entries is None or not reverse else entries[::-1], count)
    return state, _stacked(ys[::-1] if reverse else ys)


def _steps(step: Step, state: Any, entries: list[Any] | None, count: int, reverse: bool = False) -> tuple[Any, list[Any]]:
    """What scan gives, with the ys as a list."""
    recorded = _recorded(_keeping_order(step), state, entries, count, backwards=reverse)
    if recorded is not None:
        return recorded
    given, ys = state, [None] * count
    order = range(count)[:: -1 if reverse else 1]
    for t in order:
        before = state
        state, ys[t] = _pair(step(state, None if entries is None else entries[t]))
        if t == order[0]:
            _check_structure(before, state)
    return _in_order(given, state), ys


def _in_chunks(step: Step, state: Any, entries: list[Any] | None, count: int) -> tuple[Any, list[Any]]:
    """The same as a loop of loops, and what is left over: a derivative keeps what the outer one needs."""
    size = math.isqrt(count)
    chunks, last = count // size, count // size * size

    def some(state: Any, xs: Any) -> tuple[Any, Any]:
        state, ys = _steps(step, state, xs, size)
        return state, None if ys[0] is None else ys

    given = entries and [entries[k : k + size] for k in range(0, last, size)]
    state, found = _steps(some, state, given, chunks)
    state, rest = _steps(step, state, entries and entries[last:], count - last)
    return state, [y for ys in found for y in (ys or [None] * size)] + rest


def fori_loop(lower: int, upper: int, body: Callable[[Any, Any], Any], state: Any) -> Any:
    """Takes `state` through `body(i, state) -> state` for i from `lower` up to `upper`, which is left out; gives the last.

    Inside a compiled function the body is recorded once, as that of `scan`, and i is a Value: `take(xs, i)` is the element that
    it numbers.

    >>> fori_loop(1, 5, lambda i, product: product * i, 1.0)
    24.0
    """
    for name, bound in (("lower", lower), ("upper", upper)):
        if not hasattr(bound, "__index__"):
            raise TypeError(f"fori_loop() counts in whole numbers, and {name} is {bound!r}")
    steps = range(int(lower), int(upper))
    recorded = _recorded(lambda s, i: (_in_order(s, body(i, s)), None), state, None, len(steps), counter=float(steps.start))
    if recorded is not None:
        return recorded[0]
    given = state
    for i in steps:
        before, state = state, body(i, state)
        if i == steps.start:
            _check_structure(before, state)
    return _in_order(given, state)


def while_loop(condition: Callable[[Any], Any], body: Callable[[Any], Any], state: Any, *, max_steps: int | None = None) -> Any:
    """Takes `state` through `body(state) -> state` as long as `condition(state)` holds; gives the last.

    condition   gives one comparison, as `x > 1e-6`
    max_steps   more steps are a RuntimeError. With it the loop is recorded once inside a compiled function, for any number of
                steps up to this, and can be differentiated there; without it every number of steps is recorded for itself

    >>> while_loop(lambda x: x < 100.0, lambda x: x * x, 3.0, max_steps=10)
    6561.0
    """
    if max_steps is not None and (isinstance(max_steps, bool) or not isinstance(max_steps, int) or max_steps < 0):
        raise ValueError(f"max_steps is a whole number, 0 or more, or None, and this is {max_steps!r}")

    def step(now: tuple[Any, Any], _: None) -> tuple[tuple[Any, Any], None]:
        state, going = now
        going = where(condition(state), going, 0.0)
        following, tree = flatten(_in_order(state, body(state)))
        before = flatten(state)[0]
        chosen = [where(going > 0.0, x, y) for x, y in zip(following, before, strict=True)]
        return (tree.of(chosen), going), None

    recorded = None if max_steps is None else _recorded(step, (state, 1.0), None, max_steps, idle=-1)
    if recorded is not None:
        (state, _), _ = recorded
        if condition(state):
            raise _too_long(max_steps)
        return state
    given, made = state, 0
    while condition(state):
        if made == max_steps:
            raise _too_long(max_steps)
        before, state = state, body(state)
        if not made:
            _check_structure(before, state)
        made += 1
    return _in_order(given, state)


def _too_long(max_steps: int | None) -> RuntimeError:
    return RuntimeError(f"while_loop() has made max_steps={max_steps} steps, and its condition still holds")


def _recorded(step: Step, state: Any, entries: list[Any] | None, count: int, **how: Any) -> tuple[Any, list[Any]] | None:
    """(the last state, the ys) as Values of a loop that compile() records; None where steps are to be made one by one."""
    trace = trace_here()
    return None if trace is None else trace.loop(step, state, entries, count, **how)


def _pair(result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"a step of scan() gives a pair, (state, y), and this gave {result!r}: give (state, None) for no y")
    return result


def _keeping_order(step: Step) -> Step:
    @functools.wraps(step)
    def kept(state: Any, x: Any) -> tuple[Any, Any]:
        after, y = _pair(step(state, x))
        return _in_order(state, after), y

    return kept


def _in_order(before: Any, after: Any) -> Any:
    """The state that a step gave, with dicts in the order of those that it was given, if they have the same keys."""
    if type(after) is dict and type(before) is dict and after.keys() == before.keys():
        return {key: _in_order(part, after[key]) for key, part in before.items()}
    if isinstance(after, (list, tuple)) and type(after) is type(before) and len(after) == len(before):
        parts = [_in_order(one, other) for one, other in zip(before, after, strict=True)]
        return parts if type(after) is list else getattr(type(after), "_make", tuple)(parts)
    return after


def _check_structure(before: Any, after: Any) -> None:
    """TypeError where a step gives a state of another structure than it was given. Dicts may be in another order."""
    after = _in_order(before, after)
    wanted, found = flatten(before, "the state")[1].form, flatten(after, "the state that a step gave")[1].form
    if wanted != found:
        raise TypeError(
            f"a step gives a state of the structure that it is given: here {description(before)} became {description(after)}"
        )


def _by_place(xs: Any) -> Any:
    """The xs, with an array for each column of pandas' or the like, which has numbers by their labels: `column[0]`."""
    if isinstance(xs, dict):
        return {key: _by_place(part) for key, part in xs.items()}
    if isinstance(xs, tuple):
        return getattr(type(xs), "_make", tuple)([_by_place(part) for part in xs])
    return unframed(xs)


def _count(xs: Any, length: int | None) -> int:
    found = set(_lengths(xs)) | (set() if length is None else {length})
    if len(found) > 1:
        raise ValueError(f"scan() makes a step for each x, and there are {', '.join(map(str, sorted(found)))} of them")
    if not found:
        raise ValueError("scan() takes xs, with an x for each step, or the number of steps")
    (count,) = found
    if isinstance(count, bool) or not hasattr(count, "__index__") or count < 0:
        raise ValueError(f"the number of steps is a whole number, 0 or more, and this is {count!r}")
    return int(count)


def _lengths(xs: Any) -> list[int]:
    if xs is None:
        return []
    refuse_more_than_numbers(xs)
    if isinstance(xs, (tuple, dict)):
        return [n for part in (xs.values() if isinstance(xs, dict) else xs) for n in _lengths(part)]
    if not hasattr(xs, "__len__") or not hasattr(xs, "__getitem__") or isinstance(xs, str):
        raise TypeError(f"scan() takes xs as lists or arrays, in tuples or dicts, and this is {xs!r}")
    return [len(xs)]


def _entry(xs: Any, t: int) -> Any:
    if xs is None:
        return None
    if isinstance(xs, dict):
        return {key: _entry(part, t) for key, part in xs.items()}
    if isinstance(xs, tuple):
        return getattr(type(xs), "_make", tuple)([_entry(part, t) for part in xs])
    entry = xs[t]
    return entry.item() if hasattr(entry, "item") and not getattr(entry, "ndim", 0) else entry


def _stacked(ys: Sequence[Any]) -> Any:
    """The ys of all steps, in the structure of one."""
    if not ys:
        return []
    first = ys[0]
    if first is None:
        return None
    if isinstance(first, dict):
        return {key: _stacked([y[key] for y in ys]) for key in first}
    if isinstance(first, tuple):
        return getattr(type(first), "_make", tuple)([_stacked(column) for column in zip(*ys, strict=True)])
    if hasattr(first, "shape") and hasattr(first, "ndim"):
        return sys.modules["numpy"].stack(ys)  # which is there, since these are its arrays
    return list(ys)
