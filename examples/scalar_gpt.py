"""A small GPT in scalars: it reads names letter by letter, and invents others like them.

    python examples/scalar_gpt.py               # a step is compiled, once for each length of a name
    python examples/scalar_gpt.py --eager       # every step makes its graph anew: the same losses, to the last bit

No function knows whether it is given floats, Values, or what the compiler records: a token is data like any other number, and
`take` finds what it chooses.
"""

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd import compile, dot, fsum, logsumexp, relu, softmax, sqrt, take, value_and_grad
from nn.data import first_names

Numbers = Sequence[Any]  # floats or Values
Matrix = Sequence[Numbers]  # rows
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
END = len(ALPHABET)  # the token before and after each name
WIDTH, HEADS, BLOCK = 16, 4, 16  # numbers that stand for a token, attentions side by side, the longest text
HEAD = WIDTH // HEADS
SQUARE = (WIDTH, WIDTH)
SHAPES = {"token": (END + 1, WIDTH), "place": (BLOCK, WIDTH), "query": SQUARE, "key": SQUARE, "value": SQUARE, "mix": SQUARE}
SHAPES |= {"widen": (4 * WIDTH, WIDTH), "narrow": (WIDTH, 4 * WIDTH), "score": (END + 1, WIDTH)}
RATE, BETA1, BETA2, TINY = 0.01, 0.85, 0.99, 1e-8  # Adam's


def matrices(weights: Numbers) -> dict[str, Matrix]:
    """The weights, one long list, as matrices."""
    number = iter(weights)
    return {name: [[next(number) for _ in range(width)] for _ in range(height)] for name, (height, width) in SHAPES.items()}


def linear(x: Numbers, matrix: Matrix) -> Numbers:
    return [dot(row, x) for row in matrix]


def added(x: Numbers, y: Numbers) -> Numbers:
    return [a + b for a, b in zip(x, y, strict=True)]


def rms_norm(x: Numbers) -> Numbers:
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


def attention(query: Numbers, keys: Matrix, values: Matrix) -> Numbers:
    """Each head mixes the values of the places so far, each by as much as its key goes with the query."""
    mixed = []
    for head in range(HEADS):
        part = slice(head * HEAD, (head + 1) * HEAD)
        shares = softmax([dot(query[part], key[part]) / sqrt(HEAD) for key in keys])
        mixed += [dot(shares, column) for column in zip(*(value[part] for value in values), strict=True)]
    return mixed


def gpt(weights: Numbers, text: Numbers) -> Matrix:
    """For every place of a text, a score for each token that may come next."""
    w = matrices(weights)
    keys, values, scores = [], [], []
    for token, place in zip(text, w["place"], strict=False):
        x = rms_norm(added(take(w["token"], token), place))
        y = rms_norm(x)
        keys.append(linear(y, w["key"]))
        values.append(linear(y, w["value"]))
        x = added(x, linear(attention(linear(y, w["query"]), keys, values), w["mix"]))
        hidden = [relu(h) for h in linear(rms_norm(x), w["widen"])]
        x = added(x, linear(hidden, w["narrow"]))
        scores.append(linear(x, w["score"]))
    return scores


def loss(weights: Numbers, text: Numbers) -> Any:
    """The mean of -log p(next token)."""
    found = gpt(weights, text[:-1])
    return fsum([logsumexp(scores) - take(scores, after) for scores, after in zip(found, text[1:], strict=True)]) / len(found)


def adam(weights: Numbers, first: Numbers, second: Numbers, step: float, text: Numbers) -> tuple[Any, ...]:
    """The loss, and the weights and Adam's two moments after a step."""
    value, slopes = value_and_grad(loss)(weights, text)
    first = [BETA1 * m + (1 - BETA1) * g for m, g in zip(first, slopes, strict=True)]
    second = [BETA2 * v + (1 - BETA2) * g * g for v, g in zip(second, slopes, strict=True)]
    size, scale = RATE / (1 - BETA1**step), 1 / (1 - BETA2**step)
    moved = [w - size * m / (sqrt(v * scale) + TINY) for w, m, v in zip(weights, first, second, strict=True)]
    return value, np.array(moved), np.array(first), np.array(second)


def sampled(weights: Numbers, scores: Any, temperature: float = 0.6) -> str:
    """A name, token after token: the likelier, the higher its score."""
    text = [END]
    while len(text) <= BLOCK:
        chances = softmax([score / temperature for score in scores(weights, text)[-1]])
        text += random.choices(range(END + 1), chances)
        if text[-1] == END:
            break
    return "".join(ALPHABET[token] for token in text if token != END)


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains a small GPT in scalars on names, and samples others.")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--compile", action="store_true", help="compile the step (the default)")
    how.add_argument("--eager", action="store_true", help="make a graph of Values in each step")
    parser.add_argument("--names", type=Path, help="a file with names in small letters, one a line")
    for option, default in (("--steps", 1000), ("--samples", 10), ("--seed", 0)):
        parser.add_argument(option, type=int, default=default)
    options = parser.parse_args()
    random.seed(options.seed)
    names = options.names.read_text().split() if options.names else first_names()
    random.shuffle(names)
    step: Any = adam if options.eager else compile(adam)
    scores: Any = gpt if options.eager else compile(gpt)
    weights = np.array([random.gauss(0, 0.08) for height, width in SHAPES.values() for _ in range(height * width)])
    state: Any = [weights, np.zeros(len(weights)), np.zeros(len(weights))]  # with Adam's moments
    start = time.perf_counter()
    for i in range(options.steps):
        text = [END, *(ALPHABET.index(letter) for letter in names[i % len(names)]), END][: BLOCK + 1]
        if options.eager:
            state = [numbers.tolist() for numbers in state]  # one by one, Python's own floats are faster than an array's
        value, *state = step(*state, i + 1.0, text)
        print(f"step {i + 1} loss {value}")
    print(f"{options.steps} steps in {time.perf_counter() - start:.2f} s")
    for _ in range(options.samples):
        print(sampled(state[0].tolist(), scores))


if __name__ == "__main__":
    main()
