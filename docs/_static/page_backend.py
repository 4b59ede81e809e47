"""How matplotlib shows its figures in a page: as SVG, below the block that drew them. `run_blocks` names it as the backend."""

import io
from typing import Any

import matplotlib
from matplotlib import pyplot
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_svg import FigureCanvasSVG
from run_blocks import put_picture

matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text, which a reader can select


def svg_of(figure: Any) -> str:
    file = io.StringIO()
    figure.savefig(file, format="svg", bbox_inches="tight")
    return file.getvalue()


class FigureManager(FigureManagerBase):
    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """All that are open, once: as in a notebook, they are closed then."""
        for number in pyplot.get_fignums():
            put_picture(svg_of(pyplot.figure(number)))
        pyplot.close("all")


class FigureCanvas(FigureCanvasSVG):
    manager_class = FigureManager
