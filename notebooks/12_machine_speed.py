# %% [markdown]
# # From graph to machine speed
#
# *Notebook 12 of 13. Before it: [Beyond networks](11_beyond_networks.ipynb). After it: [A small GPT](13_small_gpt.ipynb). Allow 20 minutes.*
#
# **Your aim.** Python is slow: between one multiplication and the next it looks up names, makes objects, throws them away. A graph knows what is to be computed. So it can be computed without Python. When you are through, you can
#
# - read the **program** that `compile` records of a function, and the one of its gradient,
# - say what is left out of it, and why its results are the same to the last digit,
# - say what happens at an `if`, and how one program can serve both ways,
# - tell, for a function over many rows, what is computed once and what for each.
#
# From before: a **graph** remembers every operation, with its **local derivatives**; a slope is found by going back through it, multiplying along a path and adding over paths. `grad(f)` gives the slopes of a function.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np

import autograd
import nn
from autograd import Value, compile, fori_loop, grad, tanh, topological_order, value_and_grad, where
from autograd.course import ask, check


# %% [markdown]
# ## A recording
#
# `compile(f)` gives a function that is called as `f` is. At the first call it calls `f` once, with Values, and looks at the graph that arises. It puts the operations into a list, one after the other, so that each stands after those it needs: a **program**. From then on it runs that, and `f` is not called any more. (The arguments may be others in each call. A number that `f` takes from elsewhere, say a variable of the notebook, stands in the program as it is; but each call looks whether it is still the same, and if not, `f` is recorded anew.)

# %%
def f(x, y):
    d = x - y
    return tanh(d) * x + d * d


fast = compile(f)
print("fast(2, 0.5) =", fast(2.0, 0.5), "   f(2, 0.5) =", f(2.0, 0.5))
print()
print(fast.programs[0])

# %% [markdown]
# Read it like a recipe. At the right stands where a line comes from: `In[2]:2` is the second line of the cell that was run second. `r0`, `r1`, ... are places for numbers, called **registers**. Each line is an **instruction**: take what is in some registers, compute, put the result into the next one. `r2 = sub r0 r1` is $d = x - y$. At the last one stands `output 0`: this is what the function gives, number 0 of its results (there is no other). It is the graph, lying down, and can be drawn as one:

# %%
fast.programs[0].draw()

# %% [markdown]
# ## The gradient is a program, too
#
# What `backward()` does is arithmetic as well: multiply by a slope, add up. So the way back can be recorded just like the way there. `value_and_grad` computes both, and compiled it is one program: the recipe above, and then the chain rule, from the end to the beginning.

# %%
both = compile(value_and_grad(f, (0, 1)))
value, slopes = both(2.0, 0.5)
print("value", value, "  slopes", slopes)
print(both.programs[0])


# %% [markdown]
# Follow it backwards. `r7` is the slope of $d^2$, written as $d + d$. `r8`, `slope tanh 0`, is the slope of the tanh (in its operand number 0, counted from 0; it has no other; `r2` is what went in, `r3` what came out), `r9` that times $x$, since the tanh is multiplied by $x$. `r10` adds the two paths that lead back to $d$. To $x$ there is one more path, directly, which brings `r3`; and to $y$ the way through $d$ has a minus. No multiplication by 1 is left, and no adding to 0: what changes nothing is left out.
#
# ## What is left out
#
# A person who computes by hand takes short cuts: what was computed before is not computed again, what is not needed is not computed at all. `compile` takes them, too:

# %%
def wasteful(x, y):
    (x + y) ** 7  # is not used
    first = x * y + x * y
    return first + x * y + 2.0 * 3.0


values = Value(2.0), Value(3.0)
graph = topological_order(wasteful(*values))
short = compile(wasteful)
short(2.0, 3.0)
print(f"the graph has {sum(bool(v.op) for v in graph)} operations, the program:", short.programs[0].counts)
print(short.programs[0])

# %% [markdown]
# The product stands once, $2 \cdot 3$ was computed when it was recorded, and what is never used is gone.
#
# There are short cuts that it does *not* take. $ab + ac$ is $a(b + c)$, with one multiplication less. But a computer rounds each result to some 16 digits, and the two round differently. A computer keeps a number in 64 **bits**, zeros and ones. A compiled function gives *the same bits* as the plain one, and so its order of operations has to stay:

# %%
a, b, c = 0.1, 0.1, 0.3
print("a b + a c =", a * b + a * c)
print("a (b + c) =", a * (b + c))


# %% [markdown]
# ## At an if
#
# A recording knows one way through the function. What if there are several? An income tax: nothing up to 10, a fifth of what is above that up to 50, two fifths of what is above 50.

# %%
def tax(income):
    if income < 10:
        return 0 * income
    if income < 50:
        return 0.2 * (income - 10)
    return 8 + 0.4 * (income - 50)


