# %% [markdown]
# # Backpropagation, as the textbooks write it
#
# *Notebook 6 of 13. Before it: [Neurons](05_neurons.ipynb). After it: [Classification](07_classification.ipynb). Allow 25
# minutes.*
#
# **Your aim.** You will be able to follow the algorithm as textbooks print it, with its deltas and its matrices, on paper, on
# two examples that thousands of people have worked through; and you will know that it is the way back through the graph that
# you know from the first notebooks, written down layer by layer. Where the published numbers are a little wrong, you will
# find out why.
#
# From the notebooks before this one you need: `backward()` gives each number its **gradient**, that is, how much the result
# moves with it; a **neuron** multiplies each input by a **weight**, adds up, adds its **bias**, and bends the sum by an
# **activation function**; a **layer** is some neurons that share their inputs.

# %%
import math

import autograd
import nn
from autograd import Value
from autograd.course import ask, check

# %% [markdown]
# ## The 2-2-2 example
#
# Two inputs, two hidden neurons, two output neurons ("2-2-2"; **hidden** are the neurons between inputs and outputs, as
# nobody outside sees what they give). The activation everywhere is the sigmoid, $\sigma(z) = 1 / (1 + e^{-z})$. It is an
# example from the web that many people have checked their own programs against, so it is worth knowing by its numbers:
#
# - inputs 0.05 and 0.10; what should come out, the **targets**, is 0.01 and 0.99;
# - $w_1 \dots w_4$ lead into the hidden layer, and both hidden neurons have the bias 0.35;
# - $w_5 \dots w_8$ lead into the output layer, and both output neurons have the bias 0.60.

# %%
model = nn.MLP(2, [2, 2], activation=["sigmoid", "sigmoid"])
numbers = [0.15, 0.20, 0.35, 0.25, 0.30, 0.35, 0.40, 0.45, 0.60, 0.50, 0.55, 0.60]  # for each neuron its weights, its bias
for parameter, number in zip(model.parameters(), numbers, strict=True):
    parameter.data = number

nn.draw_network(model, inputs=["0.05", "0.10"])

# %% [markdown]
# That is its shape; a thicker line is a larger weight. Now every number of it by itself, to see all of the work:

# %%
inputs, targets = [0.05, 0.10], [0.01, 0.99]
START = [0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55]


def new_weights():
    return [Value(number, label=f"w{i}") for i, number in enumerate(START, 1)]


w1, w2, w3, w4, w5, w6, w7, w8 = weights = new_weights()  # the list, and each of its items by a name

# %% [markdown]
# ### Forward
#
# Each neuron computes its weighted sum (this example calls it *net*; others call it $z$), then the sigmoid of it (*out*;
# others call it the **activation** $a$ of the neuron).

# %%
net_h1 = w1 * inputs[0] + w2 * inputs[1] + 0.35
net_h2 = w3 * inputs[0] + w4 * inputs[1] + 0.35
out_h1, out_h2 = net_h1.sigmoid(), net_h2.sigmoid()

net_o1 = w5 * out_h1 + w6 * out_h2 + 0.60
net_o2 = w7 * out_h1 + w8 * out_h2 + 0.60
out_o1, out_o2 = net_o1.sigmoid(), net_o2.sigmoid()

print(f"net_h1 = {net_h1.data:.4f}        net_o1 = {net_o1.data:.9f}")
print(f"out_h1 = {out_h1.data:.9f}   out_o1 = {out_o1.data:.9f}")
print(f"out_h2 = {out_h2.data:.9f}   out_o2 = {out_o2.data:.9f}")

# %% [markdown]
# How wrong is that? The **error** $E$ is one number: half the sum of the squared distances from the targets. (The half is
# there so that the 2 of the square's slope cancels.)

# %%
E = ((out_o1 - targets[0]) ** 2 + (out_o2 - targets[1]) ** 2) / 2
print(f"E = {E.data:.9f}")

# %% [markdown]
# ### The delta of an output neuron
#
# Ask of each neuron: *how would the error move, if your weighted sum moved?* The answer, $\delta = \partial E / \partial
# \text{net}$, is the neuron's **delta**, or error signal. For an output neuron the chain rule has two factors: how $E$ moves
# with the output, which is output − target, and how the output moves with the sum, the slope of the sigmoid, which is $out \,
# (1 - out)$:
#
# $$\delta_o = (out_o - target_o) \cdot out_o \, (1 - out_o)$$
#
# (The delta rule of notebook 4 had *target − output*, with the other sign, and added where we shall subtract. Books differ;
# this one goes with the slope.)

