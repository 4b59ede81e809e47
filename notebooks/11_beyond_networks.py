# %% [markdown]
# # Beyond networks
#
# *Notebook 11 of 13. Before it: [Through time, and to rest](10_through_time.ipynb). After it: [From graph to machine speed](12_machine_speed.ipynb). Allow 25 minutes.*
#
# **Your aim.** Gradients are older than networks, and good for more. Wherever something is to be computed *backwards*, as the best curve through points, the safest shape, the error of a result, somebody needs slopes. When you are through, you can
#
# - get gradients of any function of floats, lists and arrays, without a word about Values (a **float** is Python's ordinary number, as 2.5),
# - say what a **Jacobian** and a **Hessian** are, and read one,
# - find a **minimum**, a place lower than all around it, by how the function bends there, and fit a curve,
# - say how uncertain a result is (its **error bar**, the number behind the ±), and how it moves with what a solver was given.
#
# From before: a **slope** says how many times the nudge of an input the result moves; `backward()` finds the slopes of one result in all inputs, by going back through the graph once; to walk against the slopes is **gradient descent**.
#
# Two ready-made libraries help here: NumPy, for arrays of numbers, and SciPy, for methods that look for minima. An **array** is a list, or a table, that one computes with as a whole: `x**2` squares each number in it. `A @ x` is matrix times list, as in [notebook 6](06_backpropagation.ipynb): the weighted sums of all rows of `A`. Of two lists, `x @ y` is the sum of their products. `np.array([1.0, 2.0])` makes an array of a list, `np.linspace(0, 6, 60)` one of 60 numbers from 0 to 6 in equal steps, and `x.copy()` a new one with the same numbers. `np.round`, `np.sqrt`, `np.exp` and `np.cos` take each number of an array by itself, `np.sum` adds them up. Of a table, `A[1, 0]` is the number in row 1 and column 0, both counted from 0, and `A.shape` says how many rows and columns there are.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd
from autograd import check_gradients, derivative, grad, hessian, hvp, jacobian, tanh, value_and_grad
from autograd.course import ask, check
from autograd.optimize import curve_fit, minimize, root


# %% [markdown]
# ## Functions instead of Values
#
# `grad(f)` is a function: the **gradient** of `f`, the list of its slopes in each of its inputs. Floats go in and floats come out; the Values and their graph are made and forgotten inside. `f` may loop, branch, and call others. This one has its own name, Rosenbrock's function, and is famous for being hard to **minimise** (to find the lowest place of): a curved valley with steep walls and an almost level floor. It takes any number of inputs; each is called a **dimension**.

# %%
def rosenbrock(x):
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


value, gradient = value_and_grad(rosenbrock)([-1.2, 1.0])
print(f"at (-1.2, 1): value {value:.6g}, gradient {[round(g, 6) for g in gradient]}")

x = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
print(f"in five dimensions: value {rosenbrock(x):.6g}, gradient {np.round(grad(rosenbrock)(x), 6)}")

# %% [markdown]
# Arrays go in and arrays of the same shape come out. Code written for NumPy works as it stands. (By hand: with the `A` below, $x A x = 3 x_1^2 + 2 x_1 x_2 + 2 x_2^2$. The slopes of half of that are $3 x_1 + x_2$ and $x_1 + 2 x_2$: the weighted sums of the rows of $A$, so $A x$. The root is the length of $x$, `np.linalg.norm(x)`, and its slope is $x$ by its length.)

# %%
A = np.array([[3.0, 1.0], [1.0, 2.0]])


def energy(x):
    return x @ A @ x / 2 + np.sqrt(np.sum(x**2))


x = np.array([3.0, 4.0])
print("by autograd:", grad(energy)(x))
print("by hand:    ", A @ x + x / np.linalg.norm(x))


# %% [markdown]
# ## Many results: the Jacobian
#
# A network's loss is *one* number. Other functions have several results. Take a point on a map, given by its distance $r$ from where you stand and the direction $\varphi$ ("phi", an angle, in radians: half a turn is $\pi$). Its place, so far to the east and so far to the north, is
#
# $$x = r\cos\varphi \qquad y = r\sin\varphi$$
#
# Two inputs, two results, so there are four slopes. Written as a table, with a row for each result and a column for each input, they are called the **Jacobian**:
#
# $$J = \begin{pmatrix} \partial x/\partial r & \partial x/\partial\varphi \\ \partial y/\partial r & \partial y/\partial\varphi \end{pmatrix}$$

