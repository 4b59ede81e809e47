"""What goes wrong in a training, and how one tells. (Notebook 09)"""

from __future__ import annotations

import math

from ...derivatives.functional import derivative
from ...engine.functions import exp, log
from ...engine.value import Value
from ..exercise import Draw, Mistake, Question, exercise


@exercise("faults.vanish")
def vanish(draw: Draw) -> Question:
    w, layers = draw.number("w", 0.5, 3.5), draw.whole("layers", 3, 6)
    right = (w / 4) ** layers
    return Question(
        f"A chain of {layers} sigmoid neurons (in Python: layers), each with one input and the weight w = {w:g}. The slope of the sigmoid is at most ¼. "
        "By how much can the gradient at the last neuron's output be multiplied on its way to the first input, at most?",
        answer=right,
        mistakes=[
            Mistake(0.25**layers, "The weights are missed: each layer multiplies by its weight, too."),
            Mistake(w**layers, "The slopes of the sigmoids are missed: each is at most ¼."),
            Mistake(layers * w / 4, "The factors were added. Along a path, multiply."),
            Mistake(w / 4, "That is one layer."),
            Mistake((w / 4) ** (layers - 1), "One layer is missed: there are as many factors as neurons."),
            Mistake(w / 4**layers, "Every layer has the weight, and not only one."),
        ],
        hint="One layer multiplies by its weight and by its slope. There are as many such factors as layers.",
        way=f"({w:g} × ¼) multiplied with itself, {layers} times: {right:.5g}.",
        solution="(w / 4) ** layers",
    )


@exercise("faults.clip")
def clip(draw: Draw) -> Question:
    g, limit = draw.numbers("g", 2, -9.0, 9.0), draw.number("limit", 0.5, 2.0)
    norm = math.hypot(*g)
    truth = [x * limit / norm for x in g]
    return Question(
        f"A gradient is g = [{g[0]:g}, {g[1]:g}]. It is clipped to the norm limit = {limit:g}: if it is longer, it is shortened to that length, and keeps its direction. "
        "What becomes of it? Give a list.",
        answer=truth,
        mistakes=[
            Mistake(
                [x * limit / max(map(abs, g)) for x in g], "Now its largest number is the limit. Its length is to be that."
            ),
            Mistake(
                [max(-limit, min(limit, x)) for x in g],
                "Each number was cut off by itself, which changes the direction. Shorten both by the same factor.",
            ),
            Mistake([x / norm for x in g], "That has the length 1. It is still to be multiplied by the limit."),
            Mistake(
                [x * limit / (abs(g[0]) + abs(g[1])) for x in g],
                "The length is the root of the sum of the squares, as for an arrow.",
            ),
            Mistake([x * limit / norm**2 for x in g], "The root is missed: the length is the root of the sum of the squares."),
            Mistake([x * limit for x in g], "Divide by its length first."),
            Mistake(list(g), f"It is too long: its norm is {norm:.4g}."),
        ],
        hint="Its norm is the root of the sum of the squares. By which factor is that too long?",
        way=f"The norm is {norm:.5g}, the factor {limit:g} / {norm:.5g} = {limit / norm:.5g}: [{truth[0]:.5g}, {truth[1]:.5g}].",
        solution="norm = (g[0] ** 2 + g[1] ** 2) ** 0.5\n[x * limit / norm for x in g]",
    )


