# %% [markdown]
# # The chain rule, path by path
#
# *Notebook 3 of the course. Before it: [Values and graphs](02_values_and_graphs.ipynb). After it: [One weight that learns](04_one_weight.ipynb).*
#
# **What you will be able to do:** find any slope by following paths through a graph; say why a machine must go through the graph in a certain order, and add (`+=`) what arrives; and count what that saves, for a network as it grows.
#
# You need graphs, local derivatives and adjoints. Allow 25 minutes.

# %%
from collections import defaultdict

import matplotlib.pyplot as plt

import autograd
from autograd import Value
from autograd.course import ask, check

# %% [markdown]
# ## Along a path: multiply
#
# Think of gears. A wheel turns twice as fast as the first one, the next three times as fast as that one. Then the last turns $2 \times 3 = 6$ times as fast as the first.
#
# Slopes are no different. If $u$ moves twice as far as $x$, and $y$ three times as far as $u$, then $y$ moves six times as far as $x$:
#
# $$\frac{dy}{dx} = \frac{dy}{du} \cdot \frac{du}{dx}$$
#
# This is the **chain rule**. It holds for curves, too, since through the magnifying glass every curve is straight. Each slope is the one at *its own* number: $du/dx$ at $x$, and $dy/du$ at the $u$ that this $x$ makes. Take $u = x^2$ and $y = \sin(u)$:

# %%
x = Value(1.2, label="x")
u = x * x
y = autograd.sin(u)
u.label, y.label = "u", "y"
y.backward()

print(f"du/dx = {2 * x.data:g}, dy/du = {y.local_derivatives[0]:.6f}, product {2 * x.data * y.local_derivatives[0]:.6f}")
print(f"backward() says  {x.grad:.6f}")

# %% [markdown]
# ## Over paths: add
#
# When a number is used twice, its nudge travels on two paths at once. Each brings its share, and both arrive. Here is the graph of the last notebook again, $e = (a + b)(b + 1)$ at $a = 2$, $b = 1$. `explain` writes every path down, from the first arrow to the last, and the local derivative on each:

# %%
a, b = Value(2.0, label="a"), Value(1.0, label="b")
c = a + b
d = b + 1
e = c * d
c.label, d.label, e.label = "c", "d", "e"

print(autograd.explain(e, b))

# %% [markdown]
# Read the last lines: *along a path, multiply; over the paths, add*. As a formula,
#
# $$\frac{\partial y}{\partial x} \;=\; \sum_{\text{paths from } x \text{ to } y} \;\; \prod_{\text{arrows of the path}} \text{local derivative}$$
#
# ($\sum$ means: add up all of these; $\prod$: multiply all of these.) Every gradient in this course comes from that sum. All else is how to compute it well, and what it is good for.
#
# Two expressions from textbooks, to see that it holds for any. (The **logarithm**, $\ln$, undoes $e^x$: $\ln e^x = x$. Its slope is $1/x$, and Python calls it `log`.) In the first one, each number has two paths. (Nodes without a name are called n1, n2, ... there. What does not move with `x2` is a mere number there: 0.693147 is $\ln 2$.)
#
# $$f = \ln x_1 + x_1 x_2 - \sin x_2 \quad\text{at } (2, 5)$$

# %%
x1, x2 = Value(2.0, label="x1"), Value(5.0, label="x2")
f = autograd.log(x1) + x1 * x2 - autograd.sin(x2)
f.label = "f"
f.backward()
print(f"f = {f.data:.12f}")
print(f"∂f/∂x1 = {x1.grad:.12f}, which is 1/x1 + x2")
print(f"∂f/∂x2 = {x2.grad:.12f}, which is x1 − cos(x2):\n")
print(autograd.explain(f, x2))


