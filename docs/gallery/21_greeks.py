# %% [markdown]
# # An option and its Greeks
#
# Price and four derivatives of a call option, one of them of second order, over the price of the share, for three times
# to run.

# %%
import math

import matplotlib.pyplot as plt

import autograd
from autograd import erf, grad, log, sqrt


def normal(x):
    return 0.5 * (1.0 + erf(x / math.sqrt(2.0)))


def call(spot, years, volatility):
    spread = volatility * sqrt(years)
    d = log(spot / 100.0) / spread + 0.5 * spread
    return spot * normal(d) - 100.0 * normal(d - spread)


curves = {
    "price": call,
    "delta: by the share": grad(call),
    "gamma: by it again": grad(grad(call)),
    "theta: by the time": grad(call, argnums=1),
    "vega: by the volatility": grad(call, argnums=2),
}
spots = [60.0 + 0.5 * k for k in range(161)]
figure, axes = plt.subplots(2, 3, figsize=(9, 5), layout="constrained")
for (name, curve), panel in zip(curves.items(), axes.flat, strict=False):
    compiled = autograd.compile(curve)
    for years, style in [(0.1, ":"), (0.5, "--"), (2.0, "-")]:
        panel.plot(spots, [compiled(spot, years, 0.25) for spot in spots], style, label=f"{years} years")
    panel.set_title(name, fontsize=10)
axes[0, 0].legend()
axes[1, 2].axis("off")
figure.savefig("21_greeks.svg")
