# %% [markdown]
# # Solutions
#
# Every exercise of the course, solved, and how. Try one yourself first: `check` tells what a wrong answer is, gives a hint, and then the way. What a question gives has a name: `question.a` is its a. (`math.ceil(x)` is x rounded up, 2 to the power of `math.log2(x)` is x, `math.isinf(x)` tells whether x is infinite.)

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

# %% [markdown]
# *The way:* c = -0.4 + 0.9 = 0.5, and e = 0.5 × 0.9 = 0.45.

# %%
question = ask("first.nodes")
question

# %%
check("first.nodes", 3 + 3 + 2)

# %% [markdown]
# *The way:* 3 letters, 3 sums, and 2 products between 3 brackets: 8.

# %%
question = ask("first.move")
question

# %%
slope, nudge = question.slope, question.nudge
check("first.move", slope * nudge)

# %% [markdown]
# *The way:* -2.8 × 0.07 = -0.196.

# %%
question = ask("first.which")
question

# %%
slopes = question.slopes
check("first.which", max(slopes, key=lambda name: abs(slopes[name])))

# %% [markdown]
# *The way:* The largest size is that of w: -5.1.

# %%
question = ask("first.direction")
question

# %%
slope = question.slope
check("first.direction", "lower it" if slope > 0 else "raise it")

# %% [markdown]
# *The way:* Against the gradient: it is below 0, so raise it.

# %%
question = ask("first.step")
question

# %%
w, slope, rate = question.w, question.slope, question.rate
check("first.step", w - rate * slope)

# %% [markdown]
# *The way:* -1.7 − 0.5 × (0.9) = -2.15.

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

# %% [markdown]
# *The way:* (14.44 − 10.89) / 0.5 = 7.1. In letters, (2xh + h²) / h = 2x + h: the slope 2x, and h too much.

# %%
question = ask("slopes.product")
question

# %%
b = question.b
check("slopes.product", b.data)

# %% [markdown]
# *The way:* When a moves by a bit h, z becomes (a + h) × b = a × b + h × b: it moves by b bits. So ∂z/∂a is b, 3.5.

# %%
question = ask("slopes.rule")
question

# %%
x, a, b = question.x, question.a, question.b
check("slopes.rule", 3 * a * x.data ** 2 + b)

# %% [markdown]
# *The way:* dy/dx = 3 a x² + b = 3 × (-0.1) × 2.5² + 3.6 = 1.725.

# %%
question = ask("slopes.which_way")
question

# %%
x = question.x
check("slopes.which_way", "rising" if 5.6 - 2 * x > 0 else "falling")

# %% [markdown]
# *The way:* The slope is 5.6 − 2x, at x = 2.2 it is 1.2: f is rising.

# %%
question = ask("slopes.predict")
question

# %%
value, slope, step = question.value, question.slope, question.step
check("slopes.predict", value + slope * step)

# %% [markdown]
# *The way:* It moves by about slope × step = 2.7 × 0.08 = 0.216, and so arrives at 3.816.

# %%
question = ask("slopes.both")
question

# %%
a, b, c = question.a, question.b, question.c
check("slopes.both", {"a": b.data, "b": a.data + c.data})

# %% [markdown]
# *The way:* ∂z/∂a = b = -3.8. b stands in both products, and both move: ∂z/∂b = a + c = -0.6.

# %%
question = ask("slopes.function")
question

# %%
a, b = question.a, question.b


def slope(x):
    return 2 * a * x + b


check("slopes.function", slope)

# %% [markdown]
# *The way:* The slope is 2 a x + b: `def slope(x): return 2 * 0.7 * x + 3.4`, and then `check("slopes.function", slope)`.

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

# %% [markdown]
# *The way:* c = 3.1 + 2.8 = 5.9, d = 2.8 − 1 = 1.8, e = 5.9 × 1.8 = 10.62.

# %%
question = ask("graphs.local")
question

# %%
c, d = question.c, question.d
check("graphs.local", {"c": d.data, "d": c.data})

# %% [markdown]
# *The way:* Along the arrow from c stands the other factor, d = 2.1; along the one from d stands c = 1.4.

# %%
question = ask("graphs.adjoint")
question

# %%
coming, b = question.coming, question.b
check("graphs.adjoint", coming * b.data)