# %% [markdown]
# In the second, $x_1 / x_2$ stands three times, and $x_1 / x_2 - e^{x_2}$ twice. The program computes each of them once and uses it again, so that there are many paths (`autograd.exp(x)` is $e^x$):
#
# $$y = \left[\sin\frac{x_1}{x_2} + \frac{x_1}{x_2} - e^{x_2}\right] \left[\frac{x_1}{x_2} - e^{x_2}\right] \quad\text{at } (1.5,\ 0.5)$$
#
# In the page below, **click `x2` and then `y`**: its paths light up, and the sum of their products is written out. Then press → and watch the same sum come together arrow by arrow.

# %%
def two_brackets(x1, x2):
    ratio = x1 / x2
    power = autograd.exp(x2)
    right = ratio - power
    left = autograd.sin(ratio) + right
    y = left * right
    return y


print("y =", two_brackets(1.5, 0.5))
print("gradient:", autograd.grad(two_brackets, argnums=(0, 1))(1.5, 0.5))
autograd.explore(two_brackets, 1.5, 0.5)

# %% [markdown]
# ## A machine, first try
#
# Now let us build the machine. Here is the smallest graph that can go wrong. It doubles a number twice, so that whoever nudges $x$ moves $z$ by four nudges:
#
# $$y = x + x, \qquad z = y + y$$

# %%
x = Value(1.0, label="x")
y = x + x
z = y + y
y.label, z.label = "y", "z"
autograd.draw(z)


# %% [markdown]
# Two arrows part and meet again, and then two more: each is called a **diamond**. There are four paths from `x` to `z`, each with a product of 1, so the adjoint of `x` is 4, and that of `y` is 2.
#
# The first idea one has: start at the result; send each parent its share; go on from that parent at once, in the same manner. (The function calls itself for each parent.) Watch what happens.

# %%
def backward_without_order(node, adjoint):
    for parent, local in zip(node.parents, node.local_derivatives):
        share = adjoint[node] * local
        adjoint[parent] += share
        print(f"{node.label} sends {share:g} to {parent.label}, which now has {adjoint[parent]:g}")
        backward_without_order(parent, adjoint)


adjoint = defaultdict(float, {z: 1.0})  # a dict in which a node that is new has 0
backward_without_order(z, adjoint)
print(f"\ndz/dx = {adjoint[x]:g}, says this machine. The truth is 4.")


# %% [markdown]
# It counts wrongly. It hurried on from `y` when only half of y's adjoint had arrived. When the second half came, it sent on the *whole*, and so the first half went to `x` twice.
#
# ## Second try: every path by itself
#
# One can mend this by sending on only what has just arrived. Then the sum is right, but the machine walks along every path from the result to the leaves, one by one. Let us double a number more often, and count how many nodes it visits.

# %%
def backward_along_every_path(node, arriving, adjoint):
    """Returns how many nodes it visited."""
    adjoint[node] += arriving
    visits = 1
    for parent, local in zip(node.parents, node.local_derivatives):
        visits += backward_along_every_path(parent, arriving * local, adjoint)
    return visits


def doubled(x, times):
    for _ in range(times):
        x = x + x
    return x


for times in (2, 4, 8, 16):
    x = Value(1.0)
    adjoint = defaultdict(float)
    visits = backward_along_every_path(doubled(x, times), 1.0, adjoint)
    print(f"doubled {times:2} times: dz/dx = {adjoint[x]:5g}, {times + 1:2} nodes, {visits:7,} visits")


# %% [markdown]
# Right, and hopeless. Each doubling doubles the number of paths, and a network has far more than 16 steps.
#
# ## Third try: wait, and then send once
#
# We want to visit each node *once*, and only when *everything* has arrived there. So a node must wait for all the nodes that use it. A **topological order** is a list in which each node comes after its parents. Read from the end, each node comes after all that use it: **reverse topological order**. With that, the whole machine is these lines (`root` is the result, at which it begins):

# %%
def backward_in_order(root, tell=False):
    adjoint = defaultdict(float, {root: 1.0})
    for node in reversed(autograd.topological_order(root)):  # its adjoint is complete now
        for parent, local in zip(node.parents, node.local_derivatives):
            adjoint[parent] += adjoint[node] * local
            if tell:
                print(f"{node.label} sends {adjoint[node] * local:g} to {parent.label}, which now has {adjoint[parent]:g}")
    return adjoint


