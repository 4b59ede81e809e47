"""Times, sizes and crossings of pictures: `make bench-pictures`.

    PYTHONPATH=tests/helpers python benchmarks/pictures.py [--peers FOLDER] [--most NODES]

First what it costs to explore graphs of 10 to 1,000,000 nodes: recording, writing the page, its size, and in Chromium the
processor time of the page's own thread until it shows, for a step, for a number that is dragged, and for a group that opens.
Then five fixed graphs, laid out by the page and by the peers in FOLDER/node_modules (Graphviz as WebAssembly, dagre, ELK).
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

from browser import Browser
from five_graphs import FIVE, described

import nn
from autograd import explore, fsum

ROOT = Path(__file__).parent.parent


def rounds(n):
    """A loop of n operations."""

    def f(x):
        for _ in range(n // 2):
            x = x * 0.9999 + 0.0001
        return x

    return explore(f, 0.5)


def batch(rows):
    """The loss of a 2-16-16-1 network over rows: about 100 nodes, and 800 edges, for each."""
    model = nn.MLP(2, [16, 16, 1], rng=0)
    points, targets = nn.data.moons(rows)

    def loss(points, targets):
        return fsum([(model(x) - y) ** 2 for x, y in zip(points, targets, strict=True)]) / rows

    return explore(loss, points, targets)


LARGEST = "explorable.groups().map(({ operations }, g) => [operations, g]).slice(1).sort((a, b) => b[0] - a[0])[0]?.[1]"
DRAGGING = "document.body.classList.toggle('dragging')"
ACTS = {
    "step": "for (let k = 0; k < 10; k++) { explorable.seek(Math.floor(explorable.steps * k / 10)); await frame(); }",
    "drag": f"{DRAGGING}; const x = explorable.value(0);"
    f"for (let k = 0; k < 10; k++) {{ explorable.set(0, x + 1e-3 * k); await frame(); }} {DRAGGING};",
}


class Tab:
    """A page, and the processor time of its own thread."""

    def __init__(self, browser: Browser, path: Path) -> None:
        context = browser.browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        self.page = context.new_page()
        self.tools = context.new_cdp_session(self.page)
        self.tools.send("Performance.enable", {"timeDomain": "threadTicks"})
        started, used = time.perf_counter(), self.used()
        self.page.goto(path.as_uri())
        while not self.page.evaluate("!!window.explorable?.timing.firstPaint"):
            self.page.wait_for_timeout(20)
        self.shown, self.paint = time.perf_counter() - started, self.used() - used

    def used(self) -> float:
        return next(m["value"] for m in self.tools.send("Performance.getMetrics")["metrics"] if m["name"] == "TaskDuration")

    def of(self, act: str, times: int = 10) -> float:
        before = self.used()
        self.page.evaluate(f"async () => {{ const frame = () => new Promise(done => requestAnimationFrame(done)); {act} }}")
        return (self.used() - before) / times


def sizes(most: int) -> None:
    columns = ("graph", "nodes", "edges", "explore", "html", "file", "paint", "step", "drag", "frames a second", "open")
    print("  ".join(f"{name:>9}" for name in columns), "\n(seconds of processor time; the file in KB)")
    browser = Browser()
    for make, sizes in ((rounds, [10, 100, 1000, 10_000, 100_000, 1_000_000]), (batch, [1, 10, 100, 1000])):
        for n in sizes:
            if (n if make is rounds else 100 * n) > most:
                continue
            start = time.process_time()
            explored = make(n)
            recorded = time.process_time()
            text = explored.html()
            written = time.process_time()
            row = [f"{recorded - start:.2f}", f"{written - recorded:.2f}", f"{len(text) / 1000:.0f}"]
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "page.html")
                path.write_text(text)
                tab = Tab(browser, path)
                row.append(f"{tab.paint:.2f}")
                if tab.page.evaluate("explorable.steps"):
                    step, drag = tab.of(ACTS["step"]), tab.of(ACTS["drag"])
                    row += [f"{step:.3f}", f"{drag:.3f}", f"{min(60, 1 / drag):.0f}"]
                else:
                    row += ["-", "-", "-"]
                largest = tab.page.evaluate(LARGEST)
                row.append("-" if largest is None else f"{tab.of(f'explorable.open({largest}); await frame()', 1):.3f}")
                tab.page.context.close()
            edges = sum(back > 0 for back in explored._columns.operands)
            print("  ".join(f"{x:>9}" for x in [make.__name__, f"{len(explored.nodes):,}", f"{edges:,}", *row]), flush=True)
            del explored, text
    browser.close()


def layouts(peers: str) -> None:
    graphs = {name: described(make()) for name, make in FIVE.items()}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "graphs.json").write_text(json.dumps(graphs))
        command = ["node", str(ROOT / "benchmarks" / "layouts.mjs"), str(Path(folder, "graphs.json")), peers]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    print("\ncrossings of edges as they are drawn, and milliseconds of processor time")
    for name, engines in found.items():
        parts = [f"{engine}: {got['crossings']:,} in {got['ms']:,} ms" for engine, got in engines.items()]
        print(f"{name:>10}, {len(graphs[name]['sizes'])} nodes, {len(graphs[name]['edges'])} edges   " + "   ".join(parts))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--peers", default=".", help="the folder whose node_modules has the peers")
    options.add_argument("--most", type=int, default=1_000_000, help="the largest graph, in nodes")
    options.add_argument("--only", choices=("sizes", "layouts"))
    given = options.parse_args()
    if given.only != "layouts":
        sizes(given.most)
    if given.only != "sizes":
        layouts(given.peers)