# %% [markdown]
# *The way:* The local derivative of v in a is b = 1.7, and v has the adjoint -0.1: together -0.1 × 1.7 = -0.17.

# %%
question = ask("graphs.by_hand")
question

# %%
a, b = question.a, question.b
check("graphs.by_hand", {"a": b.data + 1, "b": a.data})

# %% [markdown]
# *The way:* c gets 1. b gets, through c, 1 × a = 0.9. a gets 1 × b = 2.5 through c, and 1 straight from e: together 3.5.

# %%
question = ask("graphs.twice")
question

# %%
times, x = question.times, question.x
check("graphs.twice", times * 2 * x.data)

# %% [markdown]
# *The way:* Each call brings 2x = 5.2. After 4 calls there are 4 × 5.2 = 20.8.

# %%
question = ask("graphs.kinks")
question

# %%
a = question.a
check("graphs.kinks", {"y_b": 0.0, "z_b": -a.data})

# %% [markdown]
# *The way:* relu(b) is 0 on this side: slope 0. |b| is −b on this side: slope −1, times a: -3.6.

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
# *The way:* c = a + k gets d = a × b, and d gets c. So b gets c × a, and a gets d × 1 through c and c × b through d: [a * b + (a + k) * b, (a + k) * a].

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

# %% [markdown]
# *The way:* Along a path, multiply: 4 × (-3.9) × 0.9 = -14.04.

# %%
question = ask("paths.meet")
question

# %%
x, k, m = question.x, question.k, question.m
check("paths.meet", k * m + 2 * x.data)

# %% [markdown]
# *The way:* Through u: k × m = -9.5. Through v: 2x = 7. Together -2.5.

# %%
question = ask("paths.explained")
question

# %%
a, b, c = question.a, question.b, question.c
check("paths.explained", b.data * c.data + b.data * a.data + a.data * b.data)

# %% [markdown]
# *The way:* b × c + b × a + u = 5.44 + (-0.85) + (-0.85) = 3.74.

# %%
question = ask("paths.inside")
question

# %%
k = question.k


def slope(x):
    return autograd.cos(k * x * x) * 2 * k * x


check("paths.inside", slope)

# %% [markdown]
# *The way:* u = k x² has the slope 2 k x, sin(u) has the slope cos(u): `return autograd.cos(k * x * x) * 2 * k * x`.

# %%
question = ask("paths.count")
question

# %%
times = question.times
check("paths.count", 2 ** times)

# %% [markdown]
# *The way:* Each doubling has two arrows, so there are 2 × 2 × … = 2^12 = 4096 paths, and as large is the slope.

# %%
question = ask("paths.overwritten")
question

# %%
b = question.b
check("paths.overwritten", b.data)

# %% [markdown]
# *The way:* Through q arrives c = 3.6, then through p arrives b = 3.4, which overwrites it. Right would be b + c = 7.

# %%
question = ask("paths.next")
question

# %%
check("paths.next", "q")

# %% [markdown]
# *The way:* s is used by r and by q: both have to report first. q is used by p alone, which has. So q.

# %%
question = ask("paths.sweeps")
question

# %%
n = question.n
check("paths.sweeps", {"nudging": n + 1, "forward": n, "reverse": 1})

# %% [markdown]
# *The way:* Nudging: once as it is, and once for each weight, 415. Forward mode: a sweep for each weight, 414. Reverse mode: 1 pass, since there is one result.

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

# %% [markdown]
# *The way:* y = -15.2, so y − t = -12. Times x: -12 × (-3.8) = 45.6.

# %%
question = ask("descent.step")
question

# %%
w, slope, rate = question.w, question.slope, question.rate
check("descent.step", w - rate * slope)

# %% [markdown]
# *The way:* w − rate × slope = 0.5 − 0.4 × (-2.3) = 1.42.

# %%
question = ask("descent.shrinks")
question

# %%
c, rate, w = question.c, question.rate, question.w
check("descent.shrinks", w * (1 - rate * c) ** 3)

# %% [markdown]
# *The way:* Each step multiplies w by 1 − rate × c = 0.25: 3.1 × 0.25³ = 0.04844.

# %%
question = ask("descent.limit")
question

# %%
c = question.c
check("descent.limit", 2 / c)

# %% [markdown]
# *The way:* 1 − rate × c = −1 where rate × c = 2: at rate = 2 / c = 0.3846.

