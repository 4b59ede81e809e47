"""Programs as people write them by habit, of one argument each: a list, a dict, a tuple, a class of numbers; with a start.

`HABITS` has them. Nothing in them is written for `compile`: they loop, branch, sort, recurse and keep state as Python does.
"""

import bisect
import copy
import enum
import functools
import heapq
import itertools
import math
import operator
import statistics
from collections import Counter, deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import cos, dot, exp, log, maximum, sigmoid, sin, sqrt, take, tanh

HABITS: dict[str, tuple[Callable[[Any], Any], Any]] = {}
"""Each program by its name, with a point for it to be tried around."""


def habit(start: Any) -> Callable[[Any], Any]:
    def kept(f: Any) -> Any:
        HABITS[f.__name__] = f, start
        return f

    return kept


# ------------------------------------------------------------------------------------------------ simulations


@habit({"beta": 0.5, "gamma": 0.12})
def epidemic_by_a_while_loop(p: Any) -> Any:
    s, i, r, t = 0.99, 0.01, 0.0, 0.0
    while t < 20.0:
        infected = p["beta"] * s * i
        s, i, r = s - 0.5 * infected, i + 0.5 * (infected - p["gamma"] * i), r + 0.5 * p["gamma"] * i
        t += 0.5
    return (r - 0.3) ** 2 + i


class Pendulum:
    def __init__(self, length: Any, damping: Any) -> None:
        self.length, self.damping = length, damping
        self.angle: Any = 1.0
        self.speed: Any = 0.0

    @property
    def energy(self) -> Any:
        return 0.5 * (self.length * self.speed) ** 2 + 9.81 * self.length * (1 - cos(self.angle))

    def step(self, dt: float) -> None:
        self.speed -= dt * (9.81 / self.length * sin(self.angle) + self.damping * self.speed)
        self.angle += dt * self.speed


@habit([0.8, 0.1])
def pendulum_as_a_class(p: Any) -> Any:
    pendulum = Pendulum(*p)
    for _ in range(40):
        pendulum.step(0.02)
    return pendulum.energy


class Body(NamedTuple):
    mass: Any
    at: tuple[Any, Any]
    speed: tuple[Any, Any]


@habit([1.0, 0.4, 0.9])
def bodies_in_named_tuples(p: Any) -> Any:
    sun, planet, moon = (
        Body(p[0], (0.0, 0.0), (0.0, 0.0)),
        Body(0.1, (1.0, 0.0), (0.0, p[2])),
        Body(p[1], (2.0, 0.5), (0.0, 0.5)),
    )
    bodies = [sun, planet, moon]
    for _ in range(8):
        moved = []
        for me in bodies:
            ax = ay = 0.0
            for other in bodies:
                if other is me:
                    continue
                dx, dy = other.at[0] - me.at[0], other.at[1] - me.at[1]
                pull = other.mass / (dx * dx + dy * dy + 0.01) ** 1.5
                ax, ay = ax + pull * dx, ay + pull * dy
            speed = (me.speed[0] + 0.05 * ax, me.speed[1] + 0.05 * ay)
            moved.append(me._replace(at=(me.at[0] + 0.05 * speed[0], me.at[1] + 0.05 * speed[1]), speed=speed))
        bodies = moved
    return dot(bodies[1].at, bodies[2].at)


@habit([0.9, 0.3])
def queue_of_waiting_customers(p: Any) -> Any:
    served, arrivals = 0.0, [0.0, 0.7, 1.1, 1.4, 3.9, 4.0]
    waits = []
    for k, arrival in enumerate(arrivals):
        begin = max(served, arrival)
        waits.append(begin - arrival)
        served = begin + p[0] + p[1] * (k % 3) ** 2
    return sum(w * w for w in waits) / len(waits)


@habit([1.3, 0.8])
def events_in_a_heap(p: Any) -> Any:
    """Two machines, each busy for its own time: the next to be free takes the next job."""
    free: list[Any] = [(0.0, 0, p[0]), (0.0, 1, p[1])]
    heapq.heapify(free)
    total = 0.0
    for job in range(7):
        at, number, takes = heapq.heappop(free)
        at = at + takes * (1.0 + 0.1 * job)
        total = total + at * at
        heapq.heappush(free, (at, number, takes))
    return total


