# %% [markdown]
# # Solutions
#
# Every exercise of the course, solved. Try one yourself first: `check` tells what a wrong answer is, gives a hint, and then the way. What a question gives has a name: `question.a` is its a.

# %%
import autograd
from autograd import Value
from autograd.course import ask, check

# %% [markdown]
# ## Ten minutes
#
# Of [00_ten_minutes](00_ten_minutes.ipynb).

# %%
question = ask("first.result")
question

# %%
a, b = question.a, question.b
check("first.result", (a.data + b.data) * b.data)

# %%
question = ask("first.nodes")
question

# %%
check("first.nodes", 2 + 2 + 1)

# %%
question = ask("first.move")
question

# %%
slope, nudge = question.slope, question.nudge
check("first.move", slope * nudge)

# %%
question = ask("first.which")
question

# %%
slopes = question.slopes
check("first.which", max(slopes, key=lambda name: abs(slopes[name])))

# %%
question = ask("first.direction")
question

# %%
slope = question.slope
check("first.direction", "lower it" if slope > 0 else "raise it")

# %%
question = ask("first.step")
question

# %%
w, slope, rate = question.w, question.slope, question.rate
check("first.step", w - rate * slope)

# %% [markdown]
# ## Slopes
#
# Of [01_slopes](01_slopes.ipynb).

# %%
question = ask("slopes.nudge")
question

# %%
x, h = question.x, question.h
check("slopes.nudge", ((x + h) ** 2 - x ** 2) / h)

# %%
question = ask("slopes.product")
question

# %%
b = question.b
check("slopes.product", b.data)

# %%
question = ask("slopes.rule")
question

# %%
x, a, b = question.x, question.a, question.b
check("slopes.rule", 3 * a * x.data ** 2 + b)

# %%
question = ask("slopes.which_way")
question

# %%
x = question.x
check("slopes.which_way", "rising" if 5.6 - 2 * x > 0 else "falling")

# %%
question = ask("slopes.predict")
question

# %%
value, slope, step = question.value, question.slope, question.step
check("slopes.predict", value + slope * step)

# %%
question = ask("slopes.both")
question

# %%
a, b, c = question.a, question.b, question.c
check("slopes.both", {"a": b.data, "b": a.data + c.data})

# %%
question = ask("slopes.function")
question

# %%
a, b = question.a, question.b


def slope(x):
    return 2 * a * x + b


check("slopes.function", slope)

# %% [markdown]
# ## Values and graphs
#
# Of [02_values_and_graphs](02_values_and_graphs.ipynb).

# %%
question = ask("graphs.forward")
question

# %%
a, b = question.a, question.b
check("graphs.forward", (a.data + b.data) * (b.data - 1))

# %%
question = ask("graphs.local")
question

# %%
c, d = question.c, question.d
check("graphs.local", {"c": d.data, "d": c.data})

# %%
question = ask("graphs.adjoint")
question

# %%
coming, b = question.coming, question.b
check("graphs.adjoint", coming * b.data)

# %%
question = ask("graphs.by_hand")
question

# %%
a, b = question.a, question.b
check("graphs.by_hand", {"a": b.data + 1, "b": a.data})

# %%
question = ask("graphs.twice")
question

# %%
times, x = question.times, question.x
check("graphs.twice", times * 2 * x.data)

# %%
question = ask("graphs.kinks")
question

# %%
a = question.a
check("graphs.kinks", {"y_b": 0.0, "z_b": -a.data})

# %%
question = ask("graphs.machine")
question

# %%
k = question.k


def gradients(a, b):
    c, d = a + k, a * b
    return [d * 1 + c * b, c * a]


check("graphs.machine", gradients)

# %% [markdown]
# ## The chain rule, path by path
#
# Of [03_chain_rule](03_chain_rule.ipynb).

# %%
question = ask("paths.gears")
question

# %%
first, second, third = question.first, question.second, question.third
check("paths.gears", first * second * third)

# %%
question = ask("paths.meet")
question

# %%
x, k, m = question.x, question.k, question.m
check("paths.meet", k * m + 2 * x.data)

