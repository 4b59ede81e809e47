"""Exercises for notebook 10: networks that hear themselves, through time and at rest."""

from __future__ import annotations

import math

from ...engine.functions import dot, fsum
from ...engine.value import Value
from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import gradient_of, mistakes_of_gradient


@exercise("time.copies")
def copies(draw: Draw) -> Question:
    slopes = draw.numbers("slopes", 4)
    written = ", ".join(f"{slope:g}" for slope in slopes)
    weight = Value(0.0, label="w")
    return Question(
        f"A weight w is used in four steps. Each step was given a copy of its own, and the slopes in the four copies are "
        f"{written} (in Python, `slopes`). What is the slope in w itself?",
        answer=gradient_of(dot([weight, weight, weight, weight], slopes), weight),
        mistakes=[
            *(
                Mistake(
                    sum(slopes) - slope, f"One path is missed: the use in step {step + 1} brings {slope:g}, and all are added."
                )
                for step, slope in enumerate(slopes)
            ),
            Mistake(
                sum(slopes) / 4,
                "That is the mean of the copies. When w moves, all four move by as much: nothing is shared out.",
            ),
            Mistake(
                math.prod(slopes),
                "The slopes of the copies were multiplied. Along a path one multiplies; these are different paths.",
            ),
            Mistake(slopes[-1], "That is what the last step alone brings. The earlier ones count, too."),
            Mistake(slopes[0], "That is what the first step alone brings. The later ones count, too."),
            Mistake(sum(map(abs, slopes)), "The signs were dropped. Shares that pull in opposite directions cancel."),
            Mistake(-sum(slopes), "The size is right, and the sign is not."),
        ],
        hint="When w moves by a bit, each of its four copies moves by that bit.",
        way=f"Every use is a path of its own, and paths are added: {fsum(slopes):g}.",
        solution="sum(slopes)",
    )


@exercise("time.power")
def power(draw: Draw) -> Question:
    w, x = draw.value("w", -2.5, 2.5), draw.number("x")
    first = w * x
    second = w * first
    y = w * second
    return Question(
        f"A neuron without an activation hears nothing but itself: h ← w × h. It starts from x = {x:g} and makes three steps, with "
        f"w = {w.data:g}, so it arrives at y = w × (w × (w × x)). What is ∂y/∂w?",
        answer=gradient_of(y, w),
        mistakes=[
            one
            for one in mistakes_of_gradient(
                y,
                w,
                before=[
                    (w.data**2 * x, "That is what one step brings. The same w stands in all three."),
                    (2 * w.data**2 * x, "That is what two steps bring. The same w stands in all three."),
                    (3 * w.data**2, "The x is missed: each path goes on to it, or begins at it."),
                    (3 * w.data * x, "One w too few: each path passes by the other two."),
                ],
            )
            if "through" not in one.diagnosis
        ],
        hint="w has a path from each of its three steps. Take them one by one, and add.",
        way=f"y = w³ x, and its slope is 3 w² x = 3 × ({w.data:g})² × ({x:g}) = {3 * w.data**2 * x:g}: three paths, each of them w × w × x.",
        solution="3 * w.data ** 2 * x",
    )


