"""Backpropagation by deltas, as textbooks write it. (Notebook 06)"""

from __future__ import annotations

import math

from ...engine.functions import sigmoid
from ...engine.value import Value
from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import gradient_of


@exercise("deltas.output")
def output(draw: Draw) -> Question:
    out, target = draw.number("out", 0.05, 0.95, decimals=2), draw.number("target", 0.02, 0.98, decimals=2)
    z = Value(math.log(out / (1 - out)))
    right = gradient_of((z.sigmoid() - target) ** 2 / 2, z)
    slope = out * (1 - out)
    return Question(
        f"A sigmoid output neuron gives out = {out:g}, and target = {target:g} was wanted. The error is E = (out − target)² / 2. "
        "What is the delta of this neuron, ∂E/∂z?",
        answer=right,
        mistakes=[
            Mistake(out - target + slope, "The two slopes were added. Along a path, multiply."),
            Mistake((out - target) * (1 - out), "The slope of the sigmoid is out (1 − out): its first factor is missed."),
            Mistake(
                (out - target) * sigmoid(out) * (1 - sigmoid(out)),
                "The sigmoid was applied once more: out is what came out of it already.",
            ),
            Mistake(
                out - target, "That is how E moves with the output. It is still to be multiplied by the slope of the sigmoid."
            ),
            Mistake(slope, "That is the slope of the sigmoid alone. How E moves with the output is to be multiplied in."),
            Mistake((out - target) ** 2 / 2, "That is the error itself, the value and not its slope."),
            Mistake(
                -right, "The size is right, and the sign is not: it is output minus target. (Some books have −∂E/∂z for delta.)"
            ),
            Mistake(2 * right, "Twice too much: the 2 from the square and the half before it cancel."),
            Mistake(
                (out - target) * target * (1 - target),
                "The slope of the sigmoid was taken at the target. It is taken where the neuron is: at its output.",
            ),
            Mistake((out - target) * (1 - out * out), "That has the slope of tanh, 1 − out². A sigmoid's is out (1 − out)."),
            Mistake((out - target) * out, "The slope of the sigmoid is out (1 − out): its second factor is missed."),
        ],
        hint="Two steps: z moves the output, the output moves E. Along a path, multiply.",
        way=f"(out − target) × out × (1 − out) = {out - target:.4g} × {out:g} × {1 - out:.4g} = {right:.6g}.",
        solution="(out - target) * out * (1 - out)",
    )


@exercise("deltas.hidden")
def hidden(draw: Draw) -> Question:
    out = draw.number("out", 0.05, 0.95, decimals=2)
    w1, w2 = draw.number("w1", -3.0, 3.0), draw.number("w2", -3.0, 3.0)
    d1, d2 = draw.number("d1", -0.9, 0.9, decimals=2), draw.number("d2", -0.9, 0.9, decimals=2)
    z = Value(math.log(out / (1 - out)))
    back = w1 * d1 + w2 * d2
    right = gradient_of(z.sigmoid() * w1 * d1 + z.sigmoid() * w2 * d2, z)  # the error moves with each sum as its delta says
    slope = out * (1 - out)
    return Question(
        f"A sigmoid hidden neuron gives out = {out:g}. It feeds two output neurons, through the weights w1 = {w1:g} and w2 = {w2:g}. "
        f"Their deltas are d1 = {d1:g} and d2 = {d2:g}. What is the delta of the hidden neuron?",
        answer=right,
        mistakes=[
            Mistake(back + slope, "What comes back is multiplied by the slope of the sigmoid, and not added to it."),
            Mistake(back * (1 - out * out), "That has the slope of tanh, 1 − out². A sigmoid's is out (1 − out)."),
            Mistake(back * (1 - out), "The slope of the sigmoid is out (1 − out): its first factor is missed."),
            Mistake((w1 + w2) * (d1 + d2) * slope, "Each delta comes back through its own weight, and through no other."),
            Mistake(w1 * d1 * slope, "One path is missed: the neuron reaches the error through the second output neuron, too."),
            Mistake(w2 * d2 * slope, "One path is missed: the neuron reaches the error through the first output neuron, too."),
            Mistake(
                back, "That is what comes back to its output. It is still to be multiplied by the slope of its own sigmoid."
            ),
            Mistake(
                back * out, "What comes back is multiplied by the slope of the sigmoid, out (1 − out), and not by the output."
            ),
            Mistake((d1 + d2) * slope, "The deltas come back through the weights: each is multiplied by its own."),
            Mistake((w1 * d2 + w2 * d1) * slope, "The weights are exchanged: w1 leads to the neuron whose delta is d1."),
            Mistake(w1 * d1 * w2 * d2 * slope, "The two shares were multiplied. Shares of different paths are added."),
            Mistake(-right, "The size is right, and the sign is not."),
        ],
        hint="Each output neuron sends its delta back through the weight that leads to it. Add both; then comes the neuron's own slope.",
        way=f"{w1:g} × {d1:g} + {w2:g} × {d2:g} = {back:.6g} comes back, × {out:g} × {1 - out:.4g} makes {right:.6g}.",
        solution="(w1 * d1 + w2 * d2) * out * (1 - out)",
    )