# %%
outs = [out_o1.data, out_o2.data]
delta_o = [(out - target) * out * (1 - out) for out, target in zip(outs, targets, strict=True)]

for i, (out, target, delta) in enumerate(zip(outs, targets, delta_o, strict=True), 1):
    print(f"delta_o{i} = ({out:.6f} - {target}) × {out:.6f} × {1 - out:.6f} = {delta:.9f}")

# %% [markdown]
# From a delta to the gradient of a weight is one multiplication. The weighted sum moves with a weight just as much as the
# number that this weight is multiplied with, so
#
# $$\frac{\partial E}{\partial w} = \delta \times \text{what came in through } w$$

# %%
by_hand = {
    "w5": delta_o[0] * out_h1.data,
    "w6": delta_o[0] * out_h2.data,
    "w7": delta_o[1] * out_h1.data,
    "w8": delta_o[1] * out_h2.data,
}

# %% [markdown]
# ### The delta of a hidden neuron
#
# A hidden neuron has no target. But it knows whom it feeds: its output goes to *both* output neurons, through $w_5$ and $w_7$
# (for the first one), so two shares come back, and shares add. Then comes the slope of its own sigmoid:
#
# $$\delta_{h1} = (w_5 \, \delta_{o1} + w_7 \, \delta_{o2}) \cdot out_{h1} \, (1 - out_{h1})$$
#
# The deltas go **back** through the very weights through which the activations went forward, and that gave the algorithm its
# name, *back-propagation of errors*.

# %%
delta_h = []
for i, (out, first, second) in enumerate([(out_h1.data, w5.data, w7.data), (out_h2.data, w6.data, w8.data)], 1):
    back = first * delta_o[0] + second * delta_o[1]
    delta_h.append(back * out * (1 - out))
    shares = f"{first * delta_o[0]:.6f} + ({second * delta_o[1]:.6f})"
    print(f"hidden neuron {i}: {shares} = {back:.6f} comes back, × {out * (1 - out):.6f} = {delta_h[-1]:.9f}")

by_hand |= {  # one dict put into the other
    "w1": delta_h[0] * inputs[0],
    "w2": delta_h[0] * inputs[1],
    "w3": delta_h[1] * inputs[0],
    "w4": delta_h[1] * inputs[1],
}

# %% [markdown]
# ### The graph says the same
#
# `backward()` knows nothing of layers and deltas. It goes back through the graph, node by node. It gives all eight gradients,
# the same ones to the last digit shown:

# %%
E.backward()

print("        by deltas       by backward()")
for w in weights:
    print(f"dE/d{w.label}  {by_hand[w.label]:15.12f}  {w.grad:15.12f}")

# %% [markdown]
# And here it is, to be played. In the page, → goes one step further and ← one back; **End** shows all adjoints. The delta of
# a neuron is the adjoint of its weighted sum, of `net h1`, `net h2`, `net o1` and `net o2`. Click `w1` and then the result:
# the two paths light up, one through each output neuron, and the chain rule is written out for both. **Drag a weight** and
# all deltas follow.

# %%
net_h1.label, net_h2.label, net_o1.label, net_o2.label = "net h1", "net h2", "net o1", "net o2"
out_h1.label, out_h2.label, out_o1.label, out_o2.label, E.label = "out h1", "out h2", "out o1", "out o2", "E"
autograd.explore(E)

# %% [markdown]
# The library tells deltas, too: `nn.deltas` gives, for each layer of a network, the weighted sum $z$, the activation, and the
# delta of each neuron.

# %%
nn.deltas(model, inputs, targets)

# %% [markdown]
# ### One step, and what was wrong in print
#
# Learning is to move each weight a little against its gradient: $w \leftarrow w - \eta \, \partial E / \partial w$. The
# **learning rate** $\eta$ ("eta") is 0.5 here, and this example leaves the biases as they are.

# %%
ETA = 0.5

for w in weights:
    print(f"{w.label}: {w.data:.2f} - {ETA} × ({w.grad:15.12f}) = {w.data - ETA * w.grad:.9f}")


# %% [markdown]
# What is the error now? The published page says 0.291027924. Let us compute it in two ways. `error` is the whole forward pass
# in one function. (It is given a list of weights, and so `autograd.grad` gives the list of their slopes.)