# ------------------------------------------------------------------------------------------------ likelihoods


@habit([0.3, 0.5, 0.2])
def kalman_filter(p: Any) -> Any:
    noise, drift, seen = exp(p[0]), exp(p[1]), [0.1, 0.4, -0.2, 0.6, 1.1, 0.9]
    mean, variance, likelihood = p[2], 1.0, 0.0
    for y in seen:
        variance = variance + drift
        surprise, spread = y - mean, variance + noise
        likelihood -= 0.5 * (log(2 * math.pi * spread) + surprise**2 / spread)
        gain = variance / spread
        mean, variance = mean + gain * surprise, (1 - gain) * variance
    return -likelihood


@habit({"stay": 0.8, "means": [-1.0, 1.5]})
def hidden_markov_in_logs(p: Any) -> Any:
    def density(x: float, mean: Any) -> Any:
        return -0.5 * (x - mean) ** 2

    turn = [[log(p["stay"]), log(1 - p["stay"])], [log(1 - p["stay"]), log(p["stay"])]]
    alpha = [math.log(0.5) + density(-0.8, m) for m in p["means"]]
    for x in (-1.2, 1.3, 1.8, -0.4):
        alpha = [
            autograd.logsumexp([a + row[j] for a, row in zip(alpha, turn, strict=True)]) + density(x, m)
            for j, m in enumerate(p["means"])
        ]
    return -autograd.logsumexp(alpha)


@habit([0.4, -0.3])
def cox_with_sorting(p: Any) -> Any:
    patients = [(5.0, 1, (0.2, 1.0)), (2.0, 1, (1.0, 0.0)), (9.0, 0, (0.5, 0.5)), (3.0, 1, (0.9, 0.1)), (7.0, 1, (0.1, 0.3))]
    patients = sorted(patients, key=lambda patient: patient[0], reverse=True)
    at_risk, loss = 0.0, 0.0
    for _, died, features in patients:
        score = sum(w * x for w, x in zip(p, features, strict=True))
        at_risk = at_risk + exp(score)
        if died:
            loss = loss - (score - log(at_risk))
    return loss


@habit({"cuts": [-0.5, 0.9], "slope": 0.7})
def ordinal_regression(p: Any) -> Any:
    rows = [(0.1, 0), (0.5, 1), (1.9, 2), (-0.3, 0), (1.0, 1)]
    cuts = [-math.inf, *p["cuts"], math.inf]

    def below(cut: Any, x: float) -> Any:
        match cut:
            case math.inf:
                return 1.0
            case _ if isinstance(cut, float) and cut == -math.inf:
                return 0.0
            case _:
                return sigmoid(cut - p["slope"] * x)

    return -sum(log(below(cuts[y + 1], x) - below(cuts[y], x)) for x, y in rows)


@habit({"intercept": 0.2, "dose": 0.5})
def poisson_from_a_dict_of_columns(p: Any) -> Any:
    table = {"dose": np.array([0.0, 0.5, 1.0, 1.5]), "count": np.array([1, 2, 2, 4])}
    rate = np.exp(p["intercept"] + p["dose"] * table["dose"])
    return np.sum(rate - table["count"] * np.log(rate))


@habit([0.1, 0.6])
def quantile_regression(p: Any) -> Any:
    xs, ys = [0.0, 1.0, 2.0, 3.0, 4.0], [0.3, 0.4, 1.9, 1.7, 3.2]

    def pinball(tau: float) -> Callable[[Any], Any]:
        return lambda r: maximum(tau * r, (tau - 1) * r)

    return (
        sum(sum(map(pinball(tau), [y - (p[0] + p[1] * x) for x, y in zip(xs, ys, strict=True)])) for tau in (0.1, 0.5, 0.9))
        + p[0] ** 2 * p[1]
    )


