"""Small neural networks on scalar Values: neurons, layers and multilayer perceptrons, trained by backpropagation.

>>> import nn
>>> model = nn.MLP(2, [3, 1], activation="tanh", rng=1)
>>> len(model.parameters())
13
>>> loss = nn.mse_loss(model([0.5, -1.0]), 1.0)
>>> loss.backward()
>>> nn.SGD(model.parameters(), lr=0.1).step()
"""

from . import data, init, metrics, plots
from .drawing import draw_network
from .history import History
from .inside import LayerDeltas, LayerStatistics, LayerSummary, deltas, layer_statistics
from .layers import ACTIVATIONS, MLP, Layer, Neuron, manual_seed
from .losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    squared_hinge_loss,
)
from .module import Dropout, Module, Sequential
from .optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop, clip_grad_norm_, clip_grad_value_
from .penalties import elastic_net_penalty, l1_penalty, l2_penalty
from .schedules import CosineAnnealingLR, ExponentialLR, LinearLR, ReduceLROnPlateau, Schedule, StepLR
from .storage import StorageError, load, load_metadata, save
from .surface import ErrorSurface, error_surface
from .training import Checkpoint, DivergedError, EarlyStopping, Training, fit

__all__ = [
    "ACTIVATIONS", "MLP", "SGD", "Adagrad", "Adam", "AdamW", "Checkpoint", "CosineAnnealingLR", "DivergedError", "Dropout",
    "EarlyStopping", "ErrorSurface", "ExponentialLR", "History", "Layer", "LayerDeltas", "LayerStatistics", "LayerSummary",
    "LinearLR", "Module", "Neuron", "Optimizer", "RMSprop", "ReduceLROnPlateau", "Schedule", "Sequential", "StepLR",
    "StorageError", "Training", "binary_cross_entropy", "binary_cross_entropy_with_logits", "clip_grad_norm_",
    "clip_grad_value_", "cross_entropy", "data", "deltas", "draw_network", "elastic_net_penalty", "error_surface", "fit",
    "hinge_loss", "huber_loss", "init", "l1_loss", "l1_penalty", "l2_penalty", "layer_statistics", "load", "load_metadata",
    "manual_seed", "metrics", "mse_loss", "plots", "save", "squared_hinge_loss",
]  # fmt: skip
