# %% [markdown]
# # Derivatives of functions
#
# *Notebook 4 of 4. The first one, [Values and graphs](01_values_and_graphs.ipynb), explains what happens inside.*
#
# You have a function written in Python, and want its gradient, its Hessian, or its tenth derivative. You need not think in Values for that: floats go in and floats come out, arrays go in and arrays of the same shape come out. Here is a tour for those who compute: gradients, curvature, SciPy's optimisers, a curve fit, how sensitive a result is, and what to do when a NaN turns up.

# %% [markdown]
# ## Gradients
#
# `grad(f)` is a function: the gradient of `f`. The function may loop, branch, call others; its numbers may be in lists, tuples, dicts or NumPy arrays.

# %%
import numpy as np

from autograd import derivative, grad, hessian, hvp, jacobian, value_and_grad


def rosenbrock(x):
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


value, gradient = value_and_grad(rosenbrock)([-1.2, 1.0])
print(f"value    {value:.6g}")
print("gradient", [round(g, 6) for g in gradient])
print("of an array:", grad(rosenbrock)(np.array([1.3, 0.7, 0.8, 1.9, 1.2])))

# %% [markdown]
# NumPy code works as it stands, on arrays of Values: here a quadratic form and a norm.

# %%
A = np.array([[3.0, 1.0], [1.0, 2.0]])


def energy(x):
    return x @ A @ x / 2 + np.sqrt(np.sum(x**2))


x = np.array([3.0, 4.0])
print("by autograd:", grad(energy)(x))
print("by hand:    ", A @ x + x / np.linalg.norm(x))

# %% [markdown]
# ## Any order
#
# Transforms nest: `grad(grad(f))`. For functions of one number there is `derivative(f, order=n)`. The derivatives of $\tanh$ at 2, up to the fifth:

# %%
from autograd import tanh

for order in range(6):
    print(f"order {order}: {derivative(tanh, order)(2.0): .12f}")

# %% [markdown]
# And the picture of them all: each curve is exact, no differences of nearby values are taken anywhere.

# %%
import matplotlib.pyplot as plt

points = np.linspace(-3, 3, 181)
figure, axes = plt.subplots(figsize=(7.5, 4), layout="constrained")
for order in range(4):
    axes.plot(points, derivative(tanh, order)(points), linewidth=2, label=["tanh", "first", "second", "third"][order])
axes.axhline(0, color="#7b8794", linewidth=0.8)
axes.legend(frameon=False)
axes.set_title("tanh and its derivatives")
plt.show()

# %% [markdown]
# ## Curvature, and SciPy
#
# The Hessian tells how the gradient turns. Newton's method divides by it, and so walks along a curved valley where plain gradient descent bounces from wall to wall. `autograd.optimize` has SciPy's own optimisers, which get their derivatives from the graph.

# %%
from autograd.optimize import minimize

print("Hessian at (-1.2, 1):")
print(hessian(rosenbrock)(np.array([-1.2, 1.0])))

path = [np.array([-1.2, 1.0])]
result = minimize(rosenbrock, path[0], method="Newton-CG", callback=lambda x: path.append(np.array(x)))
print(f"\nNewton-CG: {result.nit} iterations, at {np.round(result.x, 6)}")

# %%
across, up = np.linspace(-1.6, 1.6, 161), np.linspace(-0.6, 1.6, 131)
heights = [[rosenbrock([x, y]) for x in across] for y in up]

figure, axes = plt.subplots(figsize=(7, 4.6), layout="constrained")
axes.contourf(across, up, heights, levels=np.geomspace(0.05, 1500, 20), cmap="Blues", norm="log", extend="both")
axes.plot([x for x, _ in path], [y for _, y in path], "o-", color="#c05621", markeredgecolor="white", label="Newton-CG")
axes.plot(1, 1, marker="*", color="white", markeredgecolor="black", markersize=16, linestyle="", label="minimum")
axes.set_title("Newton's method in Rosenbrock's valley")
axes.legend(loc="lower left")
plt.show()

