# %% [markdown]
# # Values and graphs
#
# *Notebook 2 of the course. Before it: [Slopes](01_slopes.ipynb). After it: [The chain rule](03_chain_rule.ipynb).*
#
# **What you will be able to do:** read the graph of a computation; go back through it by hand, and find how the result moves with every number that went in; and say what `backward()` does, which is exactly that.
#
# You need the idea of a slope: *for a tiny nudge, how many times the nudge does the result move?* Allow 25 minutes. (Python that is new to you, such as `zip`: see the table at the beginning of [Slopes](01_slopes.ipynb).)

# %%
import autograd
from autograd import Value
from autograd.course import ask, check

# %% [markdown]
# ## A number that remembers
#
# A `Value` is a number that remembers how it was made.

# %%
a = Value(2.0, label="a")
a

# %% [markdown]
# A Value shows itself as a picture. The box has its **label** (its name), its **data** (the number), and its **grad**: how much a result moves with it, once there is a result and `backward()` was called.
#
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
# This is a **graph**: boxes, and arrows between them, which are also called **edges**. Read it from left to right.
#
# - Every box is a **node**: one number. The numbers you put in are the **leaves**; the last one is the result; the others lie between.
# - Every circle is the operation that made the node after it.
# - The arrows into a circle come from the **parents** of that node. Here, `a` and `b` are the parents of `c`.
# - The 1 is a plain number and no Value. It is a part of the sum, but nobody will ask for its slope.
#
# Notice that two arrows leave `b`: it is used twice. This will matter.
#
# ## What is on a node
#
# All that you see in the picture can be read from the nodes. `topological_order(e)` lists every node that `e` was computed from, each one after its parents. (`op` is the operation that made a node.)

# %%
for node in autograd.topological_order(e):
    print(f"node {node.label}")
    print(f"    data               {node.data:g}")
    print(f"    op                 {node.op or 'none: a leaf'}")
    print(f"    parents            {', '.join(parent.label for parent in node.parents) or 'none'}")
    print(f"    local derivatives  {', '.join(f'{local:g}' for local in node.local_derivatives) or 'none'}")

# %% [markdown]
# The **local derivatives** are the small numbers on the arrows. There is one for each parent, and it is the slope of this one step: *if this parent alone is nudged, how many nudges does the node move?*
#
# - In a sum, each parent moves the result just as far as it moves itself: both local derivatives are 1.
# - In a product, each parent is multiplied by the other one: the local derivative is *the other parent's data*. So for $e = c \cdot d$ with $c = 3$ and $d = 2$, they are 2 (on the arrow from `c`) and 3 (on the arrow from `d`).
#
# These are the rules of the last notebook. They are noted down the moment a node is made, and nothing else will be needed.
#
# ## Backward, by hand
#
# How does `e` move when `a` or `b` is nudged? The slope of the final result in a node is called the **adjoint** of that node. Of the node $c$ it is $\partial e / \partial c$.
#
# We start at the end. The result moves exactly as far as itself, so the adjoint of `e` is 1. Its parents are `c` and `d`, and the local derivatives on their arrows say how far `e` moves with each. (We note the adjoints down in a dict, by node: `adjoint[e]` is 1.)

# %%
adjoint = {e: 1.0}

for parent, local in zip(e.parents, e.local_derivatives):
    adjoint[parent] = adjoint[e] * local
    print(f"adjoint of {parent.label} = adjoint of e × local derivative = {adjoint[e]:g} × {local:g} = {adjoint[parent]:g}")

# %% [markdown]
# One step to the left. The parents of `c` are `a` and `b`. A nudge of `a` moves `c` by 1 nudge, and for each nudge of `c`, `e` moves by 2. So a nudge of `a` moves `e` by $2 \times 1$: *along the arrows, multiply*.

# %%
for parent, local in zip(c.parents, c.local_derivatives):
    adjoint[parent] = adjoint[c] * local
    print(f"{parent.label} gets, through c: {adjoint[c]:g} × {local:g} = {adjoint[parent]:g}")

# %% [markdown]
# With that, `a` is done, but `b` is not: it has a second arrow, through `d`. A nudge of `b` reaches `e` on both ways at once, and what comes along the second, its **share**, is *added*.

# %%
for parent, local in zip(d.parents, d.local_derivatives):
    through_d = adjoint[d] * local
    print(f"{parent.label} gets, through d: {adjoint[d]:g} × {local:g} = {through_d:g}")
    print(f"adjoint of {parent.label} = {adjoint[parent]:g} + {through_d:g} = {adjoint[parent] + through_d:g}")
    adjoint[parent] = adjoint[parent] + through_d


# %% [markdown]
# So $\partial e/\partial a = 2$ and $\partial e/\partial b = 5$. The rules of school say the same: with $e = (a + b)(b + 1)$, $a = 2$ and $b = 1$,
#
# $$\frac{\partial e}{\partial a} = b + 1 = 2 \qquad\qquad \frac{\partial e}{\partial b} = (b + 1) + (a + b) = 5$$
#
# And so does nudging:

# %%
def f(a, b):
    return (a + b) * (b + 1)


for h in (0.1, 0.01, 0.001):
    print(f"nudge b by {h:5}: e moves by {(f(2.0, 1.0 + h) - f(2.0, 1.0)) / h:.3f} nudges")

# %% [markdown]
# ## Backward, by machine
#
# `backward()` does what you have just done: it starts with 1 at the result, goes against the arrows, and writes the adjoint of every node into its `grad`.

# %%
e.backward()

