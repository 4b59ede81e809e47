"""Exercises for notebook 12: what a compiled function records, and what that saves."""

from __future__ import annotations

import math
from collections.abc import Callable

from ...compiler.compiled import compile
from ...engine.functions import where
from ...engine.value import Value
from ..calling import MOST_SECONDS, UnreadableError, called
from ..exercise import Draw, Mistake, Question, exercise


@exercise("speed.programs")
def programs(draw: Draw) -> Question:
    low, high = sorted((draw.number("", -2.0, 2.0), draw.number("", -2.0, 2.0)))
    top = draw.number("", 2.5, 3.5)
    calls = [draw.number("", -4.0, 4.0) for _ in range(draw.choice([5, 6, 7]))]

    def f(x: Value) -> Value:
        if x < low:
            return -x
        if x < high:
            return x * x
        return x if x < top else 2 * x

    fast = compile(f)
    for x in calls:
        fast(x)
    draw.named("calls", calls)
    draw.named("low", low)
    draw.named("high", high)
    draw.named("top", top)
    return Question(
        f"f gives −x where x < {low:g} (`low`), else x² where x < {high:g} (`high`), else x where x < {top:g} (`top`), else 2x, by `if`. "
        f"It is compiled and called with {', '.join(f'{x:g}' for x in calls)} (`calls`). How many programs are recorded?",
        answer=len(fast.programs),
        mistakes=[
            Mistake(len(calls), "That would be one for each call. A program is used again for numbers that take the same way."),
            Mistake(
                1, "One program has one way through the branches. Where a number takes another, the function is recorded anew."
            ),
            Mistake(8, "The three questions do not double the ways each time: once one is true, the others are not asked."),
            Mistake(4, "So many ways there are. But a way is recorded only when a number takes it."),
        ],
        hint="Sort the numbers into the four ranges. How many of the ranges are met?",
        way=f"There are four ranges, and these numbers meet {len(fast.programs)} of them: a program for each of those.",
        solution="len(set((x < low, x < high, x < top) for x in calls))",
    )


@exercise("speed.guard")
def guard(draw: Draw) -> Question:
    limit, first, then = draw.number("limit"), draw.number("first"), draw.number("then")
    fast = compile(lambda x: x * x if x > limit else -x)
    fast(first)
    fast(then)
    right, wrong = ("runs", "recorded") if len(fast.programs) == 1 else ("recorded", "runs")
    sides = [f"{x:g} is {'above' if x > limit else 'not above'} {limit:g}" for x in (first, then)]
    return Question(
        f"`x * x if x > {limit:g} else -x` is compiled and called with {first:g} (`first`). It is called again with {then:g} (`then`). Does the "
        "program that there is run, or is another one recorded? (The limit is `limit`.)",
        answer=right,
        mistakes=[
            Mistake(
                wrong,
                f"Look at the guard, x > {limit:g}: {sides[0]}, and {sides[1]}. {'That comes out alike' if right == 'runs' else 'That comes out otherwise'}.",
            )
        ],
        choices=("runs", "recorded"),
        hint="A program holds for numbers for which its guards come out as they did. What does the guard ask?",
        way=f"{sides[0]}, and {sides[1]}: so it is {'the program that there is that runs' if right == 'runs' else 'recorded anew'}.",
        solution='"runs" if (first > limit) == (then > limit) else "recorded"',
    )


@exercise("speed.shared")
def shared(draw: Draw) -> Question:
    factors = draw.numbers("factors", draw.choice([3, 4, 5, 6]))
    fast = compile(lambda a, b: sum([(a * b) * factor for factor in factors]))
    fast(2.5, 3.5)
    terms = " + ".join(f"a × b × ({factor:g})" for factor in factors)
    return Question(
        f"In the function y = {terms}, a × b is written out each time (the factors are `factors`). How many multiplications has the "
        "compiled program?",
        answer=fast.programs[0].counts["mul"],
        mistakes=[
            Mistake(
                2 * len(factors),
                "So many are written. But a × b is the same each time, and is computed once. (Additions are not counted here.)",
            ),
            Mistake(len(factors), "The product a × b itself has to be computed, too, once."),
            Mistake(1, "Each term has a factor of its own to be multiplied by."),
            Mistake(
                2,
                "The factors are not put together: that would be rounded otherwise, and results are to be the same to the last bit.",
            ),
        ],
        hint="What is computed twice in the same way is computed once. What is left?",
        way=f"a × b once, and each of the {len(factors)} terms by its factor: {1 + len(factors)}.",
        solution="1 + len(factors)",
    )


@exercise("speed.rows")
def rows(draw: Draw) -> Question:
    common, each, count = draw.whole("common", 3, 40), draw.whole("each", 3, 40), draw.whole("count", 4, 30)
    return Question(
        f"A program runs over {count} rows (`count`). {common} of its operations (`common`) have to do with the weights alone, which all rows "
        f"share; {each} (`each`) take part of the row. How many operations are done?",
        answer=common + count * each,
        mistakes=[
            Mistake(count * (common + each), "What all rows share is computed once, and not for each row."),
            Mistake(common + each, "That is for one row."),
            Mistake(count * each, "What all rows share has to be computed, too, once."),
            Mistake(count * common + each, "It is the other way round: the work of a row is done for each row."),
        ],
        hint="Once what is shared, and for each row what is its own.",
        way=f"{common} + {count} × {each} = {common + count * each}.",
        solution="common + count * each",
    )


