"""Programs killed while they write: each file is the old one or the new one, whole; and a training goes on from its checkpoint.

python tests/stress/kills.py SECONDS SEED
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import autograd
import nn

EPOCHS = 40

WRITING = f"""
import sys
import autograd, nn
from autograd.files import write_whole
def model(width): return nn.MLP(2, [width, 1], "tanh", rng=width)
def program(width):
    f = autograd.compile(lambda v: autograd.fsum([a.sin() for a in v]))
    f([0.5] * width)
    return f.programs[0]
rows, labels = nn.data.moons(20, noise=0.1, seed=1)
def fit(path, callbacks=(), resume=None):
    history = nn.fit(model(3), rows, labels, loss=nn.mse_loss, batch_size=10, epochs={EPOCHS}, progress=False,
        compile=False, callbacks=callbacks, resume=resume)
    return history
"""

FOREVER = """
path = sys.argv[1]
things = [(model(w), program(w)) for w in (30, 40)]
while True:
    for m, p in things:
        nn.save(m, path + "/model")
        p.save(path + "/program")
    history = fit(path, callbacks=[nn.Checkpoint(path + "/checkpoint")])
    history.to_json(path + "/history")
    print("round", flush=True)
"""


def main(seconds: float, seed: int) -> None:
    rng = random.Random(seed)
    names: dict = {}
    exec(WRITING, names)
    models = [repr([p.data for p in names["model"](w).parameters()]) for w in (30, 40)]
    programs = [str(names["program"](w)) for w in (30, 40)]
    folder = Path(tempfile.mkdtemp())
    whole = names["fit"](folder)
    kills, resumed, parts = 0, 0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end or not kills:
        command = [sys.executable, "-W", "ignore", "-c", WRITING + FOREVER, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None and process.stdout.readline() == b"round\n"  # each file is there once
            for _ in range(10):
                time.sleep(rng.uniform(0.0, 0.05))
                # What is read while it is written, too.
                assert repr([p.data for p in nn.load(folder / "model").parameters()]) in models
                assert str(autograd.Program.load(folder / "program")) in programs
            process.kill()
        kills += 1
        assert repr([p.data for p in nn.load(folder / "model").parameters()]) in models
        assert str(autograd.Program.load(folder / "program")) in programs
        json.loads((folder / "history").read_text())
        history = names["fit"](folder, resume=folder / "checkpoint")
        assert dict(history) == dict(whole), "a training that was killed goes on to other figures"
        resumed += 1
        left = [file for file in folder.iterdir() if file.name not in ("model", "program", "checkpoint", "history")]
        parts += len(left)
        assert all(file.suffix == ".part" and file.name.startswith(".") for file in left), left
        for file in left:
            file.unlink()
    print(
        f"kills: {kills}, with every file whole and {resumed} trainings gone on; {parts} parts of files were left beside them"
    )


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
