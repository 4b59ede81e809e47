# %% [markdown]
# # A fitted curve, and how sure it is
#
# The shaded band is where the curve may lie, from the covariances of its constants and the slopes of the curve by them.

# %%
import numpy as np

from autograd.optimize import curve_fit

t = np.linspace(0.0, 8.0, 17)
draw = np.random.default_rng(3)
seen = 2.5 * np.exp(-0.45 * t) + 0.4 + draw.normal(0.0, 0.08, t.size)
fit = curve_fit(lambda t, start, rate, rest: start * np.exp(-rate * t) + rest, t, seen, p0=[1.0, 1.0, 0.0])
print(fit)

figure = fit.plot("15_fit_with_a_band.svg")
