# %% [markdown]
# # A neuron, forward and backward
#
# Two inputs, two weights, a bias and a tanh. In every box stand the number and how much the output moves with it;
# beside every edge stands the local derivative that the chain rule multiplies.

# %%
from autograd import Value, draw

x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
b = Value(6.88, label="b")
out = (x1 * w1 + x2 * w2 + b).tanh()
out.label = "out"
out.backward()

picture = draw(out, show=["data", "grad", "local"], direction="down")
picture.save("01_neuron.svg")
