"""The chain rule, path by path: what is multiplied, what is added, in which order, and what it costs. (Notebook 03)"""

from __future__ import annotations

from ...derivatives.functional import derivative
from ...engine.functions import FUNCTIONS
from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import gradient_of, mistakes_of_gradient

sin = FUNCTIONS["sin"]


@exercise("paths.gears")
def gears(draw: Draw) -> Question:
    first, second, third = draw.number("first"), draw.number("second"), draw.number("third")
    truth = first * second * third
    return Question(
        f"u moves {first:g} times as far as x, v moves {second:g} times as far as u, and y moves {third:g} times as far as v "
        "(in Python: `first`, `second`, `third`). How many times as far as x does y move?",
        answer=truth,
        mistakes=[
            Mistake(second, "That is the second step alone, from u to v."),
            Mistake(first * third, "The step in the middle is missing, from u to v."),
            Mistake(
                first + second + third,
                "The slopes were added. Along a path they are multiplied: twice as far as something that moves three times as far is six times.",
            ),
            Mistake(
                third, "That is how far y moves with v. v moves with u, and u with x: those steps are to be multiplied in."
            ),
            Mistake(first, "That is the first step alone, from x to u."),
            Mistake(second * third, "The first step is missing, from x to u."),
            Mistake(first * second, "The last step is missing, from v to y."),
            Mistake(-truth, "The size is right, and the sign is not: two minus signs make a plus, and one or three a minus."),
        ],
        hint="Let x move by 1. How far does u move for it? How far does v, for that?",
        way=f"Along a path, multiply: {first:g} × {second:g} × {third:g} = {truth:g}.",
        solution="first * second * third",
    )


@exercise("paths.meet")
def meet(draw: Draw) -> Question:
    x, k, m = draw.value("x"), draw.number("k"), draw.number("m")
    u = x * k
    v = x * x
    y = u * m + v
    u.label, v.label, y.label = "u", "v", "y"
    return Question(
        f"u = k x, v = x², y = m u + v, with x = {x.data:g}, k = {k:g}, m = {m:g}. x reaches y on two ways, through u and through v. What is dy/dx?",
        answer=gradient_of(y, x),
        mistakes=[
            Mistake(m + 2 * x.data, "The step from x to u is missing, with the slope k."),
            Mistake(k * m + x.data**2, "That has the value of v in it, x². Its slope is 2x."),
            Mistake(k * m, "One path is missed: the one through v brings 2x."),
            Mistake(2 * x.data, "One path is missed: the one through u brings k × m."),
            Mistake(k * m * 2 * x.data, "The shares of the two paths were multiplied: different paths are added."),
            Mistake(k + m + 2 * x.data, "Along the path through u, the slopes k and m are multiplied."),
            Mistake(k * m + x.data, "v = x × x uses x twice: its slope is 2x."),
            Mistake(y.data, "That is the value of y."),
            Mistake(k + 2 * x.data, "The step from u to y is missing, with the slope m."),
            Mistake(-(k * m + 2 * x.data), "The size is right, and the sign is not."),
        ],
        hint="Each path alone: multiply its slopes. Then add the two.",
        way=f"Through u: k × m = {k * m:g}. Through v: 2x = {2 * x.data:g}. Together {k * m + 2 * x.data:g}.",
        solution="k * m + 2 * x.data",
    )