fast_tax = compile(tax)
for income in (20.0, 30.0, 40.0):
    print(f"tax({income:g}) = {fast_tax(income):g}   {len(fast_tax.programs)} program")
print(fast_tax.programs[0])

# %% [markdown]
# The program ends with two **guards**: the questions that were asked, and how they were answered. In each run they are asked again. As long as they come out the same, the program holds. If not, the function is recorded anew, for that way.

# %%
for income in (60.0, 5.0, 20.0):
    print(f"tax({income:g}) = {fast_tax(income):g}   {len(fast_tax.programs)} programs")
fast_tax.programs[0].draw()

# %% [markdown]
# So a compiled function is never silently wrong: it takes the branch that the plain function takes. The page below shows the same of a single recording. Drag `income` over 50: the line that was not taken is struck out, and the other one comes.

# %%
autograd.explore(tax, 20.0)


# %% [markdown]
# Three programs are no harm. A function that asks a hundred questions may have a great many ways. For such a case there is `where(condition, a, b)`: it computes both, and chooses anew in every run. That is one program, without a guard. `maximum`, `relu` and `abs` choose in the same way. In the listing, `select < a b c d` is c where a < b, and else d.

# %%
def tax_in_one(income):
    upper = where(income < 50, 0.2 * (income - 10), 8 + 0.4 * (income - 50))
    return where(income < 10, 0 * income, upper)


one = compile(tax_in_one)
print([one(income) for income in (5.0, 20.0, 60.0)], len(one.programs), "program")
print(one.programs[0])


# %% [markdown]
# ## A loop
#
# A loop of Python is recorded step by step: a thousand steps are a program a thousand times as long. `fori_loop(from, to, body, start)` says that it *is* a loop: `body` is a function of the step's number and of what the step before gave, which is `start` at first. Then what a step does is recorded once; and the derivative of a loop is a loop that goes the other way.
#
# A population that grows by a thousandth each year, as long as there is room. (`size` is the share of the room that is taken; the less is left, the less it grows.)

# %%
def grown_in_python(rate, start):
    size = start
    for _ in range(1000):
        size = size + rate * size * (1 - size)
    return size


def grown(rate, start):
    return fori_loop(0, 1000, lambda year, size: size + rate * size * (1 - size), start)


step_by_step, as_a_loop = compile(grad(grown_in_python)), compile(grad(grown))
print(step_by_step(0.001, 0.01), as_a_loop(0.001, 0.01))
print(f"instructions: {len(step_by_step.programs[0]):,} and {len(as_a_loop.programs[0])}")
print(as_a_loop.programs[0])


# %% [markdown]
# What stands further in is what one step does. After the name of a loop stand the registers that it begins with: `lambda r1 r0` takes `r1` for its first **state**, which each step makes anew, and `r0` for its **const**, which stays the same in all steps. A loop that goes back has two states here, the slope in the size and the slope in the rate, as far as it has come; `part r5 r4` takes one of them out at the end: of what the loop `r5` gives, number 1, counted from 0 (the constant in `r4`), the slope in the rate. The second loop needs numbers of the first, as `backward()` needs those of the way there: they are **kept**, and so the first loop, `r3`, stands among what the second begins with.
#
# ## Many rows
#
# A network sees not one example but hundreds, and does the same with each. With `in_axes` you say which arguments have rows: `None` for what all rows share, `0` for a table with a row for each example. (The first weight of this neuron is squared, so that there is something to do which all rows share.)

# %%
def neuron(w, b, x):
    return tanh(w[0] * w[0] * x[0] + w[1] * x[1] + b)


over_rows = compile(neuron, in_axes=(None, None, 0))
table = np.random.default_rng(0).normal(size=(1000, 2))  # 1,000 rows of 2 random numbers
results = over_rows([1.2, -0.7], 0.3, table)
print(over_rows.programs[0])
print("\nresults:", results.shape, "  the first three:", np.round(results[:3], 6))
print("one by one:                     ", [round(neuron([1.2, -0.7], 0.3, row), 6) for row in table[:3]])


# %% [markdown]
# In this program `r5 = mul r0 r0` has to do with weights alone. It is computed once; what follows takes part of `x`, and is computed for each row. That is not done row by row, though: the processor takes an instruction and does it for hundreds of rows at a stretch, several at a time. So the cost of *deciding what to do* is shared by all rows, and what is left is arithmetic.
#
# ## How much is it?
#
# Times differ from machine to machine and from run to run, so this text gives a rough size only; the bars, in microseconds (µs, millionths of a second), are drawn when the notebook is run, on whatever it runs. Note the scale: each line of the grid is ten times the one before.

# %%
def microseconds(call, repetitions):
    best = float("inf")  # infinity: whatever comes is less
    for _ in range(5):
        begin = time.perf_counter()  # the clock, in seconds
        for _ in range(repetitions):
            call()
        best = min(best, (time.perf_counter() - begin) / repetitions)
    return 1e6 * best