@habit([0.3, 0.2, -0.4, 0.5])
def bag_of_words(p: Any) -> Any:
    vocabulary = {word: k for k, word in enumerate(["good", "bad", "film"])}
    texts = [("good good film", 1), ("bad film", 0), ("film good", 1), ("bad bad bad", 0)]
    loss = 0.0
    for text, label in texts:
        score = p[-1] + sum(p[vocabulary[word]] * n for word, n in Counter(text.split()).items())
        loss = loss - log(sigmoid(score) if label else 1 - sigmoid(score))
    return loss / len(texts)


@habit([1.5, 1.2, 1.0])
def elo_of_games(p: Any) -> Any:
    ratings: Any = list(p)
    loss = 0.0
    for winner, loser in [(0, 1), (2, 0), (1, 2), (0, 2)]:
        expected = 1 / (1 + 10 ** (ratings[loser] - ratings[winner]))
        loss -= log(expected)
        ratings[winner], ratings[loser] = ratings[winner] + 0.3 * (1 - expected), ratings[loser] - 0.3 * (1 - expected)
    return loss


def log_gamma(x: Any) -> Any:
    """Stirling's series, moved to where it is good."""
    moved: Any = 0.0
    while x < 8.0:
        moved, x = moved + log(x), x + 1.0
    return (x - 0.5) * log(x) - x + 0.5 * math.log(2 * math.pi) + 1 / (12 * x) - 1 / (360 * x**3) + 1 / (1260 * x**5) - moved


@habit({"shape": 2.3, "rate": 1.1})
def gamma_by_string_keys(p: Any) -> Any:
    priors = {"shape": lambda v: -v, "rate": lambda v: -0.5 * v**2}
    data = (0.5, 1.7, 2.4)
    likelihood = sum(
        p["shape"] * log(p["rate"]) - log_gamma(p["shape"]) + (p["shape"] - 1) * math.log(x) - p["rate"] * x for x in data
    )
    return -(likelihood + sum(prior(p[name]) for name, prior in priors.items()))


# ------------------------------------------------------------------------------------------------ numerics


def determinant(matrix: Any) -> Any:
    if len(matrix) == 1:
        return matrix[0][0]
    minors = ([row[:k] + row[k + 1 :] for row in matrix[1:]] for k in range(len(matrix)))
    return sum((-1) ** k * matrix[0][k] * determinant(minor) for k, minor in enumerate(minors))


@habit([1.2, 0.3, 0.8])
def determinant_by_recursion(p: Any) -> Any:
    a, b, c = p
    return determinant([[a, b, c, 1.0], [b, a * c, 2.0, b], [0.5, c, a, a], [1.0, b, b * c, 3.0]])


@habit([0.4, 0.7, -0.2])
def householder(p: Any) -> Any:
    matrix = np.array([[p[0], 1.0, 0.2], [p[1], 0.5, 2.0], [p[2], 0.1, 1.0]], dtype=object)
    for k in range(2):
        x = matrix[k:, k]
        norm = sqrt(np.dot(x, x))
        v = x.copy()
        v[0] = v[0] + (norm if x[0] > 0 else -norm)
        matrix[k:, k:] = matrix[k:, k:] - 2 * np.outer(v, v @ matrix[k:, k:]) / (v @ v)
    return matrix[0, 0] * matrix[1, 1] + matrix[2, 2] ** 2 + abs(matrix[0, 2])


@habit([2.0, 0.6, 1.0])
def power_iteration(p: Any) -> Any:
    matrix = np.array([[p[0], p[1]], [p[1], p[2]]], dtype=object)
    v = np.ones(2)
    for _ in range(12):
        v = matrix @ v
        v = v / sqrt((v**2).sum())
    return v @ matrix @ v


@habit([0.3, -0.5])
def matrix_exponential_by_series(p: Any) -> Any:
    a = [[0.0, p[0]], [p[1], 0.1]]

    def times(x: Any, y: Any) -> Any:
        return [[sum(i * j for i, j in zip(row, column, strict=True)) for column in zip(*y, strict=True)] for row in x]

    total = term = [[1.0, 0.0], [0.0, 1.0]]
    for k in range(1, 12):
        term = [[x / k for x in row] for row in times(term, a)]
        total = [[x + y for x, y in zip(*rows, strict=True)] for rows in zip(total, term, strict=True)]
    return total[0][0] * total[1][1] + total[0][1]