@exercise("paths.overwritten")
def overwritten(draw: Draw) -> Question:
    a, b, c = draw.value("a"), draw.value("b"), draw.value("c")
    y = a * b + a * c
    right = gradient_of(y, a)
    return Question(
        f"p = a × b, q = a × c, y = p + q, with a = {a.data:g}, b = {b.data:g}, c = {c.data:g}. Somebody writes a backward pass with `=` where `+=` "
        "belongs: the share that arrives last overwrites what was there. It goes back through q first, then through p. What does it say ∂y/∂a is?",
        answer=b.data,
        mistakes=[
            Mistake(a.data * b.data, "That is the value of p. What arrives at a are slopes."),
            Mistake(y.data, "That is the value of y. What arrives at a are slopes."),
            Mistake(right, "That is the right gradient. This pass does not give it: it keeps the last share only."),
            Mistake(c.data, "That arrives first, through q. What arrives through p then takes its place."),
            Mistake(b.data * c.data, "Nothing multiplies the shares: one takes the place of the other."),
            Mistake(0.0, "The last share stays: it is not lost."),
            Mistake(a.data, "That is the value of a. On the arrows from a stand the other factors, b and c."),
        ],
        hint="Two shares arrive at a. Which are they, and which of them comes last?",
        way=f"Through q arrives c = {c.data:g}, then through p arrives b = {b.data:g}, which overwrites it. Right would be b + c = {right:g}.",
        solution="b.data",
    )


@exercise("paths.count")
def count(draw: Draw) -> Question:
    times = draw.whole("times", 5, 12)
    return Question(
        f"x is doubled {times} times, each time by adding the number to itself: x = x + x (in Python, the number is called `times`). "
        "How many paths lead from the first x to the last?",
        answer=2**times,
        mistakes=[
            Mistake(
                2 * times,
                "That is how many arrows there are. At each node a path has two ways on, so each doubling doubles the number of paths.",
            ),
            Mistake(times, "That is the number of doublings."),
            Mistake(times + 1, "That is the number of nodes. A backward pass visits each of them once; paths are many more."),
            Mistake(times**2, "Not squared: each doubling has two ways, and for each of them the next one has two again."),
            Mistake(2 ** (times - 1), "One doubling is missing: after one of them there are 2 paths already."),
            Mistake(
                2 ** (times + 1) - 1,
                "So many nodes does a machine visit that walks along every path: there are several on each.",
            ),
            Mistake(2 ** (times + 1), "One doubling too many: after one of them there are 2 paths."),
        ],
        hint="After one doubling there are 2 paths. After two?",
        way=f"Each doubling has two arrows, so there are 2 × 2 × … = 2^{times} = {2**times} paths, and as large is the slope.",
        solution="2 ** times",
    )


@exercise("paths.sweeps")
def sweeps(draw: Draw) -> Question:
    n = draw.whole("n", 40, 900)
    return Question(
        f"An error is computed from n = {n} weights (`n` in Python), and its whole gradient is wanted. How often must it be computed by nudging, "
        "how many sweeps does forward mode need, and how many passes does reverse mode? "
        'Give a dict: `{"nudging": ..., "forward": ..., "reverse": ...}`.',
        answer={"nudging": n + 1, "forward": n, "reverse": 1},
        mistakes=[
            Mistake(
                2 * n,
                "That would be a nudge up and one down for each weight. With nudges up alone, all share what was computed without one.",
                at="nudging",
            ),
            Mistake(
                {"nudging": n + 1, "forward": 1, "reverse": n},
                "Forward and reverse are exchanged: a forward sweep carries the nudge of one weight to all results.",
            ),
            Mistake(
                n,
                "Once for each weight, and once more: what is computed with a nudge is compared with what it was without one.",
                at="nudging",
            ),
            Mistake(1, "One nudge tells the slope in one weight only: each weight needs one of its own.", at="nudging"),
            Mistake(1, "A forward sweep carries one nudge along. It tells the slope in one weight.", at="forward"),
            Mistake(
                n, "A reverse pass goes back from the result, and reaches every weight on its way: one is enough.", at="reverse"
            ),
            Mistake(
                2,
                "Forward and then backward, that is true; passes in reverse are counted here, and one is enough.",
                at="reverse",
            ),
        ],
        hint="Nudge a weight, and you know one slope. Go back from the error, and you pass by every weight.",
        way=f"Nudging: once as it is, and once for each weight, {n + 1}. Forward mode: a sweep for each weight, {n}. Reverse mode: 1 pass, since there is one result.",
        solution='{"nudging": n + 1, "forward": n, "reverse": 1}',
    )


