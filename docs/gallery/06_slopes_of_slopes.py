# %% [markdown]
# # A function and its first four derivatives
#
# Each curve is the slope of the one before. None of them is a difference of two values; each is a formula, right to the
# last digits.

# %%
import matplotlib.pyplot as plt

from autograd import derivative, exp

x = [i / 50 - 3.0 for i in range(301)]
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for order in range(5):
    curve = derivative(lambda t: exp(-t * t), order=order)
    axes.plot(x, [curve(t) for t in x], label=f"derivative {order}" if order else "exp(-x²)")
axes.legend()
axes.set_xlabel("x")
figure.savefig("06_slopes_of_slopes.svg")