@habit([2.0, 0.7])
def newton_until_it_is_there(p: Any) -> Any:
    x = 1.0
    for _ in range(50):
        step = (x**3 + p[1] * x - p[0]) / (3 * x**2 + p[1])
        x = x - step
        if abs(step) < 1e-12:
            break
    else:
        raise ArithmeticError("no root")
    return x**2


@habit([3.0, 0.4])
def bisection_and_one_newton_step(p: Any) -> Any:
    def g(x: Any) -> Any:
        return x * exp(p[1] * x) - p[0]

    low, high = 0.0, 5.0
    while high - low > 1e-13:
        middle = (low + high) / 2
        if g(middle) < 0:
            low = middle
        else:
            high = middle
        if middle in (low, high) and high - low < 1e-12:
            break
    x = low
    for _ in range(2):  # by which the derivatives of the root come in, the second by the second
        x = x - g(x) / ((1 + p[1] * x) * exp(p[1] * x))
    return x


@habit([0.2, 1.4, 0.7, -0.3])
def bezier(p: Any) -> Any:
    def casteljau(points: list[Any], t: float) -> Any:
        return points[0] if len(points) == 1 else casteljau([(1 - t) * a + t * b for a, b in itertools.pairwise(points)], t)

    targets = [0.1, 0.5, 0.8, 0.4, 0.0]
    return sum((casteljau([*p], k / 4) - y) ** 2 for k, y in enumerate(targets))


@habit([0.35, 1.2, 0.4, 0.9])
def spline_by_take(p: Any) -> Any:
    knots = [0.0, *p[1:], 0.5]
    total = 0.0
    for x in (p[0], p[0] + 1.3, 2 * p[0] + 2.1):
        i = autograd.floor(x)
        t = x - i
        a, b = take(knots, i), take(knots, i + 1)
        total = total + a + (b - a) * t**2 * (3 - 2 * t)
    return total


@habit([0.6, 1.1])
def table_by_bisect(p: Any) -> Any:
    xs, ys = [0.0, 0.5, 1.0, 2.0], [1.0, 0.3, 0.7, 0.1]

    def interpolated(x: Any) -> Any:
        k = min(max(bisect.bisect(xs, x), 1), len(xs) - 1)
        return ys[k - 1] + (ys[k] - ys[k - 1]) * (x - xs[k - 1]) / (xs[k] - xs[k - 1])

    return interpolated(p[0]) * interpolated(p[1]) + interpolated(p[0] * p[1]) ** 2


@habit([0.4, 0.9, -0.3, 1.2])
def fourier_by_recursion(p: Any) -> Any:
    def transformed(xs: list[Any]) -> list[tuple[Any, Any]]:
        if len(xs) == 1:
            return [(xs[0], 0.0)]
        even, odd = transformed(xs[::2]), transformed(xs[1::2])
        out: list[Any] = [None] * len(xs)
        for k, ((a, b), (c, d)) in enumerate(zip(even, odd, strict=True)):
            co, si = math.cos(2 * math.pi * k / len(xs)), -math.sin(2 * math.pi * k / len(xs))
            re, im = co * c - si * d, co * d + si * c
            out[k], out[k + len(even)] = (a + re, b + im), (a - re, b - im)
        return out

    return sum(k * (re**2 + im**2) for k, (re, im) in enumerate(transformed([*p, 0.5, -0.1, 0.2, 0.0])))


# ------------------------------------------------------------------------------------------------ alignment, search, models


@habit([0.4, 0.8, 0.3])
def soft_alignment(p: Any) -> Any:
    one, other = "GATTA", "GCATA"
    gap, match_, temperature = p
    table: dict[tuple[int, int], Any] = {(i, 0): -gap * i for i in range(len(one) + 1)} | {
        (0, j): -gap * j for j in range(len(other) + 1)
    }
    for i, a in enumerate(one, 1):
        for j, b in enumerate(other, 1):
            ways = [table[i - 1, j - 1] + (match_ if a == b else -match_), table[i - 1, j] - gap, table[i, j - 1] - gap]
            table[i, j] = temperature * autograd.logsumexp([way / temperature for way in ways])
    return table[len(one), len(other)]