# %%
question = ask("descent.momentum")
question

# %%
first, second, rate, keep, w = question.first, question.second, question.rate, question.keep, question.w
v = first
w = w - rate * v
v = keep * v + second
check("descent.momentum", w - rate * v)

# %% [markdown]
# *The way:* v = 3, w = -0.1. Then v = 0.6 × (3) + (1.8) = 3.6, w = -1.54.

# %%
question = ask("descent.valley")
question

# %%
hill, start = question.hill, question.start
check("descent.valley", "left" if start < hill else "right")

# %% [markdown]
# *The way:* -1.1 is left of the hill, so downhill leads into the left valley.

# %%
question = ask("descent.delta_rule")
question

# %%
rate = question.rate


def learned(w, x, t):
    return w + rate * (t - w * x) * x


check("descent.delta_rule", learned)

# %% [markdown]
# *The way:* `return w + rate * (t - w * x) * x`: the error δ = t − y, times the input.

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

# %% [markdown]
# *The way:* z = 3.8 × 1.5 + 3.3 × 2.5 + 2.2 = 16.15.

# %%
question = ask("neurons.slope")
question

# %%
a = question.a
check("neurons.slope", a * (1 - a))

# %% [markdown]
# *The way:* a (1 − a) = 0.93 × 0.07 = 0.0651.

# %%
question = ask("neurons.weight")
question

# %%
x, w, b = question.x, question.w, question.b
a = (x * w + b).sigmoid()
check("neurons.weight", x.data * a.data * (1 - a.data))

# %% [markdown]
# *The way:* ∂z/∂w = x = 2.1, ∂a/∂z = a (1 − a) = 0.093446, and the product is 0.196237.

# %%
question = ask("neurons.count")
question

# %%
inputs, hidden, outputs = question.inputs, question.hidden, question.outputs
check("neurons.count", (inputs + 1) * hidden + (hidden + 1) * outputs)

# %% [markdown]
# *The way:* (6 + 1) × 8 + (8 + 1) × 7 = 119.

# %%
question = ask("neurons.line")
question

# %%
w1, w2, b, x1 = question.w1, question.w2, question.b, question.x1
check("neurons.line", -(b + w1 * x1) / w2)

# %% [markdown]
# *The way:* 0.6 × x2 = −(-1.6 + 2.1 × 2.6) = -3.86, so x2 = -6.43333.

# %%
question = ask("neurons.logic")
question

# %%
w, b = question.w, question.b
none, one, both = b > 0, w + b > 0, 2 * w + b > 0
check("neurons.logic", "and" if both and not one else "or" if both else "not both" if one else "neither")

# %% [markdown]
# *The way:* With none z = -5.55, with one -1.85, with two 1.85: it says yes for 'and'.

# %%
question = ask("neurons.function")
question

# %%
w1, w2, b = question.w1, question.w2, question.b


def neuron(x1, x2):
    return max(w1 * x1 + w2 * x2 + b, 0.0)


check("neurons.function", neuron)

# %% [markdown]
# *The way:* `def neuron(x1, x2): return max(w1 * x1 + w2 * x2 + b, 0.0)`, with your three numbers in it.

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

# %% [markdown]
# *The way:* (out − target) × out × (1 − out) = -0.25 × 0.45 × 0.55 = -0.061875.

# %%
question = ask("deltas.hidden")
question

# %%
out, w1, w2, d1, d2 = question.out, question.w1, question.w2, question.d1, question.d2
check("deltas.hidden", (w1 * d1 + w2 * d2) * out * (1 - out))

# %% [markdown]
# *The way:* -2.6 × 0.41 + 1.3 × (-0.08) = -1.17 comes back, × 0.61 × 0.39 makes -0.278343.

# %%
question = ask("deltas.weight")
question

# %%
delta, came_in = question.delta, question.came_in
check("deltas.weight", delta * came_in)

# %% [markdown]
# *The way:* delta × came_in = 0.45 × 2.7 = 1.215.

# %%
question = ask("deltas.update")
question

# %%
w, gradient, eta = question.w, question.gradient, question.eta
check("deltas.update", w - eta * gradient)

# %% [markdown]
# *The way:* -2 − 0.6 × 0.7 = -2.42.

