# %% [markdown]
# # A slope is a graph, too
#
# The derivative of x³ · sin x, computed on Values: it can be drawn, and differentiated again. Rings mark what the pass
# back made.

# %%
from autograd import Value, draw, gradients

x = Value(1.0, label="x")
y = x**3 * x.sin()
y.label = "y"
(slope,) = gradients(y, [x])
slope.label = "dy/dx"

picture = draw([y, slope], show="data")
picture.save("05_a_slope_is_a_graph.svg")