print("node  by hand  by machine")
for node in reversed(autograd.topological_order(e)):
    print(f"{node.label:4}  {adjoint[node]:7g}  {node.grad:10g}")

# %% [markdown]
# Now watch it. `explore` makes a page of the graph that plays both ways, forward and back, one step at a time. **Press → on your keyboard** (click into the page first), or the ▶ below it.
#
# - First everything is computed, from left to right. Then the way back begins at `e`, with a 1, and goes along the arrows, one by one. The step is always written out, in letters and in numbers.
# - At `b` the *second* share arrives: $3 + 2 = 5$. (The page goes back through `d` first, we went through `c`; a sum does not mind.) The small circles under a node are its uses, the arrows that leave it; one is filled for each along which a share has come back.
# - Click `b`, then `e`: the two paths between them light up, $1 \times 2$ and $1 \times 3$. Together they make the 5.
# - **Drag the number of `a` or `b`**, and everything follows.
# - **p** hides the next number and asks you for it. Wrong answers are told what they are, as in the exercises below. `?` shows what else the page can do.

# %%
autograd.explore(e)

# %% [markdown]
# ## Larger expressions
#
# Nothing changes when the expression gets longer. Here are three well-known ones. The first is a sum in a product:

# %%
x, y, z = Value(-2.0, label="x"), Value(5.0, label="y"), Value(-4.0, label="z")
q = (x + y) * z
q.backward()
print(f"(x + y) z = {q.data:g}, and its gradient in x, y, z is {x.grad:g}, {y.grad:g}, {z.grad:g}")

# %% [markdown]
# The second is used to test such machines. `relu` is a function that keeps what is above 0, and makes 0 of what is below; we come to it in a moment.

# %%
x = Value(-4.0, label="x")
z = 2 * x + 2 + x
q = z.relu() + z * x
h = (z * z).relu()
y = h + q + q * x
y.backward()
print(f"y = {y.data:g}, dy/dx = {x.grad:g}")


# %% [markdown]
# The third comes from a famous small machine of this kind. It uses names again and again (`c += c + 1` makes a *new* node from the old one, and calls that `c`), so that you could not draw its graph by looking at it. The machine can.

# %%
def example(a, b):
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


a, b = Value(-4.0, label="a"), Value(2.0, label="b")
g = example(a, b)
g.backward()
print(f"g     = {g.data}")
print(f"dg/da = {a.grad}")
print(f"dg/db = {b.grad}")
print(f"{len(autograd.topological_order(g))} nodes")

# %% [markdown]
# Given a function, `explore` shows the lines of your program beside the graph, and marks the one that is at work.

# %%
autograd.explore(example, -4.0, 2.0)

# %% [markdown]
# ## Leaves add up
#
# When you call `backward()` again, something happens that surprises everybody once:

# %%
x = Value(3.0, label="x")
y = x * x

y.backward()
print(f"after one backward():    x.grad is {x.grad:g}")
y.backward()
print(f"after a second one:      x.grad is {x.grad:g}, and y.grad is {y.grad:g}")
x.grad = 0.0
y.backward()
print(f"after x.grad = 0, again: x.grad is {x.grad:g}")

# %% [markdown]
# Leaves *add* what each `backward()` brings; all other nodes show what the last one brought. This is meant: the slope of a sum is the sum of the slopes, so you may take the parts of a sum one at a time and let the leaves collect. The price is that you must start each new count from 0. Leaving that out is the classic mistake.
#
# ## At a kink
#
# `relu` cuts off everything below 0, and `abs` (written $|x|$) folds it up. Both have a **kink** at 0, a corner where the slope jumps.

# %%
print("    x   relu   its slope    abs   its slope")
for point in (-2.0, -1.0, 0.0, 1.0, 2.0):
    x = Value(point)
    cut, folded = x.relu(), abs(x)
    cut.backward()
    slope_of_relu = x.grad
    x.grad = 0.0
    folded.backward()
    print(f"{point:5g} {cut.data:6g} {slope_of_relu:11g} {folded.data:6g} {x.grad:11g}")

# %% [markdown]
# At a corner there is no slope, and the machine has to choose. Any number between the slopes of the two sides is a fair choice (it is called a **subgradient**), and 0 is the usual one. It hardly matters: seldom does a number land exactly on a corner.
#
# ## What you know now
#
# - A **graph** is the memory of a computation: **nodes** with their numbers, arrows from their **parents**, and on each arrow a **local derivative**, the slope of that one step.
# - The **adjoint** of a node is the slope of the final result in it. It starts with 1 at the result and goes back: along an arrow it is multiplied by the local derivative, and what arrives at a node along several arrows is added.
# - `backward()` does this, and leaves the adjoints in `.grad`. Leaves add up over several calls.
#
# ## Exercises

# %%
ask("graphs.forward")

# %%
check("graphs.forward", ...)

# %%
ask("graphs.local")

# %%
check("graphs.local", ...)

# %%
ask("graphs.adjoint")

# %%
check("graphs.adjoint", ...)

# %%
ask("graphs.by_hand")

# %%
check("graphs.by_hand", ...)

# %%
ask("graphs.twice")

# %%
check("graphs.twice", ...)

# %%
ask("graphs.kinks")

# %%
check("graphs.kinks", ...)

# %%
ask("graphs.machine")

# %%
check("graphs.machine", ...)

# %% [markdown]
# ## Where next
#
# Multiply along the arrows, add where they meet: why is that true, and in which order must a machine do it, so that it is right *and* quick? [The chain rule](03_chain_rule.ipynb).
