"""Programs as people write them by `scan` and its kin, who know them from JAX; of one argument each, with a start.

Their states are numbers, lists, dicts, arrays and classes; their steps look up, ask, take derivatives, call what is compiled.
"""

import functools
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import (
    clip,
    compile,
    cos,
    custom_jvp,
    exp,
    fori_loop,
    grad,
    hessian,
    jvp,
    log,
    logsumexp,
    maximum,
    scan,
    sigmoid,
    sin,
    softplus,
    stop_gradient,
    take,
    tanh,
    where,
    while_loop,
)

LOOP_HABITS: dict[str, tuple[Callable[[Any], Any], Any]] = {}
"""Each program by its name, with a point for it to be tried around."""

XS = np.random.default_rng(5).normal(size=12).tolist()


def loop(start: Any) -> Callable[[Any], Any]:
    def kept(f: Any) -> Any:
        LOOP_HABITS[f.__name__] = f, start
        return f

    return kept


# ------------------------------------------------------------------------------------------------ sequences


@loop({"w": [0.3, -0.2, 0.5, 0.1], "u": [0.2, 0.1, -0.3, 0.4], "b": [0.0, 0.1, 0.05, -0.1]})
def cell_with_a_dict_for_its_state(p: Any) -> Any:
    def step(s: Any, x: Any) -> Any:
        i, f, o, g = [p["w"][k] * x + p["u"][k] * s["h"] + p["b"][k] for k in range(4)]
        c = sigmoid(f) * s["c"] + sigmoid(i) * tanh(g)
        return {"h": sigmoid(o) * tanh(c), "c": c}, s["h"]

    s, hs = scan(step, {"h": 0.0, "c": 0.0}, XS)
    return s["h"] ** 2 + sum(h * h for h in hs)


@loop([0.5, 0.3, 0.2])
def forward_algorithm(p: Any) -> Any:
    stay = [sigmoid(p[0]), sigmoid(p[1])]

    def step(alpha: Any, y: Any) -> Any:
        seen = [exp(-0.5 * (y - m) ** 2) for m in (p[2], -p[2])]
        moved = [alpha[0] * stay[0] + alpha[1] * (1 - stay[1]), alpha[0] * (1 - stay[0]) + alpha[1] * stay[1]]
        joint = [a * b for a, b in zip(moved, seen, strict=True)]
        total = sum(joint)
        return [a / total for a in joint], log(total)

    return -sum(scan(step, [0.5, 0.5], XS)[1])


@loop([0.5, -0.2, 0.3])
def moving_average_from_the_end(p: Any) -> Any:
    def step(s: Any, x: Any) -> Any:
        return (x - p[0] * s[0] - p[1] * s[1], s[0]), s[0] * p[2]

    s, ys = scan(step, (0.1, 0.2), XS, reverse=True)
    return sum(y * y for y in ys) + s[0]


@loop([0.1, 0.5, -0.3])
def best_path_in_logs(p: Any) -> Any:
    def step(best: Any, x: Any) -> Any:
        a = logsumexp([best[0] + p[0], best[1] + p[1]])
        b = maximum(best[0], best[1] + p[2])
        return [a - x * x, b + x], None

    return logsumexp(scan(step, [0.0, -0.5], XS)[0])


@loop([0.3, 0.2, 0.7])
def looked_up_in_two_dimensions(p: Any) -> Any:
    table = [[p[0], p[1]], [p[1] * 2, p[2]], [p[2] ** 2, p[0]]]
    return scan(lambda s, k: (tanh(s + sum(take(table, k))), None), 0.1, [0, 2, 1, 1, 0])[0]


@loop([0.3, 0.2, 0.7])
def looked_up_by_what_was_compared(p: Any) -> Any:
    return take(p, where(p[0] > 0.25, 2, where(p[1] > 0.1, 1, 0))) ** 2 + p[0]


# ------------------------------------------------------------------------------------------------ states of all kinds


class Body(NamedTuple):
    position: Any
    velocity: Any


@dataclass
class Filter:
    mean: Any
    variance: Any


