# %% [markdown]
# # Slopes
#
# *Notebook 1 of the course. Before it: [Ten minutes](00_ten_minutes.ipynb), a quick look at everything. After it: [Values and graphs](02_values_and_graphs.ipynb).*
#
# **What you will be able to do:** say how much a result moves when a number moves; find that out by *nudging* the number, and by *rule*; and tell which of the two to trust when they differ.
#
# You need school mathematics (what a function is, what x² means) and a little Python. Allow 20 minutes. Run the cells from top to bottom with Shift+Enter, then change numbers in them and run them again: nothing can break.

# %%
import math

import matplotlib.pyplot as plt

import autograd
from autograd import Value
from autograd.course import ask, check


# %% [markdown]
# You know variables, `for`, `if`, lists and functions. The rest of the Python in this course, to come back to when you meet it:
#
# | written | means |
# | --- | --- |
# | `import nn`, `import numpy as np` | a package to use, whose things are then `nn.MLP` and the like; one that gets a shorter name |
# | `from autograd import Value` | one thing of a package, by its own name |
# | `x**3`, `x += 1`, `x -= 1` | $x^3$; x becomes x + 1; x becomes x − 1 |
# | `x = y = 0.0` | both become 0 |
# | `1e-6`, `10_000` | $10^{-6}$; 10000 |
# | `a, b = 2.0, 3.0` | two names given at once |
# | `return a, b`, `p, q = f(x)` | a function gives back several things, as a tuple (see the next line); they get a name each |
# | `(2.0, 3.0)`, `(2.0,)`, `()` | a **tuple**: a list that stays as it is; one with a single item; an empty one |
# | `Value(2.0, label="x")` | a function called, with one argument given by its name |
# | `x.grad`, `x.backward()` | something that belongs to `x`; something that `x` can do |
# | `f"slope {s:.3f}"` | a text with the number `s` in it; `.3f`: three digits after the point (`g`: as short as it goes, `.4g`: four digits in all, `9`: 9 places wide, `,`: a comma after the thousands, `>9` and `<9`: at the right and at the left of 9 places, `.0%`: in percent, `.1e`: as `1.2e-05`, a space: room for a minus) |
# | `[2 * x for x in xs]` | a list made by a loop: twice each `x` of `xs` |
# | `sum(2 * x for x in xs)` | the same numbers, added up, without making a list of them |
# | `[x * y for x in xs for y in ys]` | a loop in a loop: each `x` with each `y` |
# | `xs[0]`, `xs[-1]`, `xs[1:]`, `xs[:-1]` | the first of a list, its last, all but the first, all but the last |
# | `xs[1][0]` | of the second item, which is a list itself, the first |
# | `for x, y in pairs` | a loop over pairs, whose two parts get a name each; `for x, (y, z) in ...` takes a pair in a pair apart |
# | `zip(xs, ys)` | two lists side by side, pair by pair, as far as the shorter one goes (`strict=True`: they must be equally long) |
# | `enumerate(xs)`, `enumerate(xs, 1)` | each item with its place: 0, 1, 2, ...; with its number: 1, 2, 3, ... |
# | `{"a": 2.0, "b": 3.0}` | a **dict**: numbers to be found by a name; if it is called `d`, then `d["a"]` is 2.0, `d.values()` are the numbers, and `d.items()` the pairs of a name and its number. `{x: 1 for x in xs}` makes one by a loop |
# | `f(*numbers)`, `[1.0, *xs]` | the items of a list, put there one by one |
# | `first, *others = xs` | the first of a list, and a list of all others |
# | `p if test else q` | `p` where the test holds, else `q`. For a test may stand a number, a text or a list: it holds unless that is 0 or empty |
# | `p or q`, `not p` | `p`, or where `p` is 0 or nothing, `q`; whether `p` does not hold |
# | `while test:`, `break` | a loop that goes on as long as the test holds; out of the loop at once |
# | `None`, `x is None`, `x is not None` | nothing; whether `x` is nothing; whether it is something |
# | `lambda x: 2 * x`, `lambda: 7` | a function without a name: `x` goes in, twice `x` comes out; nothing goes in, 7 comes out |
# | `lambda x, k=k: k * x` | one that keeps the `k` of now, though a loop gives `k` another number later |
# | `def f(x, tell=False)` | a function whose second argument may be left out: then it is `False` |
# | `slope_of(f)(x)` | `slope_of` gives a function, and that is called with `x` |
# | a `def` inside a `def` | a function that knows the names of the one around it |
# | `abs(x)`, `round(x, 3)` | x without its sign; x rounded to three digits after the point |
# | `len(xs)`, `sum(xs)`, `max(xs)`, `min(xs)` | how many a list has; all of them added up; the largest (also of several numbers: `max(x, y)`); the smallest |
# | `max(xs, key=f)`, `sorted(xs, key=f)` | the `x` for which `f(x)` is largest; the list in the order of `f(x)` |
# | `[f(x) for x in xs if x > 0]`, `map(f, xs)` | `f` of those that are above 0; `f` of each |
# | `range(4)`, `range(2, 5)`, `range(0, 9, 3)` | 0 1 2 3; 2 3 4; 0 3 6 |
# | `xs[2:5]`, `xs[:3]`, `reversed(xs)` | the items number 2, 3 and 4; the first three; the list from its end |
# | `[0.0] * 3`, `[1] + [2, 3]` | `[0.0, 0.0, 0.0]`; one list behind the other, `[1, 2, 3]` |
# | `xs.append(x)`, `xs.extend(ys)`, `xs += ys` | puts `x` behind the list; puts all items of `ys` there, both of the last two |
# | `xs.index(x)`, `x in xs` | at which place of the list `x` stands; whether it stands there |
# | `list(xs)`, `set(xs)`, `dict(pairs)` | a new list of the same items; those that differ, each once; a dict of pairs |
# | `float(x)`, `int(x)`, `str(x)`, `bool(x)` | `x` as a number with a point; as a whole number; as a text; as True or False, as in a test. `float(True)` is 1.0 |
# | `7 // 2`, `7 % 2` | 3, what a division gives without its remainder; 1, the remainder |
# | `a == b`, `a != b`, `True`, `False` | whether they are equal; whether they differ; yes and no, which count as 1 and 0 in sums |
# | `all(x > 0 for x in xs)`, `any(...)` | whether that holds for all of them; for at least one |
# | `"one\ntwo"`, `'one'` | a text of two lines; a text, too |
# | `", ".join(words)`, `"abc"[0]` | the words, with a comma between them; a text is like a list of its letters: this is `"a"` |
# | `_` | a name for what is not used |
# | `# ...`, `"""..."""` | remarks, for whoever reads |
#
# Code that only draws a picture (with `plt` and `axes`) may be skipped.
#
# ## A nudge
#
# A **function** turns a number into another one. Ours squares it: the side of a square goes in, its area comes out.