x = Value(1.0, label="x")
y = x + x
z = y + y
y.label, z.label = "y", "z"
adjoint = backward_in_order(z, tell=True)
print(f"\nz = {z.data:g}, dz/dy = {adjoint[y]:g}, dz/dx = {adjoint[x]:g}")

# %% [markdown]
# Now `y` waits until both halves are there, and sends its 2 along each of its arrows, once. Four arrows, four lines, and the answer is right. Here is the same as a page. Press →, and on the way back look at the two small circles under `y`: only when both are filled does it send on what it has.

# %%
autograd.explore(z)


# %% [markdown]
# ## Why `+=`
#
# Look at the line with `+=` again. What if somebody writes `=`? Then the share that arrives last takes the place of what was there, and all paths but one are lost:

# %%
def backward_that_forgets(root):
    adjoint = {root: 1.0}
    for node in reversed(autograd.topological_order(root)):
        for parent, local in zip(node.parents, node.local_derivatives):
            adjoint[parent] = adjoint[node] * local
    return adjoint


a, b = Value(2.0, label="a"), Value(1.0, label="b")
e = (a + b) * (b + 1)
print(f"with  =: ∂e/∂a = {backward_that_forgets(e)[a]:g}, ∂e/∂b = {backward_that_forgets(e)[b]:g}")
print(f"with +=: ∂e/∂a = {backward_in_order(e)[a]:g}, ∂e/∂b = {backward_in_order(e)[b]:g}")

# %% [markdown]
# `a`, which is used once, is right either way. That is why this mistake goes unnoticed for so long: it shows only where a number is used twice. (In a network that means: nearly everywhere.)
#
# And order and `+=` together can face a thousand doublings. There are $2^{1000}$ paths in this graph, more than there are atoms in the universe. There are only 1,001 nodes.

# %%
x = Value(1.0)
z = doubled(x, 1000)
z.backward()

print(f"{len(autograd.topological_order(z)):,} nodes")
print(f"dz/dx is 2 to the power of 1000: {x.grad == 2.0**1000}")


# %% [markdown]
# ## The other direction
#
# One can also go through the graph *forward*, and carry along how far each node moves for a nudge of **one** leaf. Such a walk is a **sweep**, and the method is called **forward mode**. It needs no order but the one in which things were computed:

# %%
def forward_sweep(root, leaf):
    moves = defaultdict(float, {leaf: 1.0})  # in nudges of the leaf
    for node in autograd.topological_order(root):
        for parent, local in zip(node.parents, node.local_derivatives):
            moves[node] += moves[parent] * local
    return moves[root]


print(f"a sweep for a: ∂e/∂a = {forward_sweep(e, a):g}")
print(f"a sweep for b: ∂e/∂b = {forward_sweep(e, b):g}")


# %% [markdown]
# The same arrows, the same products, the same sums. The difference: a forward sweep asks *one leaf* how it moves everything. A walk back, a backward **pass**, asks *one result* how it is moved by everything. That is **reverse mode**. With two leaves it is two sweeps against one pass. What about a network?
#
# ## What it saves, counted
#
# Here is a network in miniature, without explanations yet (they come in [notebook 5](05_neurons.ipynb)): rows of numbers, each of them a sum of *all* numbers of the row before, every one multiplied by a **weight** of its own, and bent by tanh. The weights are what learning needs the slopes of. (You need not follow the code: the table is what counts.)

# %%
def network(width):
    """Its weights and its result: 2 numbers, two rows of `width` numbers, 1 number."""
    weights = []

    def next_row(row, size):
        made = []
        for _ in range(size):
            own = [Value(0.5 * (-1) ** (len(weights) + i)) for i in range(len(row))]
            weights.extend(own)
            total = own[0] * row[0]
            for w, x in zip(own[1:], row[1:]):
                total = total + w * x
            made.append(autograd.tanh(total))
        return made

    row = [0.3, -0.8]
    for size in (width, width, 1):
        row = next_row(row, size)
    return weights, row[0]