@exercise("deltas.weight")
def weight(draw: Draw) -> Question:
    delta = draw.number("delta", -0.9, 0.9, decimals=2)
    w, came_in = draw.value("w"), draw.number("came_in", 0.1, 3.0)
    error = delta * (w * came_in)  # the error moves with the sum as the delta says
    return Question(
        f"The delta of a neuron is delta = {delta:g}. Through its weight w = {w.data:g} came in the number came_in = {came_in:g}. "
        "What is the gradient of this weight, ∂E/∂w?",
        answer=gradient_of(error, w),
        mistakes=[
            Mistake(delta, "That is the gradient of the bias. Through the weight came more than a 1."),
            Mistake(
                delta * w.data,
                "That is what goes back through the weight to the neuron before it. For the weight itself, take what came in.",
            ),
            Mistake(
                came_in, "That is how the sum moves with the weight. How the error moves with the sum is to be multiplied in."
            ),
            Mistake(delta + came_in, "They were added. Along a path, multiply."),
            Mistake(delta * w.data * came_in, "The weight itself is not in it: in a product, the slope is the other factor."),
            Mistake(-delta * came_in, "The size is right, and the sign is not."),
        ],
        hint="The sum moves with the weight as much as what came in through it. The error moves with the sum as delta says.",
        way=f"delta × came_in = {delta:g} × {came_in:g} = {delta * came_in:.6g}.",
        solution="delta * came_in",
    )


@exercise("deltas.update")
def update(draw: Draw) -> Question:
    w, gradient, eta = draw.number("w"), draw.number("gradient", -2.0, 2.0), draw.number("eta", 0.2, 0.8)
    right = w - eta * gradient
    return Question(
        f"A weight is w = {w:g}, its gradient is gradient = {gradient:g}, and the learning rate is eta = {eta:g}. What is the weight after one step?",
        answer=right,
        mistakes=[
            Mistake(w + eta * gradient, "That climbs: the error would grow. A step goes against the gradient."),
            Mistake(w - gradient, "The learning rate is missed: it says which part of the gradient is a step."),
            Mistake(-eta * gradient, "That is how far the weight moves. Where does it arrive?"),
            Mistake(
                eta * gradient, "That is the length of the step. Where does the weight arrive, going against the gradient?"
            ),
            Mistake(w - eta * gradient * w, "The step does not depend on the weight: it is eta × gradient."),
            Mistake(w * (1 - eta), "The gradient is missed."),
            Mistake(w - gradient / eta, "The gradient was divided by the learning rate; multiply."),
        ],
        hint="New weight = old weight − learning rate × gradient.",
        way=f"{w:g} − {eta:g} × {gradient:g} = {right:g}.",
        solution="w - eta * gradient",
    )


@exercise("deltas.order")
def order(draw: Draw) -> Question:
    w, delta, out = draw.number("w"), draw.number("delta", -0.9, 0.9), draw.number("out", 0.2, 0.9)
    eta = draw.number("eta", 0.3, 0.8)
    new = w - eta * delta * out
    return Question(
        f"A weight leads from a hidden neuron, which gives out = {out:g}, to an output neuron, whose delta is delta = {delta:g}. "
        f"The weight was w = {w:g}. A program has just updated it, with the learning rate eta = {eta:g}, and only now goes on to the hidden neuron. "
        "Which share should come back to the hidden neuron through this weight, so that all gradients are those of one point?",
        answer=w * delta,
        mistakes=[
            Mistake(w + delta, "They were added. What comes back is the weight times the delta."),
            Mistake(w * delta * out, "What the neuron gives is in the gradient of the weight, and not in what goes back."),
            Mistake(
                new * delta,
                f"That goes back through the new weight, {new:g}. The delta was made with the old one: it is the slip of the published example.",
            ),
            Mistake(delta * out, "That is the gradient of the weight. What goes back is multiplied by the weight."),
            Mistake(new, "That is the new weight. What comes back is a weight times the delta."),
            Mistake(delta, "The delta comes back through the weight: it is multiplied by it."),
            Mistake(
                w * delta * out * (1 - out),
                "That has the slope of the hidden neuron in it already. The share that comes back to its output is asked for.",
            ),
            Mistake(-w * delta, "The size is right, and the sign is not."),
        ],
        hint="All gradients belong to one point: the weights as they were in the forward pass.",
        way=f"The old weight times the delta: {w:g} × {delta:g} = {w * delta:g}.",
        solution="w * delta",
    )