# %%
def area(side):
    return side * side


area(3.0)

# %% [markdown]
# A square with a side of 3 has an area of 9. Now make the side a tiny bit longer. How much larger does the area get?
#
# We call such a tiny change a **nudge**, and write it $h$. What we want to know is not how far the result moves, but *how many times the nudge*: we divide by $h$.

# %%
print("   nudge h     the area becomes    it moves by    in nudges")
for h in (1.0, 0.1, 0.01, 0.001, 0.0001):
    moved = area(3.0 + h) - area(3.0)
    print(f"{h:10}    {area(3.0 + h):16.8f}    {moved:11.8f}    {moved / h:9.5f}")

# %% [markdown]
# The smaller the nudge, the closer the last column comes to 6. That number is the **slope** of the function at 3, also called its **derivative** there (to find it is to **differentiate**): *for a nudge too small to see, how many times the nudge does the result move?*
#
# - A slope of 6 means: six times as far, in the same direction.
# - A slope of −0.5 means: half as far, the other way.
# - A slope of 0 means: not at all, as far as a tiny nudge can tell.
#
# Mathematicians write it $\dfrac{dy}{dx}$, read "dee y by dee x": a little bit of $y$ for a little bit of $x$.
#
# ## Why 6? Look at the square
#
# When the side grows from $x$ to $x + h$, two strips are added, each $x$ long and $h$ wide, and a small corner of $h \times h$:

# %%
figure, axes = plt.subplots(figsize=(4.2, 4.2), layout="constrained")
x, h = 3.0, 0.4
for corner, width, height, color, text in (
    ((0, 0), x, x, "#cfe3f7", "x × x"),
    ((x, 0), h, x, "#f3b27a", "h × x"),
    ((0, x), x, h, "#f3b27a", "x × h"),
    ((x, x), h, h, "#d9534f", ""),
):
    axes.add_patch(plt.Rectangle(corner, width, height, facecolor=color, edgecolor="white", linewidth=2))
    axes.text(corner[0] + width / 2, corner[1] + height / 2, text, ha="center", va="center", rotation=90 if width < height else 0)
axes.annotate("h × h", (x + h / 2, x + h / 2), (x - 0.6, x + 0.75), arrowprops={"arrowstyle": "-"})
axes.set(xlim=(-0.1, 4.1), ylim=(-0.1, 4.1), aspect="equal")
axes.axis("off")
plt.show()

# %% [markdown]
# The area grows by $2xh + h^2$. In nudges, that is $(2xh + h^2) / h = 2x + h$. With $x = 3$ and a nudge $h$ that shrinks to nothing, $2x = 6$ is left. The corner is the reason why the column above came closer to 6 without being 6.
#
# So we have a **rule**: the slope of $x^2$ is $2x$, at every $x$. No nudge is needed any more.
#
# ## What a slope looks like
#
# Draw the function as a curve, and look at it through a magnifying glass. The closer you look, the straighter it gets. The slope is how steep that straight line is: so many steps up for one step to the right.

# %%
figure, row = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
for axes, width in zip(row, (3.0, 0.6, 0.05)):
    xs = [3.0 + width * (i / 50 - 1) for i in range(101)]
    axes.plot(xs, [area(x) for x in xs], color="#2b6cb0", linewidth=2.5, label="x²")
    axes.plot(xs, [9.0 + 6.0 * (x - 3.0) for x in xs], color="#c05621", linewidth=1.2, linestyle="--", label="slope 6")
    axes.plot(3.0, 9.0, "o", color="black")
    axes.set_title(f"from {xs[0]:g} to {xs[-1]:g}", fontsize=10)
row[0].legend(frameon=False)
plt.show()


# %% [markdown]
# Where the curve climbs, the slope is above 0; where it falls, below; at the very top of a hill or bottom of a valley it is 0. That will become useful: *to find a low place, walk against the slope*.
#
# ## A nudge can be too small
#
# If smaller nudges are better, why not take a really tiny one? Try it. The function is $x^3$ at 0.7; its slope there is $3 \cdot 0.7^2 = 1.47$, as you will see below.

# %%
def cube(x):
    return x * x * x


nudges = [10.0**-i for i in range(1, 16)]
errors = [abs((cube(0.7 + h) - cube(0.7)) / h - 1.47) for h in nudges]
for h, error in zip(nudges, errors):
    print(f"nudge {h:.0e}: wrong by {error:.0e}")

figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.loglog(nudges, errors, "o-", color="#2b6cb0")
axes.set(xlabel="the nudge", ylabel="how wrong the slope is")
plt.show()