# %% [markdown]
# In a thousand dimensions the Hessian has a million entries, of which 2,998 are not 0. The graph knows which, and `sparse=True` computes these alone, in three sweeps. A Hessian times a vector, `hvp`, costs no more than a few gradients, whatever the size.

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
# `least_squares` fits a curve: the Jacobian of the residuals comes from the graph. The data: an oscillation that dies away, with some noise.

# %%
from autograd.optimize import least_squares

rng = np.random.default_rng(1)
t = np.linspace(0, 6, 60)
measured = 2.0 * np.exp(-0.4 * t) * np.cos(3.0 * t) + 0.08 * rng.normal(size=len(t))


def curve(p, t):
    height, decay, frequency = p
    return height * np.exp(-decay * t) * np.cos(frequency * t)


fitted = least_squares(lambda p: curve(p, t) - measured, [1.0, 0.1, 2.8])
print("fitted:", np.round(fitted.x, 3), "  true: [2.  0.4 3. ]")

# %% [markdown]
# How sure are we of the three numbers? Near the best fit, the uncertainty of each follows from that same Jacobian: the covariance is $\sigma^2 (J^T J)^{-1}$.

# %%
J = jacobian(lambda p: curve(p, t))(fitted.x)
noise = np.sqrt(np.sum((curve(fitted.x, t) - measured) ** 2) / (len(t) - 3))
errors = noise * np.sqrt(np.diag(np.linalg.inv(J.T @ J)))
for name, best, error in zip(("height", "decay", "frequency"), fitted.x, errors):
    print(f"{name:>9} = {best:.3f} ± {error:.3f}")

figure, axes = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
axes.plot(t, measured, "o", color="#c05621", markersize=4, label="measured")
axes.plot(t, curve(fitted.x, t), color="#2b6cb0", linewidth=2, label="fitted")
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# ## Where a derivative comes from
#
# `explain(y, x)` writes the chain rule out: every path from `x` to `y`, the local derivative on every step, and what each path adds.

# %%
from autograd import Value, explain

a, b = Value(2.0, label="a"), Value(1.0, label="b")
e = (a + b) * (b + 1)
explain(e, b)

# %% [markdown]
# `explore` plays it. Click `b` and then the result, and the page shows these two paths; → goes through both passes, step by step.

# %%
from autograd import explore


def e(a, b):
    return (a + b) * (b + 1)


explore(e, 2.0, 1.0)

# %% [markdown]
# ## When a NaN turns up
#
# Values follow the rules of floating-point numbers: a logarithm of 0 is `-inf` and nothing is raised, and some steps later everything is NaN. Inside `detect_anomaly()` the *first* such number is an error that says where it arose, and what is usually done about it.

# %%
from autograd import AnomalyError, detect_anomaly, log, sigmoid

try:
    with detect_anomaly():
        logit = Value(-800.0, label="logit")
        probability = sigmoid(logit)
        loss = -log(probability)
except AnomalyError as error:
    anomaly = error
    what, advice = str(anomaly).split("\n")
    print(what.split(", at ")[0])  # it also names the line of code, which differs from machine to machine
    print(advice)

# %% [markdown]
# Nobody has to catch it: in a notebook, an `AnomalyError` that is not caught shows the page of its graph above the traceback, open at the step where the number arose. `explore(anomaly)` is that page. Go back with ←, and see where the 0 came from; drag the logit, and see from where on there is a logarithm.

# %%
explore(anomaly)

# %% [markdown]
# ## Is it right?
#
# You need not trust any of this. `check_gradients` compares derivatives with differences of nearby values, and with `order=2` the derivatives of the derivatives, too.

# %%
from autograd import check_gradients

check_gradients(rosenbrock, [[-1.2, 1.0, 0.5]], order=2)
print("first and second derivatives agree with differences")

# %% [markdown]
# ## Things to try
#
# - `jvp` and `vjp`: one sweep forward along a direction, one back from a weighting of the results. When is which cheaper?
# - A constrained problem: `autograd.optimize.NonlinearConstraint`, with `minimize(..., method="trust-constr")`.
# - Differentiate a solver: Newton's method for $x^3 = a$, written as a loop, with respect to $a$. What should come out?
# - `derivative(f, 10)` of a function of yours. Does it agree with its Taylor series?