@exercise("time.paths")
def paths(draw: Draw) -> Question:
    steps = draw.whole("steps", 6, 12)
    u, h = Value(1.0), Value(1.0)
    for _ in range(steps):
        h = h + u  # with slopes of 1 a gradient is the number of paths
    return Question(
        f"h ← tanh(w h + u x), with one x after the other: {steps} of them (`steps` in Python). The network is unrolled. "
        "By how many paths does u reach the last state?",
        answer=gradient_of(h, u),
        mistakes=[
            Mistake(steps**2, "Not squared: from each step, one way leads on."),
            Mistake(
                steps * (steps - 1) // 2,
                "These are the steps from one state to the next, of all paths together. How many paths are there?",
            ),
            Mistake(1, "It stands once in the formula. But the formula is used at every step."),
            Mistake(
                2**steps,
                "Paths would double at each step if it could be passed in two ways. From a state to the next there is one.",
            ),
            Mistake(2 * steps, "That would be the paths of w and u together, if both were used in every step."),
            Mistake(steps * (steps + 1) // 2, "These are the steps of all paths together. How many paths are there?"),
            Mistake(
                steps - 1, "One is missed: in the first step u has an input, too, though there is nothing to remember yet."
            ),
        ],
        hint="Draw it for two steps. u leads into each of them; and from there on?",
        way=f"u leads into each step once, and from there one way leads on, through all later states. So {steps} steps are {steps} paths.",
        solution="steps",
    )


@exercise("time.arrives")
def arrives(draw: Draw) -> Question:
    steps, w = draw.whole("steps", 4, 8), draw.number("w", 0.3, 1.6)
    first = Value(0.5)
    h = first
    for _ in range(steps - 1):
        h = w * h + 0.25
    return Question(
        f"A neuron without an activation: h ← w × h + x, with w = {w:g}, from h = 0. It reads {steps} numbers (`steps`). "
        "How much does its last state move with the *first* number?",
        answer=gradient_of(h, first),
        mistakes=[
            Mistake(
                w**steps,
                "One factor too many: the first number is added after the first multiplication, and meets the others only.",
            ),
            Mistake(w, "That is one step. Between the first number and the last state lie more."),
            Mistake(w * (steps - 1), "The factors of the steps were added. Along a path they are multiplied."),
            Mistake(1, "That is how much the last state moves with the *last* number: that one is only added."),
            Mistake(
                sum(w**k for k in range(steps)),
                "That is how much it moves if all numbers move together. Only the first is to move.",
            ),
            Mistake(w ** (steps - 2), "One factor is missed. Count the multiplications between the first number and the end."),
        ],
        hint="Follow the first number: it is in h after the first step. What happens to it in each later one?",
        way=f"It is multiplied by w in each of the {steps - 1} steps after the first: w^{steps - 1} = {w ** (steps - 1):g}.",
        solution="w ** (steps - 1)",
    )


@exercise("time.parameters")
def parameters(draw: Draw) -> Question:
    inputs, units, steps = draw.whole("inputs", 2, 9), draw.whole("units", 3, 9), draw.whole("steps", 4, 12)
    right = units * (inputs + units) + units
    return Question(
        f"A recurrent layer of {units} units (`units`), each with a bias, hears {inputs} inputs (`inputs`) and all its own last "
        f"outputs. It is unrolled over {steps} steps (`steps`). How many weights and biases has it to learn?",
        answer=right,
        mistakes=[
            Mistake(units * inputs, "Those are the weights of the inputs alone."),
            Mistake(units * (inputs + units) + 1, "Not the layer has one bias, but each of its units has one of its own."),
            Mistake(right * steps, "The weights were counted for each step. They are the same ones at every step."),
            Mistake(units * (inputs + units), "The biases are missed: one for each unit."),
            Mistake(
                units * inputs + units,
                "That is a layer that does not hear itself. Each unit has a weight for each last output, too.",
            ),
            Mistake(units * units + units, "The inputs are missed: each unit has a weight for each of them."),
            Mistake(inputs + 2 * units, "That is what one unit hears, and the biases. There is such a set for each unit."),
            Mistake(units * (inputs + 1) + units, "A unit hears not only its own last output, but those of all units."),
        ],
        hint="How many numbers does one unit multiply, and what does it add? Then: how many units are there?",
        way=f"One unit has {inputs} + {units} weights and a bias, {inputs + units + 1} together, and there are {units}: {right}.",
        solution="units * (inputs + units + 1)",
    )


@exercise("time.settles")
def settles(draw: Draw) -> Question:
    w, u = draw.number("w", -1.8, 1.8), draw.number("u")
    x = 0.0
    for _ in range(500):
        x = w * x + u
    right, wrong = ("rests", "grows") if abs(x) < 1e6 else ("grows", "rests")
    swings = ", and turns its direction" if w < 0 else ""
    why = f"Each step multiplies the way to the resting place by {abs(w):g}{swings}. That is {'below' if abs(w) < 1 else 'above'} 1."
    return Question(
        f"x ← w × x + u, with w = {w:g} and u = {u:g}, starting from 0 and repeated for ever. Does x come to rest, or does it grow "
        "without end, swinging or not?",
        answer=right,
        mistakes=[Mistake(wrong, f"{why} So it {right}; u only moves the place.")],
        choices=("rests", "grows"),
        hint="How far is x from the place where x = w x + u? And a step later?",
        way=f"{why} The size of w decides, and neither its sign nor u.",
        solution='"rests" if abs(w) < 1 else "grows"',
    )


@exercise("time.rest")
def rest(draw: Draw) -> Question:
    w, u = draw.value("w", -0.9, 0.8), draw.number("u")
    x = u / (1.0 - w)
    return Question(
        f"x ← w × x + u has come to rest: x = w × x + u, with w = {w.data:g} and u = {u:g}, so x = u / (1 − w) = {x.data:.6g}. "
        "How much does the resting place move with w: what is dx/dw?",
        answer=gradient_of(x, w),
        mistakes=[
            Mistake(w.data * x.data / (1 - w.data), "One w too many: from dx/dw = x + w dx/dw follows dx/dw = x / (1 − w)."),
            Mistake(1 / (1 - w.data) ** 2, "The u is missed: x is u / (1 − w)."),
            Mistake(
                x.data, "That is x: how much w × x + u moves with w, if the x in it stands still. But that x moves as well."
            ),
            Mistake(1 / (1 - w.data), "That is how much the resting place moves with u."),
            Mistake(u, "That is u alone. Differentiate both sides of x = w x + u by w, and solve for dx/dw."),
            Mistake(
                -u / (1 - w.data) ** 2,
                "The size is right, and the sign is not: the derivative of 1 / (1 − w) is 1 / (1 − w)², with a plus.",
            ),
            Mistake(x.data * (1 - w.data) ** 2, "It was multiplied by 1 − w where one divides."),
            Mistake(x.data / (1 + w.data), "Look at the sign: from dx/dw = x + w dx/dw follows (1 − w) dx/dw = x."),
        ],
        hint="Differentiate both sides: dx/dw = x + w × dx/dw, since the x on the right moves, too. Solve for dx/dw.",
        way=f"dx/dw = x + w dx/dw, so dx/dw = x / (1 − w) = {x.data:.6g} / {1 - w.data:g} = {gradient_of(x, w):.6g}.",
        solution="u / (1 - w.data) ** 2",
    )


@exercise("time.code")
def code(draw: Draw) -> Question:
    rows = draw.whole("rows", 5, 120)
    units = 0
    while 2**units < rows:
        units += 1
    return Question(
        f"An encoder has {rows} rows (`rows`), of which each is to have a code of its own in the hidden layer. Each hidden unit is "
        "either off or on. How many hidden units are needed, at least?",
        answer=units,
        mistakes=[
            Mistake(rows, "That would be a unit for each row. Several units together can name more."),
            Mistake(rows / 2, "Units do not share out the rows. A further unit doubles the number of codes."),
            Mistake(units - 1, f"{units - 1} units have {2 ** (units - 1)} codes: too few for {rows} rows."),
            Mistake(units + 1, f"{units} units have {2**units} codes, and {rows} rows are not more: one unit less will do."),
            Mistake(math.log2(rows), f"2 to the power of that is {rows}. But there is no part of a unit: round up."),
            Mistake(math.sqrt(rows), "Codes do not lie in a square. A further unit doubles their number: 2, 4, 8, ..."),
        ],
        hint="One unit has 2 codes, two have 4: 00, 01, 10, 11. Three?",
        way=f"{units - 1} units have 2^{units - 1} = {2 ** (units - 1)} codes, {units} have {2**units}: enough for {rows} rows.",
        solution="import math\nmath.ceil(math.log2(rows))",
    )


@exercise("time.mirror")
def mirror(draw: Draw) -> Question:
    scale = draw.number("", 1.5, 3.5)
    half = draw.random.sample([1, 2, 4], 3)
    weights = draw.named("weights", [round(scale * size, 6) for size in [*half, *(-size for size in reversed(half))]])
    row = draw.named("row", [float(draw.random.random() < 0.5) for _ in range(6)])
    truth = sum(w * x for w, x in zip(weights, row, strict=True))
    bits = "".join(f"{x:.0f}" for x in row)
    return Question(
        f"A hidden unit of the mirror network has the weights {', '.join(f'{w:g}' for w in weights)} (`weights`). "
        f"What is its weighted sum, without the bias, for the row {bits} (`row`, a list of 0s and 1s)?",
        answer=dot(weights, [Value(x) for x in row]).data,
        mistakes=[
            Mistake(0.0, "It is 0 for rows that read the same backwards. Does this one?"),
            Mistake(
                sum(abs(w) * x for w, x in zip(weights, row, strict=True)),
                "The signs were dropped: weights on the two sides are opposite.",
            ),
            Mistake(sum(w * x for w, x in zip(weights[:3], row[:3], strict=True)), "That is the first half alone."),
            Mistake(sum(w * x for w, x in zip(weights[3:], row[3:], strict=True)), "That is the second half alone."),
            Mistake(-truth, "The size is right, and the sign is not: it is the sum for the row read backwards."),
            Mistake(2 * truth, "That takes a 0 for a -1, so that it subtracts its weight. A 0 adds nothing."),
            Mistake(sum(row), "These are the ones of the row, counted. Each counts as much as its weight."),
        ],
        hint="Only the places with a 1 count, each with its weight. Pairs of mirror images cancel.",
        way=f"The places that have a 1: {' + '.join(f'({w:g})' for w, x in zip(weights, row, strict=True) if x)} = {truth:g}. "
        "It is 0 for rows that read the same backwards, and for no others.",
        solution="sum(w * x for w, x in zip(weights, row))",
    )


@exercise("time.unrolled")
def unrolled(draw: Draw) -> Question:
    start = draw.number("start")
    return Question(
        f"h ← w × h + u × x, starting from h = {start:g} (`start`). Write a Python function of w, u, x1 and x2, in this order, that "
        "returns h after two steps, with x1 first and then x2. Give the function itself.",
        answer=lambda w, u, x1, x2: w * (w * start + u * x1) + u * x2,
        mistakes=[
            Mistake(lambda w, u, x1, x2: w * start + u * x1, "That is after one step."),
            Mistake(lambda w, u, x1, x2: w * (w * start + u * x2) + u * x1, "x1 comes first, and x2 after it."),
            Mistake(
                lambda w, u, x1, x2: w * u * x1 + u * x2,
                "It does not start from 0: the start is still there after two steps, w² of it.",
            ),
            Mistake(
                lambda w, u, x1, x2: w * start + u * x1 + u * x2,
                "In the second step w multiplies the whole state that the first one left.",
            ),
            Mistake(
                lambda w, u, x1, x2: w * (w * start + u * x1) + w * u * x2,
                "x2 comes in by u alone; w would be its weight a step later.",
            ),
            Mistake(
                lambda w, u, x1, x2: w * (start + u * x1) + u * x2,
                "In the first step, too, what it remembers is multiplied by w.",
            ),
        ],
        at=draw.points(arguments=4),
        hint="Write two lines: what h is after the first step, and with that, what it is after the second.",
        way=f"After one step h = w × {start:g} + u × x1, after two w × (w × {start:g} + u × x1) + u × x2.",
        solution="def state(w, u, x1, x2):\n    h = start\n    for x in (x1, x2):\n        h = w * h + u * x\n    return h",
    )
