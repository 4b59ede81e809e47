# %% [markdown]
# # Neurons
#
# *Notebook 5 of 13. Before it: [One weight that learns](04_one_weight.ipynb). After it:
# [Backpropagation](06_backpropagation.ipynb). Allow 20 minutes.*
#
# **Your aim.** You will be able to say what a neuron computes, draw what it decides, and say why its curve must have a slope;
# you will put neurons into layers, and see two of them do what one cannot.
#
# From the notebooks before this one you need: `Value`s remember how they were made; `backward()` gives each of them its
# **gradient**, how much the result moves with it; and learning is to move each number a little against its gradient, so that
# the **error** (or **loss**), the number that says how wrong we are, falls.

# %%
import math

import matplotlib.pyplot as plt

import autograd
import nn
from autograd import Value
from autograd.course import ask, check

# %% [markdown]
# ## One neuron
#
# A **neuron** has three parts. Each input ($x_1$, $x_2$, ...) is multiplied by a **weight** of its own ($w_1$, $w_2$, ...),
# which says how much this input counts, and in which direction. All products are added up, together with one more number, the
# **bias** $b$. That makes the weighted sum $z$. Last, $z$ goes through a curve, the neuron's **activation function**. Here it
# is the **sigmoid**, an S that goes from 0 to 1:
#
# $$z = w_1 x_1 + w_2 x_2 + b \qquad\qquad a = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# What comes out, $a$, is called the neuron's **activation**. The numbers below are of a well-known course.

# %%
w1, w2, b = Value(2.0, label="w1"), Value(-3.0, label="w2"), Value(-3.0, label="b")
x1, x2 = Value(-1.0, label="x1"), Value(-2.0, label="x2")

z = w1 * x1 + w2 * x2 + b
a = z.sigmoid()
z.label, a.label = "z", "a"
a.backward()

print(f"z = {z.data}, a = {a.data:.10f}, slope of the sigmoid there: {a.local_derivatives[0]:.10f}")
for name, value in (("x1", x1), ("x2", x2), ("w1", w1), ("w2", w2), ("b", b)):
    print(f"da/d{name} = {value.grad:13.10f}")

# %% [markdown]
# Every gradient is a product along one path: the slope of the sigmoid, 0.1966119332, times what the input or weight is
# multiplied with. For $w_1$ that is $x_1 = -1$; for $x_1$ it is $w_1 = 2$; for the bias, 1. **Step through it with →**, and
# drag a weight: when is the slope of the sigmoid large, when is it next to nothing?

# %%
autograd.explore(a)

# %% [markdown]
# The slope of the sigmoid can be read off from what comes out: it is $a (1 - a)$. By the chain rule: with $u = 1 + e^{-z}$,
# $a$ is $1/u$, and the slope is $-1/u^2$ times $-e^{-z}$. That is $1/u$, which is $a$, times $e^{-z}/u = (u - 1)/u$, which is
# $1 - a$. It saves computing another power of $e$, and is one reason why the early networks had it.

# %%
print(f"a (1 - a) = {a.data * (1 - a.data):.10f}")

# %% [markdown]
# ## What a neuron decides
#
# Call the answer "yes" if $a$ is above one half, that is, if $z$ is above 0 (where $z = 0$, $a = 1/(1 + 1)$). Where $z$ is
# exactly 0, the neuron is undecided. Two inputs are a point in a plane, $x_1$ to the right and $x_2$ upwards, and there $w_1
# x_1 + w_2 x_2 + b = 0$ is a straight line. So **a neuron cuts the plane in two by a straight line**: the weights turn it,
# and the bias moves it. Here is one that says yes only where both inputs are 1, "and", and two others. (Red: $a$ is near 1;
# blue: near 0; white: undecided. A black dot should be 1, a white one 0.)

# %%
POINTS = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]


def picture(axes, activation, wanted, title):
    """What comes out over the whole plane, and at the four corners what should: filled for 1, empty for 0."""
    steps = [-0.5 + i / 40 for i in range(81)]
    axes.contourf(steps, steps, [[activation(x, y) for x in steps] for y in steps], levels=20, cmap="RdBu_r", vmin=0, vmax=1)
    for (x, y), right in zip(POINTS, wanted, strict=True):
        axes.plot(x, y, "o", markersize=11, color="black" if right else "white", markeredgecolor="black")
    axes.set(title=title, xlabel="x1", ylabel="x2", xticks=[0, 1], yticks=[0, 1], aspect="equal")


