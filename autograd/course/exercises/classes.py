"""Scores, probabilities, and what comes back from them. (Notebook 07)"""

from __future__ import annotations

import math

from ...engine.functions import logsumexp, sigmoid, softmax
from ...engine.value import Value
from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import IN_PERCENT, gradient_of


@exercise("classes.sigmoid")
def probability(draw: Draw) -> Question:
    score = draw.number("score", -3.0, 3.0)
    right = sigmoid(score)
    return Question(
        f"A network gives the score {score:g} for yes (in Python: score). Which probability does the sigmoid make of it? (`math.exp` is the exponential.)",
        answer=right,
        mistakes=[
            Mistake(1 - right, "That is the probability of no: in the exponent of the sigmoid stands minus the score."),
            Mistake(math.exp(score), "That is the exponential of the score. A probability lies between 0 and 1."),
            Mistake(math.exp(-score), "That is the exponential of minus the score: the sigmoid is 1 / (1 + that)."),
            Mistake(1 + math.exp(-score), "That is what 1 is divided by."),
            Mistake(math.tanh(score), "That is tanh, which goes from −1 to 1. The sigmoid goes from 0 to 1."),
            Mistake(right * (1 - right), "That is the slope of the sigmoid there, not its value."),
            Mistake(score, "That is the score. A probability lies between 0 and 1."),
            Mistake(100 * right, IN_PERCENT),
        ],
        hint="1 / (1 + exp(−score)). A score above 0 makes more than one half.",
        way=f"1 / (1 + exp({-score:g})) = 1 / (1 + {math.exp(-score):.5g}) = {right:.5g}.",
        solution="import math\n\n1 / (1 + math.exp(-score))",
    )


@exercise("classes.surprise")
def surprise(draw: Draw) -> Question:
    p = draw.number("p", 0.05, 0.95, decimals=2)
    truth = draw.choice(["yes", "no"])
    believed, other = (p, 1 - p) if truth == "yes" else (1 - p, p)
    right = -math.log(believed)
    return Question(
        f"A network gives the probability p = {p:g} for yes, and the truth turns out to be {truth}. What is the loss, the binary cross-entropy? "
        "(`math.log` is the natural logarithm.)",
        answer=right,
        mistakes=[
            Mistake(-math.log2(believed), "That is the logarithm to the base 2. The natural one is meant, `math.log`."),
            Mistake(
                1 - believed, "That is what was missing to 1. The surprise is −log of the probability that the truth was given."
            ),
            Mistake(-math.log(other), f"That would be the surprise at the other answer. Which probability did {truth} get?"),
            Mistake(
                -right,
                "The size is right, and the sign is not: the logarithm of a probability is below 0, and a loss is above.",
            ),
            Mistake(
                (1 - believed) ** 2,
                "That is the squared error. The surprise is −log of the probability that the truth was given.",
            ),
            Mistake(believed, "That is the probability that the truth was given. The surprise is −log of it."),
            Mistake(-math.log10(believed), "That is the logarithm to the base 10. The natural one is meant, `math.log`."),
            Mistake(1 / believed, "That is 1 over the probability. The surprise is the logarithm of it."),
        ],
        hint="Which probability was given to what is true? The surprise is −log of that.",
        way=f"{truth} was given {believed:g}, and −log {believed:g} = {right:.5g}.",
        solution=f"import math\n\n-math.log({'p' if truth == 'yes' else '1 - p'})",
    )


