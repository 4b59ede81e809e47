"""Small neural networks on scalar Values: neurons, layers and multilayer perceptrons, trained by backpropagation.

>>> import nn
>>> model = nn.MLP(2, [3, 1], activation="tanh", rng=1)
>>> len(model.parameters())
13
>>> loss = nn.mse_loss(model([0.5, -1.0]), 1.0)
>>> loss.backward()
>>> nn.SGD(model.parameters(), lr=0.1).step()
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from . import data, init, metrics, plots, state
from .activations import ACTIVATIONS
from .arguments import manual_seed
from .bridges.second_order import lbfgs, levenberg_marquardt
from .bridges.torch_weights import from_torch, load_torch, to_torch
from .functional import functional_call
from .layers import MLP, Layer, Neuron
from .losses import LOSSES as _LOSSES
from .losses import rowwise
from .module import Dropout, Module, Sequential
from .optim import BY_NAME as _BY_NAME
from .optim import Optimizer, clip_grad_norm_, clip_grad_value_
from .penalties import PerExample, elastic_net_penalty, l1_penalty, l2_penalty
from .recurrent import LSTMCell, RNNCell, unroll
from .schedules import (
    ChainedScheduler,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    ReduceLROnPlateau,
    Schedule,
    SequentialLR,
    StepLR,
)
from .seeing.drawing import draw_network
from .seeing.film import Film
from .seeing.inside import LayerDeltas, LayerStatistics, LayerSummary, deltas, layer_statistics
from .seeing.surface import ErrorSurface, error_surface
from .storage import StorageError, load, load_metadata, save
from .textbook.delta_rule import delta_rule
from .textbook.fixed_point import FixedPointError, fixed_point
from .training.callbacks import Checkpoint, EarlyStopping, Training
from .training.fit import fit
from .training.history import History
from .training.own_loops import descend
from .training.task import DivergedError

if TYPE_CHECKING:
    from .bridges.estimators import MLPClassifier as MLPClassifier
    from .bridges.estimators import MLPRegressor as MLPRegressor
    from .losses import *  # noqa: F403
    from .optim import *  # noqa: F403

# Every loss and every optimiser of the tables is public: a new one needs no line here.
_TABLES = {name: row.function for name, row in _LOSSES.items()} | {make.func.__name__: make.func for make in _BY_NAME.values()}
globals().update(_TABLES)

__all__ = [
    "ACTIVATIONS",
    "ChainedScheduler",
    "Checkpoint",
    "CosineAnnealingLR",
    "DivergedError",
    "Dropout",
    "EarlyStopping",
    "ErrorSurface",
    "Film",
    "ExponentialLR",
    "FixedPointError",
    "History",
    "LSTMCell",
    "Layer",
    "LayerDeltas",
    "LayerStatistics",
    "LayerSummary",
    "LinearLR",
    "MLP",
    "Module",
    "Neuron",
    "Optimizer",
    "PerExample",
    "RNNCell",
    "ReduceLROnPlateau",
    "Schedule",
    "Sequential",
    "SequentialLR",
    "StepLR",
    "StorageError",
    "Training",
    "clip_grad_norm_",
    "clip_grad_value_",
    "data",
    "delta_rule",
    "deltas",
    "descend",
    "draw_network",
    "elastic_net_penalty",
    "error_surface",
    "fit",
    "fixed_point",
    "from_torch",
    "functional_call",
    "init",
    "l1_penalty",
    "l2_penalty",
    "layer_statistics",
    "lbfgs",
    "levenberg_marquardt",
    "load",
    "load_metadata",
    "load_torch",
    "manual_seed",
    "metrics",
    "plots",
    "rowwise",
    "save",
    "state",
    "to_torch",
    "unroll",
    *_TABLES,
]

ESTIMATORS = ["MLPClassifier", "MLPRegressor"]
"""Public as well, and imported when they are asked for, so that `import nn` and `from nn import *` leave scikit-learn alone."""


def __getattr__(name: str) -> Any:
    if name not in ESTIMATORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from .bridges import estimators
    except ImportError as missing:
        raise ImportError(f"nn.{name} is built on scikit-learn 1.6 or newer: pip install scikit-learn") from missing
    return getattr(estimators, name)


def __dir__() -> list[str]:
    return sorted([*__all__, *(ESTIMATORS if find_spec("sklearn") else [])])