figure, grid = plt.subplots(1, 3, figsize=(9.5, 3.4), layout="constrained")
picture(grid[0], lambda x, y: autograd.sigmoid(10 * x + 10 * y - 15), [0, 0, 0, 1], "and: 10 x1 + 10 x2 - 15")
picture(grid[1], lambda x, y: autograd.sigmoid(10 * x + 10 * y - 5), [0, 1, 1, 1], "or: 10 x1 + 10 x2 - 5")
picture(grid[2], lambda x, y: autograd.sigmoid(-10 * x - 10 * y + 15), [1, 1, 1, 0], "not both: -10 x1 - 10 x2 + 15")
plt.show()


# %% [markdown]
# ## Why not simply yes or no?
#
# The first artificial neurons, of 1943, had no S. They had the **step function**: 1 if $z$ is above 0, else 0. It decides as
# well as the sigmoid. But ask how its output moves with a weight. The neuron here has one input, 2, and the bias −2, so that
# $z = 2 w_1 - 2$. (`autograd.where(test, p, q)` is `p` where the test holds, else `q`; `autograd.value_and_grad(f)` gives
# both the result of `f` and its slope, as a function.)

# %%
def step(z):
    return autograd.where(z > 0, 1.0, 0.0)


print("w1      step(z)   slope   sigmoid(z)   slope")
for number in (0.5, 0.9, 0.99, 1.01, 1.1, 1.5):
    hard = autograd.value_and_grad(lambda w: step(w * 2.0 - 2.0))(number)
    soft = autograd.value_and_grad(lambda w: autograd.sigmoid(w * 2.0 - 2.0))(number)
    print(f"{number:4}    {hard[0]:7.0f}   {hard[1]:5.0f}   {soft[0]:10.4f}   {soft[1]:5.3f}")

# %% [markdown]
# The slope of the step is 0 wherever one looks. Nudge the weight, and nothing moves, until suddenly everything does. A
# gradient of 0 says *stay where you are*, however wrong the answer. The sigmoid says at every place which way is better. That
# is all that learning needs of an activation: **a slope other than 0, in most places or at least in many**. The more one
# stretches $z$, the closer the sigmoid comes to the step, and the narrower the strip in which it has a slope:

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.2), layout="constrained")
zs = [-4 + i / 25 for i in range(201)]
for stretch, shade in ((1, "#2b6cb0"), (3, "#2f9e8f"), (20, "#c05621")):
    curve = [autograd.value_and_grad(lambda z, k=stretch: autograd.sigmoid(k * z))(z) for z in zs]
    left.plot(zs, [value for value, _ in curve], color=shade, linewidth=2, label=f"sigmoid({stretch} z)")
    right.plot(zs, [slope for _, slope in curve], color=shade, linewidth=2)
left.set(title="nearer and nearer to a step", xlabel="z")
right.set(title="their slopes", xlabel="z")
left.legend(frameon=False)
plt.show()

# %% [markdown]
# ## A gallery of activations
#
# Many curves will do, and here are twelve to look at: nobody knows them all by heart. Blue is what comes out, orange its
# slope, as `autograd.derivative` finds it. (`nn.ACTIVATIONS` is a dict: a function for each name.)

# %%
gallery = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "gelu", "silu", "mish", "arctan", "sin", "linear"]

figure, grid = plt.subplots(3, 4, figsize=(9.5, 6.4), sharex=True, layout="constrained")
for axes, name in zip(grid.flat, gallery, strict=True):
    function = nn.ACTIVATIONS[name]
    axes.axhline(0, color="#b8c1cc", linewidth=0.8)
    axes.plot(zs, [function(z) for z in zs], color="#2b6cb0", linewidth=2)
    axes.plot(zs, [autograd.derivative(function)(z) for z in zs], color="#c05621", linewidth=1.5)
    axes.set(title=name, ylim=(-1.4, 2.4))
plt.show()

# %%
print("            at -4     at -1      at 0      at 1      at 4   (slopes)")
for name in gallery:
    slopes = [autograd.derivative(nn.ACTIVATIONS[name])(z) for z in (-4.0, -1.0, 0.0, 1.0, 4.0)]
    print(f"{name:10}" + "  ".join(f"{slope:8.4f}" for slope in slopes))

