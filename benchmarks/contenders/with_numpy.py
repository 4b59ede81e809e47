"""NumPy, derivatives by hand. What it gives is the measure for all others."""

from __future__ import annotations

from typing import Any

import numpy as np

from .models import HEADS, TOKENS, WIDTH, adam, matrices, rnn_parts, trained_by
from .works import OPERATIONS_A_TURN, Data, Function, layers, program, slices


def forward(network: list[tuple[Any, Any]], x: Any) -> list[Any]:
    """The inputs of each layer, and the outputs of the last."""
    found = [x]
    for weights, biases in network:
        x = x @ weights.T
        x += biases
        found.append(x)
        if len(found) <= len(network):
            np.maximum(x, 0.0, out=x)
    return found


def backward(network: list[tuple[Any, Any]], gradient: list[tuple[Any, Any]], inputs: list[Any], delta: Any) -> None:
    """Fills the gradient, given that of the loss by the outputs."""
    for k in range(len(network) - 1, -1, -1):
        np.matmul(delta.T, inputs[k], out=gradient[k][0])
        delta.sum(axis=0, out=gradient[k][1])
        if k:
            delta = delta @ network[k][0]
            delta *= inputs[k] > 0.0


def moons(data: Data) -> Function:
    x, y, rate, penalty = data["x"], data["y"][:, None], data["rate"], data["penalty"]

    def train(steps: int) -> Any:
        p, g = data["p"].copy(), np.empty_like(data["p"])
        network, gradient = layers(p, data["sizes"]), layers(g, data["sizes"])
        share = y / -len(x)
        for _ in range(steps):
            found = forward(network, x)
            backward(network, gradient, found, np.where(y * found[-1] < 1.0, share, 0.0))
            g += 2.0 * penalty * p
            g *= rate
            p -= g
        return p

    return train


def digits(data: Data) -> Function:
    x, one_hot, rate = data["x"], data["one_hot"], data["rate"]
    batches = [(x[part], one_hot[part]) for part in slices(len(x), data["batch"])]

    def train(epochs: int) -> Any:
        p, g = data["p"].copy(), np.empty_like(data["p"])
        network, gradient = layers(p, data["sizes"]), layers(g, data["sizes"])
        for _ in range(epochs):
            for some_x, some_y in batches:
                found = forward(network, some_x)
                scores = found[-1]
                scores -= scores.max(axis=1, keepdims=True)
                np.exp(scores, out=scores)
                scores /= scores.sum(axis=1, keepdims=True)
                scores -= some_y
                scores /= len(some_x)
                backward(network, gradient, found, scores)
                g *= rate
                p -= g
        return p

    return train


def many(data: Data) -> Function:
    x, y, rate = data["x"], data["y"][:, None], data["rate"]

    def train(epochs: int) -> Any:
        p, g = data["p"].copy(), np.empty_like(data["p"])
        network, gradient = layers(p, data["sizes"]), layers(g, data["sizes"])
        for _ in range(epochs):
            for part in slices(len(x), data["batch"]):
                found = forward(network, x[part])
                backward(network, gradient, found, 2.0 / len(found[0]) * (found[-1] - y[part]))
                g *= rate
                p -= g
        return p

    return train


def prepared(data: Data) -> Function:
    """The rows, copied and checked."""

    def prepare(epochs: int) -> Any:
        if not all(np.isfinite(np.array(data[name])).all() for name in ("x", "y")):
            raise ValueError("a row is not finite")
        return data["p"]

    return prepare


def rosenbrock(data: Data) -> Function:
    def value_and_gradient(x: Any) -> tuple[float, Any]:
        x = np.asarray(x)
        before = x[:-1]
        rise, rest = x[1:] - before * before, 1.0 - before
        gradient = np.zeros_like(x)
        gradient[1:] = 200.0 * rise
        gradient[:-1] -= 400.0 * before * rise + 2.0 * rest
        return 100.0 * (rise @ rise) + rest @ rest, gradient

    return value_and_gradient


def prices(data: Data) -> Function:
    from scipy.special import ndtr

    def price() -> Any:
        s, k, t, r, v = data["columns"]
        root = np.sqrt(t)
        spread = v * root
        d1 = (np.log(s / k) + (r + 0.5 * v * v) * t) / spread
        below, discounted = ndtr(d1), k * np.exp(-r * t)
        density = s * np.exp(-0.5 * d1 * d1) * 0.3989422804014327
        paid = discounted * ndtr(d1 - spread)
        return s * below - paid, (below, -paid / k, density * v / (2.0 * root) + r * paid, t * paid, density * root)

    return price


def graph(data: Data) -> Function:
    """No graph: the numbers of the program, to compare with."""
    return lambda: lambda x: program(x, data["operations"], np.sin)