# %%
question = ask("paths.explained")
question

# %%
a, b, c = question.a, question.b, question.c
check("paths.explained", b.data * c.data + b.data * a.data + a.data * b.data)

# %%
question = ask("paths.inside")
question

# %%
k = question.k


def slope(x):
    return autograd.cos(k * x * x) * 2 * k * x


check("paths.inside", slope)

# %%
question = ask("paths.count")
question

# %%
times = question.times
check("paths.count", 2 ** times)

# %%
question = ask("paths.overwritten")
question

# %%
b = question.b
check("paths.overwritten", b.data)

# %%
question = ask("paths.next")
question

# %%
check("paths.next", "q")

# %%
question = ask("paths.sweeps")
question

# %%
n = question.n
check("paths.sweeps", {"nudging": n + 1, "forward": n, "reverse": 1})

# %% [markdown]
# ## One weight that learns
#
# Of [04_one_weight](04_one_weight.ipynb).

# %%
question = ask("descent.slope")
question

# %%
w, x, t = question.w, question.x, question.t
check("descent.slope", (w.data * x - t) * x)

# %%
question = ask("descent.step")
question

# %%
w, slope, rate = question.w, question.slope, question.rate
check("descent.step", w - rate * slope)

# %%
question = ask("descent.shrinks")
question

# %%
c, rate, w = question.c, question.rate, question.w
check("descent.shrinks", w * (1 - rate * c) ** 3)

# %%
question = ask("descent.limit")
question

# %%
c = question.c
check("descent.limit", 2 / c)

# %%
question = ask("descent.momentum")
question

# %%
first, second, rate, keep, w = question.first, question.second, question.rate, question.keep, question.w
v = first
w = w - rate * v
v = keep * v + second
check("descent.momentum", w - rate * v)

# %%
question = ask("descent.valley")
question

# %%
hill, start = question.hill, question.start
check("descent.valley", "left" if start < hill else "right")

# %%
question = ask("descent.delta_rule")
question

# %%
rate = question.rate


def learned(w, x, t):
    return w + rate * (t - w * x) * x


check("descent.delta_rule", learned)

# %% [markdown]
# ## Neurons
#
# Of [05_neurons](05_neurons.ipynb).

# %%
question = ask("neurons.sum")
question

# %%
w1, w2, b, x1, x2 = question.w1, question.w2, question.b, question.x1, question.x2
check("neurons.sum", w1 * x1 + w2 * x2 + b)

# %%
question = ask("neurons.slope")
question

# %%
a = question.a
check("neurons.slope", a * (1 - a))

# %%
question = ask("neurons.weight")
question

# %%
x, w, b = question.x, question.w, question.b
a = (x * w + b).sigmoid()
check("neurons.weight", x.data * a.data * (1 - a.data))

# %%
question = ask("neurons.count")
question

# %%
inputs, hidden, outputs = question.inputs, question.hidden, question.outputs
check("neurons.count", (inputs + 1) * hidden + (hidden + 1) * outputs)

# %%
question = ask("neurons.line")
question

# %%
w1, w2, b, x1 = question.w1, question.w2, question.b, question.x1
check("neurons.line", -(b + w1 * x1) / w2)

# %%
question = ask("neurons.logic")
question

# %%
w, b = question.w, question.b
none, one, both = b > 0, w + b > 0, 2 * w + b > 0
check("neurons.logic", "and" if both and not one else "or" if both else "not both" if one else "neither")

# %%
question = ask("neurons.function")
question

# %%
w1, w2, b = question.w1, question.w2, question.b


def neuron(x1, x2):
    return max(w1 * x1 + w2 * x2 + b, 0.0)


check("neurons.function", neuron)

# %% [markdown]
# ## Backpropagation, as the textbooks write it
#
# Of [06_backpropagation](06_backpropagation.ipynb).

# %%
question = ask("deltas.output")
question

# %%
out, target = question.out, question.target
check("deltas.output", (out - target) * out * (1 - out))

# %%
question = ask("deltas.hidden")
question

