"""The page's layout, in Node: how often edges cross, beside Graphviz."""

import json
import subprocess
from pathlib import Path

from builds import ROOT
from five_graphs import FIVE, IN_GRAPHVIZ, described
from page_in_node import node


def test_edges_cross_hardly_more_often_than_in_graphviz(tmp_path: Path) -> None:
    (tmp_path / "graphs.json").write_text(json.dumps({name: described(make()) for name, make in FIVE.items()}))
    command = [node(), str(ROOT / "benchmarks" / "layouts.mjs"), "graphs.json", ".", "ours"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = {name: engines["ours"]["crossings"] for name, engines in json.loads(done.stdout).items()}
    assert found.keys() == IN_GRAPHVIZ.keys()
    for name, count in found.items():
        assert count <= 1.2 * IN_GRAPHVIZ[name], found
    assert found["neuron"] == 0 and found["networks"] > 100  # it counts
