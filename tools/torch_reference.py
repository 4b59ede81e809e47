"""Records what PyTorch's optimisers, losses and networks give, in tests/data/torch_*.json. Run it where torch is installed.

With "check" it records nothing, and sees whether PyTorch takes the state dicts that nn.to_torch makes of those networks.

Each optimiser takes 50 steps in float64 on one badly scaled, slowly turning problem of three parameters whose gradient is
written out below, so that nothing but the update rule is compared.
"""

import json
import math
import sys
from pathlib import Path

START = [1.5, -2.0, 0.75]
STEPS = 50
CASES = [
    ("SGD", {"lr": 0.05}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.05, "weight_decay": 0.01, "initial_accumulator_value": 0.1, "eps": 1e-6}),
    ("RMSprop", {"lr": 0.02}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "momentum": 0.8, "centered": True, "weight_decay": 0.01}),
    ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.1, "betas": [0.8, 0.95], "eps": 1e-6, "weight_decay": 0.01}),
    ("AdamW", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "betas": [0.8, 0.95], "weight_decay": 0.1}),
]

SCHEDULES = [
    ("StepLR", {"step_size": 7, "gamma": 0.3}),
    ("ExponentialLR", {"gamma": 0.93}),
    ("CosineAnnealingLR", {"T_max": 20, "eta_min": 0.01}),
    ("LinearLR", {"start_factor": 0.1, "total_iters": 12}),
    ("ReduceLROnPlateau", {"factor": 0.5, "patience": 2, "cooldown": 3, "threshold": 0.01, "min_lr": 0.05}),
]


def plateau_loss(step):
    """Falls, rests, and falls again."""
    return 1.0 / (1 + step) if step < 6 or 20 <= step < 26 else 0.15


NUMBERS, TARGETS = [0.3, -1.2, 2.5, 4.0], [0.0, -1.0, -1.0, 4.0]
LOGITS = [[0.5, -1.0, 2.0], [3.0, 0.1, -0.2], [-1.5, 0.0, 0.7]]
SHARES = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.2, 0.5, 0.3]]
LOSSES = [
    *[
        (name, NUMBERS, TARGETS, {"reduction": how})
        for name in ("mse_loss", "l1_loss", "huber_loss")
        for how in ("mean", "sum")
    ],
    ("huber_loss", NUMBERS, TARGETS, {"delta": 2.0}),
    *[("binary_cross_entropy", [0.1, 0.5, 0.9, 0.7], [0.0, 1.0, 1.0, 0.25], {"reduction": how}) for how in ("mean", "sum")],
    ("binary_cross_entropy_with_logits", NUMBERS, [0.0, 1.0, 1.0, 0.25], {}),
    ("cross_entropy", LOGITS[0], 2, {}),
    ("cross_entropy", LOGITS[0], 2, {"label_smoothing": 0.1, "weight": [1.0, 2.0, 0.5]}),
    *[("cross_entropy", LOGITS, [2, 0, 1], {"reduction": how}) for how in ("mean", "sum")],
    ("cross_entropy", LOGITS, [2, 0, 1], {"weight": [1.0, 2.0, 0.5]}),
    ("cross_entropy", LOGITS, [2, 0, 1], {"label_smoothing": 0.2}),
    ("cross_entropy", LOGITS, [2, 0, 1], {"label_smoothing": 0.2, "weight": [1.0, 2.0, 0.5]}),
    ("cross_entropy", LOGITS, SHARES, {}),
    ("cross_entropy", LOGITS, SHARES, {"label_smoothing": 0.1, "weight": [1.0, 2.0, 0.5]}),
]