@exercise("classes.softmax")
def softmax_of_three(draw: Draw) -> Question:
    scores = draw.numbers("scores", 3, -2.0, 2.5)
    k = draw.choice([0, 1, 2])
    powers = [math.exp(s) for s in scores]
    total = sum(powers)
    right = softmax(scores)[k]
    other = (k - 1) % 3
    mistakes = [
        Mistake(powers[other] / total, f"That is the probability of class {other}. Classes are counted from 0."),
        Mistake(math.log(right), "That is the logarithm of the probability."),
        Mistake(powers[k], "That is the exponential of the score. It is still to be divided by the sum of all three."),
        Mistake(powers[k] / (total - powers[k]), "It is divided by the sum of all three exponentials, its own among them."),
        Mistake(
            sigmoid(scores[k]), "That is the sigmoid, which does not look at the other scores. The three have to add up to 1."
        ),
        Mistake(1 / 3, "That would be so if all scores were equal."),
        Mistake(1 - right, "That is the probability of the other two together."),
        Mistake(100 * right, IN_PERCENT),
        Mistake(
            powers[k] / math.exp(sum(scores)),
            "The scores were added before the exponential. First the exponential of each, then the sum.",
        ),
    ]
    if abs(sum(scores)) > 0.05:
        mistakes.append(
            Mistake(
                scores[k] / sum(scores),
                "The scores themselves were divided. First comes the exponential of each, which makes it positive.",
            )
        )
    return Question(
        f"A network gives three scores, scores = [{', '.join(f'{s:g}' for s in scores)}]. Which probability does softmax give to class {k}, that is, "
        f"to scores[{k}]?",
        answer=right,
        mistakes=mistakes,
        hint="The exponential of each score; then the one asked for, divided by the sum of all three.",
        way=f"{powers[k]:.5g} / ({' + '.join(f'{power:.5g}' for power in powers)}) = {right:.5g}.",
        solution=f"import math\n\npowers = [math.exp(s) for s in scores]\npowers[{k}] / sum(powers)",
    )


@exercise("classes.signal")
def signal(draw: Draw) -> Question:
    first, second = draw.number("", 0.05, 0.45, decimals=2), draw.number("", 0.05, 0.45, decimals=2)
    p = draw.named("p", [first, second, round(1 - first - second, 2)])
    k = draw.choice([0, 1, 2])
    scores = [Value(math.log(x)) for x in p]
    loss = logsumexp(scores) - scores[k]
    truth = [gradient_of(loss, s) for s in scores]
    wanted = [float(i == k) for i in range(3)]
    return Question(
        f"Softmax gave the probabilities p = [{', '.join(f'{x:g}' for x in p)}], and class {k} (counted from 0) is the right one. The loss is the cross-entropy. "
        "What are its three error signals, the slopes in the three scores? Give a list.",
        answer=truth,
        mistakes=[
            Mistake(wanted, "That is what would have been right. It is taken away from what was given."),
            Mistake(
                [x - (i == (k - 1) % 3) for i, x in enumerate(p)],
                "The 1 was taken away from another class: they are counted from 0.",
            ),
            Mistake(p, "Those are the probabilities given. Take away those that would have been right."),
            Mistake(
                [-g for g in truth],
                "The sizes are right, and the signs are not: it is given minus right, not right minus given.",
            ),
            Mistake([1 - x for x in p], "1 is right for one class only; for the others 0 is."),
            Mistake(
                [g if i == k else 0.0 for i, g in enumerate(truth)],
                "The other classes are missed: their scores made the right one less likely, and are pushed down.",
            ),
            Mistake(
                [g * x * (1 - x) for g, x in zip(truth, p, strict=True)],
                "No slope of the sigmoid is left in it: with cross-entropy it cancels.",
            ),
            Mistake(
                [-1 / p[k] * y for y in wanted],
                "That is how the loss moves with the probabilities. The slopes in the scores are asked for.",
            ),
        ],
        hint="For each class: the probability that was given, minus the one that would have been right (1 or 0).",
        way=f"[{', '.join(f'{x:g} − {y:.0f}' for x, y in zip(p, wanted, strict=True))}] = [{', '.join(f'{g:.4g}' for g in truth)}].",
        solution=f"[given - right for given, right in zip(p, {[int(y) for y in wanted]})]",
    )


