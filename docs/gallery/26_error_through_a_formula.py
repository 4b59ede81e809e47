# %% [markdown]
# # Errors through a formula
#
# The half-life from a fitted rate, with its error: by the slope of the formula, in black, and by a sample of twenty
# thousand rates, in blue. Where the error is large the formula bends within it, and the two part.

# %%
import math
import random

import matplotlib.pyplot as plt

from autograd import grad


def half_life(rate):
    return math.log(2.0) / rate


draw = random.Random(0)
figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
for error, panel in zip([0.02, 0.08], axes, strict=True):
    middle, width = half_life(0.4), abs(grad(half_life)(0.4)) * error
    sample = [half_life(draw.gauss(0.4, error)) for _ in range(20_000)]
    panel.hist(sample, 200, range=(0.8, 3.5), density=True, alpha=0.5)
    times = [0.8 + 0.009 * k for k in range(301)]
    bell = [math.exp(-(((t - middle) / width) ** 2) / 2) / width / math.sqrt(2 * math.pi) for t in times]
    panel.plot(times, bell, "k")
    panel.set_title(f"rate 0.40 ± {error}: half-life {middle:.2f} ± {width:.2f}", fontsize=10)
figure.savefig("26_error_through_a_formula.svg")
