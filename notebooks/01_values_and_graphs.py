# %% [markdown]
# # Values and graphs
#
# *Notebook 1 of 4. The second one is [Train on digits](02_train_on_digits.ipynb).*
#
# A `Value` is a number that remembers how it was made. From that memory alone, a machine can tell how every number that went in moves the number that came out. Neural networks learn this way, and in this notebook you watch it happen on numbers small enough to check on paper.
#
# You need a little Python, and one idea from school. A **derivative** answers the question: *if I move the input by a tiny bit, how many times that bit does the output move?* A derivative of 3 means: three times as far, in the same direction. A derivative of −0.5 means: half as far, the other way.
#
# Run the cells from top to bottom with Shift+Enter. Change the numbers, and run them again.

# %% [markdown]
# ## A number that remembers

# %%
from autograd import Value

a = Value(2.0, label="a")
a

# %% [markdown]
# A Value shows itself as a picture. The box has its label, its **data** (the number), and its **grad** (the gradient, of which there is none until we ask for it; a program that reads `a.grad` gets 0 so long).

# %% [markdown]
# ## Arithmetic records a graph
#
# Values add, multiply and divide as numbers do. We compute
#
# $$c = a + b, \qquad d = b + 1, \qquad e = c \cdot d$$
#
# and give each result a label, so that the picture can name it.

# %%
b = Value(1.0, label="b")
c = a + b
d = b + 1
e = c * d
c.label, d.label, e.label = "c", "d", "e"
e

# %% [markdown]
# Read the picture from left to right.
#
# - Every box is a **node**: one number. Green nodes are **leaves**, the numbers you put in. The yellow node is the result. The blue ones lie between.
# - Every circle is the operation that made the node after it.
# - The arrows into a circle come from the **parents** of that node. Here, `a` and `b` are the parents of `c`.
# - The grey 1 is a plain number and no Value. It is a part of the sum, but nobody will ask for its derivative.
#
# Notice that two arrows leave `b`: it is used twice. This will matter.
#
# Every node knows how it was made, so any part of the graph has a picture of its own. `autograd.draw` draws it on demand:

# %%
from autograd import draw

draw(c)

# %% [markdown]
# ## What is on a node
#
# All that you see in the picture can be read from the nodes. `topological_order(e)` lists every node that `e` was computed from, each one after its parents.

# %%
from autograd import topological_order

for node in topological_order(e):
    print(f"node {node.label}")
    print(f"    data               {node.data:g}")
    print(f"    grad               {node.grad:g}")
    print(f"    op                 {node.op or 'none: a leaf'}")
    print(f"    parents            {', '.join(parent.label for parent in node.parents) or 'none'}")
    print(f"    local derivatives  {', '.join(f'{local:g}' for local in node.local_derivatives) or 'none'}")

# %% [markdown]
# The **local derivatives** are the small numbers on the arrows. There is one for each parent, and it answers the question for this one step only: *if this parent alone moves a bit, how many times that bit does the node move?*
#
# - In a sum, each parent moves the result just as far as it moves itself: both local derivatives are 1.
# - In a product, each parent is multiplied by the other one: the local derivative is *the other parent's data*. So for $e = c \cdot d$ with $c = 3$ and $d = 2$, they are 2 (along the arrow from `c`) and 3 (along the arrow from `d`).
#
# They are noted down the moment a node is made. Nothing else will be needed.

# %% [markdown]
# ## Backward, by hand
#
# How does `e` move when `a` or `b` moves? This derivative of the final result with respect to a node $v$ is called the **adjoint** of $v$, and is written $\bar v = \partial e / \partial v$.
#
# The **chain rule** gives all adjoints. Say `e` moves twice as far as `c`, and `c` moves just as far as `a`. Then `e` moves $2 \times 1 = 2$ times as far as `a`: *along a path, multiply*. And where several arrows leave a node, its bit of movement reaches the result along each of them: *over the arrows, add*. In one line, for a node $p$ and all nodes $v$ that have it as a parent:
#
# $$\bar p \;=\; \sum_{v} \; \bar v \cdot \frac{\partial v}{\partial p}$$
#
# We start at the end. The result moves exactly as far as itself, so $\bar e = 1$. Its parents are `c` and `d`:

# %%
adjoint = {e: 1.0}

for parent, local in zip(e.parents, e.local_derivatives):
    adjoint[parent] = adjoint[e] * local
    print(f"adjoint of {parent.label} = adjoint of e × local derivative = {adjoint[e]:g} × {local:g} = {adjoint[parent]:g}")

# %% [markdown]
# One step to the left. The parents of `c` are `a` and `b`:

# %%
for parent, local in zip(c.parents, c.local_derivatives):
    adjoint[parent] = adjoint[c] * local
    print(f"{parent.label} gets, through c: {adjoint[c]:g} × {local:g} = {adjoint[parent]:g}")

# %% [markdown]
# With that, `a` is done, but `b` is not: it has a second arrow, through `d`. What comes along it is *added*.

# %%
for parent, local in zip(d.parents, d.local_derivatives):
    through_d = adjoint[d] * local
    print(f"{parent.label} gets, through d: {adjoint[d]:g} × {local:g} = {through_d:g}")
    print(f"adjoint of {parent.label} = {adjoint[parent]:g} + {through_d:g} = {adjoint[parent] + through_d:g}")
    adjoint[parent] = adjoint[parent] + through_d

assert adjoint[a] == 2.0
assert adjoint[b] == 5.0

# %% [markdown]
# School calculus says the same. From $e = (a + b)(b + 1)$ with $a = 2$ and $b = 1$:
#
# $$\frac{\partial e}{\partial a} = b + 1 = 2 \qquad\qquad \frac{\partial e}{\partial b} = (b + 1) + (a + b) = 5$$

# %% [markdown]
# ## Backward, by machine
#
# `backward()` does what you have just done: it starts with 1 at the result, walks against the arrows, and writes the adjoint of every node into its `grad`.

# %%
e.backward()

print("node  by hand  by machine")
for node in reversed(topological_order(e)):
    print(f"{node.label:4}  {adjoint[node]:7g}  {node.grad:10g}")
    assert node.grad == adjoint[node]

# %% [markdown]
# And now watch it. `explore` makes a page of the graph on which both passes play, one step at a time. **Press → on your keyboard** (click into the page first), or the ▶ below it:
#
# - First everything is computed, from left to right. Then the way back begins at `e`, with a 1, and goes along the arrows, edge by edge. The step is always written out below, in letters and in numbers.
# - At `b` the *second* share arrives: $2 + 3 = 5$. The small circles under a node are its uses; one is filled for each that has reported.
# - Click `b`, then `e`: the two paths between them light up, $1 \times 2 \times 1$ and $1 \times 3 \times 1$. Together they make the 5.
# - **Drag the number of `a` or `b`**, and everything follows. `?` shows what else the page can do.

# %%
from autograd import explore

explore(e)


# %% [markdown]
# ## Is it true? Move an input a little
#
# You need not trust the chain rule. Move `b` a little, compute again, and see how far `e` moved for it. Plain numbers will do here; the smaller the step, the closer the answer comes to 5.

# %%
def f(a, b):
    return (a + b) * (b + 1)


for step in (0.1, 0.01, 0.001):
    moved = f(2.0, 1.0 + step) - f(2.0, 1.0)
    print(f"b moves by {step:5}: e moves by {moved:.6f}, which is {moved / step:.3f} times as far")

# %% [markdown]
# `autograd.check_gradients` does this for every input of a function, with more care for rounding. It says nothing when all is well, and reports what is wrong when it is not.

# %%
from autograd import check_gradients

check_gradients(f, [2.0, 1.0])
print("backward() and the moved inputs agree")

# %% [markdown]
# ## A neuron
#
# A neuron multiplies each input $x_i$ by a weight $w_i$, adds it all up together with a bias $b$, and bends the sum $n$ with a smooth curve, here the hyperbolic tangent:
#
# $$n = x_1 w_1 + x_2 w_2 + b, \qquad o = \tanh(n)$$

# %%
x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
bias = Value(6.8813735870195432, label="b")

n = x1 * w1 + x2 * w2 + bias
o = n.tanh()
n.label, o.label = "n", "o"

o.backward()
explore(o)

# %% [markdown]
# Step through it as before. (**p** hides the next number and asks you for it; a wrong answer is told what it is.) The strange bias was chosen so that the numbers come out round. The local derivative of $\tanh$ is $1 - o^2$, and here it is one half:

# %%
print(f"o         = {o.data:.4f}")
print(f"1 - o**2  = {1 - o.data**2:.4f}")
print(f"on the arrow from n to o: {o.local_derivatives[0]:.4f}")
print()
for leaf in (x1, w1, x2, w2, bias):
    print(f"do/d{leaf.label:2} = {leaf.grad:4.1f}")

# %% [markdown]
# What do these tell you?
#
# - $\partial o / \partial w_1 = 1$: raise $w_1$ by a hundredth, and the output rises by about a hundredth. To make the neuron's output larger, turn up $w_1$. *That is all that learning is: ask which way each weight moves the result, and turn it a little that way.*
# - $\partial o / \partial w_2 = 0$: the input $x_2$ is 0, so its weight makes no difference at the moment.
#
# Let us turn up $w_1$ and see.

# %%
from autograd import tanh

turned_up = tanh(2.0 * (-3.0 + 0.01) + 0.0 * 1.0 + 6.8813735870195432)

print(f"predicted rise: {w1.grad * 0.01:.4f}")
print(f"actual rise:    {turned_up - o.data:.4f}")

# %% [markdown]
# ## Why the order matters: the diamond
#
# By hand, we knew when a node was done. A machine needs a rule for it. Here is the smallest graph that shows why: it doubles a number twice, and whoever moves $x$ moves $z$ four times as far.
#
# $$y = x + x, \qquad z = y + y$$

# %%
x = Value(1.0, label="x")
y = x + x
z = y + y
y.label, z.label = "y", "z"
draw(z)

# %% [markdown]
# Two arrows part and meet again, and then two more: a diamond, and another one. There are four paths from `x` to `z`, each with a product of 1, so the adjoint of `x` is 4.
#
# The first idea one has for a machine: start at the result; send each parent its share; go on to that parent at once. Watch what happens.

# %%
from collections import defaultdict


def backward_without_order(node, adjoint):
    for parent, local in zip(node.parents, node.local_derivatives):
        share = adjoint[node] * local
        adjoint[parent] += share
        print(f"{node.label} sends {share:g} to {parent.label}, which now has {adjoint[parent]:g}")
        backward_without_order(parent, adjoint)


adjoint = defaultdict(float, {z: 1.0})
backward_without_order(z, adjoint)
print(f"\ndz/dx = {adjoint[x]:g}, says this machine. The truth is 4.")


# %% [markdown]
# It counts wrongly. It hurried on from `y` when only half of y's adjoint had arrived. When the second half came, it sent on the *whole*, and so the first half went to `x` twice.
#
# One can mend this by sending on only what has just arrived. Then the sum is right, but the machine walks every path from the result to the leaves, one by one. Let us double a number more often, and count the visits.

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
    z = doubled(x, times)
    adjoint = defaultdict(float)
    visits = backward_along_every_path(z, 1.0, adjoint)
    print(f"doubled {times:2} times: dz/dx = {adjoint[x]:5g}, {times + 1:2} nodes, {visits:6,} visits")


# %% [markdown]
# Right, and hopeless. Each doubling doubles the work, and a network has far more than 16 steps.
#
# What we want is to visit each node *once*, and only when *everything* has arrived there. So a node must wait for all the nodes that use it. In a **topological order** each node comes after its parents; read backwards, each node comes before its parents, and so after all that use it. This is **reverse topological order**, and the whole machine is these lines:

# %%
def backward_in_order(root):
    adjoint = defaultdict(float, {root: 1.0})
    for node in reversed(topological_order(root)):  # its adjoint is complete now
        for parent, local in zip(node.parents, node.local_derivatives):
            adjoint[parent] += adjoint[node] * local
            if node.label:
                print(f"{node.label} sends {adjoint[node] * local:g} to {parent.label}, which now has {adjoint[parent]:g}")
    return adjoint


z = y + y
z.label = "z"
adjoint = backward_in_order(z)
print(f"\ndz/dx = {adjoint[x]:g}")
assert adjoint[x] == 4.0