@habit([0.5, 1.0, 0.2])
def time_warping_by_min(p: Any) -> Any:
    def cost(a: Any, b: Any) -> Any:
        return (a - b) ** 2

    xs, ys = [p[0], p[1], p[1] * p[2], 0.4], [0.45, 0.8, 0.1, 0.3]
    inf = float("inf")
    cheapest = [[inf] * (len(ys) + 1) for _ in range(len(xs) + 1)]
    cheapest[0][0] = 0.0
    for i in range(1, len(xs) + 1):
        for j in range(1, len(ys) + 1):
            cheapest[i][j] = cost(xs[i - 1], ys[j - 1]) + min(cheapest[i - 1][j], cheapest[i][j - 1], cheapest[i - 1][j - 1])
    return cheapest[-1][-1]


@habit([0.35, 1.0, 2.0])
def decision_stump(p: Any) -> Any:
    threshold, left, right = p
    rows = [(0.1, 1.1), (0.3, 0.8), (0.6, 2.2), (0.9, 1.7)]
    hard = sum(((left if x < threshold else right) - y) ** 2 for x, y in rows)
    soft = sum((left + (right - left) * sigmoid(8.0 * (x - threshold)) - y) ** 2 for x, y in rows)
    return hard + soft


@habit([0.5, 1.3])
def kriging(p: Any) -> Any:
    xs, ys = np.array([0.0, 0.7, 1.9]), np.array([0.2, 0.9, -0.3])
    scale, amplitude = p
    covariance = amplitude * np.exp(-((xs[:, None] - xs) ** 2) / (2 * scale**2)) + 0.1 * np.eye(3)
    root = np.zeros((3, 3), dtype=object)
    for i in range(3):
        for j in range(i + 1):
            rest = covariance[i, j] - sum(root[i, k] * root[j, k] for k in range(j))
            root[i, j] = sqrt(rest) if i == j else rest / root[j, j]
    z: list[Any] = []
    for i in range(3):
        z.append((ys[i] - sum(root[i, k] * z[k] for k in range(i))) / root[i, i])
    return 0.5 * dot(z, z) + sum(log(root[i, i]) for i in range(3))


@habit([100.0, 0.25])
def option_with_fixed_normals(p: Any) -> Any:
    normals = np.random.default_rng(4).normal(size=16)
    ends = p[0] * np.exp((0.02 - 0.5 * p[1] ** 2) * 0.5 + p[1] * math.sqrt(0.5) * normals)
    return np.mean(np.maximum(ends - 98.3, 0.0)) * math.exp(-0.01)


@habit([0.3, -0.2, 0.7])
def ising_energy_with_modulo(p: Any) -> Any:
    spins = [tanh(x) for x in p] * 2
    n = len(spins)
    return -sum(spins[k] * spins[(k + 1) % n] * (1 + 0.1 * (k & 1)) for k in range(n)) - 0.3 * functools.reduce(
        operator.add, spins
    )


class Kind(enum.Enum):
    SOFT = "soft"
    HARD = "hard"


@dataclass(frozen=True)
class Config:
    kind: Kind = Kind.SOFT
    rate: float = 0.3
    steps: int = 4


@habit([0.9, -0.4])
def descent_by_a_dataclass_config(p: Any) -> Any:
    config = replace(Config(), steps=6)
    squash = {Kind.SOFT: tanh, Kind.HARD: lambda x: max(min(x, 1.0), -1.0)}[config.kind]
    x: Any = p[0]
    history = deque(maxlen=3)
    for _ in range(config.steps):
        x = x - config.rate * (2 * (x - p[1]) + squash(x))
        history.append(copy.copy(x))
    return sum(history) / len(history) + x**2


