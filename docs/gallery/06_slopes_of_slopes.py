# %% [markdown]
# # A function and its first four derivatives
#
# Each curve is the slope of the one before. None of them is a difference of two values; each is a formula, right to the
# last digits.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd
from autograd import derivative

x = np.linspace(-3.0, 3.0, 301)
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for order in range(5):
    curve = autograd.compile(derivative(lambda t: (-t * t).exp(), order=order), in_axes=0)
    axes.plot(x, curve(x), label=f"derivative {order}" if order else "exp(-x²)")
axes.legend()
axes.set_xlabel("x")
figure.savefig("06_slopes_of_slopes.svg")