# %%
out, w1, w2, d1, d2 = question.out, question.w1, question.w2, question.d1, question.d2
check("deltas.hidden", (w1 * d1 + w2 * d2) * out * (1 - out))

# %%
question = ask("deltas.weight")
question

# %%
delta, came_in = question.delta, question.came_in
check("deltas.weight", delta * came_in)

# %%
question = ask("deltas.update")
question

# %%
w, gradient, eta = question.w, question.gradient, question.eta
check("deltas.update", w - eta * gradient)

# %%
question = ask("deltas.order")
question

# %%
w, delta = question.w, question.delta
check("deltas.order", w * delta)

# %%
question = ask("deltas.regularised")
question

# %%
gathered, theta, m, strength = question.gathered, question.theta, question.m, question.strength
check("deltas.regularised", {"weight": gathered / m + strength / m * theta, "bias": gathered / m})

# %%
question = ask("deltas.function")
question

# %%
w1, w2 = question.w1, question.w2


def delta(d1, d2, a):
    return (w1 * d1 + w2 * d2) * (1 - a**2)


check("deltas.function", delta)

# %% [markdown]
# ## Classification
#
# Of [07_classification](07_classification.ipynb).

# %%
question = ask("classes.sigmoid")
question

# %%
score = question.score
import math

check("classes.sigmoid", 1 / (1 + math.exp(-score)))

# %%
question = ask("classes.surprise")
question

# %%
p = question.p
import math

check("classes.surprise", -math.log(1 - p))

# %%
question = ask("classes.softmax")
question

# %%
scores = question.scores
import math

powers = [math.exp(s) for s in scores]
check("classes.softmax", powers[1] / sum(powers))

# %%
question = ask("classes.signal")
question

# %%
p = question.p
check("classes.signal", [given - right for given, right in zip(p, [1, 0, 0])])

# %%
question = ask("classes.square")
question

# %%
p = question.p
check("classes.square", -2 * (1 - p) * p * (1 - p))

# %%
question = ask("classes.decide")
question

# %%
scores = question.scores
check("classes.decide", max(scores, key=scores.get))

# %%
question = ask("classes.function")
question

# %%
stretch = question.stretch


import math


def error_signal(score, y):
    p = 1 / (1 + math.exp(-stretch * score))
    return stretch * (p - y)


check("classes.function", error_signal)

# %% [markdown]
# ## Training for real
#
# Of [08_training](08_training.ipynb).

# %%
question = ask("training.steps")
question

# %%
rows, size, epochs = question.rows, question.size, question.epochs
import math

check("training.steps", math.ceil(rows / size) * epochs)

# %%
question = ask("training.standardise")
question

# %%
column = question.column
mean = sum(column) / len(column)
deviation = (sum((x - mean) ** 2 for x in column) / len(column)) ** 0.5
check("training.standardise", (column[0] - mean) / deviation)

# %%
question = ask("training.batch")
question

# %%
w, xs, ys = question.w, question.xs, question.ys
check("training.batch", sum(2 * (w.data * x - y) * x for x, y in zip(xs, ys)) / len(xs))

# %%
question = ask("training.stop")
question

# %%
losses = question.losses
best = 0
for epoch, loss in enumerate(losses):
    if loss < losses[best]:
        best = epoch
    elif epoch - best == 2:
        break
check("training.stop", best + 1)

# %%
question = ask("training.lambda")
question

# %%
w, slope, m, strength, eta = question.w, question.slope, question.m, question.strength, question.eta
check("training.lambda", w - eta * (slope + strength / m * w))

# %%
question = ask("training.diagnosis")
question

# %%
learned, aside = question.learned, question.aside
check("training.diagnosis", "underfits" if learned > 0.5 else "overfits" if aside > 2 * learned else "fits")

# %%
question = ask("training.function")
question

# %%
mean, deviation, w, b = question.mean, question.deviation, question.w, question.b


def says(x):
    return w * (x - mean) / deviation + b


check("training.function", says)

# %% [markdown]
# ## What goes wrong
#
# Of [09_what_goes_wrong](09_what_goes_wrong.ipynb).

# %%
question = ask("faults.vanish")
question