# %%
def error(weights, bias_h=(0.35, 0.35), bias_o=(0.60, 0.60)):
    w1, w2, w3, w4, w5, w6, w7, w8 = weights
    h1 = autograd.sigmoid(w1 * inputs[0] + w2 * inputs[1] + bias_h[0])
    h2 = autograd.sigmoid(w3 * inputs[0] + w4 * inputs[1] + bias_h[1])
    o1 = autograd.sigmoid(w5 * h1 + w6 * h2 + bias_o[0])
    o2 = autograd.sigmoid(w7 * h1 + w8 * h2 + bias_o[1])
    return ((o1 - targets[0]) ** 2 + (o2 - targets[1]) ** 2) / 2


slopes = autograd.grad(error)(START)
all_at_once = [w - ETA * slope for w, slope in zip(START, slopes, strict=True)]
print(f"all eight weights at once: E = {error(all_at_once):.15f}")


# %% [markdown]
# Not quite what is published: 0.291027**774** and not 0.291027**924**. A gradient is the slope at *one* point, where the
# weights are now. So all deltas have to be there before any weight moves. Suppose somebody updates $w_5 \dots w_8$ first, and
# then sends the deltas back through the *new* weights to the hidden layer:

# %%
def sigma(z):
    return 1 / (1 + math.exp(-z))


def forward(weights):
    h = [sigma(weights[2 * i] * inputs[0] + weights[2 * i + 1] * inputs[1] + 0.35) for i in range(2)]
    o = [sigma(weights[4 + 2 * k] * h[0] + weights[5 + 2 * k] * h[1] + 0.60) for k in range(2)]
    return h, o


def update_with_slip(weights):
    """The output layer first; then the deltas go back through its new weights."""
    h, o = forward(weights)
    new = list(weights)
    deltas = [(o[k] - targets[k]) * o[k] * (1 - o[k]) for k in range(2)]
    for k in range(2):
        for i in range(2):
            new[4 + 2 * k + i] -= ETA * deltas[k] * h[i]
    for i in range(2):
        back = new[4 + i] * deltas[0] + new[6 + i] * deltas[1]  # new: here is the slip
        for j in range(2):
            new[2 * i + j] -= ETA * back * h[i] * (1 - h[i]) * inputs[j]
    return new


print(f"output layer first, and back through its new weights: E = {error(update_with_slip(START)):.9f}")

# %% [markdown]
# That is the published number. The slip is tiny here, and many programs have it, since it does not look wrong: the error
# falls all the same. You find it only by comparing with the graph.
#
# Now ten thousand updates. The published error after them is 0.0000351085. Is it?

# %%
slope_of_error = autograd.grad(error)
now, slipping = START, START
for update in range(1, 10_001):
    now = [w - ETA * slope for w, slope in zip(now, slope_of_error(now), strict=True)]
    slipping = update_with_slip(slipping)
    if update in (1, 10, 100, 1000, 9_999, 10_000):
        print(f"after {update:6,} updates: E = {error(now):.10f}")

print("outputs of all weights at once: " + "  ".join(f"{out:.10f}" for out in forward(now)[1]))
print("outputs with the slip:          " + "  ".join(f"{out:.9f}" for out in forward(slipping)[1]))
print(f"the error with the slip: {error(slipping):.10f}")

# %% [markdown]
# Without the slip, the printed 0.0000351085 is the error after **9,999** updates, not 10,000: off by one, the commonest slip
# there is, if one begins to count with the error *before* the first update. But the outputs in print, 0.015912196 and
# 0.984065734, are those of the slip from above, made ten thousand times, and their error is another, 0.0000350848. So the
# two are not of one run, and how the error came into print we cannot know. You see how far two numbers lead, compared to the
# last digit.
#
# And the biases? They are numbers like the weights, with gradients of their own: nothing comes in through a bias but a 1, so
# its gradient is the delta itself. The example leaves them out for brevity. With them, the error falls further in the first
# step:

# %%
slopes, slopes_h, slopes_o = autograd.grad(error, argnums=(0, 1, 2))(START, [0.35, 0.35], [0.60, 0.60])
print("bias gradients:", "  ".join(f"{slope:.9f}" for slope in [*slopes_h, *slopes_o]))
print("the deltas:    ", "  ".join(f"{delta:.9f}" for delta in [*delta_h, *delta_o]))


def moved(numbers, slopes):
    return [number - ETA * slope for number, slope in zip(numbers, slopes, strict=True)]


print(f"E = {error(moved(START, slopes), moved([0.35, 0.35], slopes_h), moved([0.60, 0.60], slopes_o)):.11f}")