def graph_gradient(data: Data) -> Function:
    """No graph: the numbers of its gradient."""
    turns = np.arange(data["operations"] // OPERATIONS_A_TURN)

    def value_and_gradient(x: Any) -> Any:
        first, second = turns % len(x), (7 * turns + 3) % len(x)
        u, v = x[first], x[second]
        a = u * v + (1.0 + 1e-3 * turns)
        b, slope, below = np.sin(a - u), np.cos(a - u), a * a + 1.0
        by_b, by_a = (2.0 * b + v) / below, -2.0 * a * (b + v) * b / (below * below)
        gradient = np.zeros(len(x))
        np.add.at(gradient, first, (by_a + by_b * slope) * v - by_b * slope)
        np.add.at(gradient, second, (by_a + by_b * slope) * u + b / below)
        return np.sum((b + v) / below * b), gradient

    return lambda: value_and_gradient


# ------------------------------------------------------------------------------------------------ estimators


def chances(scores: Any) -> Any:
    return softmax(scores) if scores.shape[1] > 1 else 1.0 / (1.0 + np.exp(-scores))


def classifier(data: Data) -> Function:
    """As scikit-learn's: the mean cross-entropy and a penalty on the weights, without biases, over the rows of the batch."""
    x, y, penalty = data["x"], data["one_hot"], np.zeros_like(data["p"])
    for weights, _ in layers(penalty, data["sizes"]):
        weights[:] = 1e-4

    def loss_and_gradient(p: Any, x: Any, y: Any) -> tuple[float, Any]:
        g = np.empty_like(p)
        found = forward(layers(p, data["sizes"]), x)
        q = chances(found[-1])
        backward(layers(p, data["sizes"]), layers(g, data["sizes"]), found, (q - y) / len(x))
        right = q[y == 1.0] if y.shape[1] > 1 else np.where(y == 1.0, q, 1.0 - q)
        return (0.5 * penalty @ (p * p) - np.log(right).sum()) / len(x), g + penalty * p / len(x)

    def by_adam(epochs: int) -> Any:
        p, first, second, k = data["p"], 0.0, 0.0, 0
        for _ in range(epochs):
            for part in slices(len(x), data["batch"]):
                g, k = loss_and_gradient(p, x[part], y[part])[1], k + 1
                first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g * g
                p = p - 0.001 * np.sqrt(1.0 - 0.999**k) / (1.0 - 0.9**k) * first / (np.sqrt(second) + 1e-8)
        return p

    def by_lbfgs(iterations: int) -> Any:
        from scipy.optimize import minimize

        settings = {"maxiter": iterations, "gtol": 0.0}
        return minimize(loss_and_gradient, data["p"], (x, y), method="L-BFGS-B", jac=True, options=settings).x

    return by_adam if data["solver"] == "adam" else by_lbfgs


def predicted(data: Data) -> Function:
    network = layers(data["p"], data["sizes"])
    if data["method"] == "predict":
        return lambda: forward(network, data["x"])[-1].argmax(axis=1)
    return lambda: chances(forward(network, data["x"])[-1])


# ------------------------------------------------------------------------------------------------ a GPT


def gpt(data: Data) -> Function:
    texts = data["texts"]
    return trained_by(lambda p, first, second, k: adam(p, first, second, k, gpt_gradient(p, texts), np.sqrt), data)


def rms(x: Any) -> Any:
    return (np.mean(x * x, axis=-1, keepdims=True) + 1e-5) ** -0.5


def rms_backward(delta: Any, x: Any) -> Any:
    scale = rms(x)
    return scale * delta - x * scale**3 * np.mean(delta * x, axis=-1, keepdims=True)


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def gpt_gradient(p: Any, texts: Any) -> Any:
    w, gradient = matrices(p), np.zeros(len(p))
    g = matrices(gradient)
    before, after = texts[:, :-1], texts[:, 1:]
    count, places = before.shape
    per_head = WIDTH // HEADS

    def heads(x: Any) -> Any:
        return x.reshape(count, places, HEADS, per_head).swapaxes(1, 2)

    def beside(x: Any) -> Any:
        return x.swapaxes(1, 2).reshape(count, places, WIDTH)

    def into(name: str, delta: Any, x: Any) -> Any:
        """Fills the gradient of a matrix, and gives what comes to its inputs."""
        g[name][:] = delta.reshape(-1, delta.shape[-1]).T @ x.reshape(-1, x.shape[-1])
        return delta @ w[name]

    embedded = w["token"][before] + w["place"][:places]
    x = embedded * rms(embedded)
    y = x * rms(x)
    query, key, value = (heads(y @ w[name].T) for name in ("query", "key", "value"))
    scores = query @ key.swapaxes(2, 3) * per_head**-0.5
    shares = softmax(np.where(np.tri(places, dtype=bool), scores, -np.inf))
    mixed = beside(shares @ value)
    attended = x + mixed @ w["mix"].T
    z = attended * rms(attended)
    hidden = np.maximum(z @ w["widen"].T, 0.0)
    last = attended + hidden @ w["narrow"].T

    delta = softmax(last @ w["score"].T)
    delta -= np.eye(TOKENS)[after]
    to_last = into("score", delta / after.size, last)
    to_attended = to_last + rms_backward(into("widen", into("narrow", to_last, hidden) * (hidden > 0.0), z), attended)
    to_mixed = heads(into("mix", to_attended, mixed))
    to_shares = to_mixed @ value.swapaxes(2, 3)
    to_scores = shares * (to_shares - np.sum(to_shares * shares, axis=-1, keepdims=True)) * per_head**-0.5
    to_y = into("query", beside(to_scores @ key), y) + into("key", beside(to_scores.swapaxes(2, 3) @ query), y)
    to_y += into("value", beside(shares.swapaxes(2, 3) @ to_mixed), y)
    to_embedded = rms_backward(to_attended + rms_backward(to_y, x), embedded)
    np.add.at(g["token"], before, to_embedded)
    g["place"][:places] = to_embedded.sum(axis=0)
    return gradient


# ------------------------------------------------------------------------------------------------ gradients at points


def rnn(data: Data) -> Function:
    x, y = data["x"], data["y"]

    def value_and_gradient(p: Any) -> tuple[float, Any]:
        inputs, states, biases, answer = rnn_parts(p)
        gradient = np.zeros(len(p))
        to_inputs, to_states, to_biases, to_answer = rnn_parts(gradient)
        found = [np.zeros((len(x), len(biases)))]
        for k in range(x.shape[1]):
            found.append(np.tanh(x[:, k] @ inputs.T + found[-1] @ states.T + biases))
        error = found[-1] @ answer - y
        to_answer += 2.0 / len(x) * (error @ found[-1])
        delta = 2.0 / len(x) * error[:, None] * answer
        for k in range(x.shape[1] - 1, -1, -1):
            delta = delta * (1.0 - found[k + 1] ** 2)
            to_inputs += delta.T @ x[:, k]
            to_states += delta.T @ found[k]
            to_biases += delta.sum(axis=0)
            delta = delta @ states
        return np.mean(error * error), gradient

    return value_and_gradient


def gaussian_process(data: Data) -> Function:
    at, observed = data["at"], data["observed"]
    squares, eye = (at[:, None] - at) ** 2, np.eye(len(at))

    def value_and_gradient(p: Any) -> tuple[float, Any]:
        length, scale, noise = np.exp(p)
        smooth = scale * np.exp(-0.5 * squares / length**2)
        inverse = np.linalg.inv(smooth + noise * eye)
        weights = inverse @ observed
        by_covariance = 0.5 * (inverse - np.outer(weights, weights))
        value = 0.5 * (observed @ weights - np.linalg.slogdet(inverse)[1])
        slopes = [np.sum(by_covariance * part) for part in (smooth * squares / length**2, smooth)]
        return value, np.array([*slopes, noise * np.trace(by_covariance)])

    return value_and_gradient


def logsumexp(data: Data) -> Function:
    def value_and_gradient(x: Any) -> tuple[float, Any]:
        e = np.exp(x - x.max())
        total = e.sum()
        return np.log(total) + x.max(), e / total

    return value_and_gradient


def second(data: Data) -> Function:
    x, y = data["columns"][0], data["columns"][-1]

    def normal_density() -> Any:
        return 0.3989422804014327 * np.exp(-0.5 * x * x)

    formulas = {
        "erf": lambda: -2.2567583341910254 * x * np.exp(-x * x),
        "gelu": lambda: normal_density() * (2.0 - x * x),
        "hypot": lambda: y * y / np.hypot(x, y) ** 3,
        "logaddexp": lambda: 1.0 / ((1.0 + np.exp(y - x)) * (1.0 + np.exp(x - y))),
        "power": lambda: y * (y - 1.0) * x ** (y - 2.0),
    }
    formula = formulas[data["function"]]
    return lambda: (formula(), ())


CONTENDERS: dict[str, dict[str, Function]] = {
    "numpy by hand": {
        "moons": moons,
        "digits": digits,
        "fit_moons": moons,
        "fit_digits": digits,
        "fit_many": many,
        "prepare": prepared,
        "classifier": classifier,
        "predict": predicted,
        "rosenbrock": rosenbrock,
        "black_scholes": prices,
        "gpt": gpt,
        "rnn": rnn,
        "gaussian_process": gaussian_process,
        "logsumexp": logsumexp,
        "second": second,
    }
}
REFERENCE = CONTENDERS["numpy by hand"] | {"graph": graph, "graph_gradient": graph_gradient}
