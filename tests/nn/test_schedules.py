"""Learning-rate schedules: PyTorch's rates over 50 steps (recorded by tools/torch_reference.py), and their errors."""

import importlib.util
import json

import pytest
from builds import ROOT

import nn
from autograd import Value

RECORDED = json.loads((ROOT / "tests" / "data" / "torch_schedules.json").read_text())


def optimizer():
    return nn.SGD([Value(1.0)], lr=RECORDED["lr"])


@pytest.mark.parametrize("case", RECORDED["schedules"], ids=lambda case: case["schedule"])
def test_rates_agree_with_pytorch(case):
    spec = importlib.util.spec_from_file_location("torch_reference", ROOT / "tools" / "torch_reference.py")
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    stepped = optimizer()
    schedule = getattr(nn, case["schedule"])(stepped, **case["settings"])
    rates = [stepped.lr]
    for step in range(len(case["rates"]) - 1):
        schedule.step(*[reference.plateau_loss(step)] if case["schedule"] == "ReduceLROnPlateau" else [])
        rates.append(stepped.lr)
    assert len(rates) == 51
    assert len(set(rates)) > 3
    assert rates == pytest.approx(case["rates"], rel=1e-12)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: nn.StepLR(optimizer(), step_size=0), ValueError, "step_size"),
        (lambda: nn.StepLR(optimizer(), step_size=2, gamma=-1.0), ValueError, "gamma"),
        (lambda: nn.ExponentialLR(optimizer(), gamma="x"), ValueError, "gamma"),
        (lambda: nn.CosineAnnealingLR(optimizer(), T_max=0), ValueError, "T_max"),
        (lambda: nn.CosineAnnealingLR(optimizer(), T_max=3, eta_min=-1.0), ValueError, "eta_min"),
        (lambda: nn.LinearLR(optimizer(), total_iters=0), ValueError, "total_iters"),
        (lambda: nn.ReduceLROnPlateau(optimizer(), factor=1.0), ValueError, "less than 1"),
        (lambda: nn.StepLR(0.1, step_size=2), TypeError, "changes an optimiser's lr"),
        (lambda: nn.ReduceLROnPlateau(0.1), TypeError, "changes an optimiser's lr"),
        (lambda: nn.Schedule(optimizer()).step(), TypeError, "define rate"),
    ],
)
def test_errors_say_what_to_do(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong()


class Warmed(nn.Schedule):
    def rate(self, t):
        return self.base_lr * min(1.0, (t + 1) / 4)


class WarmedOver(nn.Schedule):
    def __init__(self, optimizer, steps):
        super().__init__(optimizer)
        self.over = steps
        self.start()

    def rate(self, t):
        return self.base_lr * min(1.0, (t + 1) / self.over)


def test_a_schedule_of_ones_own_holds_from_the_start():
    for make in (Warmed, lambda optimizer: WarmedOver(optimizer, 4)):
        optimizer = nn.SGD([Value(1.0)], lr=1.0)
        schedule = make(optimizer)
        rates = [optimizer.lr]
        for _ in range(4):
            schedule.step()
            rates.append(optimizer.lr)
        assert rates == [0.25, 0.5, 0.75, 1.0, 1.0]
