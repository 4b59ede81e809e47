"""Walking against the slope: steps, learning rates, momentum, valleys, the delta rule. (Notebook 04)"""

from __future__ import annotations

from ...derivatives.functional import derivative
from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import gradient_of


@exercise("descent.slope")
def slope(draw: Draw) -> Question:
    w, x, t = draw.value("w"), draw.number("x"), draw.number("t")
    error = (w * x - t) ** 2 / 2
    truth = gradient_of(error, w)
    off = w.data * x - t
    return Question(
        f"A weight w = {w.data:g} predicts y = w x. For x = {x:g} the target is t = {t:g}. The error is E = (y − t)² / 2. What is dE/dw?",
        answer=truth,
        mistakes=[
            Mistake(off + x, "The two were added. Multiply them: how E moves with y, times how y moves with w."),
            Mistake(off**2, "That is the square, twice the error. How E moves with w is asked for."),
            Mistake(w.data * x, "That is y, what is predicted."),
            Mistake(error.data, "That is the error itself. How it moves with w is asked for."),
            Mistake(off, "That is how E moves with y. How y moves with w, which is x, is to be multiplied in."),
            Mistake(2 * truth, "The half of E was forgotten: it is there so that the 2 of the square goes away."),
            Mistake(-truth, "The sign: y − t, what is predicted minus what is wanted."),
            Mistake(off * w.data, "It was multiplied by w. y = w x moves with w as far as x says."),
            Mistake(truth / x**2, "It was divided by x. A nudge of w is multiplied by x on its way to y."),
            Mistake(x, "That is how y moves with w. How E moves with y, which is y − t, is to be multiplied in."),
        ],
        hint="Two steps: E moves with y by y − t, and y moves with w by x.",
        way=f"y = {w.data * x:g}, so y − t = {off:g}. Times x: {off:g} × {x:g} = {truth:g}.",
        solution="(w.data * x - t) * x",
    )


@exercise("descent.step")
def step(draw: Draw) -> Question:
    w, slope, rate = draw.number("w"), draw.number("slope"), draw.number("rate", 0.1, 0.9)
    return Question(
        f"w = {w:g}, the slope of the error there is {slope:g}, the learning rate is {rate:g} (in Python: `w`, `slope`, `rate`). "
        "To which w does one step of gradient descent go?",
        answer=w - rate * slope,
        mistakes=[
            Mistake(w + rate * slope, "That walks uphill: the step goes against the slope."),
            Mistake(w - slope, "The learning rate was forgotten: the slope is multiplied by it."),
            Mistake(rate * slope, "That is how long the step is. Where does it arrive?"),
            Mistake(-rate * slope, "That is the step. Where does it arrive, coming from w?"),
            Mistake(w - rate, "The steeper it is, the longer the step: the learning rate is multiplied by the slope."),
            Mistake(w - slope / rate, "The slope is multiplied by the learning rate, not divided."),
            Mistake(w * (1 - rate), "The slope is what is multiplied by the learning rate, not w."),
        ],
        hint="Downhill is against the slope, and the step is the learning rate times the slope.",
        way=f"w − rate × slope = {w:g} − {rate:g} × ({slope:g}) = {w - rate * slope:g}.",
        solution="w - rate * slope",
    )


@exercise("descent.limit")
def limit(draw: Draw) -> Question:
    c = draw.number("c", 0.2, 8.0)
    return Question(
        f"The error is a parabola, E(w) = c w² / 2 with c = {c:g}. A step takes w to w − rate × c w = (1 − rate × c) w. "
        "Above which learning rate does w get further and further away from 0?",
        answer=2 / c,
        mistakes=[
            Mistake(
                1 / c,
                "With that one, a single step arrives at the bottom. Beyond it, w jumps to the other side, but still comes closer.",
            ),
            Mistake(c, "The steeper the parabola, the smaller the rate has to be: it is one over something."),
            Mistake(c / 2, "That is upside down."),
            Mistake(2 * c, "The steeper the parabola, the smaller the rate has to be."),
            Mistake(2.0, "That would be right for c = 1."),
        ],
        hint="w is multiplied by 1 − rate × c in each step. It grows when that is below −1.",
        way=f"1 − rate × c = −1 where rate × c = 2: at rate = 2 / c = {2 / c:.4g}.",
        solution="2 / c",
    )


@exercise("descent.shrinks")
def shrinks(draw: Draw) -> Question:
    c, rate, w = draw.number("c", 1.2, 3.0), draw.number("rate", 0.1, 0.3), draw.number("w", 2.0, 4.0)
    factor = 1 - rate * c
    return Question(
        f"E(w) = c w² / 2 with c = {c:g}, the learning rate is {rate:g}, and we begin at w = {w:g} (in Python: `c`, `rate`, `w`). Where is w after three steps?",
        answer=w * factor**3,
        mistakes=[
            Mistake(factor**3, "That is by how much w is multiplied in three steps. Where is w?"),
            Mistake(w * (1 - rate * c / 2) ** 3, "The slope of c w² / 2 is c w: the 2 of the square cancels the half."),
            Mistake(w * (1 - 2 * rate * c) ** 3, "The slope of c w² / 2 is c w: the half cancels the 2 of the square."),
            Mistake(w * factor, "That is after one step."),
            Mistake(w * factor**2, "That is after two steps."),
            Mistake(w - 3 * rate * c * w, "All three steps were taken with the first slope. It gets smaller as w does."),
            Mistake(w * (1 + rate * c) ** 3, "That walks uphill: the step goes against the slope."),
            Mistake(w * (1 - rate) ** 3, "The slope of E is c w: the c was forgotten."),
            Mistake(c * (w * factor**3) ** 2 / 2, "That is the error E after three steps. Where is w?"),
        ],
        hint="The slope is c w. So each step multiplies w by the same number.",
        way=f"Each step multiplies w by 1 − rate × c = {factor:g}: {w:g} × {factor:g}³ = {w * factor**3:.4g}.",
        solution="w * (1 - rate * c) ** 3",
    )


