"""A character-level transformer on scalars, as one writes it for a minimal engine: it invents names like those in a file.

Of the engine it uses Value(number), arithmetic, ** with a number, exp, log, relu, data, grad and backward: nothing else.
"""

# ruff: noqa: B905 (written as such programs are)
import math
import random
import sys

from autograd import Value

random.seed(11)

# ---- the text: every letter is a token, and one more token opens and closes a name

with open(sys.argv[1]) as file:
    names = [line.strip() for line in file if line.strip()][:16]
steps = int(sys.argv[2])
letters = sorted(set("".join(names)))
END = len(letters)
vocabulary = len(letters) + 1
number_of = {letter: i for i, letter in enumerate(letters)}


def tokens_of(name):
    return [END] + [number_of[letter] for letter in name] + [END]


# ---- the weights: a dictionary of matrices

width, heads, longest = 8, 2, 8
per_head = width // heads


def matrix(rows, columns, spread=0.02):
    return [[Value(random.gauss(0, spread)) for _ in range(columns)] for _ in range(rows)]


weights = {
    "letter": matrix(vocabulary, width),
    "place": matrix(longest, width),
    "query": matrix(width, width),
    "key": matrix(width, width),
    "value": matrix(width, width),
    "mix": matrix(width, width, 0),
    "widen": matrix(4 * width, width),
    "narrow": matrix(width, 4 * width, 0),
    "out": matrix(vocabulary, width),
}
parameters = [p for block in weights.values() for row in block for p in row]
print(f"{len(names)} names, {vocabulary} tokens, {len(parameters)} parameters")


# ---- the model: one token in, scores for the next one out; keys and values of earlier places are kept in lists


def linear(x, block):
    return [sum(w * xi for w, xi in zip(row, x)) for row in block]


def softmax(scores):
    top = max(score.data for score in scores)
    raised = [(score - top).exp() for score in scores]
    total = sum(raised)
    return [r / total for r in raised]


def rmsnorm(x):
    mean_square = sum(xi * xi for xi in x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def transformer(token, place, keys, values):
    x = [a + b for a, b in zip(weights["letter"][token], weights["place"][place])]
    x = rmsnorm(x)

    residual = x
    x = rmsnorm(x)
    query = linear(x, weights["query"])
    keys.append(linear(x, weights["key"]))
    values.append(linear(x, weights["value"]))
    gathered = []
    for head in range(heads):
        part = slice(head * per_head, (head + 1) * per_head)
        q = query[part]
        scores = [sum(a * b for a, b in zip(q, key[part])) / per_head**0.5 for key in keys]
        attention = softmax(scores)
        for j in range(per_head):
            gathered.append(sum(a * value[part][j] for a, value in zip(attention, values)))
    x = [a + b for a, b in zip(linear(gathered, weights["mix"]), residual)]

    residual = x
    x = linear(rmsnorm(x), weights["widen"])
    x = [xi.relu() ** 2 for xi in x]
    x = [a + b for a, b in zip(linear(x, weights["narrow"]), residual)]
    return linear(x, weights["out"])


def loss_of(tokens):
    length = min(longest, len(tokens) - 1)
    keys, values, losses = [], [], []
    for place in range(length):
        scores = transformer(tokens[place], place, keys, values)
        probabilities = softmax(scores)
        losses.append(-probabilities[tokens[place + 1]].log())
    return (1 / length) * sum(losses)


# ---- training: Adam on one name at a time

rate, beta1, beta2, tiny = 0.02, 0.9, 0.95, 1e-8
first = [0.0] * len(parameters)
second = [0.0] * len(parameters)

for step in range(steps):
    loss = loss_of(tokens_of(names[step % len(names)]))
    loss.backward()

    now = rate * 0.5 * (1 + math.cos(math.pi * step / steps))
    for i, p in enumerate(parameters):
        first[i] = beta1 * first[i] + (1 - beta1) * p.grad
        second[i] = beta2 * second[i] + (1 - beta2) * p.grad**2
        unbiased1 = first[i] / (1 - beta1 ** (step + 1))
        unbiased2 = second[i] / (1 - beta2 ** (step + 1))
        p.data -= now * unbiased1 / (unbiased2**0.5 + tiny)
        p.grad = 0
    print(f"step {step} loss {loss.data}")

# ---- sampling

temperature = 0.6
for _ in range(3):
    keys, values, token, name = [], [], END, ""
    for place in range(longest):
        scores = transformer(token, place, keys, values)
        probabilities = softmax([score / temperature for score in scores])
        token = random.choices(range(vocabulary), weights=[p.data for p in probabilities])[0]
        if token == END:
            break
        name += letters[token]
    print("name", name)
