"""The colours of every picture, of graphs and programs, networks and plots: two themes, told apart by the colour-blind too.

Text is at least 4.5 : 1 on all that it stands on. What colour tells apart, shape or the width of a line does as well.
"""

from __future__ import annotations

from typing import NamedTuple


class Theme(NamedTuple):
    """The colours of a picture.

    paper, ink, quiet   the ground; text; text that stands back, as gradients
    line                edges and the frames of boxes
    leaf, made, output  fills: of leaves and inputs, of what is computed, of the result
    number, folded      fills: of constants, of what is folded
    plus, minus         two that everyone tells apart: positive and negative
    accent              what is highlighted
    """

    paper: str
    ink: str
    quiet: str
    line: str
    leaf: str
    made: str
    output: str
    number: str
    folded: str
    plus: str
    minus: str
    accent: str

    def tint(self, x: float, largest: float) -> str:
        """A fill that tells the sign and the size of x: of the paper's colour at 0, the fuller the larger."""
        share = 0.0 if not largest or x != x else min(abs(x) / largest, 1.0) ** 0.5 * 0.42
        mixed = (
            round(a + share * (b - a))
            for a, b in zip(_rgb(self.paper), _rgb(self.plus if x > 0.0 else self.minus), strict=True)
        )
        return "#" + "".join([f"{c:02x}" for c in mixed])


def _rgb(colour: str) -> list[int]:
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]


LIGHT = Theme(
    paper="#ffffff",
    ink="#1f2933",
    quiet="#52606d",
    line="#6b7785",
    leaf="#d5efdc",
    made="#e9effa",
    output="#fde6a8",
    number="#f3f3f3",
    folded="#e4e1f5",
    plus="#2b6cb0",
    minus="#c05621",
    accent="#b3186d",
)

DARK = Theme(
    paper="#16181d",
    ink="#eceff4",
    quiet="#b3bcc8",
    line="#8a95a3",
    leaf="#1d4630",
    made="#242f45",
    output="#574308",
    number="#2b2e35",
    folded="#37305a",
    plus="#5aa5f5",
    minus="#f08a45",
    accent="#ff7fc4",
)

THEMES = {"light": LIGHT, "dark": DARK}


def theme_named(name: str) -> Theme:
    """The theme of a name. ValueError for one there is not.

    >>> theme_named("dark").paper != theme_named("light").paper
    True
    """
    if not isinstance(name, str) or name not in THEMES:
        raise ValueError(f'theme is "light" or "dark", and this is {name!r}')
    return THEMES[name]


INK, QUIET, BLUE, ORANGE = LIGHT.ink, LIGHT.quiet, LIGHT.plus, LIGHT.minus
GRID = "#e2e8f0"
"""The lines of a grid."""