# %% [markdown]
# How to read it:
#
# - The **sigmoid** is never steeper than ¼ and flat on both sides. **tanh** is the same S, from −1 to 1 and four times as
#   steep in the middle; at 1 its slope is $1 - \tanh(1)^2 = 0.42$.
# - **relu** ("rectified linear unit") is $z$ above 0 and 0 below. Its slope is 1 or 0, so nothing of a gradient is lost where
#   $z$ is above 0 (the neuron is then called *awake*). It is the one used most. At 0 it has a kink, where a slope from the
#   left (0) and one from the right (1) meet; there it counts as 0.
# - **leaky_relu**, **elu**, **gelu**, **silu**, **mish** and **softplus** are relus with rounded corners, or with a little
#   slope below 0.
# - **arctan** is an S as well, which flattens more slowly; **sin** goes up and down for ever.
# - **linear** is no curve at all: $a = z$. For outputs that may be any number.

# %%
print(f"slope of tanh at 1: {autograd.derivative(autograd.tanh)(1.0)}, and 1 - tanh(1)**2 = {1 - math.tanh(1) ** 2:.15f}")

# %% [markdown]
# A tanh neuron that is often shown, since its strange bias makes the slope of the curve one half. What do its gradients say?

# %%
x1, x2 = Value(2.0), Value(0.0)
w1, w2, b = Value(-3.0), Value(1.0), Value(6.8813735870195432)
n = x1 * w1 + x2 * w2 + b
o = n.tanh()
o.backward()

print(f"n = {n.data:.15f}, o = {o.data:.15f}, slope of the curve 1 - o**2 = {1 - o.data**2:.4f}")
for name, value in (("x1", x1), ("x2", x2), ("w1", w1), ("w2", w2), ("b", b)):
    print(f"do/d{name:2} = {value.grad:7.4f}")

# %% [markdown]
# Raise $w_1$ by a hundredth, and the output rises by about a hundredth. $w_2$ makes no difference at the moment, as its input
# is 0.

# %% [markdown]
# ## A layer
#
# A **layer** is some neurons side by side, which get the same inputs, each with weights of its own. A **network** is layers
# one after the other: what comes out of one is what goes into the next. `nn.Neuron`, `nn.Layer` and `nn.MLP` make them, with
# random weights to start from (`rng`, for *random number generator*: `rng=0` says which random ones, so that you see the same
# as this page). MLP stands for *multilayer perceptron*, the old name of such a network. Its **parameters** are all weights
# and biases: the numbers that learning moves.

# %%
network = nn.MLP(2, [3, 1], activation=["tanh", "sigmoid"], rng=0)

print(network)
print(f"{len(network.parameters())} parameters: 3 neurons with 2 weights and a bias, 1 neuron with 3 weights and a bias")
print(f"what comes out for the inputs 1 and 0: {network([1.0, 0.0]).data:.4f}")
nn.draw_network(network)

# %% [markdown]
# What stands between the inputs and the last layer is called a **hidden layer**: nobody tells its neurons what they should
# give.
#
# Why a curve at all? Take it away: a line of a line is a line. Two linear layers are worth no more than one, however many
# neurons they have:

# %%
two = nn.MLP(1, [4, 1], activation=["linear", "linear"], rng=0)
at_0, at_1 = two([0.0]).data, two([1.0]).data
for x in (-2.0, 0.5, 3.0):
    print(f"two linear layers at {x:4}: {two([x]).data:8.5f}     one line: {at_0 + (at_1 - at_0) * x:8.5f}")

# %% [markdown]
# ## What one neuron cannot do
#
# "One or the other, but not both" is called **XOR**, *exclusive or*. The two corners that should be 1 lie across from each
# other. Try to part them from the other two by one straight line! It cannot be done, and here is why. At the corners (0, 0),
# (1, 0), (0, 1) and (1, 1), $z$ is $b$, $w_1 + b$, $w_2 + b$ and $w_1 + w_2 + b$. A neuron would need
#
# $$b < 0, \qquad w_1 + b > 0, \qquad w_2 + b > 0, \qquad w_1 + w_2 + b < 0.$$
#
# Add up the two in the middle: $w_1 + w_2 + 2b > 0$. Add up the outer two: $w_1 + w_2 + 2b < 0$. Both at once is impossible.
# That was published in 1969, and for years many thought that was the end of neural networks.

# %%
rows, wanted = nn.data.xor()
print(rows, wanted)

alone = nn.Neuron(2, activation="sigmoid", rng=1)
optimizer = nn.SGD(alone.parameters(), lr=2.0)
for _ in range(2000):
    error = nn.mse_loss([alone(row) for row in rows], wanted)
    optimizer.zero_grad()
    error.backward()
    optimizer.step()

print(f"error {error.data:.4f}; gives", "  ".join(f"{alone(row).data:.3f}" for row in rows))