@exercise("deltas.regularised")
def regularised(draw: Draw) -> Question:
    gathered, theta = draw.number("gathered"), draw.number("theta")
    rows, strength = draw.whole("m", 3, 9), draw.number("strength", 0.5, 4.0)
    weight, bias = Value(theta), Value(theta)
    cost = (weight * gathered + bias * gathered) / rows + strength / (2 * rows) * weight**2
    truth = {"weight": gradient_of(cost, weight), "bias": gradient_of(cost, bias)}
    plain, share = gathered / rows, strength / rows * theta
    return Question(
        f"Over m = {rows} rows, Δ has gathered the same number for a weight and for a bias: gathered = {gathered:g}. Both are theta = {theta:g} now. "
        f"The λ of the penalty is {strength:g} (in Python: strength). What is D for the weight, and what for the bias? "
        'Give a dict: `{"weight": ..., "bias": ...}`.',
        answer=truth,
        mistakes=[
            Mistake(share, "That is the penalty's part alone. To it comes Δ/m.", at="weight"),
            Mistake(plain + strength / rows, "The slope of the penalty has theta in it: λ/m × theta.", at="weight"),
            Mistake(0.0, "The bias has no penalty, but a gradient: Δ/m.", at="bias"),
            Mistake(
                {"weight": plain + share, "bias": plain + share}, "The bias was penalised, too. λ counts for the weights alone."
            ),
            Mistake(
                {"weight": plain, "bias": plain}, "The penalty is missed: it adds λ/m × theta to the gradient of the weight."
            ),
            Mistake({"weight": plain, "bias": plain + share}, "The two are exchanged: it is the weight that is penalised."),
            Mistake(
                plain + share / 2,
                "The penalty is λ/(2m) × theta², and its slope has no half any more: λ/m × theta.",
                at="weight",
            ),
            Mistake(
                plain + share * theta / 2,
                "That has the penalty itself in it, λ/(2m) × theta². Its slope is asked for.",
                at="weight",
            ),
            Mistake(
                plain - share, "The sign of the penalty is wrong: it makes large weights dearer, so it is added.", at="weight"
            ),
            Mistake(gathered + share, "Δ is the sum over the rows. D has their mean: divide by m.", at="weight"),
            Mistake(plain + strength * theta, "The penalty is divided by m, too.", at="weight"),
            Mistake(gathered, "Δ is the sum over the rows. D has their mean: divide by m.", at="bias"),
        ],
        hint="D is Δ/m. To the weight comes the slope of λ/(2m) × theta².",
        way=f"The bias has Δ/m = {plain:.6g}; the weight has {strength:g}/{rows} × {theta:g} = {share:.6g} more, {plain + share:.6g}.",
        solution='{"weight": gathered / m + strength / m * theta, "bias": gathered / m}',
    )


@exercise("deltas.function")
def function(draw: Draw) -> Question:
    w1, w2 = draw.number("w1", -3.0, 3.0), draw.number("w2", -3.0, 3.0)
    points = [(*point, draw.random.uniform(0.1, 0.9)) for point in draw.points(5, arguments=2)]
    return Question(
        f"A tanh hidden neuron feeds two neurons, through the weights w1 = {w1:g} and w2 = {w2:g}. Write a Python function of d1, d2 and a, "
        "the deltas of these two and what the neuron itself gives, that returns its delta. (The slope of tanh is 1 − a².) Give the function, without calling it.",
        answer=lambda d1, d2, a: (w1 * d1 + w2 * d2) * (1 - a * a),
        mistakes=[
            Mistake(
                lambda d1, d2, a: (w1 * d1 + w2 * d2) * (1 - math.tanh(a) ** 2),
                "The tanh was applied once more: a is what came out of it already.",
            ),
            Mistake(lambda d1, d2, a: (w1 * d2 + w2 * d1) * (1 - a * a), "The weights are exchanged: w1 belongs to d1."),
            Mistake(
                lambda d1, d2, a: (w1 * d1 + w2 * d2) * a * (1 - a),
                "That has the slope of the sigmoid. This neuron is a tanh: 1 − a².",
            ),
            Mistake(lambda d1, d2, a: w1 * d1 + w2 * d2, "The neuron's own slope is missed, 1 − a²."),
            Mistake(lambda d1, d2, a: w1 * d1 * (1 - a * a), "One path is missed, the one through w2."),
            Mistake(lambda d1, d2, a: w2 * d2 * (1 - a * a), "One path is missed, the one through w1."),
            Mistake(
                lambda d1, d2, a: (d1 + d2) * (1 - a * a), "The deltas come back through the weights: multiply each by its own."
            ),
            Mistake(
                lambda d1, d2, a: (w1 * d1 + w2 * d2) * a,
                "What comes back is multiplied by the slope, 1 − a², and not by the output.",
            ),
        ],
        at=points,
        hint="The deltas, each times its weight, added up; and that times the neuron's own slope.",
        way="`def delta(d1, d2, a): return (w1 * d1 + w2 * d2) * (1 - a**2)`, with your two weights in it.",
        solution="def delta(d1, d2, a):\n    return (w1 * d1 + w2 * d2) * (1 - a**2)",
    )