# %% [markdown]
# It gets better until the nudge is about $10^{-8}$, and then worse again. A computer keeps some 16 digits of a number. We subtract two numbers that agree in more and more of these digits, and what is left over is rounding.
#
# (`1e-05` is how Python writes $10^{-5} = 0.00001$. In the picture, each step along an axis is ten times as much.)
#
# So such a nudge seldom gives more than about 8 good digits (one up and one down, and the mean of both: some 10), and it needs the function to be computed again for each number that is nudged. A network has thousands of numbers. **Rules** have neither trouble.
#
# ## The rules
#
# Almost every formula is made of a few operations, and for each of them there is a rule. Here are those of school. The **slope in $x$** says how the result moves when $x$ alone is nudged. ($c$ and $n$ are plain numbers, $u$ and $v$ anything that is computed from $x$; $e$ is the number 2.71828...)
#
# | the result | its slope in $x$ | in words |
# | --- | --- | --- |
# | $c$, a constant | $0$ | what does not contain $x$ does not move with it |
# | $x$ | $1$ | it moves as far as itself |
# | $c \cdot x$ | $c$ | a factor stays in front |
# | $x^n$ | $n \, x^{n-1}$ | the exponent becomes a factor, one less stays above (for every $n$: $1/x$ is $x^{-1}$, $\sqrt x$ is $x^{0.5}$) |
# | $u + v$ | (slope of $u$) + (slope of $v$) | a sum moves by both |
# | $u \cdot v$ | (slope of $u$) · $v$ + $u$ · (slope of $v$) | a rectangle with the sides $u$ and $v$ grows by two strips |
# | $\sin x$ | $\cos x$ | if $x$ is in radians, as everywhere in this course: half a turn is $\pi$ |
# | $e^x$ | $e^x$ | it is its own slope |
#
# Take $y = x^3 - 2x$. By rule the slope is $3x^2 - 2$; at $x = 2$ that is 10. Does nudging agree?

# %%
def f(x):
    return x**3 - 2 * x


h = 1e-6
print("by nudging:", (f(2.0 + h) - f(2.0)) / h)
print("by rule:   ", 3 * 2.0**2 - 2)

# %% [markdown]
# ## A machine that knows the rules
#
# This is what this package is for. A `Value` is a number that remembers how it was computed. Ask the result to go **backward**, and it applies the rule of each operation, from the result to the number you began with. The slope is then in `.grad` (short for **gradient**, the word for slopes in several numbers at once).

# %%
x = Value(2.0, label="x")
y = f(x)
y.backward()

print("y    =", y.data)
print("dy/dx =", x.grad)

# %% [markdown]
# Exactly 10: no nudge, and so no error from one. And you need no Values at all if you only want the number: `autograd.derivative(f)` is the slope of `f`, as a function.

# %%
slope = autograd.derivative(f)
for at in (-1.0, 0.0, 2.0):
    print(f"at {at:4}: f = {f(at):4}, slope {slope(at):5}")

# %% [markdown]
# Here is the same function as a page you can play with. Click into it and press **End** (or the last of the buttons below): now everything is computed, forward and backward, and the table shows the slope. **Drag the number of x**, the underlined one (or click it and type), and watch the slope follow. Find the two places where it is 0. What does the function do there?

# %%
autograd.explore(f, 2.0)

# %% [markdown]
# (The picture below answers it. $3x^2 - 2$ is 0 where $x^2 = 2/3$. Between the two dots the function falls, outside of them it climbs.)

# %%
xs = [i / 50 - 2 for i in range(201)]
flat = math.sqrt(2 / 3)

figure, (above, below) = plt.subplots(2, 1, figsize=(6.5, 4.6), sharex=True, layout="constrained")
above.plot(xs, [f(x) for x in xs], color="#2b6cb0", linewidth=2)
above.set_ylabel("f(x)")
below.plot(xs, [slope(x) for x in xs], color="#c05621", linewidth=2)
below.set_ylabel("its slope")
for axes, function in ((above, f), (below, slope)):
    axes.axhline(0, color="#7b8794", linewidth=0.8)
    axes.plot([-flat, flat], [function(-flat), function(flat)], "o", color="black")
plt.show()


