"""A neuron: its sum, its curve, what it decides. (Notebook 05)"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...engine.functions import relu, sigmoid
from ...engine.value import Value
from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import gradient_of, mistakes_of_gradient


@exercise("neurons.sum")
def weighted_sum(draw: Draw) -> Question:
    w1, w2, b = draw.number("w1"), draw.number("w2"), draw.number("b")
    x1, x2 = draw.number("x1"), draw.number("x2")
    z = w1 * x1 + w2 * x2 + b
    return Question(
        f"A neuron has the weights w1 = {w1:g} and w2 = {w2:g} and the bias b = {b:g}. Its inputs are x1 = {x1:g} and x2 = {x2:g}. "
        "What is its weighted sum z, before the activation?",
        answer=z,
        mistakes=[
            Mistake(z - b, "The bias is missed: it is added at the end."),
            Mistake(w1 * x1 + b, "The second input is missed: every input brings its weight times itself."),
            Mistake(w2 * x2 + b, "The first input is missed: every input brings its weight times itself."),
            Mistake(w1 + x1 + w2 + x2 + b, "The weights were added to the inputs. Each input is multiplied by its weight."),
            Mistake(
                (w1 + w2) * (x1 + x2) + b, "Each input has a weight of its own: w1 belongs to x1, w2 to x2, and to no other."
            ),
            Mistake(w1 * x2 + w2 * x1 + b, "The weights are exchanged: w1 belongs to x1."),
            Mistake(sigmoid(z), "The activation was applied already: z is what goes into it."),
        ],
        hint="Weight times input, for each input; add them up; then the bias.",
        way=f"z = {w1:g} × {x1:g} + {w2:g} × {x2:g} + {b:g} = {z:g}.",
        solution="w1 * x1 + w2 * x2 + b",
    )


@exercise("neurons.slope")
def slope(draw: Draw) -> Question:
    a = draw.number("a", 0.05, 0.95, decimals=2)
    z = Value(math.log(a / (1 - a)))
    return Question(
        f"A sigmoid neuron gives a = {a:g}. What is the slope of its sigmoid there, ∂a/∂z?",
        answer=gradient_of(z.sigmoid(), z),
        mistakes=[
            Mistake(a, f"{a:g} is what the neuron gives, not its slope."),
            Mistake(1 - a, "One factor is missed: the slope is a (1 − a)."),
            Mistake(1 - a * a, "That is the slope of tanh, 1 − a². The sigmoid's is another one."),
            Mistake(a * a, "That is a × a. The second factor is what is missing to 1."),
            Mistake(0.25, "A quarter is the largest slope of the sigmoid, in the middle, where a is one half."),
            Mistake(sigmoid(a) * (1 - sigmoid(a)), "The sigmoid was applied once more: a is what came out of it already."),
            Mistake(-a * (1 - a), "The size is right, and the sign is not: the sigmoid rises everywhere."),
        ],
        hint="The slope can be computed from a alone: what comes out, times what is missing to 1.",
        way=f"a (1 − a) = {a:g} × {1 - a:g} = {a * (1 - a):g}.",
        solution="a * (1 - a)",
    )


@exercise("neurons.weight")
def weight(draw: Draw) -> Question:
    x, w, b = draw.value("x", -3.0, 3.0), draw.value("w", -2.0, 2.0), draw.value("b", -2.0, 2.0)
    z = x * w + b
    z.label = "z"
    a = z.sigmoid()
    a.label = "a"
    local = a.data * (1 - a.data)
    return Question(
        f"A neuron with one input: z = x × w + b and a = sigmoid(z), with x = {x.data:g}, w = {w.data:g} and b = {b.data:g}. "
        f"It gives a = {a.data:.6f}. How much does a move with the weight: what is ∂a/∂w?",
        answer=gradient_of(a, w),
        mistakes=mistakes_of_gradient(
            a,
            w,
            before=[
                (x.data * (1 - a.data**2), "That has the slope of tanh, 1 − a². The sigmoid's is a (1 − a)."),
                (x.data * (1 - a.data), "One factor is missed: the slope of the sigmoid is a (1 − a)."),
                (x.data * a.data, "One factor is missed: the slope of the sigmoid is a (1 − a)."),
            ],
        ),
        hint="Two steps lie between w and a: first w moves z, then z moves a. Along a path, multiply.",
        way=f"∂z/∂w = x = {x.data:g}, ∂a/∂z = a (1 − a) = {local:.6f}, and the product is {x.data * local:.6f}.",
        solution="a = (x * w + b).sigmoid()\nx.data * a.data * (1 - a.data)",
    )


@exercise("neurons.count")
def count(draw: Draw) -> Question:
    inputs, hidden, outputs = draw.whole("inputs"), draw.whole("hidden", 4, 12), draw.whole("outputs", 4, 9)
    right = (inputs + 1) * hidden + (hidden + 1) * outputs
    return Question(
        f"A network has {inputs} inputs, a layer of {hidden} hidden neurons, and {outputs} output neurons (in Python: inputs, hidden, outputs). "
        "How many parameters does it have, weights and biases together?",
        answer=right,
        mistakes=[
            Mistake((inputs + 1) * hidden + hidden * outputs, "The biases of the output neurons are missed."),
            Mistake(inputs * hidden + (hidden + 1) * outputs, "The biases of the hidden neurons are missed."),
            Mistake(
                inputs * hidden + hidden * outputs, "Those are the weights. Every neuron has a bias, too; the inputs have none."
            ),
            Mistake(
                inputs * hidden + hidden * outputs + 2,
                "Not each layer has one bias, but each of its neurons has one of its own.",
            ),
            Mistake(
                inputs * hidden + hidden * outputs + hidden + outputs + inputs,
                "Inputs are no neurons: they have no bias and no weights.",
            ),
            Mistake((inputs + 1) * hidden, "That is the hidden layer alone: the outputs have weights and biases, too."),
            Mistake((hidden + 1) * outputs, "That is the output layer alone: the hidden neurons have weights and biases, too."),
            Mistake(inputs * hidden * outputs, "Layers follow one another, so their parameters are added and not multiplied."),
            Mistake(inputs + hidden + outputs, "Those are the circles in a picture of it. A parameter is a line, or a bias."),
        ],
        hint="A neuron has a weight for each of its inputs, and one bias. How many has one hidden neuron? One output neuron?",
        way=f"({inputs} + 1) × {hidden} + ({hidden} + 1) × {outputs} = {right}.",
        solution="(inputs + 1) * hidden + (hidden + 1) * outputs",
    )


@exercise("neurons.line")
def line(draw: Draw) -> Question:
    w1, w2, b, x1 = draw.number("w1"), draw.number("w2"), draw.number("b"), draw.number("x1")
    right = -(b + w1 * x1) / w2
    return Question(
        f"A neuron with w1 = {w1:g}, w2 = {w2:g} and b = {b:g} is undecided where its weighted sum is 0: along a straight line. "
        f"Which x2 lies on this line where x1 = {x1:g}?",
        answer=right,
        mistakes=[
            Mistake((b - w1 * x1) / w2, "The bias has the wrong sign: what is brought to the other side changes its sign."),
            Mistake((w1 * x1 - b) / w2, "w1 × x1 has the wrong sign: what is brought to the other side changes its sign."),
            Mistake(-right, "The size is right, and the sign is not: what is brought to the other side changes its sign."),
            Mistake(-w1 * x1 / w2, "The bias is missed: without it the line goes through the place where both inputs are 0."),
            Mistake(-b / w2, "That is where x1 = 0. The first input brings w1 × x1."),
            Mistake(-(b + w1 * x1), "That is w2 × x2. It is still to be divided by w2."),
            Mistake(b + w1 * x1, "That is the sum without x2. Which x2 makes it 0?"),
            Mistake(-(b + w1 * x1) * w2, "Divide by w2: it multiplies x2."),
            Mistake(-b - w1 * x1 / w2, "Brackets are missing: the bias is to be divided by w2, too."),
        ],
        hint="Put the numbers into w1 x1 + w2 x2 + b = 0, and solve for x2.",
        way=f"{w2:g} × x2 = −({b:g} + {w1:g} × {x1:g}) = {-(b + w1 * x1):g}, so x2 = {right:g}.",
        solution="-(b + w1 * x1) / w2",
    )


LOGIC: dict[str, Callable[[int, int], Any]] = {
    "and": lambda x1, x2: x1 and x2,
    "or": lambda x1, x2: x1 or x2,
    "not both": lambda x1, x2: not (x1 and x2),
    "neither": lambda x1, x2: not (x1 or x2),
}
CORNERS = [(0, 0), (0, 1), (1, 0), (1, 1)]


@exercise("neurons.logic")
def logic(draw: Draw) -> Question:
    right = draw.choice([*LOGIC])
    size = draw.number("", 2.0, 9.0)
    low, high = {"and": (-2, -1), "or": (-1, 0), "not both": (1, 2), "neither": (0, 1)}[right]
    w = draw.named("w", size if right in ("and", "or") else -size)
    b = draw.named("b", round((low + high) / 2 * size, 2))
    says = {corner: w * sum(corner) + b > 0 for corner in CORNERS}

    def where_it_differs(word: str) -> str:
        x1, x2 = next(corner for corner in CORNERS if bool(LOGIC[word](*corner)) != says[corner])
        given = "yes" if says[x1, x2] else "no"
        other = "no" if says[x1, x2] else "yes"
        return f"For x1 = {x1} and x2 = {x2}, z is {w * (x1 + x2) + b:g}: this neuron says {given}, and '{word}' would say {other}."

    return Question(
        f"A neuron says yes where z = w x1 + w x2 + b is above 0, with w = {w:g} and b = {b:g}. Its inputs are 0 or 1. "
        'When does it say yes? ("neither": where no input is 1.)',
        answer=right,
        mistakes=[Mistake(word, where_it_differs(word)) for word in LOGIC if word != right],
        choices=[*LOGIC],
        hint="Compute z for no 1, for one 1, and for two of them. There it is above 0, and there it is not.",
        way=f"With none z = {b:g}, with one {w + b:g}, with two {2 * w + b:g}: it says yes for '{right}'.",
        solution='none, one, both = b > 0, w + b > 0, 2 * w + b > 0\n"and" if both and not one else "or" if both else "not both" if one else "neither"',
    )


@exercise("neurons.function")
def function(draw: Draw) -> Question:
    w1, w2, b = draw.number("w1"), draw.number("w2"), draw.number("b", -2.0, 2.0)
    return Question(
        f"Write a Python function of two numbers x1 and x2 that returns what a relu neuron gives for them, with the weights w1 = {w1:g}, "
        f"w2 = {w2:g} and the bias b = {b:g}. (relu gives z where it is above 0, and 0 elsewhere.) Give the function itself, without calling it.",
        answer=lambda x1, x2: relu(w1 * x1 + w2 * x2 + b),
        mistakes=[
            Mistake(lambda x1, x2: w1 * x1 + w2 * x2 + b, "The relu is missed: below 0 it gives 0."),
            Mistake(lambda x1, x2: relu(w1 * x1 + w2 * x2), "The bias is missed."),
            Mistake(
                lambda x1, x2: relu(w1 * x1 + w2 * x2) + b,
                "The bias comes before the relu: it decides, with the rest, what is above 0.",
            ),
            Mistake(lambda x1, x2: abs(w1 * x1 + w2 * x2 + b), "Below 0, relu gives 0: it does not turn the sign around."),
            Mistake(lambda x1, x2: min(w1 * x1 + w2 * x2 + b, 0.0), "That cuts off what is above 0. relu keeps just that."),
            Mistake(lambda x1, x2: sigmoid(w1 * x1 + w2 * x2 + b), "That is a sigmoid neuron. A relu is asked for."),
            Mistake(
                lambda x1, x2: float(w1 * x1 + w2 * x2 + b > 0),
                "That is the step function, 0 or 1. relu gives z itself where it is above 0.",
            ),
        ],
        at=draw.points(6, arguments=2),
        hint="First the weighted sum with its bias. Then `max(z, 0.0)`.",
        way="`def neuron(x1, x2): return max(w1 * x1 + w2 * x2 + b, 0.0)`, with your three numbers in it.",
        solution="def neuron(x1, x2):\n    return max(w1 * x1 + w2 * x2 + b, 0.0)",
    )