# %%
w, layers = question.w, question.layers
check("faults.vanish", (w / 4) ** layers)

# %%
question = ask("faults.clip")
question

# %%
g, limit = question.g, question.limit
norm = (g[0] ** 2 + g[1] ** 2) ** 0.5
check("faults.clip", [x * limit / norm for x in g])

# %%
question = ask("faults.forgotten")
question

# %%
start, lowest, eta = question.start, question.lowest, question.eta
w = Value(start)
for step in range(2):
    ((w - lowest) ** 2).backward()
    w.data -= eta * w.grad
check("faults.forgotten", w.data)

# %%
question = ask("faults.asleep")
question

# %%
w, xs, b = question.w, question.xs, question.b
awake = [w * x + b > 0 for x in xs]
check("faults.asleep", "awake for all" if all(awake) else "awake for some" if any(awake) else "dead")

# %%
question = ask("faults.first")
question

# %%
score = question.score
import math

p = autograd.exp(score)
check("faults.first", "exp" if math.isinf(p) else "mul" if math.isinf(p * p) else "log")

# %%
question = ask("faults.diagnosis")
question

# %%
check("faults.diagnosis", "gradients not put back")

# %%
question = ask("faults.function")
question

# %%
leak = question.leak


def slope(z):
    return 1.0 if z > 0 else leak


check("faults.function", slope)

# %% [markdown]
# ## Through time, and to rest
#
# Of [10_through_time](10_through_time.ipynb).

# %%
question = ask("time.copies")
question

# %%
slopes = question.slopes
check("time.copies", sum(slopes))

# %%
question = ask("time.power")
question

# %%
w, x = question.w, question.x
check("time.power", 3 * w.data ** 2 * x)

# %%
question = ask("time.paths")
question

# %%
steps = question.steps
check("time.paths", steps)

# %%
question = ask("time.arrives")
question

# %%
steps, w = question.steps, question.w
check("time.arrives", w ** (steps - 1))

# %%
question = ask("time.parameters")
question

# %%
inputs, units = question.inputs, question.units
check("time.parameters", units * (inputs + units + 1))

# %%
question = ask("time.settles")
question

# %%
w = question.w
check("time.settles", "rests" if abs(w) < 1 else "grows")

# %%
question = ask("time.rest")
question

# %%
w, u = question.w, question.u
check("time.rest", u / (1 - w.data) ** 2)

# %%
question = ask("time.code")
question

# %%
rows = question.rows
import math
check("time.code", math.ceil(math.log2(rows)))

# %%
question = ask("time.mirror")
question

# %%
weights, row = question.weights, question.row
check("time.mirror", sum(w * x for w, x in zip(weights, row)))

# %%
question = ask("time.unrolled")
question

# %%
start = question.start


def state(w, u, x1, x2):
    h = start
    for x in (x1, x2):
        h = w * h + u * x
    return h


check("time.unrolled", state)

# %% [markdown]
# ## Beyond networks
#
# Of [11_beyond_networks](11_beyond_networks.ipynb).

# %%
question = ask("beyond.gradient")
question

# %%
x, y, a = question.x, question.y, question.a
check("beyond.gradient", [2 * x.data * y.data, x.data ** 2 + a])

# %%
question = ask("beyond.jacobian")
question

# %%
x, y, a = question.x, question.y, question.a
check("beyond.jacobian", [[y, x], [1, a]])

# %%
question = ask("beyond.sweeps")
question

# %%
results = question.results
check("beyond.sweeps", results)

# %%
question = ask("beyond.second")
question

# %%
a, b = question.a, question.b


def second(x):
    return 6 * a * x + 2 * b


check("beyond.second", second)

# %%
question = ask("beyond.hessian")
question

# %%
a, b, c = question.a, question.b, question.c
check("beyond.hessian", [[2 * a, b], [b, 2 * c]])

# %%
question = ask("beyond.kind")
question

# %%
a, b, c = question.a, question.b, question.c
check("beyond.kind", "saddle" if a * c < b * b else "minimum" if a > 0 else "maximum")

# %%
question = ask("beyond.newton")
question