@exercise("faults.forgotten")
def forgotten(draw: Draw) -> Question:
    start, lowest, eta = draw.number("start"), draw.number("lowest"), draw.number("eta", 0.1, 0.4)

    def after_two_steps(put_back: bool) -> float:
        w = Value(start)
        for _ in range(2):
            if put_back:
                w.grad = 0.0
            ((w - lowest) ** 2).backward()
            w.data -= eta * w.grad
        return w.data

    first = start - eta * 2 * (start - lowest)
    right = after_two_steps(put_back=False)
    return Question(
        f"A weight starts at start = {start:g}, and the loss is (w − lowest)² with lowest = {lowest:g}. Two steps are made with the learning rate eta = {eta:g}, each after a `backward()`, "
        "and the gradient is never put back to 0. Where is the weight then?",
        answer=right,
        mistakes=[
            Mistake(start - eta * (start - lowest) * (3 - eta), "The 2 is missed: the slope of a square has it."),
            Mistake(
                after_two_steps(put_back=True),
                "That would be so if the gradient were put back. Here the second step goes by both gradients, added up.",
            ),
            Mistake(first, "That is after the first step."),
            Mistake(
                first - eta * 2 * (start - lowest),
                "The second step goes by the first gradient plus the new one, at the new place.",
            ),
            Mistake(
                start - 2 * eta * (2 * (start - lowest) + 2 * (first - lowest)),
                "The sum of both gradients counts in the second step only: the first was made by the first one alone.",
            ),
            Mistake(2 * (start - lowest) + 2 * (first - lowest), "That is the gradient at the end. Where is the weight?"),
        ],
        hint="After the first step, w.grad still has the first gradient in it. The second `backward()` adds to it.",
        way=f"First gradient {2 * (start - lowest):.5g}, so w = {first:.5g}. There the gradient is {2 * (first - lowest):.5g}; together {2 * (start - lowest) + 2 * (first - lowest):.5g}, so w = {right:.5g}.",
        solution=(
            "w = Value(start)\nfor step in range(2):\n    ((w - lowest) ** 2).backward()\n    w.data -= eta * w.grad\nw.data"
        ),
    )


@exercise("faults.asleep")
def asleep(draw: Draw) -> Question:
    right = draw.choice(["dead", "awake for some", "awake for all"])
    w, xs = draw.number("w", -3.0, 3.0), draw.numbers("xs", 3, -3.0, 3.0)
    products = sorted(w * x for x in xs)
    low = {"dead": -products[2] - 2.0, "awake for some": -products[2], "awake for all": -products[0]}[right]
    high = {"dead": -products[2], "awake for some": -products[0], "awake for all": -products[0] + 2.0}[right]
    b = draw.named("b", round((low + high) / 2, 1))
    sums = [w * x + b for x in xs]
    awake = sum(z > 0 for z in sums)
    word = "dead" if awake == 0 else "awake for all" if awake == 3 else "awake for some"
    listed = ", ".join(f"{z:.3g}" for z in sums)
    why_not = {
        "dead": f"A dead neuron gives 0 for every row. The sums are {listed}: is none above 0?",
        "awake for some": f"The sums are {listed}: some would have to be above 0, and some below.",
        "awake for all": f"The sums are {listed}: all of them would have to be above 0.",
    }
    return Question(
        f"A relu neuron has the weight w = {w:g} and the bias b = {b:g}. The rows are xs = [{', '.join(f'{x:g}' for x in xs)}]. What is it?",
        answer=word,
        mistakes=[Mistake(other, said) for other, said in why_not.items() if other != word],
        choices=[*why_not],
        hint="It is awake for a row where w × x + b is above 0.",
        way=f"w × x + b is {listed}: it is {word}.",
        solution=(
            'awake = [w * x + b > 0 for x in xs]\n"awake for all" if all(awake) else "awake for some" if any(awake) else "dead"'
        ),
    )


@exercise("faults.first")
def first(draw: Draw) -> Question:
    low, high = draw.choice([(-900.0, -760.0), (360.0, 700.0), (720.0, 900.0)])
    score = draw.number("score", low, high, decimals=0)
    p = exp(Value(score))
    square = p * p
    logarithm = log(p)
    made = {"exp": p, "mul": square, "log": logarithm, "sub": square - logarithm}
    right = next(op for op, node in made.items() if not math.isfinite(node.data))
    why_not = {
        "exp": f"exp({score:g}) is {p.data:.3g}, which a computer's number can hold (up to 1.8e308).",
        "mul": f"p is {p.data:.3g}, and p * p is {square.data:.3g}. Is that the first number that is not finite?",
        "log": f"p is {p.data:.3g}, and its logarithm {logarithm.data:.3g}. Is that the first number that is not finite?",
        "sub": "The last step only passes on what was not finite before it.",
    }
    return Question(
        f"With score = {score:g}: `p = exp(score)`, then `a = p * p`, then `b = log(p)`, then `loss = a - b`. The loss is not finite. "
        "Which operation gave the first number that is not?",
        answer=right,
        mistakes=[Mistake(op, said) for op, said in why_not.items() if op != right],
        choices=[*why_not],
        hint="The largest number is about 1.8 × 10³⁰⁸, and exp(709) is just below it. The smallest above 0 is about exp(−745). The logarithm of 0 is minus infinity.",
        way=f"p = {p.data:.3g}, a = {square.data:.3g}, b = {logarithm.data:.3g}: the first is made by {right}.",
        solution=('import math\n\np = autograd.exp(score)\n"exp" if math.isinf(p) else "mul" if math.isinf(p * p) else "log"'),
    )


