"""What an installed package has to do, far from its sources: run by tools/release_check.sh with the name of the build."""

import importlib.metadata
import importlib.resources
import sys
import tempfile
from pathlib import Path

import autograd
import nn

wanted = sys.argv[1]
assert autograd.build == wanted, f"{autograd.build} runs, and not {wanted}"
assert "site-packages" in str(autograd.__file__), autograd.__file__
assert importlib.metadata.version("scalar-autograd") == autograd.__version__

for package in ("autograd", "nn"):
    files = importlib.resources.files(package)
    assert files.joinpath("py.typed").is_file(), package
assert importlib.resources.files("autograd").joinpath("engine", "value.pyi").is_file()

x = autograd.Value(2.0)
(x * x * x).backward()
assert x.grad == 12.0
assert autograd.hessian(lambda v: v[0] ** 2 * v[1])([2.0, 3.0]) == [[6.0, 4.0], [4.0, 0.0]]
assert autograd.compile(autograd.grad(lambda v: v**3), in_axes=0)([1.0, 2.0]).tolist() == [3.0, 12.0]
assert autograd.draw(x * x).contents("svg").startswith(b"<?xml")  # by the program that was installed with it

rows, targets = nn.data.xor()
model = nn.MLP(2, [4, 1], "tanh", rng=0)
history = nn.fit(model, rows, targets, epochs=200, batch_size=None, progress=False)
assert not history.eager and history["loss"][-1] < 0.01, history.eager
with tempfile.TemporaryDirectory() as folder:
    nn.save(model, Path(folder, "model.safetensors"))
    assert nn.load(Path(folder, "model.safetensors"))(rows[0]).data == model(rows[0]).data