# %% [markdown]
# ## More than one number
#
# A result may depend on several numbers. Then it has a slope in each of them: nudge one, and hold all the others still. Such a slope is written with a round d, $\dfrac{\partial z}{\partial x}$ (a **partial derivative**), and the list of all of them is the **gradient**.
#
# Here is a formula of five parts from a well-known example, at $a = 2$, $b = 3$, $c = 4$. `autograd.sin` is the sine, for Values and for numbers; `autograd.grad(formula, argnums=(0, 1, 2))` is the gradient of `formula` in its arguments 0, 1 and 2, as a function. (Our rules do not say yet what to do with $\sin(3b)$. The machine knows, and after notebook 3 so will you.)
#
# $$y = -a^3 + \sin(3b) - \frac{1}{c} + b^{2.5} - \sqrt{a}$$

# %%
def formula(a, b, c):
    return -(a**3) + autograd.sin(3 * b) - 1.0 / c + b**2.5 - a**0.5


numbers = [2.0, 3.0, 4.0]
gradient = autograd.grad(formula, argnums=(0, 1, 2))(*numbers)
print(f"y = {formula(*numbers):.12f}\n")

h = 1e-6
for i, name in enumerate("abc"):
    nudged = [x + h if i == j else x for j, x in enumerate(numbers)]
    by_nudging = (formula(*nudged) - formula(*numbers)) / h
    print(f"∂y/∂{name}: by rule {gradient[i]:.10f}, by nudging {by_nudging:.10f}")

# %% [markdown]
# ## The slope of a slope
#
# A slope is a function, too: it differs from place to place. So it has a slope itself, the **second derivative**, which says how fast the slope changes, and so on. Here are the first three derivatives of $\tanh x = \dfrac{e^x - e^{-x}}{e^x + e^{-x}}$ (say "tanch"), an S-shaped curve that we shall meet in many networks. (`autograd.derivative(f, 2)` is the second derivative of `f`.)

# %%
tanh = autograd.tanh
print(f"slope of tanh at 1:             {autograd.derivative(tanh)(1.0):.14f}")
for order, name in ((1, "slope"), (2, "slope of the slope"), (3, "and once more")):
    print(f"at 2: {name:20} {autograd.derivative(tanh, order)(2.0): .11f}")

xs = [i / 25 - 3 for i in range(151)]
figure, axes = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
axes.plot(xs, [math.tanh(x) for x in xs], linewidth=2.5, label="tanh")
for order, name in ((1, "its slope"), (2, "the slope of that"), (3, "and of that")):
    axes.plot(xs, [autograd.derivative(tanh, order)(x) for x in xs], linewidth=1.5, label=name)
axes.axhline(0, color="#7b8794", linewidth=0.8)
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# ## What you know now
#
# - The **slope** (derivative) answers: *for a tiny nudge, how many times the nudge does the result move?* Its sign is the direction.
# - **Nudging** works for everything, but it is good for some 8 digits, and costs one more computation for each number.
# - **Rules** are exact. Each operation has one, and a machine can apply them.
# - With several numbers there is a slope in each, found with the others held still: together they are the **gradient**.
#
# ## Exercises
#
# Write your answer in the place of `...` and run the cell. A wrong answer is told what it is, if it is one of the usual slips; a second one gets a hint, a third one the way. Numbers may be rounded to three digits. What a question names, it also has: with `question = ask("slopes.product")`, `question.a` is its a. `check` goes by the numbers that you were asked last. All are solved in [Solutions](solutions.ipynb).

# %%
ask("slopes.nudge")

# %%
check("slopes.nudge", ...)

# %%
ask("slopes.product")

# %%
check("slopes.product", ...)

# %%
ask("slopes.rule")

# %%
check("slopes.rule", ...)

# %%
ask("slopes.which_way")

# %%
check("slopes.which_way", ...)

# %%
ask("slopes.predict")

# %%
check("slopes.predict", ...)

# %%
ask("slopes.both")

# %%
check("slopes.both", ...)

# %%
ask("slopes.function")

# %%
check("slopes.function", ...)

# %% [markdown]
# ## Where next
#
# You took the rules from a table. How does the machine know which ones to apply, and in which order? It looks at how the number was made: [Values and graphs](02_values_and_graphs.ipynb).