SYMPTOMS = {
    "vanishing gradients": "In a network of {n} sigmoid layers, the weights of the last layer move, and those of the first have hardly moved after {m} epochs.",
    "equal initial weights": "After {m} epochs, all {n} neurons of the hidden layer still have the same weights.",
    "dead neurons": "After one long step, {n} relu neurons give 0 for every row, and after {m} epochs they still do.",
    "gradients not put back": "In a loop written by hand, the loss has been swinging up and down for {m} steps, and a learning rate {n} times smaller only makes it swing more slowly.",
    "inputs of different sizes": "One column goes from 0 to 1, another to {m}. No learning rate works: of {n} tried, each diverges or hardly moves.",
}
WHY_NOT = {
    "vanishing gradients": "With vanishing gradients, the first layers of a deep network stand still, and the last one learns.",
    "equal initial weights": "Equal initial weights keep the neurons of a layer equal to each other.",
    "dead neurons": "Dead neurons are relus that give 0 for every row.",
    "gradients not put back": "Where gradients are not put back, each step goes by the sum of all before it: the weights swing like a ball without friction.",
    "inputs of different sizes": "Inputs of different sizes make a valley of the error surface: a rate that suits one column is far too large or too small for the other.",
}


@exercise("faults.diagnosis")
def diagnosis(draw: Draw) -> Question:
    right = draw.choice([*SYMPTOMS])
    symptom = SYMPTOMS[right].format(n=draw.whole("", 4, 12), m=draw.whole("", 100, 900))
    return Question(
        f"{symptom} What is it, most likely?",
        answer=right,
        mistakes=[Mistake(cause, f"It does not look like that. {WHY_NOT[cause]}") for cause in WHY_NOT if cause != right],
        choices=[*WHY_NOT],
        hint="Go through the table at the end of the notebook: what would each accident look like?",
        way=f"{WHY_NOT[right]} So: {right}.",
        solution=f'"{right}"',
    )


@exercise("faults.function")
def leaky(draw: Draw) -> Question:
    leak = draw.number("leak", 0.05, 0.45, decimals=2)
    points = [*draw.points(3, low=0.2, high=3.0), *draw.points(3, low=-3.0, high=-0.2)]
    points += [
        *draw.points(1, low=0.01, high=0.04),
        *draw.points(1, low=-0.04, high=-0.01),
    ]  # where it turns is 0, and not the leak

    def unit(z: Value) -> Value:
        return z if z > 0 else leak * z

    return Question(
        f"A leaky relu gives z above 0, and leak × z below, with leak = {leak:g}. Write a Python function of z that returns its slope, which is never 0. "
        "Give the function, without calling it.",
        answer=derivative(unit),
        mistakes=[
            Mistake(lambda z: max(z, leak * z), "That is the leaky relu itself. Its slope is asked for."),
            Mistake(lambda z: float(z > 0), "That is the slope of relu. Below 0 the leaky one has a slope, too."),
            Mistake(lambda z: 1.0 if z > 0 else leak * z, "Below 0 it is leak × z, a straight line: its slope has no z in it."),
            Mistake(lambda z: z if z > 0 else leak, "Above 0 it gives z, a straight line. What is its slope?"),
            Mistake(lambda z: 1.0 if z > 0 else -leak, "Below 0 it still rises from left to right: its slope is above 0."),
            Mistake(lambda z: leak if z > 0 else 1.0, "The two sides are exchanged."),
        ],
        at=points,
        hint="Two straight lines meet at 0. Which slope has the one on the right, which the one on the left?",
        way=f"`def slope(z): return 1.0 if z > 0 else {leak:g}`.",
        solution="def slope(z):\n    return 1.0 if z > 0 else leak",
    )
