# %% [markdown]
# # The loss of a network over a batch, folded
#
# Three rows through a network of nine parameters: layers and what belongs to a row are boxes in double frames, which
# say what is in them.

# %%
import nn
from autograd import draw

rows, targets = nn.data.moons(3, noise=0.1, seed=0)
model = nn.MLP(2, [2, 1], activation="tanh", rng=0)
loss = nn.binary_cross_entropy_with_logits([model(row) for row in rows], targets)
loss.backward()

picture = draw(loss, depth=1)
picture.save("03_a_batch_folds.svg")
