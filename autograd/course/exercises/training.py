"""Rows, batches, and whether a network has learned or memorised. (Notebook 08)"""

from __future__ import annotations

import math

from ...engine.value import Value
from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import gradient_of


@exercise("training.steps")
def steps(draw: Draw) -> Question:
    rows, size, epochs = draw.whole("rows", 40, 95), draw.whole("size", 7, 16), draw.whole("epochs", 3, 6)
    right = math.ceil(rows / size) * epochs
    return Question(
        f"{rows} rows are learned in mini-batches of {size}, for {epochs} epochs (in Python: rows, size, epochs). The last batch of an epoch may be smaller. "
        "How many steps are made?",
        answer=right,
        mistakes=[
            Mistake(
                math.ceil(rows * epochs / size),
                "Batches do not go on from one epoch into the next: each epoch ends with a smaller one.",
            ),
            Mistake(
                rows / size * epochs,
                "There is no part of a step: the smaller batch at the end of each epoch makes a whole one.",
            ),
            Mistake(rows // size * epochs, "The last, smaller batch of each epoch is missed: it makes a step, too."),
            Mistake(math.ceil(rows / size), "That is one epoch."),
            Mistake(rows * epochs, "That would be one by one: a step for each row. A step is made for each batch."),
            Mistake(epochs, "That would be full batch: one step for each epoch."),
            Mistake(size * epochs, "The size of a batch is not the number of batches."),
            Mistake(rows // size, "That is one epoch, without its last batch."),
        ],
        hint="How many batches are in one epoch, the last one included?",
        way=f"{rows} / {size} = {rows / size:.4g}, so {math.ceil(rows / size)} batches an epoch, and {epochs} times that is {right}.",
        solution="import math\n\nmath.ceil(rows / size) * epochs",
    )


@exercise("training.standardise")
def standardise(draw: Draw) -> Question:
    column = draw.numbers("column", 4, 1.0, 20.0)
    mean = sum(column) / 4
    variance = sum((x - mean) ** 2 for x in column) / 4
    deviation = math.sqrt(variance)
    x = column[0]
    right = (x - mean) / deviation
    return Question(
        f"A column has the numbers column = [{', '.join(f'{one:g}' for one in column)}]. They are standardised, with the standard deviation that is "
        "the root of the mean squared distance from the mean. What becomes of the first one?",
        answer=right,
        mistakes=[
            Mistake(
                (x - mean) / (2 * deviation),
                "That was divided by the root of the sum of the squares. Here it is the root of their mean.",
            ),
            Mistake(
                (x - mean) / (sum(abs(one - mean) for one in column) / 4),
                "That was divided by the mean distance. The standard deviation is the root of the mean of the squares.",
            ),
            Mistake(x - mean, "The mean is taken away, and the division by the standard deviation is missed."),
            Mistake(x / deviation, "The mean is to be taken away first."),
            Mistake(x - mean / deviation, "Brackets are missing: without them, Python divides the mean alone."),
            Mistake((x - mean) / variance, "That was divided by the variance. The standard deviation is its square root."),
            Mistake(
                (x - min(column)) / (max(column) - min(column)), "That puts the column between 0 and 1, which is another thing."
            ),
            Mistake(
                (x - mean) / (deviation * math.sqrt(4 / 3)),
                "The squares were divided by one less than their number, as statisticians do for a sample. Here it is their mean.",
            ),
            Mistake((x - mean) / mean, "Divide by the typical distance from the mean, not by the mean."),
            Mistake(-right, "The size is right, and the sign is not: above the mean is above 0."),
        ],
        hint="The mean first. Then the distances from it, their squares, the mean of these, its root.",
        way=f"Mean {mean:.5g}, standard deviation {deviation:.5g}: ({x:g} − {mean:.5g}) / {deviation:.5g} = {right:.5g}.",
        solution=(
            "mean = sum(column) / len(column)\n"
            "deviation = (sum((x - mean) ** 2 for x in column) / len(column)) ** 0.5\n"
            "(column[0] - mean) / deviation"
        ),
    )


@exercise("training.batch")
def batch(draw: Draw) -> Question:
    w = draw.value("w", -2.0, 2.0)
    xs, ys = draw.numbers("xs", 2, 0.5, 4.0), draw.numbers("ys", 2)
    loss = sum(((w * x - y) ** 2 for x, y in zip(xs, ys, strict=True)), start=Value(0.0)) / 2
    shares = [2 * (w.data * x - y) * x for x, y in zip(xs, ys, strict=True)]
    truth = gradient_of(loss, w)
    return Question(
        f"The prediction is w × x with w = {w.data:g}, and the loss is the mean of (w × x − y)² over a batch of two rows: "
        f"xs = [{xs[0]:g}, {xs[1]:g}], ys = [{ys[0]:g}, {ys[1]:g}]. What is the gradient of the loss in w?",
        answer=truth,
        mistakes=[
            Mistake(
                2 * (w.data * sum(xs) / 2 - sum(ys) / 2) * sum(xs) / 2,
                "The rows were averaged first. Each row has its own gradient, and these are averaged.",
            ),
            Mistake(sum(shares), "That is the sum over the rows. The loss is their mean, and so is its gradient."),
            Mistake(shares[0], "That is the first row alone."),
            Mistake(shares[1], "That is the second row alone."),
            Mistake(shares[0] / 2, "The second row is missed: it brings its share, too."),
            Mistake(shares[1] / 2, "The first row is missed: it brings its share, too."),
            Mistake(truth / 2, "The 2 is missed: the slope of a square has it."),
            Mistake(
                sum(w.data * x - y for x, y in zip(xs, ys, strict=True)),
                "What came in is missed: the prediction moves with w as much as x.",
            ),
            Mistake(loss.data, "That is the loss, the value and not its slope."),
            Mistake(-truth, "The size is right, and the sign is not: it is prediction minus target."),
        ],
        hint="For one row: 2 (w x − y) × x. Then the mean over both.",
        way=f"The rows bring {shares[0]:.5g} and {shares[1]:.5g}; the mean is {truth:.5g}.",
        solution="sum(2 * (w.data * x - y) * x for x, y in zip(xs, ys)) / len(xs)",
    )


@exercise("training.stop")
def stop(draw: Draw) -> Question:
    best = draw.random.randint(2, 4)
    losses = [0.0] * 8
    losses[best - 1] = draw.number("", 0.4, 0.7, decimals=2)
    for epoch in range(best - 1, 0, -1):
        losses[epoch - 1] = losses[epoch] + draw.random.randint(3, 15) / 100
    for epoch in range(best + 1, 9):
        losses[epoch - 1] = losses[best - 1] + draw.random.randint(1, 20) / 100
    losses[best + 2] = losses[best - 1] - draw.random.randint(5, 15) / 100  # too late: training has stopped by then
    losses = draw.named("losses", [round(x, 2) for x in losses])
    return Question(
        f"The losses on the rows put aside, epoch by epoch, would be losses = [{', '.join(f'{x:g}' for x in losses)}]. Early stopping has a patience of 2: training stops "
        "when two epochs in a row brought no new best, and the best weights are put back. Those of which epoch? (The first epoch is 1.)",
        answer=best,
        mistakes=[
            Mistake(best + 2, "That is when training stops. The weights that are put back are the best ones so far."),
            Mistake(best + 3, "Training has stopped before that epoch: nobody will know that it would have been better."),
            Mistake(best - 1, "Counted from 0, as Python counts; here the first epoch is 1."),
            Mistake(best + 1, "That epoch was the first one that brought no new best."),
            Mistake(8, "That is the last of the list; training stops before."),
        ],
        hint="Go through the list and keep the best so far. Stop after two epochs in a row that are no better.",
        way=f"The best so far is {losses[best - 1]:g}, in epoch {best}; the next two are not better. So it stops after epoch {best + 2}, and puts back those of epoch {best}.",
        solution=(
            "best = 0\n"
            "for epoch, loss in enumerate(losses):\n"
            "    if loss < losses[best]:\n"
            "        best = epoch\n"
            "    elif epoch - best == 2:\n"
            "        break\n"
            "best + 1"
        ),
    )


@exercise("training.lambda")
def shrink(draw: Draw) -> Question:
    w, slope = draw.number("w", -4.0, 4.0), draw.number("slope", -2.0, 2.0)
    rows, strength, eta = draw.whole("m", 3, 9), draw.number("strength", 1.5, 4.0), draw.number("eta", 0.3, 0.9)
    weight = Value(w)
    right = w - eta * gradient_of(slope * weight + strength / (2 * rows) * weight**2, weight)
    return Question(
        f"A weight is w = {w:g}, and the gradient of the loss in it is slope = {slope:g}. To the loss comes the penalty λ/(2m) × w² with λ = {strength:g} (in Python: strength) and m = {rows}. "
        f"What is the weight after one step with the learning rate eta = {eta:g}?",
        answer=right,
        mistakes=[
            Mistake(
                w - eta * (slope + 2 * strength / rows * w), "The penalty is λ/(2m) × w²: the half cancels the 2 of the square."
            ),
            Mistake(w + eta * (slope + strength / rows * w), "That climbs: a step goes against the gradient."),
            Mistake(slope + strength / rows * w, "That is the gradient, with the penalty in it. Now the step."),
            Mistake(w - eta * slope, "The penalty is missed: its slope, λ/m × w, comes to the gradient."),
            Mistake(
                w - eta * (slope + strength / (2 * rows) * w),
                "The half is gone in the slope: the 2 of the square cancels it. It is λ/m × w.",
            ),
            Mistake(
                w - eta * (slope + strength / (2 * rows) * w * w),
                "That is the penalty itself. Its slope belongs to the gradient.",
            ),
            Mistake(w - eta * (slope - strength / rows * w), "The sign of the penalty is wrong: it shrinks the weight."),
            Mistake(w - eta * (slope + strength * w), "The penalty is divided by m."),
            Mistake(w - slope - strength / rows * w, "The learning rate is missed."),
            Mistake(
                w - eta * slope - strength / rows * w,
                "The learning rate is for the whole gradient, that of the penalty included.",
            ),
            Mistake(-eta * (slope + strength / rows * w), "That is how far the weight moves. Where does it arrive?"),
        ],
        hint="The gradient is slope + λ/m × w. Step against it.",
        way=f"{w:g} − {eta:g} × ({slope:g} + {strength:g}/{rows} × {w:g}) = {right:.5g}.",
        solution="w - eta * (slope + strength / m * w)",
    )


@exercise("training.diagnosis")
def diagnosis(draw: Draw) -> Question:
    right = draw.choice(["overfits", "underfits", "fits"])
    low, high = draw.random.randint(2, 9) / 100, draw.random.randint(60, 68) / 100
    learned = {"overfits": low, "underfits": high, "fits": 0.1 + low}[right]
    aside = {"overfits": 0.5 + 10 * low, "underfits": high + 0.01, "fits": 0.11 + low}[right]
    learned, aside = draw.named("learned", round(learned, 2)), draw.named("aside", round(aside, 2))
    said = {
        "overfits": "A network that overfits is far better on what it learned from than on what was put aside. Compare the two losses.",
        "underfits": "A network that underfits is poor on what it learned from, too. Is it? A coin has 0.69.",
        "fits": "A network that fits is good on both, and about equally. Is it?",
    }
    return Question(
        f"Two classes. On the rows learned from, the loss is learned = {learned:g}; on the rows put aside it is aside = {aside:g}. "
        "(Who tosses a coin has the loss log 2 = 0.69.) What does the network do?",
        answer=right,
        mistakes=[Mistake(word, said[word]) for word in said if word != right],
        choices=[*said],
        hint="First: is it good where it learned? If so: is it as good on the rest?",
        way=f"{learned:g} where it learned, {aside:g} on the rest: it {right}.",
        solution='"underfits" if learned > 0.5 else "overfits" if aside > 2 * learned else "fits"',
    )


@exercise("training.function")
def function(draw: Draw) -> Question:
    mean, deviation = draw.number("mean", -4.0, 9.0), draw.number("deviation", 1.2, 5.0)
    w, b = draw.number("w"), draw.number("b")
    return Question(
        f"A linear neuron learned from rows standardised with mean = {mean:g} and deviation = {deviation:g}: it gives w × s + b for the standardised input s, "
        f"with w = {w:g} and b = {b:g}. Write a Python function of x, an input as measured, that returns what the neuron says of it. Give the function, without calling it.",
        answer=lambda x: w * (x - mean) / deviation + b,
        mistakes=[
            Mistake(lambda x: (x - mean) / deviation, "That is the standardised input. What does the neuron say of it?"),
            Mistake(
                lambda x: w * (x - mean / deviation) + b,
                "Brackets are missing: the mean is taken away first, and then comes the division.",
            ),
            Mistake(lambda x: w * x + b, "The neuron learned in other units: x has to be standardised first."),
            Mistake(lambda x: w * (x - mean) + b, "The mean is taken away, and the division by the deviation is missed."),
            Mistake(lambda x: w * x / deviation + b, "The mean is to be taken away first."),
            Mistake(lambda x: w * (x * deviation + mean) + b, "That goes the other way, from standardised to measured."),
            Mistake(lambda x: (w * x + b - mean) / deviation, "What comes in is standardised, and not what comes out."),
            Mistake(lambda x: w * (x - mean) / deviation, "The bias is missed."),
        ],
        at=draw.points(5, low=-8.0, high=8.0),
        hint="First s = (x − mean) / deviation, with the numbers of the rows it learned from. Then the neuron.",
        way="`def says(x): return w * (x - mean) / deviation + b`, with your four numbers in it.",
        solution="def says(x):\n    return w * (x - mean) / deviation + b",
    )