@loop([0.3, 0.7])
def spring_in_a_named_tuple(p: Any) -> Any:
    def step(s: Body, x: Any) -> Any:
        return Body(s.position + 0.1 * s.velocity, s.velocity - p[0] * s.position + x * p[1]), s

    s, path = scan(step, Body(1.0, 0.0), XS)
    return s.position**2 + sum(a * b for a, b in zip(path.position, path.velocity, strict=True))


@loop([0.3, 0.7])
def filter_in_a_dataclass(p: Any) -> Any:
    def step(s: Filter, y: Any) -> Any:
        predicted = s.variance + p[0]
        gain = predicted / (predicted + p[1])
        return Filter(s.mean + gain * (y - s.mean), (1 - gain) * predicted), None

    s, _ = scan(step, Filter(0.0, 1.0), XS)
    return s.mean + log(s.variance)


@loop([0.3, 0.7])
def counter_beside_a_number(p: Any) -> Any:
    (n, s), _ = scan(lambda s, x: ((s[0] + 1, s[1] * p[0] + x / (s[0] + 1)), None), (0, p[1]), XS)
    return n * s


@loop([0.3, 0.7])
def flag_that_stays(p: Any) -> Any:
    def step(s: Any, x: Any) -> Any:
        return (where(x > 1.0, 1.0, s[0]), where(s[0] == 1.0, s[1], s[1] * p[0] + x)), None

    (flag, s), _ = scan(step, (0.0, p[1]), XS)
    return s + flag * p[0]


@loop([0.5, 0.2])
def matrix_times_a_state(p: Any) -> Any:
    matrix = np.array([[0.5, 0.1], [0.0, 0.3]])
    s, ys = scan(lambda s, x: (matrix @ s + x * np.array(p), s.sum()), np.array([1.0, 0.0]), XS)
    return (s * s).sum() + ys[3]


@loop([0.3, 0.8])
def xs_of_dicts_by_checkpoints(p: Any) -> Any:
    xs = [{"a": x, "b": [x * x, 1.0]} for x in XS]
    step = lambda s, x: (sin(s * p[0] + x["a"]) * p[1] + x["b"][0] * x["b"][1], None)  # noqa: E731 (as people do)
    return scan(step, 0.1, xs, checkpoint=True)[0]


# ------------------------------------------------------------------------------------------------ loops of other kinds


@loop({"k": 2.0, "m": 0.7})
def oscillator_by_a_counter(p: Any) -> Any:
    def body(i: Any, s: Any) -> Any:
        return {"x": s["x"] + 0.05 * s["v"], "v": s["v"] - 0.05 * p["k"] / p["m"] * s["x"] * (1 + 0.01 * i)}

    s = fori_loop(3, 40, body, {"x": 1.0, "v": 0.0})
    return s["x"] ** 2 + s["v"] ** 2


@loop([1.4, 0.2])
def doubling_until_ten(p: Any) -> Any:
    s, logs = while_loop(lambda s: s[0] < 10.0, lambda s: (s[0] * p[0] + p[1], s[1] + log(s[0])), (1.0, 0.0), max_steps=40)
    return logs / s


@loop([0.3, 0.8])
def loop_in_a_loop(p: Any) -> Any:
    def outer(s: Any, x: Any) -> Any:
        inner, _ = scan(lambda u, k: (tanh(u * p[0] + k * x), None), s, [0.1, 0.2, 0.3])
        return inner * p[1], inner

    s, ys = scan(outer, 0.5, XS[:5])
    return s + sum(ys)


@loop([0.9, 0.7])
def loops_of_one_step_and_of_none(p: Any) -> Any:
    a, _ = scan(lambda s, x: (s * p[0] + x, s), p[1], [2.0])
    b, ys = scan(lambda s, x: (s * p[0] + x, s), a, [])
    return a * b * scan(lambda s, _: (s * p[1], None), b, 3)[0] + len(ys)


@loop([0.5, 0.2])
def step_that_branches(p: Any) -> Any:
    def step(s: Any, x: Any) -> Any:
        if s > 0.5:
            return s * p[0] + x, None
        return s + p[1] * x, None

    return scan(step, 0.1, XS[:6])[0]