CELLS = [
    ("RNNCell", {}),
    ("RNNCell", {"nonlinearity": "relu"}),
    ("RNNCell", {"bias": False}),
    ("LSTMCell", {}),
    ("LSTMCell", {"bias": False}),
]
INPUTS, HIDDEN, TIMES = 3, 4, 5
SEQUENTIALS = [
    ([("Linear", 2, 16), ("ReLU",), ("Linear", 16, 16), ("ReLU",), ("Linear", 16, 1)], "relu"),
    ([("Linear", 3, 5), ("Tanh",), ("Dropout", 0.5), ("Linear", 5, 4), ("Tanh",), ("Linear", 4, 2)], "tanh"),
    ([("Linear", 3, 4, False), ("SiLU",), ("Linear", 4, 2, False), ("Sigmoid",)], ["silu", "sigmoid"]),
    ([("Linear", 4, 3), ("Linear", 3, 2), ("GELU",), ("Linear", 2, 2)], "gelu"),
    (
        [
            ("Linear", 2, 3),
            ("ELU",),
            ("Linear", 3, 3),
            ("LeakyReLU",),
            ("Linear", 3, 3),
            ("Softplus",),
            ("Linear", 3, 2),
            ("Mish",),
        ],
        ["elu", "leaky_relu", "softplus", "mish"],
    ),
    ([("Linear", 5, 1)], "relu"),
]
NAMES = {
    "ReLU": "relu",
    "Tanh": "tanh",
    "SiLU": "silu",
    "Sigmoid": "sigmoid",
    "GELU": "gelu",
    "ELU": "elu",
    "LeakyReLU": "leaky_relu",
    "Softplus": "softplus",
    "Mish": "mish",
}


def gradient(p, step):
    """Of (p0² + 30 p1² + 0.1 p2⁴) / 2, with a term that turns with the steps."""
    return [p[0] + 0.3 * math.sin(step), 30.0 * p[1] * 0.1, 0.2 * p[2] ** 3 + 0.3 * math.cos(0.5 * step)]


def main():
    import torch

    records = []
    for name, settings in CASES:
        p = torch.tensor(START, dtype=torch.float64, requires_grad=True)
        optimizer = getattr(torch.optim, name)([p], **settings)
        path = []
        for step in range(STEPS):
            p.grad = torch.tensor(gradient(p.tolist(), step), dtype=torch.float64)
            optimizer.step()
            path.append(p.tolist())
        records.append({"optimizer": name, "settings": settings, "path": path})
    clipped = torch.tensor([0.0, 0.0, 0.0], dtype=torch.float64)
    clipped.grad = torch.tensor([3.0, -4.0, 12.0], dtype=torch.float64)
    norm = torch.nn.utils.clip_grad_norm_([clipped], 2.0).item()
    result = {
        "_about": f"made by tools/torch_reference.py with torch {torch.__version__}",
        "start": START,
        "optimizers": records,
        "clip_grad_norm_": {"gradient": [3.0, -4.0, 12.0], "max_norm": 2.0, "norm": norm, "clipped": clipped.grad.tolist()},
    }
    write("torch_optim.json", result)
    schedules = [{"schedule": name, "settings": settings, "rates": rates(name, settings)} for name, settings in SCHEDULES]
    write("torch_schedules.json", {"_about": result["_about"], "lr": 0.8, "schedules": schedules})
    write("torch_losses.json", {"_about": result["_about"], "losses": [loss_record(*case) for case in LOSSES]})
    write("torch_recurrent.json", {"_about": result["_about"], "cells": [cell_record(*case) for case in CELLS]})
    sequentials = [sequential_record(*case) for case in SEQUENTIALS]
    write("torch_sequential.json", {"_about": result["_about"], "sequentials": sequentials})


def rates(name, settings):
    """The learning rate before the first step and after each of STEPS."""
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.8)
    schedule = getattr(torch.optim.lr_scheduler, name)(optimizer, **settings)
    found = [optimizer.param_groups[0]["lr"]]
    for step in range(STEPS):
        optimizer.step()
        schedule.step(*[plateau_loss(step)] if name == "ReduceLROnPlateau" else [])
        found.append(optimizer.param_groups[0]["lr"])
    return found


def loss_record(name, prediction, target, settings):
    """The loss and its gradient with respect to the prediction."""
    import torch

    x = torch.tensor(prediction, dtype=torch.float64, requires_grad=True)
    classes = name == "cross_entropy" and not isinstance(target[0] if isinstance(target, list) else target, (float, list))
    y = torch.tensor(target, dtype=torch.long if classes else torch.float64)
    given = {key: torch.tensor(v, dtype=torch.float64) if key == "weight" else v for key, v in settings.items()}
    loss = getattr(torch.nn.functional, name)(x, y, **given)
    loss.backward()
    return {
        "loss": name,
        "prediction": prediction,
        "target": target,
        "settings": settings,
        "value": loss.item(),
        "gradient": x.grad.tolist(),
    }