# %% [markdown]
# Now `y` waits until both halves are there, and sends its 2 along each of its arrows, once. Four arrows, four lines, and the answer is right. Here is the same as a page: press →, and on the way back look at the two small circles under `y`. Only when both are filled does it send on what it has.

# %%
explore(z)

# %% [markdown]
# This is how `backward()` works, and why it can face a thousand doublings. There are $2^{1000}$ paths in that graph, more than there are atoms in the universe. There are only 1001 nodes.

# %%
x = Value(1.0)
z = doubled(x, 1000)
z.backward()

print(f"{len(topological_order(z))} nodes")
print(f"dz/dx is 2 to the power of 1000: {x.grad == 2.0**1000}")

# %% [markdown]
# ## Leaves add up
#
# When you call `backward()` again, something happens that surprises everybody once:

# %%
x = Value(3.0, label="x")
y = x * x

y.backward()
print(f"after one backward():   dy/dx = {x.grad:g}")
y.backward()
print(f"after a second one:     x.grad is {x.grad:g}, and y.grad is {y.grad:g}")
x.grad = 0.0
y.backward()
print(f"after x.grad = 0, again: x.grad is {x.grad:g}")

# %% [markdown]
# Leaves *add* what each `backward()` brings; all other nodes show the last pass only. This is meant: the gradient of a sum of losses is the sum of their gradients, so you may take the losses one at a time and let the leaves collect. The price is that you must start each new count from 0. (In a training loop, this is `zero_grad()`. Leaving it out is the classic mistake.)

# %% [markdown]
# ## At a kink
#
# `relu` cuts off everything below 0, and `abs` folds it up. Both have a corner at 0, where the slope jumps.

# %%
from autograd import relu

print("    x   slope of relu   slope of abs")
for point in (-1.0, 0.0, 1.0):
    x = Value(point)
    relu(x).backward()
    slope_of_relu = x.grad
    x.grad = 0.0
    abs(x).backward()
    print(f"{point:5g} {slope_of_relu:15g} {x.grad:14g}")

# %% [markdown]
# At a corner there is no derivative, and the engine has to choose. Any slope between those of the two sides is a fair choice (a *subgradient*), and 0 is the usual one. Training does not mind: hardly ever does a number land exactly on a corner.
#
# The numerical check does mind, and tells you why it cannot agree:

# %%
from autograd import GradientCheckError

try:
    check_gradients(relu, [0.0], names=["x"])
except GradientCheckError:
    print("\n(and it raises GradientCheckError, so that a test would fail)")

# %% [markdown]
# ## A derivative is a Value, too
#
# `backward()` gives numbers. `autograd.gradients` runs the same rules on Values, so what comes out is a graph once more: you can draw it, compute with it, and differentiate it again. For $y = x^4$ at $x = 3$:
#
# $$y = 81, \qquad y' = 4x^3 = 108, \qquad y'' = 12x^2 = 108, \qquad y''' = 24x = 72$$

# %%
from autograd import gradients

x = Value(3.0, label="x")
y = x**4
(first,) = gradients(y, [x])
(second,) = gradients(first, [x])
(third,) = gradients(second, [x])

print(f"{y.data:g}  {first.data:g}  {second.data:g}  {third.data:g}")


# %% [markdown]
# `explore` takes a function, too, and calls it with the numbers you give. Then the source stands beside the graph, and each step is marked in its line. The part of the graph that `gradients` made lies on a band of its own:

# %%
def slope(x):
    y = x**4
    (dy,) = gradients(y, [x])
    return dy


explore(slope, 3.0)

# %% [markdown]
# ## Where to go next
#
# - [Train on digits](02_train_on_digits.ipynb): the same `backward()`, on a graph of thousands of nodes, teaches a network to read handwriting.
# - Explore something of your own. `explore(f, 1.0, 2.0).save("page.html")` writes the page to one file, which opens anywhere; `python -m autograd explore script.py` does it for a whole script. `draw(v).render("my_graph", format="svg")` writes a still picture.
# - Teach the engine a new function with `autograd.primitive`: you write what it computes and its slope, and it is checked against the numbers.
# - `help(autograd)` lists all there is. The package itself is meant to be read: begin with `autograd/value.py` and `autograd/backward.py`. With the environment variable `SCALAR_AUTOGRAD_PURE=1`, those files run as plain Python, and a debugger can step through them.