# %%
def place(p):
    r, phi = p
    return [r * np.cos(phi), r * np.sin(phi)]


J = jacobian(place)([2.0, 0.5])
print("        r       φ")
for name, row in zip("xy", J):
    print(name, *(f"{slope:7.4f}" for slope in row))

# %% [markdown]
# What is it good for? Near a point, it nearly *is* the function: a small step $(\Delta r, \Delta\varphi)$ ($\Delta$ stands for *a small change of*) moves the results by about $J$ times that step: in each row, the first slope times $\Delta r$, and the second times $\Delta\varphi$, added. Try it, with a step that is not very small:

# %%
step = np.array([0.05, 0.02])
moved = np.array(place([2.05, 0.52])) - np.array(place([2.0, 0.5]))
print("moved by:     ", np.round(moved, 5))
print("J times step: ", np.round(np.array(J) @ step, 5))


# %% [markdown]
# How is it computed? One pass backward starts from *one* result and gives its slopes in all inputs: a row. So a Jacobian takes as many passes as there are results. The other direction exists as well. A **forward sweep** (notebook 3) starts from one input, takes it to move by 1, and carries along with each node how fast that moves: that gives a column. `jacobian` takes the way that needs fewer passes. A loss has a million inputs and one result, and that is why networks are differentiated backward.
#
# On the page, choose at the top of what the slopes are: each of the two results has a way back of its own, and that is a row.

# %%
def east_and_north(r, phi):
    x = r * np.cos(phi)
    y = r * np.sin(phi)
    return x, y


autograd.explore(east_and_north, 2.0, 0.5)

# %% [markdown]
# ## Slopes of slopes
#
# A slope is a function of the place, too, so it has a slope itself: the **second derivative**. It says how the slope turns, which is called the **curvature**: above 0 the curve bends upwards, as a bowl does, below 0 downwards. And so on. `derivative(f, order=n)` gives the derivative of any order, exactly, since the derivative of a graph is a graph.

# %%
for order in range(6):
    print(f"order {order}: {derivative(tanh, order)(2.0): .12f}")

# %%
points = np.linspace(-3, 3, 181)
figure, axes = plt.subplots(figsize=(7.5, 4), layout="constrained")
for order, colour in zip(range(4), ("#1a202c", "#2b6cb0", "#c05621", "#2f855a")):
    axes.plot(points, derivative(tanh, order)(points), color=colour, linewidth=2, label=["tanh", "first", "second", "third"][order])
axes.axhline(0, color="#7b8794", linewidth=0.8)
axes.legend(frameon=False)
axes.set_title("tanh and its derivatives")
plt.show()

# %% [markdown]
# Follow the first derivative with a finger, and look at the second: where the first is highest, the second is 0.
#
# ## Curvature in many directions: the Hessian
#
# A function of several inputs has a slope in each, and each of these slopes moves with *every* input. The table of all of that is the **Hessian**: the Jacobian of the gradient. It is symmetric: how much the slope in $x$ moves with $y$ is how much the slope in $y$ moves with $x$.

# %%
print("Hessian of Rosenbrock's function at (-1.2, 1):")
print(hessian(rosenbrock)(np.array([-1.2, 1.0])))

# %% [markdown]
# How to read it? Three functions that are level at the middle, where their gradient is 0, and their Hessians. White is as high as the middle, red is higher, blue is lower.

# %%
shapes = {
    "bowl": lambda p: p[0] ** 2 + 0.5 * p[0] * p[1] + 0.6 * p[1] ** 2,
    "dome": lambda p: -(p[0] ** 2) + 0.5 * p[0] * p[1] - 0.6 * p[1] ** 2,
    "saddle": lambda p: p[0] ** 2 - 0.8 * p[1] ** 2 + 0.4 * p[0] * p[1],
}
side = np.linspace(-1, 1, 61)
figure, axes = plt.subplots(1, 3, figsize=(9, 3.1), layout="constrained")
for axis, (name, f) in zip(axes, shapes.items()):
    heights = np.array([[f([x, y]) for x in side] for y in side])
    axis.contourf(side, side, heights, levels=16, cmap="RdBu_r", vmin=-1.8, vmax=1.8)
    (a, b), (_, c) = hessian(f)([0.0, 0.0])
    axis.set_title(f"{name}: [[{a:g}, {b:g}], [{b:g}, {c:g}]]", fontsize=10)
    axis.set_aspect("equal")
    curvatures = np.linalg.eigvalsh([[a, b], [b, c]])
    print(f"{name:>7}: curvature between {curvatures[0]: .3f} and {curvatures[1]: .3f}, the least and the greatest of all directions")
