# %% [markdown]
# # Why not simply nudge?
#
# The error of a difference of two values, over the size of the nudge: too large, and the curve bends away; too small,
# and the digits cancel. The slope from the graph has no nudge, and lies below all of it.

# %%
import math

import matplotlib.pyplot as plt

from autograd import exp, grad

steps = [10.0 ** (i / 12.5 - 16.0) for i in range(201)]
true = math.exp(1.0)
one_sided = [abs((math.exp(1 + h) - math.exp(1)) / h / true - 1) for h in steps]
central = [abs((math.exp(1 + h) - math.exp(1 - h)) / (2 * h) / true - 1) for h in steps]
exact = max(abs(grad(exp)(1.0) / true - 1), 1.1e-16)

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.loglog(steps, one_sided, label="(f(x + h) - f(x)) / h")
axes.loglog(steps, central, linestyle="--", label="(f(x + h) - f(x - h)) / 2h")
axes.axhline(exact, color="black", label="from the graph (not above half a unit in the last place)")
axes.set_xlabel("h")
axes.set_ylabel("relative error of the slope of exp at 1")
axes.legend()
figure.savefig("08_nudging.svg")