# %% [markdown]
# The best that it finds is to say one half to everything. (The loop is that of notebook 4: compute the error, **`zero_grad`**
# puts all gradients back to 0, `backward`, and the `optimizer` moves each parameter against its gradient, here with the
# learning rate 2. `nn.mse_loss` is the *mean of the squared errors*.)
#
# ## Two neurons before it
#
# But XOR is "*or*, and *not both*", and each of these is one line. So two hidden neurons draw one line each, and a third one
# says *and*:

# %%
def xor_by_hand(x, y):
    either = autograd.sigmoid(10 * x + 10 * y - 5)
    not_both = autograd.sigmoid(-10 * x - 10 * y + 15)
    return autograd.sigmoid(10 * either + 10 * not_both - 15)


figure, axes = plt.subplots(figsize=(3.6, 3.4), layout="constrained")
picture(axes, xor_by_hand, [0, 1, 1, 0], "or, and not both")
plt.show()
print("  ".join(f"{xor_by_hand(x, y):.3f}" for x, y in POINTS))

# %% [markdown]
# Nobody has to find these weights. A network with two hidden neurons finds some by itself. `nn.fit` is the loop from above,
# written once and for all: here it makes 300 rounds (`epochs`), each with a step for all four corners together
# (`batch_size=None`). Where it is told no `loss`, it takes the mean of the squared errors. `progress=False` keeps it from
# telling how far it is, and `callbacks` are what is to be called after each round, such as `nn.Film`, which takes notes:

# %%
network = nn.MLP(2, [2, 1], activation=["tanh", "linear"], rng=3)
film = nn.Film(title="Exclusive or")
history = nn.fit(
    network, rows, wanted, optimizer=nn.SGD(network.parameters(), lr=0.1, momentum=0.9), epochs=300, batch_size=None,
    callbacks=[film], progress=False,
)
print(f"error {history['loss'][0]:.4f} at first, {history['loss'][-1]:.6f} at last")
print("gives", "  ".join(f"{network(row).data:.3f}" for row in rows))

# %% [markdown]
# Here is that training, to travel in. **Drag the rail below the picture** or press `space`: each hidden neuron shows what it
# gives over the plane, and you see when each finds its line. Click a corner: what each neuron gives stands under it, and its
# **error signal**, how much the error moves with the neuron's $z$ (the next notebook is about that).

# %%
film


# %% [markdown]
# Does it always find a way? Not always: of twenty random starts, some are not there after 300 rounds. They crawl through a
# place where the slopes are nearly 0; some get out of it later, and some never. With more hidden neurons there is nearly
# always a way around such a place.

# %%
def arrives(hidden, start):
    model = nn.MLP(2, [hidden, 1], activation=["tanh", "linear"], rng=start)
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    history = nn.fit(model, rows, wanted, optimizer=optimizer, epochs=300, batch_size=None, progress=False)
    return history["loss"][-1] < 0.01


for hidden in (1, 2, 3, 4, 8):
    print(f"{hidden} hidden: {sum(arrives(hidden, start) for start in range(20)):2} of 20 starts arrive")

# %% [markdown]
# ## Summary
#
# - A neuron: weights × inputs, plus the bias, through a curve. Its gradients: *slope of the curve × what it is multiplied
#   with*.
# - It cuts its inputs by a straight line. A layer of them cuts its inputs along as many lines as it has neurons.
# - The curve needs a slope, for learning to know which way to go; and it must be no straight line, or layers would be for
#   nothing.
#
# ## Exercises
#
# `ask` puts a question, `check` looks at your answer; a wrong one is told what it is. Another `variant`
# gives other numbers: `ask("neurons.sum", variant=2)`.

# %%
ask("neurons.sum")

# %%
check("neurons.sum", ...)

# %%
ask("neurons.slope")

# %%
check("neurons.slope", ...)

# %%
ask("neurons.weight")

# %%
check("neurons.weight", ...)

# %%
ask("neurons.count")

# %%
check("neurons.count", ...)

# %%
ask("neurons.line")

# %%
check("neurons.line", ...)

# %%
ask("neurons.logic")

# %%
check("neurons.logic", ...)

# %%
ask("neurons.function")

# %%
check("neurons.function", ...)

# %% [markdown]
# ## Where next
#
# [Backpropagation](06_backpropagation.ipynb): how the error finds its way back to each weight of a network, as textbooks
# write it. Things to try here: train XOR with `"sigmoid"` or `"relu"` in the place of `"tanh"`, for 600 rounds: which needs
# more of them, and which may stay where it is (try other starts, `rng=0` to `7`)? Make the first neuron of this notebook say
# "not x1", whatever x2 is.