plt.show()


# %% [markdown]
# The numbers on the diagonal are the curvatures along the axes; the other one says what happens between them. All curvatures above 0: a bowl, so this is a **minimum**. All below: a **maximum**. Of both kinds: a **saddle**, which goes up in one direction and down in another. (The least and the greatest curvature are called the *eigenvalues* of the Hessian. NumPy computes them.)
#
# For two inputs there is a short rule. With the Hessian $\begin{pmatrix} a & b \\ b & c \end{pmatrix}$, if $ac > b^2$, it is a bowl for $a > 0$ and a dome for $a < 0$; if $ac < b^2$, a saddle. (If $ac = b^2$, the Hessian alone does not tell.)
#
# ### A step by curvature
#
# Gradient descent knows the slope, and takes a step of a size that somebody has to choose. Whoever knows the curvature as well can *compute* where the slope will be 0. In one dimension: the slope, written $f'$, changes for each unit by the second derivative, $f''$, so it is 0 after a step of $-f'/f''$. That is **Newton's method**; with several inputs the Hessian stands where $f''$ stood, and to divide by it is to solve linear equations.

# %%
def f(x):
    return x**4 - 3 * x**2 + x


x = 2.0
for step in range(6):
    print(f"step {step}: x = {x:.12f}   slope {derivative(f)(x): .2e}")
    x -= derivative(f)(x) / derivative(f, 2)(x)

# %% [markdown]
# As soon as it is near, the number of right digits doubles with each step. For harder functions there are methods that look after themselves, in SciPy. `autograd.optimize` has them, and gives them the gradients and Hessians. Through Rosenbrock's valley, once by curvature (`Newton-CG` is Newton's method, which solves its linear equations step by step; the `callback` notes each place; of what comes back, `x` is the minimum, and `nit` the number of steps, also called iterations), once by slopes alone. (In the picture, the lighter, the lower.)

# %%
start = np.array([-1.2, 1.0])
path = [start]
result = minimize(rosenbrock, start, method="Newton-CG", callback=lambda x: path.append(np.array(x)))
print(f"Newton-CG: {result.nit} iterations, at {np.round(result.x, 4)}")

x, slopes = start.copy(), grad(rosenbrock)
descent = [x.copy()]
for step in range(5000):
    x -= 0.001 * slopes(x)
    descent.append(x.copy())
print(f"gradient descent: {len(descent) - 1} steps, at {np.round(x, 4)}")

across, up = np.linspace(-1.6, 1.6, 161), np.linspace(-0.6, 1.6, 131)
heights = [[rosenbrock([x, y]) for x in across] for y in up]
figure, axes = plt.subplots(figsize=(7, 4.6), layout="constrained")
axes.contourf(across, up, heights, levels=np.geomspace(0.05, 1500, 20), cmap="Blues", norm="log", extend="both")
axes.plot(*np.array(descent).T, color="#2f855a", linewidth=2, label="gradient descent")
axes.plot(*np.array(path).T, "o-", color="#c05621", markersize=4, markeredgecolor="white", label="Newton-CG")
axes.plot(1, 1, marker="*", color="white", markeredgecolor="black", markersize=16, linestyle="", label="minimum")
axes.set_title("Rosenbrock's valley")
axes.legend(loc="lower left")
plt.show()

# %% [markdown]
# In a thousand dimensions the Hessian has a million entries. But most of them are 0: each number meets only its neighbours. The graph knows that, and with `sparse=True` only the others are computed, here in three passes: every third number shares no neighbour with the others of its kind, so they can be moved all at once. And often the whole table is not needed, only its product with a direction, that is, how the gradient turns when one goes there. `hvp` (for *Hessian-vector product*) gives that for the price of a few gradients, whatever the size. (`nnz` is the field's short word for how many entries are stored: the *number of non-zeros*.)

# %%
many = [0.1 * (i % 7) for i in range(1000)]
matrix = hessian(rosenbrock, sparse=True)(many)
print(f"{matrix.shape[0]} x {matrix.shape[1]}, {matrix.nnz} entries stored")

direction = [float(i == 500) for i in range(1000)]
column = hvp(rosenbrock, many, direction)
print("column 500, by a product: ", {i: round(c, 3) for i, c in enumerate(column) if c})
print("column 500, of the matrix:", {i: round(float(matrix[i, 500]), 3) for i in (499, 500, 501)})