# %%
question = ask("deltas.order")
question

# %%
w, delta = question.w, question.delta
check("deltas.order", w * delta)

# %% [markdown]
# *The way:* The old weight times the delta: 2.5 × (-0.3) = -0.75.

# %%
question = ask("deltas.regularised")
question

# %%
gathered, theta, m, strength = question.gathered, question.theta, question.m, question.strength
check("deltas.regularised", {"weight": gathered / m + strength / m * theta, "bias": gathered / m})

# %% [markdown]
# *The way:* The bias has Δ/m = -0.116667; the weight has 3.1/6 × 3.6 = 1.86 more, 1.74333.

# %%
question = ask("deltas.function")
question

# %%
w1, w2 = question.w1, question.w2


def delta(d1, d2, a):
    return (w1 * d1 + w2 * d2) * (1 - a**2)


check("deltas.function", delta)

# %% [markdown]
# *The way:* `def delta(d1, d2, a): return (w1 * d1 + w2 * d2) * (1 - a**2)`, with your two weights in it.

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

# %% [markdown]
# *The way:* 1 / (1 + exp(-2.5)) = 1 / (1 + 0.082085) = 0.92414.

# %%
question = ask("classes.surprise")
question

# %%
p = question.p
import math

check("classes.surprise", -math.log(1 - p))

# %% [markdown]
# *The way:* no was given 0.33, and −log 0.33 = 1.1087.

# %%
question = ask("classes.softmax")
question

# %%
scores = question.scores
import math

powers = [math.exp(s) for s in scores]
check("classes.softmax", powers[1] / sum(powers))

# %% [markdown]
# *The way:* 0.40657 / (1.3499 + 0.40657 + 12.182) = 0.029168.

# %%
question = ask("classes.signal")
question

# %%
p = question.p
check("classes.signal", [given - right for given, right in zip(p, [1, 0, 0])])

# %% [markdown]
# *The way:* [0.13 − 1, 0.31 − 0, 0.56 − 0] = [-0.87, 0.31, 0.56].

# %%
question = ask("classes.square")
question

# %%
p = question.p
check("classes.square", -2 * (1 - p) * p * (1 - p))

# %% [markdown]
# *The way:* −2 × (1 − 0.54) × 0.54 × (1 − 0.54) = -0.22853. The cross-entropy has p − 1 = -0.46.

# %%
question = ask("classes.decide")
question

# %%
scores = question.scores
check("classes.decide", max(scores, key=lambda name: scores[name]))

# %% [markdown]
# *The way:* 2.3 is the largest, so it is owl.

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
# *The way:* p = 1 / (1 + exp(−stretch × score)), and the slope in the score is stretch × (p − y).

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

# %% [markdown]
# *The way:* 59 / 11 = 5.364, so 6 batches an epoch, and 3 times that is 18.

# %%
question = ask("training.standardise")
question

# %%
column = question.column
mean = sum(column) / len(column)
deviation = (sum((x - mean) ** 2 for x in column) / len(column)) ** 0.5
check("training.standardise", (column[0] - mean) / deviation)

# %% [markdown]
# *The way:* Mean 8.875, standard deviation 6.5606: (4 − 8.875) / 6.5606 = -0.74307.

# %%
question = ask("training.batch")
question

# %%
w, xs, ys = question.w, question.xs, question.ys
check("training.batch", sum(2 * (w.data * x - y) * x for x, y in zip(xs, ys)) / len(xs))

# %% [markdown]
# *The way:* The rows bring 0.682 and 6.45; the mean is 3.566.

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

# %% [markdown]
# *The way:* The best so far is 0.44, in epoch 2; the next two are not better. So it stops after epoch 4, and puts back those of epoch 2.

# %%
question = ask("training.lambda")
question

# %%
w, slope, m, strength, eta = question.w, question.slope, question.m, question.strength, question.eta
check("training.lambda", w - eta * (slope + strength / m * w))

# %% [markdown]
# *The way:* 2.7 − 0.6 × (-1.2 + 3.2/6 × 2.7) = 2.556.

# %%
question = ask("training.diagnosis")
question

# %%
learned, aside = question.learned, question.aside
check("training.diagnosis", "underfits" if learned > 0.5 else "overfits" if aside > 2 * learned else "fits")

# %% [markdown]
# *The way:* 0.06 where it learned, 1.1 on the rest: it overfits.