def logged(f: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(f)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        wrapper.calls += 1  # type: ignore[attr-defined]
        return f(*args, **kwargs)

    wrapper.calls = 0  # type: ignore[attr-defined]
    return wrapper


@logged
def bump(x: Any, /, *, centre: Any, width: Any = 1.0) -> Any:
    return exp(-(((x - centre) / width) ** 2))


@habit({"centre": 0.3, "width": 0.8})
def decorated_and_by_keyword(p: Any) -> Any:
    return sum((bump(x, **p) - y) ** 2 for x, y in [(0.0, 0.9), (0.5, 0.8), (1.0, 0.4)]) * bump(0.2, centre=p["width"])


@habit([0.5, 1.5, -0.7])
def pipeline_of_functions(p: Any) -> Any:
    steps = [
        lambda v: [a * p[0] for a in v],
        lambda v: [*itertools.accumulate(v)],
        lambda v: [sin(a) + p[1] for a in v],
        sorted,
    ]
    numbers = functools.reduce(lambda v, step: step(v), steps, [1.0, p[2], 0.3, -1.2])
    return sum(k * x for k, x in enumerate(numbers))


@dataclass
class Vector:
    x: Any
    y: Any

    def __add__(self, other: "Vector") -> "Vector":
        return Vector(self.x + other.x, self.y + other.y)

    def __rmul__(self, k: Any) -> "Vector":
        return Vector(k * self.x, k * self.y)

    def __abs__(self) -> Any:
        return sqrt(self.x**2 + self.y**2)


@habit((Vector(1.0, 0.5), 0.7))
def vectors_of_ones_own(p: Any) -> Any:
    vector, angle = p
    total = sum((k * vector for k in range(1, 4)), start=Vector(0.0, angle))
    turned = Vector(total.x * cos(angle) - total.y * sin(angle), total.x * sin(angle) + total.y * cos(angle))
    return abs(turned + vector) * turned.y


Layer = namedtuple("Layer", "weights bias")


@habit((Layer([0.3, -0.5], 0.1), Layer([0.8, 0.2], -0.3)))
def network_of_named_tuples(p: Any) -> Any:
    hidden, out = p

    def output(x: float) -> Any:
        return tanh(
            dot(out.weights, [maximum(w * x + hidden.bias, 0.1 * (w * x + hidden.bias)) for w in hidden.weights]) + out.bias
        )

    return np.mean([(output(x) - y) ** 2 for x, y in [(0.1, 0.2), (0.7, -0.1), (-0.9, 0.4)]])


@habit([0.2, 0.5, 0.3])
def clusters_by_the_nearest(p: Any) -> Any:
    points = [0.1, 0.15, 0.6, 0.55, 0.9]
    centres = sorted(p)
    groups: dict[int, list[float]] = {}
    for x in points:
        nearest = min(range(len(centres)), key=lambda k, x=x: (centres[k] - x) ** 2)
        groups.setdefault(nearest, []).append(x)
    return sum(sum((x - centres[k]) ** 2 for x in group) for k, group in groups.items()) + statistics.median(centres) ** 2


@habit({"loc": 0.3, "scale": 0.9})
def huber_with_numpy_masks(p: Any) -> Any:
    r = (np.array([0.1, -2.0, 0.7, 3.0]) - p["loc"]) / p["scale"]
    small = abs(r) <= 1.0
    return np.sum(np.where(small, 0.5 * r**2, abs(r) - 0.5)) + 4 * np.log(p["scale"])


@habit([0.4, 1.1, 0.7])
def largest_by_a_loop(p: Any) -> Any:
    scores = [w * x for w, x in zip(p, [1.0, 0.6, 1.5], strict=True)]
    best = scores[0]
    for score in scores[1:]:
        if score > best:
            best = score
    return log(sum(exp(score - best) for score in scores)) + best * p[0]


@habit([0.5, 0.2])
def memo_by_whole_numbers(p: Any) -> Any:
    memo: dict[int, Any] = {0: p[0], 1: p[1]}

    def legendre(n: int) -> Any:
        if n not in memo:
            memo[n] = ((2 * n - 1) * p[1] * legendre(n - 1) - (n - 1) * legendre(n - 2)) / n
        return memo[n]

    return sum(legendre(n) ** 2 for n in range(7))