# %% [markdown]
# ## The matrix form
#
# Writing each weight by itself does not get one far: a network has thousands. Textbooks put all weights of a layer into one
# table, a **matrix**, called $\Theta$ (the Greek capital "theta"): a *row* for each neuron, a *column* for each input. Column
# 0 is the bias; to make that work, each layer's inputs get a 1 put before them. A matrix times a list of numbers, $\Theta a$,
# is then nothing but the weighted sums of all its rows. ("Column 0" is the first one: rows and columns are counted from 0,
# as in Python.)
#
# The example: three inputs, five hidden neurons, three outputs ("3-5-3"), all sigmoid, and five examples to learn from, each
# of them a row of the table $X$. Each is of one of three kinds, or **classes**, and there is an output for each class. So
# that everybody gets the same numbers, the weights are no random ones but the sines of 1, 2, 3, ... divided by 10, filled in
# column by column; and so are the inputs in $X$.

# %%
def sines(rows, columns):
    """A matrix, a list of rows: sin(1)/10, sin(2)/10, ... down its first column, then down the second."""
    return [[math.sin(1 + i + rows * j) / 10 for j in range(columns)] for i in range(rows)]


Theta1, Theta2, X = sines(5, 4), sines(3, 6), sines(5, 3)
classes = [2, 3, 1, 2, 3]
Y = [[float(k == c) for k in (1, 2, 3)] for c in classes]  # 1 for the right class, 0 for the others
m = len(X)

for row in Theta1:
    print("  ".join(f"{number:8.5f}" for number in row))


# %% [markdown]
# ### The cost
#
# The outputs are sigmoids between 0 and 1: read them as how much the network believes in each class. The error is another one
# than before. It asks each output *how surprised are you by the truth?*: $-\log(a)$ where 1 is right and $-\log(1 - a)$ where
# 0 is right, which is 0 for an output that is right and sure ($\log 1 = 0$), and grows without bound for one that is sure and
# wrong (the logarithm of a number near 0 is far below 0; $\log$ is the logarithm that notebook 3 wrote $\ln$, whose slope is
# $1/x$). This is called **cross-entropy** (notebook 7 takes it apart). Added up over the outputs, and averaged over the $m$
# rows, it is the **cost** $J$.
#
# To it comes a **penalty** on large weights, called **regularisation**: $\frac{\lambda}{2m}$ times the sum of all squared
# weights, *without the biases*. The number $\lambda$ ("lambda") says how much large weights cost. (Notebook 8 shows what it
# is good for. Python's word `lambda` has nothing to do with it: that makes a function without a name.)
#
# With Values, that is a graph. (`autograd.dot` is the weighted sum of two lists, as one node.)

# %%
def cost(theta1, theta2, strength):
    surprise = 0.0
    for x, y in zip(X, Y, strict=True):
        hidden = [autograd.sigmoid(autograd.dot(row, [1.0, *x])) for row in theta1]
        outputs = [autograd.sigmoid(autograd.dot(row, [1.0, *hidden])) for row in theta2]
        for a, right in zip(outputs, y, strict=True):
            surprise = surprise - right * autograd.log(a) - (1 - right) * autograd.log(1 - a)
    squares = sum(w**2 for row in [*theta1, *theta2] for w in row[1:])  # [1:]: without column 0, the biases
    return surprise / m + strength / (2 * m) * squares


for strength in (0, 1, 3):
    print(f"lambda = {strength}: J = {cost(Theta1, Theta2, strength):.15f}")