@exercise("speed.worth_it")
def worth_it(draw: Draw) -> Question:
    record, eager, fast = draw.whole("record", 300, 5000), draw.whole("eager", 12, 90), draw.number("fast", 1.2, 5.0)
    right = record / (eager - fast)
    return Question(
        f"To record a function takes {record} µs (`record`). A call of it takes {eager} µs before (`eager`) and {fast:g} µs after that (`fast`). "
        "After how many calls has compiling it paid? (Give the number as it comes out, not rounded.)",
        answer=right,
        mistakes=[
            Mistake(math.floor(right), "That is rounded down. Give the number as it comes out."),
            Mistake(math.ceil(right), "That is rounded up. Give the number as it comes out."),
            Mistake(record / eager, "The calls of the compiled function take time, too: each *saves* the difference."),
            Mistake(record / fast, "That is how many compiled calls take as long as recording. What does each of them save?"),
            Mistake(eager / fast, "That is how many times as fast a call becomes."),
            Mistake(record / (eager + fast), "The times were added. A call saves their difference."),
            Mistake(record * (eager - fast), "It was multiplied. How often does the saving go into what recording takes?"),
        ],
        hint="What does each call save? How many such savings make up for the recording?",
        way=f"A call saves {eager} − {fast:g} = {eager - fast:g} µs, and {record} / {eager - fast:g} = {record / (eager - fast):.6g}.",
        solution="record / (eager - fast)",
    )


@exercise("speed.constants")
def constants(draw: Draw) -> Question:
    before, after = draw.number("before"), draw.number("after")
    first, then = draw.number("first"), draw.number("then")
    return Question(
        f"scale = {before:g} (`before`), and `fast = autograd.compile(lambda x: scale * x)` is called with {first:g} (`first`). Then scale is set "
        f"to {after:g} (`after`), and fast is called with {then:g} (`then`). What does this second call give?",
        answer=after * then,
        mistakes=[
            Mistake(
                before * then,
                "That is with the old scale. A constant is looked at in each call, and the function recorded anew when it has changed.",
            ),
            Mistake(after * first, "That is with the old x. The x is an argument, and new in each call."),
            Mistake(before * first, "That is what the first call gave."),
            Mistake(after + then, "It is a product."),
        ],
        hint="A compiled function gives what the function gives.",
        way=f"{after:g} × {then:g} = {after * then:g}, as without compile: the constant has changed, so it was recorded anew.",
        solution="after * then",
    )


@exercise("speed.differences")
def differences(draw: Draw) -> Question:
    inputs, cost = draw.whole("inputs", 20, 90), draw.number("cost", 2.2, 5.0)
    return Question(
        f"A function has {inputs} inputs (`inputs`). Its gradient by a pass backward takes as long as {cost:g} calls of it (`cost`), the call "
        "itself included. By central differences each slope takes two calls. How many times as fast is the pass backward?",
        answer=2 * inputs / cost,
        mistakes=[
            Mistake(2 * inputs, "That is how many calls the differences take. The pass backward is not free."),
            Mistake(inputs / cost, "Central differences take two calls for each input: one on each side."),
            Mistake(cost / (2 * inputs), "It is upside down."),
            Mistake(2 / cost, "Each of the inputs has a slope of its own, and takes two calls."),
            Mistake(2 * inputs * cost, "It was multiplied. How often does one go into the other?"),
        ],
        hint="How many calls do the differences take for all inputs? And how many is the pass backward worth?",
        way=f"2 × {inputs} calls against {cost:g}: {2 * inputs / cost:.6g} times. And the differences are rounded.",
        solution="2 * inputs / cost",
    )


def not_one_program(f: Callable[[Value], Value]) -> str:
    """What is wrong with a function that is to have one program for both signs of its argument; "" if it has."""
    fast = compile(f)
    try:
        called(fast, [(1.5,), (-2.5,)], MOST_SECONDS)
    except UnreadableError as unreadable:
        raise UnreadableError(f"What it gives is right; but it is to be compiled. {unreadable}") from None
    if len(fast.programs) == 1:
        return ""
    return "What it gives is right; but it asks for the sign of x by a branch, so a program is recorded for each sign."


@exercise("speed.branchless")
def branchless(draw: Draw) -> Question:
    above, below = draw.number("above"), draw.number("below")
    return Question(
        f"`def f(x): return {above:g} * x if x > 0 else {below:g} * x` (`above`, `below`) has a program for each sign of x. Write a function that "
        "gives the same in *one* program, by `autograd.where(condition, a, b)`, which chooses anew in each run. Give the function itself.",
        answer=lambda x: where(x > 0.0, above * x, below * x),
        mistakes=[
            Mistake(
                lambda x: below * x if x > 0 else above * x,
                "The two are exchanged: first what holds where the condition is true.",
            ),
            Mistake(lambda x: above * x, "That is the way for x > 0, everywhere."),
            Mistake(lambda x: below * x, "That is the way for x ≤ 0, everywhere."),
            Mistake(lambda x: above * x if x > 0 else 0.0, "Below 0 it gives nothing. That would be a ReLU with a slope."),
            Mistake(lambda x: above if x > 0 else below, "It gives the factors. They are still to be multiplied by x."),
            Mistake(lambda x: above * x if x > 0 else -below * x, "The sign is turned below 0: x brings its own."),
        ],
        at=[*draw.points(3, low=0.5), *draw.points(3, high=-0.5)],
        also=not_one_program,
        hint="`where` takes the condition, what to give where it is true, and what to give where it is not.",
        way=f"`def f(x): return autograd.where(x > 0, {above:g} * x, {below:g} * x)`. Both are computed, and one is taken.",
        solution="def f(x):\n    return autograd.where(x > 0, above * x, below * x)",
    )
