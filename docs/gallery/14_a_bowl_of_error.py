# %% [markdown]
# # The bowl over two weights
#
# The squared error of a linear neuron, over its weight and its bias, and the way that descent takes to the bottom.

# %%
import nn
from autograd import Value

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(-1.0, label="weight"), Value(4.0, label="bias")
surface = nn.error_surface(
    lambda: nn.mse_loss([w * x + b for x in xs], ys), [w, b], optimizer=nn.SGD([w, b], lr=0.1), descent_steps=60
)
print("lowest:", surface.lowest)

figure = surface.plot("14_a_bowl_of_error.svg")
