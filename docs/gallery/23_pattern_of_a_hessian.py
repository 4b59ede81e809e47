# %% [markdown]
# # The pattern of a Hessian
#
# Which second derivatives are not 0, read off the graph: of a chain, of a chain with a term that joins its ends, and of
# a grid.

# %%
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

from autograd import hessian


def chain(x):
    return sum((a - b) ** 4 for a, b in pairwise(x))


def ring(x):
    return chain(x) + (x[0] - x[-1]) ** 4


def grid(x):
    z = np.reshape(x, (6, 6))
    return sum((d * d).sum() for d in (z[1:] - z[:-1], z[:, 1:] - z[:, :-1]))


x = np.linspace(0.0, 1.0, 36) ** 2
figure, axes = plt.subplots(1, 3, figsize=(9, 3.3), layout="constrained")
for f, panel in zip([chain, ring, grid], axes, strict=True):
    pattern = hessian(f, sparse=True)(x)
    panel.spy(pattern, markersize=2)
    panel.set_title(f"{f.__name__}: {pattern.nnz} of {36 * 36}", fontsize=10)
figure.savefig("23_pattern_of_a_hessian.svg")
