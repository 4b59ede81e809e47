# %% [markdown]
# # Solutions
#
# Every exercise of the course, solved. Try one yourself first: `check` tells what a wrong answer is, gives a hint, and then the way. What a question gives has a name: `question.a` is its a.

# %%
import autograd
from autograd import Value
from autograd.course import ask, check

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
