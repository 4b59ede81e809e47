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