# %%
question = ask("training.function")
question

# %%
mean, deviation, w, b = question.mean, question.deviation, question.w, question.b


def says(x):
    return w * (x - mean) / deviation + b


check("training.function", says)

# %% [markdown]
# *The way:* `def says(x): return w * (x - mean) / deviation + b`, with your four numbers in it.

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

# %% [markdown]
# *The way:* (2.6 × ¼) multiplied with itself, 6 times: 0.075419.

# %%
question = ask("faults.clip")
question

# %%
g, limit = question.g, question.limit
norm = (g[0] ** 2 + g[1] ** 2) ** 0.5
check("faults.clip", [x * limit / norm for x in g])

# %% [markdown]
# *The way:* The norm is 4.827, the factor 2 / 4.827 = 0.41434: [-1.2844, 1.533].

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

# %% [markdown]
# *The way:* First gradient -1.2, so w = 0.46. There the gradient is -0.48; together -1.68, so w = 0.964.

# %%
question = ask("faults.asleep")
question

# %%
w, xs, b = question.w, question.xs, question.b
awake = [w * x + b > 0 for x in xs]
check("faults.asleep", "awake for all" if all(awake) else "awake for some" if any(awake) else "dead")

# %% [markdown]
# *The way:* w × x + b is 1, 1.2, 1.24: it is awake for all.

# %%
question = ask("faults.first")
question

# %%
score = question.score
import math

p = autograd.exp(score)
check("faults.first", "exp" if math.isinf(p) else "mul" if math.isinf(p * p) else "log")

# %% [markdown]
# *The way:* p = 0, a = 0, b = -inf: the first is made by log.

# %%
question = ask("faults.diagnosis")
question

# %%
check("faults.diagnosis", "gradients not put back")

# %% [markdown]
# *The way:* Where gradients are not put back, each step goes by the sum of all before it: the weights swing like a ball without friction. So: gradients not put back.

# %%
question = ask("faults.function")
question

# %%
leak = question.leak


def slope(z):
    return 1.0 if z > 0 else leak


check("faults.function", slope)

# %% [markdown]
# *The way:* `def slope(z): return 1.0 if z > 0 else 0.17`.

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

# %% [markdown]
# *The way:* Every use is a path of its own, and paths are added: 5.4.

# %%
question = ask("time.power")
question

# %%
w, x = question.w, question.x
check("time.power", 3 * w.data ** 2 * x)

# %% [markdown]
# *The way:* y = w³ x, and its slope is 3 w² x = 3 × (-1.8)² × (-0.9) = -8.748: three paths, each of them w × w × x.

# %%
question = ask("time.paths")
question

# %%
steps = question.steps
check("time.paths", steps)

# %% [markdown]
# *The way:* u leads into each step once, and from there one way leads on, through all later states. So 10 steps are 10 paths.

# %%
question = ask("time.arrives")
question

# %%
steps, w = question.steps, question.w
check("time.arrives", w ** (steps - 1))

# %% [markdown]
# *The way:* It is multiplied by w in each of the 7 steps after the first: w^7 = 3.58318.

# %%
question = ask("time.parameters")
question

# %%
inputs, units = question.inputs, question.units
check("time.parameters", units * (inputs + units + 1))

# %% [markdown]
# *The way:* One unit has 5 + 8 weights and a bias, 14 together, and there are 8: 112.

# %%
question = ask("time.settles")
question

# %%
w = question.w
check("time.settles", "rests" if abs(w) < 1 else "grows")

# %% [markdown]
# *The way:* Each step multiplies the way to the resting place by 0.8. That is below 1. The size of w decides, and neither its sign nor u.

# %%
question = ask("time.rest")
question

# %%
w, u = question.w, question.u
check("time.rest", u / (1 - w.data) ** 2)

# %% [markdown]
# *The way:* dx/dw = x + w dx/dw, so dx/dw = x / (1 − w) = 1.2 / 1.5 = 0.8.

# %%
question = ask("time.code")
question

# %%
rows = question.rows
import math
check("time.code", math.ceil(math.log2(rows)))

# %% [markdown]
# *The way:* 5 units have 2^5 = 32 codes, 6 have 64: enough for 63 rows.

# %%
question = ask("time.mirror")
question

