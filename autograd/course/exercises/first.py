"""The first ten minutes: a graph, a gradient, a step. (Notebook 00)"""

from __future__ import annotations

from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import FIRST_THE_PRODUCT, mistakes_of_value


@exercise("first.result")
def result(draw: Draw) -> Question:
    a, b = draw.value("a"), draw.value("b")
    c = a + b
    c.label = "c"
    e = c * b
    e.label = "e"
    return Question(
        f"a = {a.data:g}, b = {b.data:g}, c = a + b, e = c × b. What is e?",
        answer=e.data,
        mistakes=mistakes_of_value(e, before=[(a.data + b.data * b.data, FIRST_THE_PRODUCT)]),
        hint="Follow the arrows: first c, then e.",
        way=f"c = {a.data:g} + {b.data:g} = {c.data:g}, and e = {c.data:g} × {b.data:g} = {e.data:g}.",
        solution="(a.data + b.data) * b.data",
    )


@exercise("first.nodes")
def nodes(draw: Draw) -> Question:
    leaves = [*"abcdef"][: draw.whole(low=3, high=6)]
    formula = " × ".join(f"({name} + 1)" for name in leaves)
    n = len(leaves)
    return Question(
        f"Every Value is a node of the graph, plain numbers are none. How many nodes has the graph of {formula}, the {n} letters included?",
        answer=n + n + n - 1,
        mistakes=[
            Mistake(n, "Those are the letters alone. What is computed from them are nodes, too."),
            Mistake(2 * n, "The letters and the sums: the products are nodes, too."),
            Mistake(2 * n + 1, "Letters, sums, and one product."),
            Mistake(2 * n - 1, "The letters are nodes, too."),
            Mistake(3 * n, f"How many products are there between {n} brackets? One less than brackets."),
            Mistake(4 * n - 1, "The 1 in each sum is a plain number, and no node."),
        ],
        hint="Count the letters, then the sums, then the products.",
        way=f"{n} letters, {n} sums, and {n - 1} products between {n} brackets: {3 * n - 1}.",
        solution=f"{n} + {n} + {n - 1}",
    )


@exercise("first.move")
def move(draw: Draw) -> Question:
    slope, nudge = draw.number("slope"), draw.number("nudge", 0.02, 0.09, decimals=2)
    return Question(
        f"The gradient of the result in w is {slope:g}. w is raised by {nudge:g}. How far does the result move, about? (In Python: `slope`, `nudge`.)",
        answer=slope * nudge,
        mistakes=[
            Mistake(slope, "That would be for a nudge of 1. The nudge is smaller."),
            Mistake(nudge, "That is how far w moves. The result moves that many times as far as the gradient says."),
            Mistake(slope + nudge, "They are multiplied: the gradient says how many times the nudge."),
            Mistake(slope / nudge, "They are multiplied, not divided: the gradient says how many times the nudge."),
            Mistake(
                -slope * nudge,
                "The size is right. With a gradient above 0 the result moves the same way, with one below 0 the other way.",
            ),
        ],
        hint="A gradient says: how many times the nudge does the result move.",
        way=f"{slope:g} × {nudge:g} = {slope * nudge:g}.",
        solution="slope * nudge",
    )


@exercise("first.which")
def which(draw: Draw) -> Question:
    names = ["u", "v", "w"]
    slopes = dict(zip(names, (draw.number(low=-6.0, high=6.0) for _ in names), strict=True))
    steepest = max(names, key=lambda name: abs(slopes[name]))
    draw.named("slopes", slopes)
    others = [name for name in names if name != steepest]
    listed = ", ".join(f"{name}: {x:g}" for name, x in slopes.items())
    return Question(
        f"The gradients of an error in three weights are {listed} (a dict, `slopes`, in Python). All are nudged equally far. Which one moves the error most?",
        answer=steepest,
        mistakes=[
            Mistake(
                name,
                f"{name} moves it {abs(slopes[name]):g} times its nudge, and one of the others moves it further. (The sign is the direction only.)",
            )
            for name in others
        ],
        choices=names,
        hint="How far is told by the size of the gradient, without its sign.",
        way=f"The largest size is that of {steepest}: {slopes[steepest]:g}.",
        solution="max(slopes, key=lambda name: abs(slopes[name]))",
    )


@exercise("first.direction")
def direction(draw: Draw) -> Question:
    slope = draw.number("slope")
    right, wrong = ("lower it", "raise it") if slope > 0 else ("raise it", "lower it")
    return Question(
        f"The gradient of the error in a weight is {slope:g}. To make the error smaller: raise the weight or lower it? (In Python: `slope`.)",
        answer=right,
        mistakes=[
            Mistake(
                wrong,
                f"A gradient {'above' if slope > 0 else 'below'} 0 means that the error gets {'larger' if slope > 0 else 'smaller'} when the weight gets larger.",
            ),
            Mistake("leave it", "That is right where the gradient is 0."),
        ],
        choices=("raise it", "lower it", "leave it"),
        hint="Go against the gradient.",
        way=f"Against the gradient: it is {'above' if slope > 0 else 'below'} 0, so {right}.",
        solution='"lower it" if slope > 0 else "raise it"',
    )


@exercise("first.step")
def step(draw: Draw) -> Question:
    w, slope, rate = draw.number("w"), draw.number("slope"), draw.number("rate", 0.1, 0.5)
    return Question(
        f"One step of learning: the weight is w = {w:g}, its gradient {slope:g}, and it is turned against the gradient by {rate:g} times the gradient "
        "(in Python: `w`, `slope`, `rate`). What is w afterwards?",
        answer=w - rate * slope,
        mistakes=[
            Mistake(-rate * slope, "That is how far it is turned, and which way. Where does it arrive, coming from w?"),
            Mistake(w * (1 - rate), "The gradient is what is multiplied by the rate, not w."),
            Mistake(w - slope / rate, "The gradient is multiplied by the rate, not divided."),
            Mistake(w + rate * slope, "That is with the gradient, and makes the error larger."),
            Mistake(w - slope, "It is turned by a part of the gradient only: the rate was forgotten."),
            Mistake(rate * slope, "That is how far it is turned. Where was it?"),
            Mistake(w - rate, "It is turned by the rate times the gradient."),
        ],
        hint="w, minus the rate times the gradient.",
        way=f"{w:g} − {rate:g} × ({slope:g}) = {w - rate * slope:g}.",
        solution="w - rate * slope",
    )
