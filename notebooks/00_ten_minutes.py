# %% [markdown]
# # Ten minutes
#
# *Notebook 0 of the course. After it: [Slopes](01_slopes.ipynb), where all of this is done slowly.*
#
# **What you will see:** a number that remembers how it was made, the graph of that memory, the gradient that is read off the graph, and a network that learns by it. In pictures, and with things to drag. You need not understand everything yet: each part has a notebook of its own.
#
# Run the cells from top to bottom with Shift+Enter. What you do not know of the Python in them, as the `f` before a text, is in a table at the beginning of the [next notebook](01_slopes.ipynb); here you may skip over it. (If you are in a browser without Python, look at the pictures; the pages play all the same.)

# %%
import matplotlib.pyplot as plt

import autograd
import nn
from autograd import Value
from autograd.course import ask, check

# %% [markdown]
# ## A number that remembers
#
# A `Value` is a number. Compute with it as with any other:

# %%
a = Value(2.0, label="a")
b = Value(1.0, label="b")
c = a + b
d = b + 1
e = c * d
c.label, d.label, e.label = "c", "d", "e"

e

# %% [markdown]
# The result shows a picture, because it remembers: `e` was made by a × from `c` and `d`, these by two + from `a` and `b`. Such a picture of boxes and arrows is called a **graph**, each box is a **node**, and it holds a number; an arrow is also called an **edge**. (The small numbers on the arrows come in notebook 2.)
#
# ## Backward: what if?
#
# What if `b` were a tiny bit larger? How far would `e` move? One call answers that for *every* number at once:

# %%
e.backward()
print("e moves", a.grad, "times as far as a")
print("e moves", b.grad, "times as far as b")

# %% [markdown]
# These numbers are the **gradient**, one for each number that went in; one of them alone is called a **slope**, or the gradient in that number. Is it true? Make `b` larger by a thousandth, a tiny **nudge**, and see:

# %%
larger = (2.0 + 1.001) * (1.001 + 1)
print("b is larger by 0.001, and e by", round(larger - 6.0, 6))

# %% [markdown]
# Five times as far, as it said, and a hair more (why, says notebook 1). Here is how that came about, as a page that plays. **Click into it and press → again and again:** first the numbers are computed from left to right, then the gradient is computed on the way back. And **drag any underlined number**: everything follows.

# %%
autograd.explore(e)

# %% [markdown]
# ## Turn a number against its gradient
#
# Now suppose you want `e` to be 10. How wrong is it? Square the difference, and call that the **error**: 0 is perfect. The gradient says for each number which way the error goes. So turn each a little the *other* way, as one turns a knob, and again, and again. (How far is up to us: here 0.005 times the gradient. This number is called the **learning rate**. In the cell, `a.data` is the number in `a`, and `a.grad` its slope. A slope adds up what each `backward()` brings, so it is set to 0 before.)

# %%
a, b = Value(2.0), Value(1.0)
errors = []
for step in range(30):
    e = (a + b) * (b + 1)
    error = (e - 10.0) ** 2
    errors.append(error.data)
    a.grad = b.grad = 0.0
    error.backward()
    a.data -= 0.005 * a.grad
    b.data -= 0.005 * b.grad

print(f"a = {a.data:.4f}, b = {b.data:.4f}, e = {((a + b) * (b + 1)).data:.4f}")

figure, axes = plt.subplots(figsize=(5.5, 2.8), layout="constrained")
axes.plot(errors, "o-", color="#c05621", markersize=4)
axes.set(xlabel="step", ylabel="error")
plt.show()

# %% [markdown]
# Nobody told it how to get there. **That is learning:** ask which way each number moves the error, and turn it a little the other way.
#
# ## A network that learns
#
# A **neural network** is a longer expression of the same kind, with many numbers that can be turned: its **weights** (later we tell two kinds apart, weights and biases). Ours has 105 of them, and two rows of 8 **units**, numbers that it computes on the way. It is given two numbers, the place of a point on a sheet of paper, and is to say to which of two half moons the point belongs. These are its examples:

# %%
points, moon = nn.data.moons(60, noise=0.15, seed=0)

figure, axes = plt.subplots(figsize=(5.5, 3.4), layout="constrained")
for which, color, marker in ((0, "#2b6cb0", "o"), (1, "#c05621", "s")):
    mine = [point for point, m in zip(points, moon) if m == which]
    axes.scatter([x for x, _ in mine], [y for _, y in mine], color=color, marker=marker, edgecolor="white", s=50, label=f"moon {which}")
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# At first the weights are random: what it says is chance. (A lucky one here: its guess for step 1, before any weight was turned, is right in 8 of 10 points.) Then it takes 150 steps, each of them as above: compute the error, go backward, turn every weight a little. What stands in the brackets of `nn.fit` chooses the kind of network, the error, and the way of the steps: notebooks 4 to 8 are about that. (A film is kept, to look at afterwards.)

# %%
network = nn.MLP(2, [8, 8, 1], "tanh", rng=1)
film = nn.Film(title="Two moons", classes=["moon 0", "moon 1"])
history = nn.fit(
    network,
    points,
    moon,
    loss=nn.binary_cross_entropy_with_logits,
    optimizer=nn.SGD(network.parameters(), lr=0.1, momentum=0.9),
    epochs=150,
    batch_size=None,
    metrics=["accuracy"],
    callbacks=[film],
    progress=False,
)
for step in (1, 20, 50, 150):
    print(f"step {step:3}: error {history['loss'][step - 1]:.3f}, right in {history['accuracy'][step - 1]:.0%} of the points")

# %% [markdown]
# And here is the film. On the left is the sheet of paper, in the middle the network: each little square is a unit (or an input, or the answer), and shows what that gives for every place on the paper. The error is called **loss** there. **Drag along the rail** at the bottom (or press →) and watch the border between the two moons bend itself into place. Click a point to see what the network computes for it; click a line, a weight, to see its whole life. You can change the learning rate in the middle of it, drag the points, add some: the page learns anew. (What else stands there comes in later notebooks.)

# %%
film

# %% [markdown]
# ## What you have seen
#
# - A **Value** remembers how it was made; that memory is a **graph**.
# - `backward()` goes through the graph from the result, and finds the **gradient**: how many times as far as each number the result moves.
# - **Learning** is turning each number a little against the gradient of the error, many times.
# - A **network** is nothing else, with more numbers.
#
# ## Exercises
#
# Write your answer in the place of `...`, and run the cell. A wrong answer is told what it is, if it is one of the usual slips; the second one gets a hint, the third one the way. Try other numbers with `ask("first.result", 1)`, then 2, and so on: there is no end of them. (Where a question says "in Python: `slope`", you may also compute with its numbers: after `question = ask("first.move")`, `question.slope` is the slope.)

# %%
ask("first.result")

# %%
check("first.result", ...)

# %%
ask("first.nodes")

# %%
check("first.nodes", ...)

# %%
ask("first.move")

# %%
check("first.move", ...)

# %%
ask("first.which")

# %%
check("first.which", ...)

# %%
ask("first.direction")

# %%
check("first.direction", ...)

# %%
ask("first.step")

# %%
check("first.step", ...)

# %% [markdown]
# ## Where next
#
# From the beginning: what a gradient is, by nudging and by rule. [Slopes](01_slopes.ipynb).
