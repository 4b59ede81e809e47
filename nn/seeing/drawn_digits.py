"""The page on which a digit is drawn by hand: a network reads it, and the error of its answer flows back to the ink."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from autograd.pictures.pages import page

from .film import PAGE, Film

SCRIPTS = [
    *("dom.js", "runtime.js", "rows.js", "writing.js"),
    *[str(PAGE / name) for name in ("training.js", "small_pictures.js", "digit_reader.js", "digit_stage.js", "digit.js")],
]
"""What the page is made of, in this order: explore's runtime, the training of a film, and its own."""

STYLES = ("look.css", str(PAGE / "digit.css"), "narrow.css")


def drawn_digits(film: Film, rows: Sequence[Sequence[float]], labels: Sequence[int], *, training_page: bool = False) -> str:
    """The text of the page: the networks of a film of 64 inputs, one hidden layer and 10 classes, by epochs; images held out.

    rows, labels    the held-out images, of 8 x 8 numbers from 0 to 1, and their digits
    training_page   whether the film itself lies beside it, as training.html

    ValueError for a film of another network.
    """
    data = film.data
    row = data["row"]
    if row is None or len(row["inputs"]) != 64 or [len(layer["units"]) for layer in row["layers"]][1:] != [10]:
        raise ValueError(
            f"digits are drawn for a network of 64 inputs, one hidden layer and 10 classes, and this is of {film!r}"
        )
    data["held_out"] = {
        "count": len(rows),
        "rows": array("d", [x for image in rows for x in image]),
        "labels": array("I", labels),
    }
    data["training_page"] = training_page
    data |= {
        "rows": array("d"),
        "targets": array("d"),
        "orders": None,
        "optimizers": {},
        "clipping": None,
        "penalties": {},
        "count": 1,
    }
    return page(SCRIPTS, data, before=film.rules(data), html=str(PAGE / "digit.html"), styles=STYLES)