def cell_record(name, settings):
    """A cell run over a sequence from a start state: what it gives, and all gradients of Σ outputs * factors + Σ state²."""
    import torch

    torch.manual_seed(len(name) + 10 * len(settings))
    cell = getattr(torch.nn, name)(INPUTS, HIDDEN, dtype=torch.float64, **settings)

    def numbers(*shape):
        return torch.randn(*shape, dtype=torch.float64, requires_grad=True)

    xs, factors = numbers(TIMES, INPUTS), numbers(TIMES, HIDDEN)
    start = [numbers(HIDDEN) for _ in range(2 if name == "LSTMCell" else 1)]
    state, outputs = start, []
    for x in xs:
        after = cell(x, tuple(state) if len(state) == 2 else state[0])
        state = list(after) if isinstance(after, tuple) else [after]
        outputs.append(state[0])
    loss = (torch.stack(outputs) * factors).sum() + sum((part**2).sum() for part in state)
    loss.backward()
    parameters = dict(cell.named_parameters())
    return {
        "cell": name,
        "settings": settings,
        "xs": xs.tolist(),
        "start": [part.tolist() for part in start],
        "factors": factors.tolist(),
        "parameters": {key: p.tolist() for key, p in parameters.items()},
        "outputs": torch.stack(outputs).tolist(),
        "state": [part.tolist() for part in state],
        "loss": loss.item(),
        "gradients": {key: p.grad.tolist() for key, p in parameters.items()},
        "xs_gradient": xs.grad.tolist(),
        "start_gradients": [part.grad.tolist() for part in start],
    }


def sequential(modules):
    """A torch.nn.Sequential in double precision, with dropout asleep."""
    import torch

    return torch.nn.Sequential(*[getattr(torch.nn, name)(*settings) for name, *settings in modules]).double().eval()


def sequential_record(modules, activation):
    """The state dict, and for three rows the outputs, the mean of squares of all outputs, and its gradients."""
    import torch

    torch.manual_seed(len(modules))
    model = sequential(modules)
    for p in model.parameters():  # anew, with all the bits that a double has
        torch.nn.init.uniform_(p, -1.0, 1.0)
    inputs = torch.randn(3, modules[0][1], dtype=torch.float64, requires_grad=True)
    outputs = model(inputs)
    loss = (outputs**2).mean()
    loss.backward()
    return {
        "modules": modules,
        "activation": activation,
        "state_dict": {key: tensor.tolist() for key, tensor in model.state_dict().items()},
        "inputs": inputs.tolist(),
        "outputs": outputs.tolist(),
        "loss": loss.item(),
        "gradients": {key: p.grad.tolist() for key, p in model.named_parameters()},
        "input_gradients": inputs.grad.tolist(),
    }


def ours(modules):
    """The nn.Sequential of those modules."""
    import nn

    steps = []
    for (name, *settings), (following, *_) in zip(modules, [*modules[1:], ("",)], strict=True):
        if name == "Linear":
            nin, nout, *bias = settings
            steps.append(nn.Layer(nin, nout, NAMES.get(following, "linear"), bias=not bias, rng=nin))
        elif name == "Dropout":
            steps.append(nn.Dropout(*settings))
    return nn.Sequential(*steps).eval()


def check():
    """PyTorch loads what nn.to_torch gives, key by key, and then computes the same."""
    import torch

    import nn

    for modules, _ in SEQUENTIALS:
        mine, theirs = ours(modules), sequential(modules)
        theirs.load_state_dict({key: torch.from_numpy(array) for key, array in nn.to_torch(mine).items()}, strict=True)
        inputs = torch.randn(3, modules[0][1], dtype=torch.float64)
        for x, expected in zip(inputs.tolist(), theirs(inputs).tolist(), strict=True):
            got = [out.data for out in mine(x)]
            assert all(abs(a - b) <= 1e-12 * max(1.0, abs(b)) for a, b in zip(got, expected, strict=True)), (got, expected)
    print(f"torch {torch.__version__} loads the state dicts of {len(SEQUENTIALS)} networks and computes the same")


def write(name, result):
    (Path(__file__).parent.parent / "tests" / "data" / name).write_text(json.dumps(result, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    check() if sys.argv[1:] == ["check"] else main()
