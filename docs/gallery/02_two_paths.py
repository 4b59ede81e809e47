# %% [markdown]
# # Two paths, one slope
#
# From b to e lead two paths. What moves along each is the product of its local derivatives, and the slope is their sum.

# %%
from autograd import Value, draw, explain

a, b = Value(2.0, label="a"), Value(1.0, label="b")
c = a + b
d = b + 1
e = c * d
c.label, d.label, e.label = "c", "d", "e"
e.backward()

print(explain(e, b))
picture = draw(e, highlight=(b, e), show=["data", "grad", "local"])
picture.save("02_two_paths.svg")