model = nn.MLP(2, [16, 16, 1], rng=0)
rows, labels = nn.data.moons(100)


def loss_of_a_row(x, y):
    return nn.binary_cross_entropy_with_logits(model(x), y)


def gradient_of_all():
    model.zero_grad()
    nn.binary_cross_entropy_with_logits([model(row) for row in rows], labels).backward()


# slopes with respect to (wrt) the parameters, and of the results of all rows the mean; then the labels 0 and 1 as floats
batch = compile(value_and_grad(loss_of_a_row, wrt=model.parameters()), in_axes=(0, 0), reduce="mean")
points, targets = np.array(rows), np.array(labels, dtype=float)
work = {
    "f and its slopes": (lambda: value_and_grad(f, (0, 1))(2.0, 0.5), lambda: both(2.0, 0.5), 2000),
    "the neuron, 1,000 rows": (lambda: [neuron([1.2, -0.7], 0.3, row) for row in table], lambda: over_rows([1.2, -0.7], 0.3, table), 5),
    "a network's gradient, 100 rows": (gradient_of_all, lambda: batch(points, targets), 5),
}
figure, axes = plt.subplots(figsize=(8, 2.8), layout="constrained")
for place, (name, (plain, compiled, repetitions)) in enumerate(work.items()):
    compiled()
    axes.barh(place - 0.18, microseconds(plain, repetitions), height=0.34, color="#c05621", label="plain" if place == 0 else None)
    axes.barh(place + 0.18, microseconds(compiled, 10 * repetitions), height=0.34, color="#2b6cb0", label="compiled" if place == 0 else None)
axes.set_yticks(range(len(work)), work)
axes.invert_yaxis()
axes.set_xscale("log")
axes.set_xlabel("microseconds, on the machine that made this picture")
axes.legend(frameon=False)
axes.grid(axis="x", alpha=0.3)
plt.show()

# %% [markdown]
# Some tens of times as fast, up to about a hundred. And nothing else has changed: the loss and the gradient of the network are the same, to the last digits that rounding leaves (a mean over rows is added up in another order).

# %%
gradient_of_all()
loss, slopes = batch(points, targets)
print(f"loss {loss:.12f}, by the graphs {nn.binary_cross_entropy_with_logits([model(row) for row in rows], labels).data:.12f}")
print(f"largest difference of {len(slopes)} slopes, below 1e-14: {max(abs(s - p.grad) for s, p in zip(slopes, model.parameters())) < 1e-14}")

# %% [markdown]
# This is what `nn.fit` does for you in each step, and why the trainings of the last notebooks took seconds.
#
# A program of that size, of a network with its gradient, is too long to be read; but it can be drawn by the lines of the source that it comes from. Each box is a line, with how much it has to do (a **flop** is one operation of arithmetic). Follow the loss down, and the gradient back up. (The two guards are in the loss: it asks whether each target lies between 0 and 1.)

# %%
program = batch.programs[0]
print(repr(program))  # in one line
print("most of all:", dict(list(program.counts.items())[:5]))
program.draw()

# %% [markdown]
# ## In other hands
#
# A program needs no Python. `to_javascript` writes it in the language of web browsers: this is how the pages of these notebooks compute when you drag a number, without a Python behind them.

# %%
print(fast.programs[0].to_javascript("f"))

# %% [markdown]
# ## Summary
#
# - `compile` records a function once, as a list of instructions, and runs that. The gradient is recorded in the same way.
# - What is computed twice is computed once, what is not needed not at all. The order of operations stays, and with it every bit.
# - Where Python branches, the program has a **guard**; where a guard does not hold, the function is recorded anew. `where` chooses without a guard.
# - A loop that says that it is one is recorded once. Over rows, what all rows share is computed once.
#
# ## Exercises
#
# Write your answer in the place of `...`. A wrong one is told what it is. With other numbers: `ask("speed.programs", 1)`, `2`, and so on.

# %%
ask("speed.shared")

# %%
check("speed.shared", ...)

# %%
ask("speed.guard")

# %%
check("speed.guard", ...)

# %%
ask("speed.programs")

# %%
check("speed.programs", ...)

# %%
ask("speed.branchless")

# %%
check("speed.branchless", ...)

# %%
ask("speed.constants")

# %%
check("speed.constants", ...)

# %%
ask("speed.rows")

# %%
check("speed.rows", ...)

# %%
ask("speed.worth_it")

# %%
check("speed.worth_it", ...)

# %%
ask("speed.differences")

# %%
check("speed.differences", ...)

# %% [markdown]
# ## Where next
#
# - Compile `hessian(f, (0, 1))`, with `from autograd import hessian`. How many instructions has it, where the gradient has 13?
# - Write a function that `compile` refuses (it reads a random number, say). What does it advise?
# - Give the network 32 neurons in each layer. How do the two bars grow?
# - You know all that is needed for the last one: [a small GPT](13_small_gpt.ipynb).