# %%
a, b, x = question.a, question.b, question.x
check("beyond.newton", x - (4 * x ** 3 + 2 * a * x + b) / (12 * x ** 2 + 2 * a))

# %%
question = ask("beyond.more_points")
question

# %%
error, times = question.error, question.times
check("beyond.more_points", error / times ** 0.5)

# %%
question = ask("beyond.propagated")
question

# %%
a, b, error_a, error_b = question.a, question.b, question.error_a, question.error_b
check("beyond.propagated", ((b * error_a) ** 2 + (a * error_b) ** 2) ** 0.5)

# %%
question = ask("beyond.implicit")
question

# %%
x, p = question.x, question.p
check("beyond.implicit", 1 / (3 * x ** 2 + p))

# %% [markdown]
# ## From graph to machine speed
#
# Of [12_machine_speed](12_machine_speed.ipynb).

# %%
question = ask("speed.shared")
question

# %%
factors = question.factors
check("speed.shared", 1 + len(factors))

# %%
question = ask("speed.guard")
question

# %%
limit, first, then = question.limit, question.first, question.then
check("speed.guard", "runs" if (first > limit) == (then > limit) else "recorded")

# %%
question = ask("speed.programs")
question

# %%
calls, low, high, top = question.calls, question.low, question.high, question.top
check("speed.programs", len({(x < low, x < high, x < top) for x in calls}))

# %%
question = ask("speed.branchless")
question

# %%
above, below = question.above, question.below


def f(x):
    return autograd.where(x > 0, above * x, below * x)


check("speed.branchless", f)

# %%
question = ask("speed.constants")
question

# %%
after, then = question.after, question.then
check("speed.constants", after * then)

# %%
question = ask("speed.rows")
question

# %%
common, each, count = question.common, question.each, question.count
check("speed.rows", common + count * each)

# %%
question = ask("speed.worth_it")
question

# %%
record, eager, fast = question.record, question.eager, question.fast
check("speed.worth_it", record / (eager - fast))

# %%
question = ask("speed.differences")
question

# %%
inputs, cost = question.inputs, question.cost
check("speed.differences", 2 * inputs / cost)

# %% [markdown]
# ## A small GPT
#
# Of [13_small_gpt](13_small_gpt.ipynb).

# %%
question = ask("gpt.surprise")
question

# %%
p = question.p
import math
check("gpt.surprise", -math.log(p))

# %%
question = ask("gpt.shares")
question

# %%
scores = question.scores
import math
check("gpt.shares", [math.exp(s) / sum(math.exp(t) for t in scores) for s in scores])

# %%
question = ask("gpt.attention")
question

# %%
query, values, keys = question.query, question.values, question.keys
scores = [sum(q * k for q, k in zip(query, key)) for key in keys]
shares = autograd.softmax(scores)
check("gpt.attention", sum(s * v for s, v in zip(shares, values)))

# %%
question = ask("gpt.norm")
question

# %%
x = question.x
size = (sum(a * a for a in x) / 3) ** 0.5
check("gpt.norm", [a / size for a in x])

# %%
question = ask("gpt.error_signal")
question

# %%
scores, came = question.scores, question.came
p = autograd.softmax(scores)
check("gpt.error_signal", [p[i] - (i == came) for i in range(3)])

# %%
question = ask("gpt.temperature")
question

# %%
first, second, temperature = question.first, question.second, question.temperature
check("gpt.temperature", autograd.softmax([first / temperature, second / temperature])[0])

# %%
question = ask("gpt.weights")
question

# %%
width, times = question.width, question.times
check("gpt.weights", 4 * width ** 2 + 2 * times * width * width)

# %%
question = ask("gpt.residual")
question

# %%
x, w = question.x, question.w
import math
check("gpt.residual", 1 + w * (1 - math.tanh(w * x.data) ** 2))

# %%
question = ask("gpt.as_if")
question

# %%
loss = question.loss
import math
check("gpt.as_if", math.exp(loss))

# %%
question = ask("gpt.future")
question

# %%
places = question.places
check("gpt.future", sum(range(1, places + 1)))