# %% [markdown]
# ## A curve through measurements
#
# You pluck a string and measure how far it is from rest, sixty times in six seconds. It swings and dies away. Each measurement is off by a little, its **noise** (`rng.normal` draws it: random numbers around 0, of the typical size 1). What were the height, the decay, the frequency?
#
# To **fit** a curve is to choose its parameters such that the sum of the squared distances to the points is least. A loss and a minimum: you know that. `curve_fit` needs the curve, as a function of $t$ and of the parameters, the points, and where to start.

# %%
rng = np.random.default_rng(1)  # draws random numbers, the same ones each time this is run
t = np.linspace(0, 6, 60)
NOISE = 0.08


def swing(t, height, decay, frequency):
    return height * np.exp(-decay * t) * np.cos(frequency * t)


true = (2.0, 0.4, 3.0)
measured = swing(t, *true) + NOISE * rng.normal(size=len(t))

fit = curve_fit(swing, t, measured, p0=[1.0, 0.1, 2.8])
print(fit)
fit.plot(title="a string that was plucked")

# %% [markdown]
# ### What the ± means
#
# It says how well the points *determine* each number. Had the noise been a little different, the fit would have come out a little different; `±` is by how much, typically: the **standard error**. We know what is true here, so let us try it out: measure again, three hundred times, with new noise each time, and look at how far the fits scatter. (`fit.popt` are the parameters found, `fit.stderr` their errors, `fit.pcov` the table of variances and covariances that comes below, and `fit.residuals` how far each point is from the curve.)

# %%
again = np.array([curve_fit(swing, t, swing(t, *true) + NOISE * rng.normal(size=len(t)), p0=true).popt for _ in range(300)])
print("           one fit says   300 fits scatter by")
for name, said, scatter in zip(fit.names, fit.stderr, again.std(axis=0)):  # the standard deviation of each column
    print(f"{name:>9}:  ± {said:.4f}       ± {scatter:.4f}")

# %% [markdown]
# One fit knows what three hundred would show. Where from? From the Jacobian. If the curve moves much when a parameter moves, the points hold it fast; if it hardly moves, they leave it loose. With $J$ the slopes of all points in all parameters, and $\sigma$ the size of the noise (no sigmoid here), the table of the parameters' **variances** (the squares of their errors) and **covariances** (which of them can give way together) is
#
# $$\sigma^2\,(J^\top J)^{-1}$$
#
# ($J^\top$ is $J$ with rows and columns exchanged, and the $^{-1}$ is for tables what $1/x$ is for numbers; in NumPy they are `J.T` and `np.linalg.inv`, and `np.diag` takes the diagonal of a table. A table times a table is the first one times each column of the second.) $\sigma$ can be estimated by how far the points are from the curve: the root of their mean squared distance, where the mean divides by the number of points *less the number of parameters*, here 3, since the curve has been bent towards the points by these. With four times as many points, $J^\top J$ is a sum of four times as many terms: the variances are a quarter, the errors half.

# %%
J = np.array(jacobian(lambda p: swing(t, *p))(fit.popt))
noise = np.sqrt(np.sum(fit.residuals**2) / (len(t) - 3))
covariance = noise**2 * np.linalg.inv(J.T @ J)
print(f"noise: {noise:.4f}, and it was {NOISE}")
print("errors by hand:", np.round(np.sqrt(np.diag(covariance)), 4))
print("of curve_fit:  ", np.round(fit.stderr, 4))


# %% [markdown]
# ## How sure is a result?
#
# Often the parameters are not what one wants to know, but something computed from them: here, after what time is the swing down to a tenth? With a decay $d$ that is $\ln(10)/d$, since $e^{-d t} = 1/10$ there. How uncertain is *that*? If the result moves by its slope for each unit of the parameter, its error is the error of the parameter times the slope; with several parameters, whose errors may go together,
#
# $$\text{error}^2 = g^\top C\, g$$
#
# with $g$ the gradient of the result and $C$ the table of covariances (in NumPy, `g @ C @ g`). For a single parameter that is just slope² × error², and for several whose errors have nothing to do with each other (whose covariances are 0) the sum of slope² × error² over all. It holds *to first order*: as far as the slope tells, so for small errors. This is called **propagation of errors**.

# %%
def time_to_a_tenth(p):
    height, decay, frequency = p
    return np.log(10.0) / decay


