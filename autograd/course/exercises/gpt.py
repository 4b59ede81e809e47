"""Exercises for notebook 13: the parts of a small GPT."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ...derivatives.functional import grad
from ...engine.functions import dot, log_softmax, sigmoid, softmax, tanh
from ...engine.value import Value
from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import IN_PERCENT, gradient_of, mistakes_of_gradient


def _listed(numbers: Iterable[float]) -> str:
    return "[" + ", ".join(f"{x:g}" for x in numbers) + "]"


def _short(numbers: Iterable[float]) -> str:
    """To four digits, and not decimals: small shares would keep fewer than an answer needs."""
    return _listed(float(f"{x:.4g}") if abs(x) > 1e-12 else 0.0 for x in numbers)


@exercise("gpt.surprise")
def surprise(draw: Draw) -> Question:
    p = draw.number("p", 0.03, 0.95, decimals=2)
    return Question(
        f"The network gave the letter that really came the probability p = {p:g}. What is its loss for that letter?",
        answer=-Value(p).log().data,
        mistakes=[
            Mistake(p, "That is the probability. The loss is to be 0 where it is 1, and large where it is small."),
            Mistake(
                1 - p,
                "That would be a loss, but not this one: it could never be more than 1, however sure the network was of something else.",
            ),
            Mistake(math.log(p), "The size is right, and the sign is not: the logarithm of a number below 1 is negative."),
            Mistake(-math.log10(p), "That is the logarithm to base 10. Here it is the natural one, `math.log`."),
            Mistake(
                -math.log2(p), "That is the logarithm to base 2, the loss in bits. Here it is the natural one, `math.log`."
            ),
            Mistake(1 / p, "That is 1 / p. Its logarithm is the loss."),
        ],
        hint="The loss is −log p, with the natural logarithm.",
        way=f"−log({p:g}) = {-math.log(p):.6g}; in Python, `-math.log(p)`.",
        solution="import math\n-math.log(p)",
    )


@exercise("gpt.shares")
def shares(draw: Draw) -> Question:
    scores = draw.numbers("scores", 3, -2.0, 3.0)
    right = list(softmax(scores))
    raised = [math.exp(s) for s in scores]
    return Question(
        f"Three places have the scores {_listed(scores)} (`scores`). Which shares does softmax make of them? Give a list of three.",
        answer=right,
        mistakes=[
            Mistake(
                [sigmoid(s) for s in scores],
                "That is the sigmoid of each, which does not look at the others. Shares are 1 together.",
            ),
            Mistake(raised, "These are the exponentials. Divide each by their sum, so that together they are 1."),
            Mistake(
                [s / sum(scores) for s in scores],
                "The scores themselves were divided by their sum. Take their exponentials first: shares are positive.",
            ),
            Mistake(list(softmax([-s for s in scores])), "The signs are turned: the largest score gets the largest share."),
            Mistake(
                [float(s == max(scores)) for s in scores],
                "That gives all to the largest. Softmax is softer: each gets a share.",
            ),
            Mistake([r / max(raised) for r in raised], "They were divided by the largest. Divide by the sum."),
            Mistake(list(log_softmax(scores)), "These are the logarithms of the shares."),
        ],
        hint="Take the exponential of each score, and divide each of these by their sum.",
        way=f"exp gives {_short(raised)}, together {sum(raised):.4f}; divided by that, {_short(right)}.",
        solution="import math\n[math.exp(s) / sum(math.exp(t) for t in scores) for s in scores]",
    )


@exercise("gpt.attention")
def attention(draw: Draw) -> Question:
    query, values = draw.numbers("query", 2, -2.0, 2.0), draw.numbers("values", 2, -9.0, 9.0)
    keys = draw.named("keys", [[draw.number("", -2.0, 2.0) for _ in range(2)] for _ in range(2)])
    scores = [dot(query, key) for key in keys]
    parts = softmax(scores)
    return Question(
        f"A query {_listed(query)} (`query`) meets two places, with the keys {_listed(keys[0])} and {_listed(keys[1])} (`keys`) and the "
        f"values {_listed(values)} (`values`, a number for each). What comes out of the attention? (Without dividing the scores.)",
        answer=dot(parts, [Value(v) for v in values]).data,
        mistakes=[
            Mistake(parts[0] * values[0], "That is what the first place brings. The second one adds its share."),
            Mistake(parts[1] * values[1], "That is what the second place brings. The first one adds its share."),
            Mistake(
                dot(softmax([s / math.sqrt(2) for s in scores]), values),
                "The scores were divided by the root of their width. Here they are not.",
            ),
            Mistake(parts[1], "That is the share of the second place. What do the shares make of the values?"),
            Mistake(sum(values) / 2, "That is the mean of the values. Places count by how well their key goes with the query."),
            Mistake(
                values[scores.index(max(scores))],
                "That is the value of the place whose key goes best. The other has a share, too.",
            ),
            Mistake(
                sum(s * v for s, v in zip(scores, values, strict=True)),
                "The scores were taken as weights. Make shares of them first, by softmax.",
            ),
            Mistake(
                sum(math.exp(s) * v for s, v in zip(scores, values, strict=True)),
                "The exponentials are still to be divided by their sum.",
            ),
            Mistake(
                sum(p * v for p, v in zip(reversed(parts), values, strict=True)),
                "The shares are exchanged: the first belongs to the first value.",
            ),
            Mistake(parts[0], "That is the share of the first place. What do the shares make of the values?"),
        ],
        hint="Three steps: the dot product of the query with each key; softmax of the two; the values, weighted by these shares.",
        way=f"Scores {_short(scores)}, shares {_short(parts)}, and so "
        f"{parts[0]:.4f} × ({values[0]:g}) + {parts[1]:.4f} × ({values[1]:g}) = {sum(p * v for p, v in zip(parts, values, strict=True)):.4f}.",
        solution="scores = [sum(q * k for q, k in zip(query, key)) for key in keys]\nshares = autograd.softmax(scores)\nsum(s * v for s, v in zip(shares, values))",
    )


@exercise("gpt.norm")
def norm(draw: Draw) -> Question:
    x = draw.numbers("x", 3)
    square = dot(x, x) / 3
    mean = sum(x) / 3
    spread = math.sqrt(sum((a - mean) ** 2 for a in x) / 3)
    return Question(
        f"RMS norm makes the root mean square of {_listed(x)} (`x`) be 1. What does it give? A list of three.",
        answer=[a * square**-0.5 for a in x],
        mistakes=[
            Mistake(
                [a / (sum(map(abs, x)) / 3) for a in x],
                "They were divided by the mean of their sizes. Square them, take the mean, and then the root.",
            ),
            Mistake(
                [a / math.sqrt(dot(x, x)) for a in x],
                "They were divided by the root of the *sum* of squares. Take the mean of the squares.",
            ),
            Mistake([a / square for a in x], "They were divided by the mean square, without the root."),
            Mistake([(a - mean) / spread for a in x], "The mean was subtracted. RMS norm shifts nothing, it only scales."),
            Mistake([a * math.sqrt(square) for a in x], "They were multiplied by the root mean square. Divide by it."),
            Mistake([a / max(map(abs, x)) for a in x], "They were divided by the largest of them."),
        ],
        hint="The mean of the squares, its root, and then each number divided by that.",
        way=f"The mean of the squares is {square:.6g}, its root {math.sqrt(square):.6g}; divided by it, {_short(a / math.sqrt(square) for a in x)}.",
        solution="size = (sum(a * a for a in x) / 3) ** 0.5\n[a / size for a in x]",
    )


@exercise("gpt.error_signal")
def error_signal(draw: Draw) -> Question:
    scores = draw.numbers("scores", 3, -2.0, 3.0)
    came = draw.named("came", draw.random.randrange(3))
    p = list(softmax(scores))
    right = grad(lambda s: -log_softmax(s)[came])(scores)
    return Question(
        f"The scores {_listed(scores)} (`scores`) give, by softmax, the probabilities {_short(p)}. The token that "
        f"came was number {came}, counted from 0 (`came`). How much does the loss move with each *score*? A list of three.",
        answer=right,
        mistakes=[
            Mistake(
                [s if i == came else 0.0 for i, s in enumerate(right)],
                "The other scores are missed: each of them made the token that came less likely.",
            ),
            Mistake(
                [s - (i == (came - 1) % 3) for i, s in enumerate(p)],
                "The 1 was subtracted from another token: they are counted from 0.",
            ),
            Mistake(
                [-s for s in right],
                "The sizes are right, and the signs are not: raising the score of what came makes the loss smaller.",
            ),
            Mistake(p, "These are the probabilities. For the token that came, subtract 1."),
            Mistake(
                [x * (1 - x) for x in p],
                "That is how much each probability moves with its own score. The loss moves through the one that came.",
            ),
            Mistake(
                [-(i == came) / x for i, x in enumerate(p)],
                "That is the slope in the *probabilities*. The scores lie one step further back.",
            ),
            Mistake([float(i == came) for i in range(3)], "That is the target. What is the difference to the probabilities?"),
        ],
        hint="The score, the probability, the error signal: p − y, with y = 1 for the token that came and 0 for the others.",
        way=f"p − y = {_short(right)}: the probabilities, and for number {came} one less.",
        solution="p = autograd.softmax(scores)\n[p[i] - (i == came) for i in range(3)]",
    )


@exercise("gpt.temperature")
def temperature(draw: Draw) -> Question:
    first, second = draw.number("first", -2.0, 3.0), draw.number("second", -2.0, 3.0)
    heat = draw.number("temperature", 0.3, 2.5)
    difference = first - second

    def chance(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    return Question(
        f"Two tokens have the scores {first:g} and {second:g} (`first`, `second`), and there are no others. With the temperature {heat:g} "
        "(`temperature`), how probable is the first?",
        answer=softmax([Value(first) / heat, Value(second) / heat])[0].data,
        mistakes=[
            Mistake(math.exp(difference / heat), "It is divided by the sum of both exponentials, its own among them."),
            Mistake(chance(first / heat - second), "Both scores are divided by the temperature, and not only the first."),
            Mistake(chance(difference), "That is at temperature 1. Divide the scores by the temperature first."),
            Mistake(
                chance(difference * heat),
                "The scores were multiplied by the temperature. Divide: a high temperature makes them alike.",
            ),
            Mistake(chance(-difference / heat), "That is the probability of the second."),
            Mistake(100 * chance(difference / heat), IN_PERCENT),
            Mistake(chance(difference) / heat, "The scores are divided, before the softmax, and not the probability."),
            Mistake(math.exp(first / heat), "That is the exponential. Divide by the sum of both."),
        ],
        hint="Divide both scores by the temperature, and then take the softmax.",
        way=f"Softmax of {first / heat:.4g} and {second / heat:.4g}: the first gets {chance(difference / heat):.6g}.",
        solution="autograd.softmax([first / temperature, second / temperature])[0]",
    )


@exercise("gpt.weights")
def weights(draw: Draw) -> Question:
    width, heads = draw.named("width", draw.choice([8, 12, 16, 20, 24, 32])), draw.named("heads", draw.choice([2, 4]))
    times = draw.whole("times", 2, 6)
    right = 4 * width**2 + 2 * times * width**2
    return Question(
        f"A block has attention of width {width} (`width`) with {heads} heads (`heads`): tables for query, key, value and mix; then a "
        f"small network with a hidden layer {times} times as wide (`times`), that widens and narrows, without biases. How many weights are these?",
        answer=right,
        mistakes=[
            Mistake(
                4 * width**2 // heads + 2 * times * width**2,
                "The heads share the tables, each has a part of the rows: their number changes nothing.",
            ),
            Mistake(
                3 * width**2 + times * width**2,
                "A table of the attention is missed, the mix, and one of the small network: it widens, and narrows again.",
            ),
            Mistake(
                4 * width**2 + 2 * (times * width) ** 2,
                "The small network widens from width to times × width, and back: no table is that large on both sides.",
            ),
            Mistake(right - width**2, "One table of the attention is missed: query, key, value, and mix after them."),
            Mistake(
                4 * heads * width**2 + 2 * times * width**2,
                "The heads share the tables, each has a part of the rows: their number changes nothing.",
            ),
            Mistake(4 * width**2 + times * width**2, "The small network has two tables: one widens, the other narrows again."),
            Mistake(4 * width**2, "That is the attention. The small network has weights, too."),
            Mistake(2 * times * width**2, "That is the small network. The attention has weights, too."),
            Mistake(4 * width + 2 * times * width, "These are the rows. Each row has a weight for each number that comes in."),
        ],
        hint="A table that makes m numbers out of n has m × n weights. There are six tables.",
        way=f"Four tables of {width} × {width}, and two of {times * width} × {width}: {4 * width**2} + {2 * times * width**2} = {right}.",
        solution="4 * width ** 2 + 2 * times * width * width",
    )


@exercise("gpt.future")
def future(draw: Draw) -> Question:
    places = draw.whole("places", 5, 20)
    right = places * (places + 1) // 2
    return Question(
        f"A text has {places} places (`places`). Each attends to itself and to all before it, and to none after it. How many shares has one "
        "head to compute?",
        answer=right,
        mistakes=[
            Mistake(places**2, "That is each place with each. Those that come later are not looked at."),
            Mistake(places * (places - 1) // 2, "A place attends to itself, too."),
            Mistake(places, "That is how many the last place alone has."),
            Mistake(2 * places - 1, "That would be itself and the one before. It is all before."),
            Mistake(2**places, "Pairs of places are counted, not sets of them."),
        ],
        hint="The first place has one share, the second two, the third three. And together?",
        way=f"1 + 2 + ... + {places} = {places} × {places + 1} / 2 = {right}.",
        solution="sum(range(1, places + 1))",
    )


@exercise("gpt.residual")
def residual(draw: Draw) -> Question:
    x, w = draw.value("x", -2.0, 2.0), draw.number("w", -3.0, 3.0)
    y = x + tanh(w * x)
    around = gradient_of(tanh(w * x), x)
    return Question(
        f"A layer with a residual connection: y = x + tanh(w × x), with w = {w:g}, at x = {x.data:g}. What is dy/dx?",
        answer=gradient_of(y, x),
        mistakes=[
            one
            for one in mistakes_of_gradient(
                y,
                x,
                before=[
                    (around, "That is the way through the layer alone. The other way goes past it, with a slope of 1."),
                    (1 + around / w, "Inside the tanh stands w × x: its slope, w, is a factor."),
                    (1.0, "That is the way past the layer alone. The other way goes through it."),
                    (around / w, "That is the slope of tanh alone: w stands inside, and x goes past it as well."),
                ],
            )
            if not one.diagnosis.startswith("One path")
        ],
        hint="Two paths lead from x to y: one past the layer, one through it.",
        way=f"1 + w × (1 − tanh(w x)²) = 1 + ({w:g}) × {1 - math.tanh(w * x.data) ** 2:.6g} = {gradient_of(y, x):.6g}.",
        solution="import math\n1 + w * (1 - math.tanh(w * x.data) ** 2)",
    )


@exercise("gpt.as_if")
def as_if(draw: Draw) -> Question:
    loss = draw.number("loss", 1.2, 3.2)
    return Question(
        f"A network has a loss of {loss:g} (`loss`) for each token, on average. One that chooses blindly among n tokens has the loss log n. "
        "Among how many equally likely tokens would one have to guess, to be as unsure as this network?",
        answer=Value(loss).exp().data,
        mistakes=[
            Mistake(round(math.exp(loss)), "That is the nearest whole number. Give three digits: it need not be whole."),
            Mistake(loss, "That is the loss. Which n has this number as its logarithm?"),
            Mistake(math.log(loss), "That is the logarithm of the loss. Go the other way: exp."),
            Mistake(2**loss, "That would be so if the loss were in bits. It is a natural logarithm: exp."),
            Mistake(10**loss, "That would be so with logarithms to base 10. It is a natural logarithm: exp."),
            Mistake(math.exp(-loss), "That is the probability of each of them. Their number is 1 divided by that."),
        ],
        hint="log n is the loss. What undoes a natural logarithm?",
        way=f"n = exp({loss:g}) = {math.exp(loss):.4g}. This number has a name: perplexity.",
        solution="import math\nmath.exp(loss)",
    )