@exercise("descent.momentum")
def momentum(draw: Draw) -> Question:
    first, second = draw.number("first"), draw.number("second")
    rate, keep = draw.number("rate", 0.1, 0.5), draw.number("keep", 0.5, 0.9)
    w = draw.number("w")
    truth = w - rate * first - rate * (keep * first + second)
    return Question(
        f"Momentum: the speed v begins at 0, and each step makes v = {keep:g} v + slope and then w = w − {rate:g} v. We begin at w = {w:g}. "
        f"The slope is {first:g} at the first step and {second:g} at the second. Where is w after both? "
        "(In Python: `keep`, `rate`, `w`, `first`, `second`.)",
        answer=truth,
        mistakes=[
            Mistake(w - first - (keep * first + second), "The learning rate is missed: each step is the rate times v."),
            Mistake(
                w - rate * first - rate * keep * (first + second),
                "Only the old speed is multiplied by the momentum. The new slope is added in full.",
            ),
            Mistake(
                w - rate * first - rate * second,
                "That is without momentum: at the second step, a part of the first speed is still there.",
            ),
            Mistake(w - rate * first, "That is after the first step."),
            Mistake(w - rate * (keep * first + second), "That is the second step alone: the first moved w, too."),
            Mistake(
                w - rate * first - rate * (first + second),
                "All of the first speed was kept: it is multiplied by the momentum first.",
            ),
            Mistake(w + rate * first + rate * (keep * first + second), "That walks uphill: the step goes against the speed."),
            Mistake(keep * first + second, "That is the speed at the second step. Where is w?"),
        ],
        hint="Write both steps down: v, w, and again v, w.",
        way=f"v = {first:g}, w = {w - rate * first:g}. Then v = {keep:g} × ({first:g}) + ({second:g}) = {keep * first + second:g}, w = {truth:g}.",
        solution="v = first\nw = w - rate * v\nv = keep * v + second\nw - rate * v",
    )


@exercise("descent.valley")
def valley(draw: Draw) -> Question:
    hill, start = draw.number("hill", -1.5, 1.5), draw.number("start", -2.5, 2.5)
    side = "left" if start < hill else "right"
    other = "right" if side == "left" else "left"
    return Question(
        f"An error has two valleys, one to the left and one to the right of a hill at w = {hill:g}. The left one is deeper. Small steps against the "
        f"slope begin at w = {start:g}. In which valley do they end? (In Python: `start`, `hill`.)",
        answer=side,
        mistakes=[
            Mistake(
                other,
                f"Steps against the slope never climb the hill at {hill:g}, and {start:g} is {side} of it. How deep the valleys are makes no difference.",
            ),
            Mistake("the deeper one, always", "Nobody who walks downhill knows of a deeper valley behind a hill."),
        ],
        choices=("left", "right", "the deeper one, always"),
        hint="On which side of the hill does it begin? Which way is down there?",
        way=f"{start:g} is {side} of the hill, so downhill leads into the {side} valley.",
        solution='"left" if start < hill else "right"',
    )


@exercise("descent.delta_rule")
def delta_rule(draw: Draw) -> Question:
    rate = draw.number("rate", 0.1, 0.9)

    def learned(w: float, x: float, t: float) -> float:
        slope: float = derivative(lambda u: (u * x - t) ** 2 / 2)(w)
        return w - rate * slope

    return Question(
        f"A weight w predicts y = w x, and should give t. Write one step of the delta rule as a function of w, x and t (in this order) that returns "
        f"the new w. The learning rate is {rate:g}, `rate` in Python.",
        answer=learned,
        mistakes=[
            Mistake(lambda w, x, t: (w * x - t) * x, "That is the slope of the error. Now the step: where does w arrive?"),
            Mistake(
                lambda w, x, t: w + rate * (t - w * x) * w,
                "It was multiplied by w. The error is blamed on a weight as far as its input x was large.",
            ),
            Mistake(
                lambda w, x, t: w - rate * (t - w * x) * x,
                "The sign: with t − y, what is wanted minus what came out, w goes up by it: + rate × (t − y) × x.",
            ),
            Mistake(
                lambda w, x, t: w + rate * (t - w * x),
                "The input is missing: a weight is blamed as much as its input was large, (t − y) × x.",
            ),
            Mistake(lambda w, x, t: rate * (t - w * x) * x, "That is the change. It is added to w."),
            Mistake(lambda w, x, t: w + (t - w * x) * x, "The learning rate is missing."),
            Mistake(lambda w, x, t: w + rate * (t - w) * x, "What came out is w x, not w."),
            Mistake(
                lambda w, x, t: w + 2 * rate * (t - w * x) * x,
                "That is twice as far: the error has a half in front, so no 2 is left.",
            ),
        ],
        at=draw.points(arguments=3),
        hint="What is the error δ = t − y? Which part of it is the fault of this weight?",
        way="`return w + rate * (t - w * x) * x`: the error δ = t − y, times the input.",
        solution="def learned(w, x, t):\n    return w + rate * (t - w * x) * x",
    )
