"""Small neural networks on scalar Values: neurons, layers and multilayer perceptrons, trained by backpropagation.

>>> import nn
>>> model = nn.MLP(2, [3, 1], activation="tanh", rng=1)
>>> len(model.parameters())
13
>>> loss = nn.mse_loss(model([0.5, -1.0]), 1.0)
>>> loss.backward()
>>> nn.SGD(model.parameters(), lr=0.1).step()
"""

from . import data
from .layers import ACTIVATIONS, MLP, Layer, Neuron, manual_seed
from .losses import binary_cross_entropy_with_logits, cross_entropy, hinge_loss, mse_loss
from .module import Module
from .optim import SGD

__all__ = [
    "ACTIVATIONS", "MLP", "SGD", "Layer", "Module", "Neuron", "binary_cross_entropy_with_logits", "cross_entropy", "data",
    "hinge_loss", "manual_seed", "mse_loss",
]  # fmt: skip