def number_of_paths(root, leaves):
    """All paths from the leaves to the root, counted without walking them: those of a node are those of its parents, added."""
    paths = defaultdict(int, {leaf: 1 for leaf in leaves})
    for node in autograd.topological_order(root):
        for parent in node.parents:
            paths[node] += paths[parent]
    return paths[root]


widths = (2, 4, 8, 16, 32)
counted = []
print("width  weights  arrows    paths   nudging: operations   forward mode: arrows   reverse mode: arrows")
for width in widths:
    weights, result = network(width)
    nodes = autograd.topological_order(result)
    operations = sum(1 for node in nodes if node.parents)
    arrows = sum(len(node.parents) for node in nodes)
    paths = number_of_paths(result, weights)
    work = (len(weights) + 1) * operations, len(weights) * arrows, arrows
    counted.append((len(weights), paths, *work))
    print(f"{width:5} {len(weights):8,} {arrows:7,} {paths:8,} {work[0]:21,} {work[1]:22,} {work[2]:22,}")

# %% [markdown]
# **Nudging** computes everything once as it is, and once more for each weight. **Forward mode** makes a sweep over all arrows for each weight. **Reverse mode** goes over each arrow once, whatever the number of weights. With 1,120 weights it does in one pass what forward mode does in 1,120.

# %%
figure, axes = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
for column, name, style in ((2, "nudging", "s-"), (3, "forward mode", "^-"), (1, "paths, one by one", "d:"), (4, "reverse mode", "o-")):
    axes.loglog([row[0] for row in counted], [row[column] for row in counted], style, label=name)
axes.set(xlabel="weights in the network", ylabel="steps for the whole gradient")
axes.legend(frameon=False)
plt.show()


# %% [markdown]
# (In this picture each step along an axis is ten times as much, as in notebook 1. Paths look cheap in it, because the network has only three rows. Each further row multiplies their number by its width; the arrows of a further row are only added.)

# %%
def deep_network(depth, width):
    row = [Value(0.3), Value(-0.8)]
    leaves = list(row)
    for _ in range(depth):
        made = []
        for i in range(width):
            total = row[0] * 0.5
            for x in row[1:]:
                total = total + x * (0.5 if i % 2 else -0.5)
            made.append(autograd.tanh(total))
        row = made
    return leaves, row[0]


print("rows   arrows   paths from the two inputs to the result")
for depth in (2, 4, 8, 16):
    leaves, result = deep_network(depth, 4)
    arrows = sum(len(node.parents) for node in autograd.topological_order(result))
    print(f"{depth:4} {arrows:8,}   {number_of_paths(result, leaves):,}")

# %% [markdown]
# A network of today has billions of weights, and one error (the **loss**). That is why they learn in reverse mode, and why it has a name of its own there: **backpropagation**.
#
# ## What you know now
#
# - The **chain rule**: along a path, multiply the local derivatives; over all paths, add.
# - A machine need not walk the paths. In **reverse topological order** each node is visited once, after everything has arrived there, and what arrives is added with `+=`.
# - **Forward mode** needs a sweep for each number that went in, **reverse mode** a pass for each result. Learning has many numbers and one result.
#
# ## Exercises

# %%
ask("paths.gears")

# %%
check("paths.gears", ...)

# %%
ask("paths.meet")

# %%
check("paths.meet", ...)

# %%
ask("paths.explained")

# %%
check("paths.explained", ...)

# %%
ask("paths.inside")

# %%
check("paths.inside", ...)

# %%
ask("paths.count")

# %%
check("paths.count", ...)

# %%
ask("paths.overwritten")

# %%
check("paths.overwritten", ...)

# %%
ask("paths.next")

# %%
check("paths.next", ...)

# %%
ask("paths.sweeps")

# %%
check("paths.sweeps", ...)

# %% [markdown]
# ## Where next
#
# You can get the slope of anything. What does one do with it? One walks against it: [One weight that learns](04_one_weight.ipynb).