# %%
weights, row = question.weights, question.row
check("time.mirror", sum(w * x for w, x in zip(weights, row)))

# %% [markdown]
# *The way:* The places that have a 1: (9.2) + (-2.3) = 6.9. It is 0 for rows that read the same backwards, and for no others.

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
# *The way:* After one step h = w × 1.2 + u × x1, after two w × (w × 1.2 + u × x1) + u × x2.

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

# %% [markdown]
# *The way:* In x: 2 x y = 16.24. In y: x² + a = 10.14.

# %%
question = ask("beyond.jacobian")
question

# %%
x, y, a = question.x, question.y, question.a
check("beyond.jacobian", [[y, x], [1, a]])

# %% [markdown]
# *The way:* u = x y: y and x. v = x + a y: 1 and a. So [[-3.7, -0.8], [1, -1.8]].

# %%
question = ask("beyond.sweeps")
question

# %%
results = question.results
check("beyond.sweeps", results)

# %% [markdown]
# *The way:* One pass for each result, so 20. Each gives a row of 37.

# %%
question = ask("beyond.second")
question

# %%
a, b = question.a, question.b


def second(x):
    return 6 * a * x + 2 * b


check("beyond.second", second)

# %% [markdown]
# *The way:* The slope is 3 a x² + 2 b x + c, and the slope of that 6 a x + 2 b.

# %%
question = ask("beyond.hessian")
question

# %%
a, b, c = question.a, question.b, question.c
check("beyond.hessian", [[2 * a, b], [b, 2 * c]])

# %% [markdown]
# *The way:* [[2a, b], [b, 2c]] = [[-1.2, -1.1], [-1.1, 7.8]]. It is the same everywhere, since f is of second degree.

# %%
question = ask("beyond.kind")
question

# %%
a, b, c = question.a, question.b, question.c
check("beyond.kind", "saddle" if a * c < b * b else "minimum" if a > 0 else "maximum")

# %% [markdown]
# *The way:* a c = 1.14, b² = 0.01: one sign in every direction, that of a. So it is a maximum.

# %%
question = ask("beyond.newton")
question

# %%
a, b, x = question.a, question.b, question.x
check("beyond.newton", x - (4 * x ** 3 + 2 * a * x + b) / (12 * x ** 2 + 2 * a))

# %% [markdown]
# *The way:* x − f′ / f″ = 2.7 − 82.932 / 88.48 = 1.7627.

# %%
question = ask("beyond.more_points")
question

# %%
error, times = question.error, question.times
check("beyond.more_points", error / times ** 0.5)

# %% [markdown]
# *The way:* 0.52 / √12 = 0.150111. For half the error one needs four times the points.

# %%
question = ask("beyond.propagated")
question

# %%
a, b, error_a, error_b = question.a, question.b, question.error_a, question.error_b
check("beyond.propagated", ((b * error_a) ** 2 + (a * error_b) ** 2) ** 0.5)

# %% [markdown]
# *The way:* (5.4 × 0.2)² + (6.7 × 0.5)² = 12.3889, and the root of that is 3.51979.

# %%
question = ask("beyond.implicit")
question

# %%
x, p = question.x, question.p
check("beyond.implicit", 1 / (3 * x ** 2 + p))

# %% [markdown]
# *The way:* dx/da = 1 / (3 x² + p) = 1 / 10.18 = 0.0982318. How the solver found x does not matter.

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

# %% [markdown]
# *The way:* a × b once, and each of the 3 terms by its factor: 4.

# %%
question = ask("speed.guard")
question

# %%
limit, first, then = question.limit, question.first, question.then
check("speed.guard", "runs" if (first > limit) == (then > limit) else "recorded")

# %% [markdown]
# *The way:* -0.4 is above -0.6, and 2.6 is above -0.6: so it is the program that there is that runs.

# %%
question = ask("speed.programs")
question

# %%
calls, low, high, top = question.calls, question.low, question.high, question.top
check("speed.programs", len(set((x < low, x < high, x < top) for x in calls)))

# %% [markdown]
# *The way:* There are four ranges, and these numbers meet 3 of them: a program for each of those.

# %%
question = ask("speed.branchless")
question

# %%
above, below = question.above, question.below


def f(x):
    return autograd.where(x > 0, above * x, below * x)


check("speed.branchless", f)

