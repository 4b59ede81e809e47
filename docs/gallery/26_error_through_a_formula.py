# %% [markdown]
# # Errors through a formula
#
# The half-life from a fitted rate, with its error: by the slope of the formula, in black, and by a sample of twenty
# thousand rates, in blue. Where the error is large the formula bends within it, and the two part.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograd import grad


def half_life(rate):
    return np.log(2.0) / rate


draw = np.random.default_rng(0)
figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
for error, panel in zip([0.02, 0.08], axes, strict=True):
    middle, width = half_life(0.4), abs(grad(half_life)(0.4)) * error
    sample = half_life(draw.normal(0.4, error, 20_000))
    panel.hist(sample, 200, range=(0.8, 3.5), density=True, alpha=0.5)
    t = np.linspace(0.8, 3.5, 300)
    panel.plot(t, np.exp(-(((t - middle) / width) ** 2) / 2) / width / np.sqrt(2 * np.pi), "k")
    panel.set_title(f"rate 0.40 ± {error}: half-life {middle:.2f} ± {width:.2f}", fontsize=10)
figure.savefig("26_error_through_a_formula.svg")
