"""JAX: jitted steps called from Python, and lax.scan over all steps in one call."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erf

from .models import adam, gpt_scores, matrices, rnn_parts, trained_by
from .works import Data, Function, black_scholes, layers, program, rosenbrock, slices

jax.config.update("jax_enable_x64", True)
ELEMENTARY = SimpleNamespace(sqrt=jnp.sqrt, log=jnp.log, exp=jnp.exp, erf=erf)


def parameters(data: Data) -> Any:
    return [(jnp.array(weights), jnp.array(biases)) for weights, biases in layers(data["p"], data["sizes"])]


def outputs(p: Any, x: Any) -> Any:
    for weights, biases in p[:-1]:
        x = jax.nn.relu(x @ weights.T + biases)
    weights, biases = p[-1]
    return x @ weights.T + biases


def flat(p: Any) -> Any:
    return np.concatenate([np.ravel(array) for layer in p for array in layer])


def step_of(loss: Function, rate: float) -> Function:
    def step(p: Any, x: Any, y: Any) -> Any:
        _, gradient = jax.value_and_grad(loss)(p, x, y)
        return jax.tree.map(lambda a, g: a - rate * g, p, gradient)

    return step


def called_for_each(step: Function, data: Data, x: Any, y: Any) -> Function:
    step = jax.jit(step)
    batches = [(jnp.array(x[part]), jnp.array(y[part])) for part in slices(len(x), data.get("batch", len(x)))]

    def train(epochs: int) -> Any:
        p = parameters(data)
        for _ in range(epochs):
            for some_x, some_y in batches:
                p = step(p, some_x, some_y)
        return flat(p)

    return train


def scanned(step: Function, data: Data, x: Any, y: Any) -> Function:
    """The whole training is one call. Batches of equal size are stacked; what is left of the rows is a batch of its own."""
    batch = data.get("batch", len(x))
    full = len(x) // batch
    even = [jnp.array(a[: full * batch].reshape(full, batch, *a.shape[1:])) for a in (x, y)]
    rest = [jnp.array(a[full * batch :]) for a in (x, y)] if len(x) % batch else None

    def epoch(p: Any, even: Any, rest: Any) -> Any:
        if full == 1:
            p = step(p, even[0][0], even[1][0])
        else:
            p, _ = jax.lax.scan(lambda p, rows: (step(p, *rows), None), p, even)
        return p if rest is None else step(p, *rest)

    @jax.jit
    def run(p: Any, even: Any, rest: Any, epochs: Any) -> Any:
        return jax.lax.fori_loop(0, epochs, lambda _, p: epoch(p, even, rest), p)

    return lambda epochs: flat(run(parameters(data), even, rest, epochs))


def moons(data: Data, how: Function) -> Function:
    def loss(p: Any, x: Any, y: Any) -> Any:
        penalty = sum(jnp.sum(array * array) for layer in p for array in layer)
        return jnp.mean(jax.nn.relu(1.0 - y * outputs(p, x)[:, 0])) + data["penalty"] * penalty

    return how(step_of(loss, data["rate"]), data, data["x"], data["y"])


def digits(data: Data, how: Function) -> Function:
    def loss(p: Any, x: Any, target: Any) -> Any:
        return -jnp.mean(jnp.sum(target * jax.nn.log_softmax(outputs(p, x)), axis=1))

    return how(step_of(loss, data["rate"]), data, data["x"], data["one_hot"])


def many(data: Data) -> Function:
    def loss(p: Any, x: Any, y: Any) -> Any:
        return jnp.mean((outputs(p, x)[:, 0] - y) ** 2)

    return scanned(step_of(loss, data["rate"]), data, data["x"], data["y"])


def rosenbrock_call(data: Data) -> Function:
    f = jax.jit(jax.value_and_grad(rosenbrock))
    return lambda x: jax.block_until_ready(f(np.asarray(x)))


def prices(data: Data) -> Function:
    f = jax.jit(jax.vmap(jax.value_and_grad(lambda *row: black_scholes(*row, ELEMENTARY), argnums=(0, 1, 2, 3, 4))))
    columns = [jnp.array(column) for column in data["columns"]]
    return lambda: jax.block_until_ready(f(*columns))


def built(transform: Function, data: Data) -> Function:
    def build() -> Function:
        def f(x: Any) -> Any:
            return program(x, data["operations"], jnp.sin)

        fast = jax.jit(transform(f))
        jax.block_until_ready(fast(data["x"]))
        return fast

    return build


def gpt(data: Data) -> Function:
    before, after = data["texts"][:, :-1], data["texts"][:, 1:]
    coming = jnp.tril(jnp.ones((before.shape[1],) * 2, dtype=bool))
    lib = SimpleNamespace(relu=jax.nn.relu, softmax=jax.nn.softmax, masked=lambda scores: jnp.where(coming, scores, -jnp.inf))

    def loss(p: Any) -> Any:
        logs = jax.nn.log_softmax(gpt_scores(matrices(p), jnp.array(before), lib))
        return -jnp.mean(jnp.take_along_axis(logs, jnp.array(after)[..., None], axis=-1))

    step = jax.jit(lambda p, first, second, k: adam(p, first, second, k, jax.grad(loss)(p), jnp.sqrt))
    train = trained_by(step, data)
    return lambda steps: np.asarray(train(steps))


def rnn(data: Data) -> Function:
    def loss(p: Any, x: Any, y: Any) -> Any:
        inputs, states, biases, answer = rnn_parts(p)

        def step(h: Any, given: Any) -> Any:
            return jnp.tanh(given @ inputs.T + h @ states.T + biases), None

        h, _ = jax.lax.scan(step, jnp.zeros((x.shape[1], len(biases))), x)
        return jnp.mean((h @ answer - y) ** 2)

    f = jax.jit(jax.value_and_grad(loss))
    x, y = jnp.array(data["x"].swapaxes(0, 1)), jnp.array(data["y"])
    return lambda p: jax.block_until_ready(f(p, x, y))


def gaussian_process(data: Data) -> Function:
    at, observed = jnp.array(data["at"]), jnp.array(data["observed"])
    squares = (at[:, None] - at) ** 2

    def negative_log_likelihood(p: Any) -> Any:
        length, scale, noise = jnp.exp(p)
        covariance = scale * jnp.exp(-0.5 * squares / length**2) + noise * jnp.eye(len(at))
        root = jnp.linalg.cholesky(covariance)
        white = jax.scipy.linalg.solve_triangular(root, observed, lower=True)
        return 0.5 * white @ white + jnp.sum(jnp.log(jnp.diag(root)))

    f = jax.jit(jax.value_and_grad(negative_log_likelihood))
    return lambda p: jax.block_until_ready(f(p))


def logsumexp(data: Data) -> Function:
    f = jax.jit(jax.value_and_grad(jax.scipy.special.logsumexp))
    return lambda x: jax.block_until_ready(f(x))


SECOND = {
    "erf": erf,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "hypot": jnp.hypot,
    "logaddexp": jnp.logaddexp,
    "power": jnp.power,
}


def second(data: Data) -> Function:
    f = jax.jit(jax.vmap(jax.grad(jax.grad(SECOND[data["function"]]))))
    columns = [jnp.array(column) for column in data["columns"]]
    return lambda: (jax.block_until_ready(f(*columns)), ())


CONTENDERS: dict[str, dict[str, Function]] = {
    "jax.jit": {
        "moons": lambda data: moons(data, called_for_each),
        "digits": lambda data: digits(data, called_for_each),
        "rosenbrock": rosenbrock_call,
        "black_scholes": prices,
        "gpt": gpt,
        "rnn": rnn,
        "gaussian_process": gaussian_process,
        "logsumexp": logsumexp,
        "second": second,
        "graph": lambda data: built(lambda f: f, data),
        "graph_gradient": lambda data: built(jax.value_and_grad, data),
    },
    "jax lax.scan": {
        "moons": lambda data: moons(data, scanned),
        "digits": lambda data: digits(data, scanned),
        "fit_moons": lambda data: moons(data, scanned),
        "fit_digits": lambda data: digits(data, scanned),
        "fit_many": many,
    },
}