# %% [markdown]
# *The way:* `def f(x): return autograd.where(x > 0, 3.6 * x, 0.6 * x)`. Both are computed, and one is taken.

# %%
question = ask("speed.constants")
question

# %%
after, then = question.after, question.then
check("speed.constants", after * then)

# %% [markdown]
# *The way:* 2.9 × 0.7 = 2.03, as without compile: the constant has changed, so it was recorded anew.

# %%
question = ask("speed.rows")
question

# %%
common, each, count = question.common, question.each, question.count
check("speed.rows", common + count * each)

# %% [markdown]
# *The way:* 25 + 18 × 5 = 115.

# %%
question = ask("speed.worth_it")
question

# %%
record, eager, fast = question.record, question.eager, question.fast
check("speed.worth_it", record / (eager - fast))

# %% [markdown]
# *The way:* A call saves 69 − 1.5 = 67.5 µs, and 3640 / 67.5 = 53.9259.

# %%
question = ask("speed.differences")
question

# %%
inputs, cost = question.inputs, question.cost
check("speed.differences", 2 * inputs / cost)

# %% [markdown]
# *The way:* 2 × 24 calls against 3.6: 13.3333 times. And the differences are rounded.

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

# %% [markdown]
# *The way:* −log(0.8) = 0.223144; in Python, `-math.log(p)`.

# %%
question = ask("gpt.shares")
question

# %%
scores = question.scores
import math
check("gpt.shares", [math.exp(s) / sum(math.exp(t) for t in scores) for s in scores])

# %% [markdown]
# *The way:* exp gives [3.004, 0.7408, 0.2725], together 4.0175; divided by that, [0.7478, 0.1844, 0.06784].

# %%
question = ask("gpt.attention")
question

# %%
query, values, keys = question.query, question.values, question.keys
scores = [sum(q * k for q, k in zip(query, key)) for key in keys]
shares = autograd.softmax(scores)
check("gpt.attention", sum(s * v for s, v in zip(shares, values)))

# %% [markdown]
# *The way:* Scores [-0.28, 0.24], shares [0.3729, 0.6271], and so 0.3729 × (-4.6) + 0.6271 × (2.4) = -0.2100.

# %%
question = ask("gpt.norm")
question

# %%
x = question.x
size = (sum(a * a for a in x) / 3) ** 0.5
check("gpt.norm", [a / size for a in x])

# %% [markdown]
# *The way:* The mean of the squares is 5.81333, its root 2.41109; divided by it, [0.4977, -1.327, -0.9954].

# %%
question = ask("gpt.error_signal")
question

# %%
scores, came = question.scores, question.came
p = autograd.softmax(scores)
check("gpt.error_signal", [p[i] - (i == came) for i in range(3)])

# %% [markdown]
# *The way:* p − y = [0.06999, -0.1473, 0.07735]: the probabilities, and for number 1 one less.

# %%
question = ask("gpt.temperature")
question

# %%
first, second, temperature = question.first, question.second, question.temperature
check("gpt.temperature", autograd.softmax([first / temperature, second / temperature])[0])

# %% [markdown]
# *The way:* Softmax of -0.3529 and -0.1176: the first gets 0.441446.

# %%
question = ask("gpt.weights")
question

# %%
width, times = question.width, question.times
check("gpt.weights", 4 * width ** 2 + 2 * times * width * width)

# %% [markdown]
# *The way:* Four tables of 32 × 32, and two of 160 × 32: 4096 + 10240 = 14336.

# %%
question = ask("gpt.residual")
question

# %%
x, w = question.x, question.w
import math
check("gpt.residual", 1 + w * (1 - math.tanh(w * x.data) ** 2))

# %% [markdown]
# *The way:* 1 + w × (1 − tanh(w x)²) = 1 + (1.8) × 0.756963 = 2.36253.

# %%
question = ask("gpt.as_if")
question

# %%
loss = question.loss
import math
check("gpt.as_if", math.exp(loss))

# %% [markdown]
# *The way:* n = exp(3.2) = 24.53. This number has a name: perplexity.

# %%
question = ask("gpt.future")
question

# %%
places = question.places
check("gpt.future", sum(range(1, places + 1)))

# %% [markdown]
# *The way:* 1 + 2 + ... + 10 = 10 × 11 / 2 = 55.