@exercise("paths.next")
def next_one(draw: Draw) -> Question:
    names = draw.random.sample(["p", "q", "r", "s"], 4)
    early, left, right, late = names
    return Question(
        f"{left} = {early} × 2, {right} = {early} + 1, {late} = {left} × {right}. The way back began at {late}; then came {left}, which has just sent "
        "its share. Whose turn is it next?",
        answer=right,
        mistakes=[
            Mistake(
                early,
                f"{early} still waits: {right} uses it too, and has not reported. Whoever goes on from {early} now sends half of what will be there.",
            ),
            Mistake(left, f"{left} has sent its share. It would be counted twice."),
            Mistake(late, f"{late} is where it began: it has sent its shares already."),
        ],
        choices=sorted(names),
        hint="A node's turn comes when every node that uses it has reported.",
        way=f"{early} is used by {left} and by {right}: both have to report first. {right} is used by {late} alone, which has. So {right}.",
        solution=f'"{right}"',
    )


@exercise("paths.inside")
def inside(draw: Draw) -> Question:
    k = draw.number("k")
    cos = FUNCTIONS["cos"]
    return Question(
        f"f(x) = sin(k x²) with k = {k:g} (`k` in Python). Write its slope as a Python function of x. The slope of sin is cos; `autograd.sin` and "
        "`autograd.cos` take numbers. Give the function itself.",
        answer=derivative(lambda x: sin(k * x * x)),
        mistakes=[
            Mistake(
                lambda x: cos(k * x * x),
                "That is the outer step alone: the slope of what stands inside, 2 k x, is to be multiplied in.",
            ),
            Mistake(
                lambda x: cos(2 * k * x),
                "The slope of the inside was put into the cosine. There stands the inside itself, k x², and its slope is a factor beside it.",
            ),
            Mistake(
                lambda x: 2 * k * x,
                "That is the slope of the inside alone. How far the sine moves with it, cos(k x²), is a factor, too.",
            ),
            Mistake(
                lambda x: -cos(k * x * x) * 2 * k * x,
                "The sign: the slope of sin is cos, without a minus. (That of cos is −sin.)",
            ),
            Mistake(
                lambda x: sin(k * x * x) * 2 * k * x, "The outer step is the slope of the sine, cos, and not the sine itself."
            ),
            Mistake(lambda x: cos(k * x * x) + 2 * k * x, "Along a path, the slopes are multiplied, not added."),
            Mistake(lambda x: sin(k * x * x), "That is f itself."),
        ],
        at=draw.points(low=0.3, high=1.6),
        hint="Two steps in a row: u = k x², f = sin(u). The slope of each, and then?",
        way="u = k x² has the slope 2 k x, sin(u) has the slope cos(u): `return autograd.cos(k * x * x) * 2 * k * x`.",
        solution="def slope(x):\n    return autograd.cos(k * x * x) * 2 * k * x",
    )


@exercise("paths.explained")
def explained(draw: Draw) -> Question:
    a, b, c = draw.value("a"), draw.value("b"), draw.value("c")
    u = a * b
    u.label = "u"
    y = u * c + u * a
    y.label = "y"
    return Question(
        f"u = a × b, y = u × c + u × a, with a = {a.data:g}, b = {b.data:g}, c = {c.data:g}. Three paths lead from a to y. What is ∂y/∂a?",
        answer=gradient_of(y, a),
        mistakes=mistakes_of_gradient(y, a),
        hint="a → u → u × c; a → u → u × a; and a → u × a straight. Each is a product of slopes.",
        way=f"b × c + b × a + u = {b.data * c.data:g} + {b.data * a.data:g} + {u.data:g} = {gradient_of(y, a):g}.",
        solution="b.data * c.data + b.data * a.data + a.data * b.data",
    )