@loop([2.0, 0.5, 0.1])
def controller_within_bounds(p: Any) -> Any:
    def step(s: Any, _: None) -> Any:
        y, integral, last = s
        e = 1.0 - y
        u = clip(p[0] * e + p[1] * integral + p[2] * (e - last) / 0.1, -2.0, 2.0)
        return (y + 0.1 * (u - y), integral + e * 0.1, e), e * e

    return sum(scan(step, (0.0, 0.0, 1.0), 30)[1])


# ------------------------------------------------------------------------------------------------ derivatives in steps


@loop([0.9, 0.7])
def descent_as_a_scan(p: Any) -> Any:
    def valley(x: Any) -> Any:
        return sin(p[0] * x) + p[1] * x**4

    return valley(scan(lambda x, _: (x - 0.1 * grad(valley)(x), None), 0.8, 15)[0])


@loop([0.9, 0.7])
def newton_by_hessians(p: Any) -> Any:
    def valley(x: Any) -> Any:
        return (x[0] - p[0]) ** 4 + (x[0] * x[1] - p[1]) ** 2 + x[1] ** 2

    def step(x: Any, _: None) -> Any:
        g, ((a, b), (c, d)) = grad(valley)(x), hessian(valley)(x)
        a, d = a + 1.0, d + 1.0
        return [x[0] - (d * g[0] - b * g[1]) / (a * d - b * c), x[1] - (a * g[1] - c * g[0]) / (a * d - b * c)], None

    x, _ = scan(step, [0.5, 0.5], 4)
    return x[0] * 2 + x[1]


@loop([0.4, 0.2])
def tangents_along_a_path(p: Any) -> Any:
    def step(s: Any, x: Any) -> Any:
        y, slope = jvp(lambda v: sin(v) * p[1] + x, (s,), (p[0],))
        return y, slope

    s, slopes = scan(step, 0.3, XS)
    return s + sum(slopes)


@loop([0.4, 0.2])
def compiled_within_a_step(p: Any) -> Any:
    inner = compile(lambda a, b: tanh(a * b) + a)
    return scan(lambda s, x: (inner(s * p[0], x) + p[1], None), 0.3, XS)[0]


@loop([0.4, 0.2])
def own_rule_of_two_results(p: Any) -> Any:
    @custom_jvp
    def pair(a: Any, b: Any) -> Any:
        return a * b, a + sin(b)

    @pair.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        (a, b), (s, t) = primals, tangents
        return (a * b, a + sin(b)), (a * t + b * s, s + cos(b) * t)

    u, v = pair(p[0], p[1])
    return u * v * v


@loop([0.7, 1.2])
def one_step_ahead(p: Any) -> Any:
    def loss(w: Any, x: Any, y: Any) -> Any:
        return (w[0] * x + w[1] - y) ** 2

    w = list(p)
    for x, y in [(1.0, 2.0), (0.5, 0.3)]:
        w = [a - 0.1 * b for a, b in zip(w, grad(functools.partial(loss, x=x, y=y))(w), strict=True)]
    return loss(w, 2.0, 1.0)


@loop([0.5, 1.5, -0.5])
def price_on_a_tree(p: Any) -> Any:
    n, up = 8, exp(0.1 * softplus(p[0]))
    values = [maximum(1.05 - up ** (2 * j - n) * p[1] * 0.7, 0.0) for j in range(n + 1)]
    for _ in range(n):
        values = [(a + b) / 2 * math.exp(-0.01) for a, b in itertools.pairwise(values)]
    return values[0] + p[2] ** 2


@loop([0.6, 0.3, 1.4])
def sums_that_are_kept_apart(p: Any) -> Any:
    def step(s: Any, x: Any) -> Any:
        return {"sum": s["sum"] + p[0] * x, "squares": s["squares"] + (x - p[1]) ** 2 * p[2]}, None

    s, _ = scan(step, {"sum": 0.0, "squares": 1.0}, XS)
    return autograd.sqrt(s["squares"]) * s["sum"] + sum(stop_gradient(2.0) * x for x in p)