# %% [markdown]
# These are the values that this example is known by.
#
# ### The algorithm
#
# How to read it: a small number in brackets, as in $a^{(2)}$, is no power. It counts the layers: 1 for the inputs, 2 for the
# hidden neurons, 3 for the outputs, and $l$ for any of them. $\sigma$ of a list, or the product of two lists with a dot, is
# taken number by number, and so is $a (1 - a)$. $\Delta$ is a capital delta: a table as large as $\Theta$, all 0 at first.
# $\Delta_{ij}$ is the number in its row $i$ and column $j$. $\Theta_1$ leads to the hidden neurons, $\Theta_2$ to the outputs.
#
# For each row of $X$:
#
# 1. **forward**: $a^{(1)} = (1, x)$, $z^{(2)} = \Theta_1 a^{(1)}$, $a^{(2)} = (1, \sigma(z^{(2)}))$, $z^{(3)} = \Theta_2
#    a^{(2)}$, $a^{(3)} = \sigma(z^{(3)})$;
# 2. the **deltas** of the outputs: $\delta^{(3)} = a^{(3)} - y$. (No slope of the sigmoid in it? With cross-entropy, it
#    cancels. We check that in a moment.)
# 3. the deltas of the hidden layer: $\delta^{(2)} = (\Theta_2^T \delta^{(3)}) \cdot a^{(2)} (1 - a^{(2)})$. $\Theta_2^T$ is
#    $\Theta_2$ with rows and columns exchanged: what was summed over inputs going forward is summed over outputs going back.
#    The column of biases is left out: the constant 1 has no delta.
# 4. **gather**: $\Delta^{(l)}$ += $\delta^{(l + 1)} \, a^{(l)T}$, which is *delta times what came in*, for each weight of the
#    layer: to the number in row $i$ and column $j$ comes $\delta_i \, a_j$.
#
# And at the end, the mean over the rows, plus the slope of the penalty, which the column of biases does not get: $D_{ij} =
# \frac{1}{m} \Delta_{ij} + \frac{\lambda}{m} \Theta_{ij}$ for $j \ge 1$, and $D_{i0} = \frac{1}{m} \Delta_{i0}$.
#
# Here it is, in plain numbers. There is no Value in this cell, and no graph.

# %%
def weighted_sums(theta, a):
    return [sum(w * x for w, x in zip(row, a, strict=True)) for row in theta]


def gather(Delta, deltas, a):
    for i, delta in enumerate(deltas):
        for j, came_in in enumerate(a):
            Delta[i][j] += delta * came_in


def finished(Delta, theta, strength):
    return [
        [Delta[i][j] / m + (strength / m * theta[i][j] if j else 0.0) for j in range(len(theta[i]))] for i in range(len(theta))
    ]


def textbook(theta1, theta2, strength):
    """D1 and D2: the gradients of J, by deltas and matrices."""
    Delta1 = [[0.0] * 4 for _ in range(5)]
    Delta2 = [[0.0] * 6 for _ in range(3)]
    for x, y in zip(X, Y, strict=True):
        a1 = [1.0, *x]
        a2 = [1.0, *map(sigma, weighted_sums(theta1, a1))]
        a3 = [*map(sigma, weighted_sums(theta2, a2))]
        deltas3 = [a - right for a, right in zip(a3, y, strict=True)]
        back = [sum(theta2[k][j] * deltas3[k] for k in range(3)) for j in range(1, 6)]
        deltas2 = [b * a * (1 - a) for b, a in zip(back, a2[1:], strict=True)]
        gather(Delta1, deltas2, a1)
        gather(Delta2, deltas3, a2)
    return finished(Delta1, theta1, strength), finished(Delta2, theta2, strength)


D1, D2 = textbook(Theta1, Theta2, 0)
for row in D1:
    print("  ".join(f"{number:15.7e}" for number in row))
print()
for row in D2:
    print("  ".join(f"{number:.8f}" for number in row))


# %% [markdown]
# ### Beside the graph, number by number
#
# The same 38 weights as Values, the same cost as a graph, one `backward()`:

# %%
def by_graph(strength):
    theta1 = [[Value(w) for w in row] for row in Theta1]
    theta2 = [[Value(w) for w in row] for row in Theta2]
    cost(theta1, theta2, strength).backward()
    return [[w.grad for w in row] for row in theta1], [[w.grad for w in row] for row in theta2]


G1, G2 = by_graph(0)
print("weight          matrix form         the graph")
furthest = 0.0
for name, D, G in (("Theta1", D1, G1), ("Theta2", D2, G2)):
    for j in range(len(D[0])):  # column by column, as the weights were filled in
        for i in range(len(D)):
            print(f"{name}[{i}][{j}]  {D[i][j]:16.9e}  {G[i][j]:16.9e}")
            furthest = max(furthest, abs(D[i][j] - G[i][j]))
assert furthest < 1e-15  # this would stop with an error if it were not so

# %% [markdown]
# All 38 agree. Look at the sizes: the gradients of the first layer are far smaller than those of the second. Each layer that
# a delta goes back through multiplies it by small weights and by a slope of at most one quarter. In notebook 9 this becomes a
# problem.
#
# ### Lambda, without the bias
#
# With $\lambda = 3$, column 0 stays as it was, and all else moves by $\frac{3}{5}$ of its weight:

# %%
P1, P2 = textbook(Theta1, Theta2, 3)
Q1, Q2 = by_graph(3)
print("first neuron    lambda = 0     lambda = 3     moved by   3/5 of the weight    the graph")
for j in range(4):
    part = 3 / 5 * Theta1[0][j] if j else 0.0
    print(f"Theta1[0][{j}]  {D1[0][j]:13.9f}  {P1[0][j]:13.9f}  {P1[0][j] - D1[0][j]:11.7f}  {part:18.7f}  {Q1[0][j]:13.9f}")
assert all(abs(p - q) < 1e-15 for P, Q in ((P1, Q1), (P2, Q2)) for ps, qs in zip(P, Q) for p, q in zip(ps, qs))

# %% [markdown]
# ### Where did the slope of the sigmoid go?
#
# With the squared error, an output's delta had the factor $out \, (1 - out)$. With cross-entropy it is just $a - y$. The
# chain rule says why. For the right class ($y = 1$) the loss is $-\log a$, whose slope is $-1/a$; times the slope of the
# sigmoid, $a (1 - a)$, makes $-(1 - a) = a - 1$. Look at it in a graph of this one output alone:

# %%
z = Value(0.4, label="z")
a = z.sigmoid()
loss = -a.log()
a.label, loss.label = "a", "loss"
autograd.explore(loss)

# %%
loss.backward()
print(f"the graph says {z.grad:.9f}, and a - 1 is {a.data - 1:.9f}")

# %% [markdown]
# ## Is my gradient right?
#
# Whoever writes matrices by hand makes slips (rows and columns exchanged, a bias that is penalised), and the network often
# learns all the same, only worse. The textbooks' advice is **gradient checking**: nudge each weight up and down a little, see
# how far $J$ moves from the one to the other, which is two nudges, and compare.

# %%
NUDGE = 1e-4
for i, j in ((0, 0), (2, 1), (4, 3)):
    up, down = sines(5, 4), sines(5, 4)
    up[i][j] += NUDGE
    down[i][j] -= NUDGE
    nudged = (cost(up, Theta2, 3) - cost(down, Theta2, 3)) / (2 * NUDGE)
    print(f"Theta1[{i}][{j}]: nudged {nudged:.9f}, matrix form {P1[i][j]:.9f}")

# %% [markdown]
# It takes two forward passes for each weight, so one checks, and then learns without it. `autograd.check_gradients` does it
# for any function, at the arguments that it is given in a list; it says nothing if all is well, and says where it is not:

# %%
autograd.check_gradients(lambda theta1, theta2: cost(theta1, theta2, 3), [Theta1, Theta2])
print("all 38 weights: the slopes are right")

# %% [markdown]
# ## Summary
#
# - The **delta** of a neuron is how much the error moves with its weighted sum: the adjoint at one special node of the graph.
# - Output layer: (output − target) × slope. Hidden layer: the deltas of the next layer, **back through the weights**, added
#   up, × slope. A weight's gradient: **delta × what came in**. A bias's: the delta.
# - All deltas first, then all weights. Mixing the two was the published slip.
# - In matrices: $\Theta$ holds a layer, $\Delta$ gathers over the rows, $D$ is the gradient, and $\lambda$ adds its share
#   everywhere but in the column of biases.
# - `backward()` gets the same numbers without knowing what a layer is.
#
# ## Exercises
#
# `ask` puts a question, `check` looks at your answer; a wrong one is told what it is. Another `variant`
# gives other numbers: `ask("deltas.output", variant=2)`.

# %%
ask("deltas.output")

# %%
check("deltas.output", ...)

# %%
ask("deltas.hidden")

# %%
check("deltas.hidden", ...)

# %%
ask("deltas.weight")

# %%
check("deltas.weight", ...)

# %%
ask("deltas.update")

# %%
check("deltas.update", ...)

# %%
ask("deltas.order")

# %%
check("deltas.order", ...)

# %%
ask("deltas.regularised")

# %%
check("deltas.regularised", ...)

# %%
ask("deltas.function")

# %%
check("deltas.function", ...)

# %% [markdown]
# ## Where next
#
# [Classification](07_classification.ipynb): what cross-entropy is, and why its error signal is simply *given minus right*.
# And things to try here: set $\eta$ to 5 and to 50 in the ten thousand updates; start all eight weights at 0.3, and look at
# the two hidden neurons; let `finished` penalise the biases, too, and run all that comes after it: what does the `assert`
# say, and which nudged slope no longer agrees?