g = grad(time_to_a_tenth)(fit.popt)
error = np.sqrt(g @ fit.pcov @ g)
print(f"down to a tenth after {time_to_a_tenth(fit.popt):.3f} ± {error:.3f} s")
print(f"in the 300 fits it scatters by {np.std([time_to_a_tenth(p) for p in again]):.3f} s; the truth is {time_to_a_tenth(true):.3f} s")


# %% [markdown]
# In this one fit the truth is more than two errors away. That happens, to about one fit in twenty: an error bar is no fence, it says what is usual.
#
# ## Through a solver
#
# Some results have no formula at all. A planet on its ellipse: at time $M$ (as an angle, one turn for a year) its place is given by the angle $E$ for which
#
# $$E - e \sin E = M$$
#
# where $e$ says how long the ellipse is (it is not the 2.718 of $e^x$ here, and $E$ is no error). That is Kepler's equation, and nobody can solve it for $E$; a computer searches, by a program that is called a **solver**. `root(f, start, args)` finds the `x` for which `f(x, ...)` is 0, from a place to start at and with what else `f` needs; here `x` has one number. And how does $E$ move with $e$? To differentiate the *search*, with all its steps, would be a waste. As with networks at rest in the last notebook, the equation itself says it: it holds before and after. Differentiate both sides by $e$, where $M$ stays: $\frac{dE}{de} - \sin E - e \cos E \, \frac{dE}{de} = 0$, and solve for $\frac{dE}{de}$. `root` can be differentiated, by just that.

# %%
def anomaly(e, M=1.0):  # the astronomers' word for such an angle; nothing is wrong with it
    return root(lambda E, e: E - e * np.sin(E) - M, M, args=(e,)).x[0]


e = 0.3
E = float(anomaly(e))
print(f"E = {E:.10f}, and E - e sin E = {E - e * np.sin(E):.10f}")
print(f"dE/de = {grad(anomaly)(e):.10f}   by autograd")
print(f"dE/de = {np.sin(E) / (1 - e * np.cos(E)):.10f}   by hand: sin E / (1 - e cos E)")

# %% [markdown]
# ## Is it right?
#
# You need not trust any of this. `check_gradients` compares derivatives with what small nudges give, as in [notebook 1](01_slopes.ipynb); with `order=2` the derivatives of the derivatives, too. If they differ, it raises an error that says which, and by how much.

# %%
check_gradients(rosenbrock, [[-1.2, 1.0, 0.5]], order=2)
check_gradients(anomaly, [0.3])
print("they agree")

# %% [markdown]
# ## Summary
#
# - `grad`, `derivative`, `jacobian`, `hessian` make functions of functions. Values work inside.
# - The **Jacobian** has a row for each result: a pass backward gives a row, a sweep forward a column. Near a point it stands for the function.
# - The **Hessian** says how the gradient turns. The signs of its curvatures tell a minimum from a saddle, and Newton's method steps by it.
# - The Jacobian of a fit says how well the points determine each parameter; gradients carry errors on to results.
# - What a solver finds is differentiated by the equation that holds, not by the search.
#
# ## Exercises
#
# Write your answer in the place of `...`. A wrong one is told what it is. With other numbers: `ask("beyond.gradient", 1)`, `2`, and so on.

# %%
ask("beyond.gradient")

# %%
check("beyond.gradient", ...)

# %%
ask("beyond.jacobian")

# %%
check("beyond.jacobian", ...)

# %%
ask("beyond.sweeps")

# %%
check("beyond.sweeps", ...)

# %%
ask("beyond.second")

# %%
check("beyond.second", ...)

# %%
ask("beyond.hessian")

# %%
check("beyond.hessian", ...)

# %%
ask("beyond.kind")

# %%
check("beyond.kind", ...)

# %%
ask("beyond.newton")

# %%
check("beyond.newton", ...)

# %%
ask("beyond.more_points")

# %%
check("beyond.more_points", ...)

# %%
ask("beyond.propagated")

# %%
check("beyond.propagated", ...)

# %%
ask("beyond.implicit")

# %%
check("beyond.implicit", ...)

# %% [markdown]
# ## Where next
#
# - Fit with half of the points, or only with those of the first second. Which parameter becomes uncertain first? Say it before you try.
# - Start the fit at a frequency of 6, 8 and 12. Which frequencies come out, and why are they as good as each other? (Draw the loss over the frequency: how many valleys has it?)
# - A minimum under a condition: `autograd.optimize.NonlinearConstraint`, with `minimize(..., method="trust-constr")`.
# - All of this called Python functions thousands of times. [From graph to machine speed](12_machine_speed.ipynb) is about what can be saved there.