@exercise("classes.square")
def square(draw: Draw) -> Question:
    p = draw.number("p", 0.05, 0.95, decimals=2)
    z = Value(math.log(p / (1 - p)))
    right = gradient_of((1 - z.sigmoid()) ** 2, z)
    return Question(
        f"A sigmoid gives p = {p:g} for yes, and yes is true. Suppose somebody took the squared error (1 − p)² for the loss. "
        "What is then the error signal, the slope of that loss in the score?",
        answer=right,
        mistakes=[
            Mistake(-2 * (1 - p) + p * (1 - p), "The two slopes were added. Along a path, multiply."),
            Mistake(p * (1 - p), "That is the slope of the sigmoid alone. How the loss moves with p is to be multiplied in."),
            Mistake(-2 * (1 - p) * p, "One factor is missed: the slope of the sigmoid is p (1 − p)."),
            Mistake(p - 1, "That is the error signal of the cross-entropy, p − 1. The squared error has another one."),
            Mistake(-2 * (1 - p), "That is the slope in p. The slope of the sigmoid, p (1 − p), is to be multiplied in."),
            Mistake(-right, "The size is right, and the sign is not: a larger score makes the loss smaller."),
            Mistake(right / 2, "The 2 is missed: the slope of a square has it."),
            Mistake((1 - p) ** 2, "That is the loss itself, not its slope."),
            Mistake(2 * (1 - p), "That is the slope in p, and its sign is not right: a larger p makes the loss smaller."),
        ],
        hint="Two steps: the score moves p by p (1 − p); p moves (1 − p)² by −2 (1 − p).",
        way=f"−2 × (1 − {p:g}) × {p:g} × (1 − {p:g}) = {right:.5g}. The cross-entropy has p − 1 = {p - 1:.5g}.",
        solution="-2 * (1 - p) * p * (1 - p)",
    )


@exercise("classes.decide")
def decide(draw: Draw) -> Question:
    names = ["cat", "dog", "owl"]
    scores = dict(zip(names, (draw.number("", -4.0, 3.0) for _ in names), strict=True))
    draw.named("scores", scores)
    right = max(names, key=scores.__getitem__)

    def why_not(word: str) -> str:
        if abs(scores[word]) > abs(scores[right]):
            return f"{scores[word]:g} is more than {scores[right]:g} only without its sign: the score of {right} is larger."
        return f"The score of {word} is {scores[word]:g}; there is a larger one."

    return Question(
        f"A network gives the scores cat: {scores['cat']:g}, dog: {scores['dog']:g}, owl: {scores['owl']:g} (in Python: the dict scores). What does it decide for?",
        answer=right,
        mistakes=[Mistake(word, why_not(word)) for word in names if word != right],
        choices=names,
        hint="The largest score has the largest probability: softmax keeps the order. A score of −3 is less than one of −1.",
        way=f"{scores[right]:g} is the largest, so it is {right}.",
        solution="max(scores, key=lambda name: scores[name])",
    )


@exercise("classes.function")
def function(draw: Draw) -> Question:
    stretch = draw.number("stretch", 1.2, 3.0)
    points = [(score, float(draw.choice([0, 1]))) for (score,) in draw.points(6)]
    return Question(
        "Write a Python function of a score and y, the truth (1 for yes, 0 for no), that returns the error signal: the slope of the binary cross-entropy in the score. "
        f"The probability is sigmoid(stretch × score) here, with stretch = {stretch:g}, so there is one step more than usual. Give the function, without calling it.",
        answer=lambda score, y: stretch * (sigmoid(stretch * score) - y),
        mistakes=[
            Mistake(
                lambda score, y: stretch * (sigmoid(score) - y),
                "The stretch is missed in the sigmoid: the probability is sigmoid(stretch × score).",
            ),
            Mistake(
                lambda score, y: sigmoid(stretch * score) - y,
                "That is the slope in stretch × score. This moves stretch times as far as the score: multiply.",
            ),
            Mistake(lambda score, y: sigmoid(score) - y, "The stretch is missed, in the sigmoid and before it."),
            Mistake(
                lambda score, y: stretch * (y - sigmoid(stretch * score)),
                "The sizes are right, and the signs are not: given minus right.",
            ),
            Mistake(lambda score, y: sigmoid(stretch * score), "That is the probability."),
            Mistake(
                lambda score, y: -math.log(sigmoid(stretch * score) if y else 1 - sigmoid(stretch * score)),
                "That is the loss. Its slope is asked for.",
            ),
        ],
        at=points,
        hint="Given minus right is the slope in what goes into the sigmoid. How far does that move with the score?",
        way="p = 1 / (1 + exp(−stretch × score)), and the slope in the score is stretch × (p − y).",
        solution="import math\n\n\ndef error_signal(score, y):\n    p = 1 / (1 + math.exp(-stretch * score))\n    return stretch * (p - y)",
    )
