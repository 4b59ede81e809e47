"""PDF from the drawing instructions that a layout program gives as JSON: sharp lines, text that can be searched, few bytes.

graphviz-pure makes no PDF, and libraries that do need fonts and a hundred times the code. A layout is polygons, curves,
ellipses and texts alone; and PDF's own fonts, which every viewer has, are as wide as those that it was laid out for.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import Any

FONTS = ("Helvetica", "Helvetica-Bold", "Symbol", "ZapfDingbats")

RUNS = {0x2D: "−", 0x41: "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", 0x61: "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", 0xA2: "′≤⁄∞", 0xAB: "↔←↑→↓"}
RUNS |= {0xB3: "≥×∝∂", 0xB9: "≠≡≈", 0xC4: "⊗⊕", 0xD1: "∇", 0xD5: "∏√⋅", 0xE5: "∑", 0xF2: "∫"}
SYMBOLS = {c: code for first, run in RUNS.items() for code, c in enumerate(run, first)}
"""What PDF's font Symbol has, of what its font Helvetica has not."""

DINGBATS = {"▲": 0x73, "▼": 0x74, "●": 0x6C, "■": 0x6E}

CIRCLE = 0.5522847498
"""How far the control points of a quarter of a circle lie along its tangents."""


def pdf_of(layout: bytes) -> bytes:
    """A PDF of one page, of what a layout program gives for `-Tjson`.

    >>> pdf_of(b'{"bb": "0,0,20,10"}')[:8]
    b'%PDF-1.7'
    """
    graph = json.loads(layout)
    width, height = (float(x) for x in graph["bb"].split(",")[2:])
    margin = 6
    box = f"{-margin} {-margin} {width + 2 * margin:.2f} {height + 2 * margin:.2f}"
    drawing = _Drawing()
    if graph.get("bgcolor", "").startswith("#"):
        drawing.inks((0, 0, 0, 0), _colour(graph["bgcolor"]))
        drawing.lines.append(f"{box} re f")
    things = graph.get("objects", [])
    for thing in (
        graph,
        *[t for t in things if "nodes" in t],
        *graph.get("edges", []),
        *[t for t in things if "nodes" not in t],
    ):
        for part in ("_draw_", "_hdraw_", "_tdraw_", "_ldraw_"):
            drawing.draw(thing.get(part, ()))
    content = zlib.compress("\n".join(drawing.lines).encode("latin-1"))
    fonts = " ".join([f"/F{k} {6 + k} 0 R" for k in range(len(FONTS))])
    states = " ".join([f"/A{alpha} << /CA {alpha / 255:.3f} /ca {alpha / 255:.3f} >>" for alpha in sorted(drawing.alphas)])
    page = f"{-margin} {-margin} {width + margin:.2f} {height + margin:.2f}"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{page}] /Contents 4 0 R /Resources 5 0 R >>".encode(),
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(content), content),
        f"<< /Font << {fonts} >> /ExtGState << {states} >> >>".encode(),
        *[_font(name) for name in FONTS],
    ]
    written = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, thing in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, thing)
    table = "".join([f"{place:010} 00000 n \n" for place in places])
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
    return written + f"{end}startxref\n{len(written)}\n%%EOF\n".encode()


def _font(name: str) -> bytes:
    encoding = " /Encoding /WinAnsiEncoding" if name.startswith("Helvetica") else ""
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name}{encoding} >>".encode()


class _Drawing:
    """The lines of a page's contents, and the opacities that they name."""

    def __init__(self) -> None:
        self.lines = ["q"]
        self.alphas = {255}

    def draw(self, operations: Iterable[dict[str, Any]]) -> None:
        """What one thing is drawn by. Each begins with the pens of a new page."""
        stroke, fill, size, bold = (0, 0, 0, 255), (0, 0, 0, 255), 14.0, False
        self.lines += ["Q", "q"]
        for do in operations:
            op = do["op"]
            if op in "cC" and do.get("grad", "none") == "none":
                colour = _colour(do["color"])
                stroke, fill = (colour, fill) if op == "c" else (stroke, colour)
            elif op == "S":
                self._style(do["style"])
            elif op == "F":
                size = do["size"]
            elif op == "t":
                bold = bool(do["fontchar"] & 1)
            elif op == "T":
                x, y = do["pt"]
                x -= do["width"] * {"l": 0.0, "c": 0.5, "r": 1.0}[do["align"]]
                self.inks((0, 0, 0, 0), stroke)
                self.lines.append(f"BT {x:.2f} {y:.2f} Td {''.join(_shown(do['text'], bold, size))}ET")
            elif op in "PpLBbEe":
                filled = op in "PBE" and fill[3] > 0
                self.inks(stroke, fill)
                ends = ("B" if filled else "S") if stroke[3] else ("f" if filled else "n")
                self.lines.append(f"{_path(op, do)} {ends}")

    def inks(self, stroke: tuple[int, ...], fill: tuple[int, ...]) -> None:
        for colour, name in ((stroke, "RG"), (fill, "rg")):
            if colour[3]:
                self.alphas.add(colour[3])
                self.lines.append(f"/A{colour[3]} gs {' '.join([f'{c / 255:.3f}' for c in colour[:3]])} {name}")

    def _style(self, style: str) -> None:
        if style in ("solid", "dashed", "dotted"):
            self.lines.append({"solid": "[] 0 d", "dashed": "[5 2] 0 d", "dotted": "[1 3] 0 d"}[style])
        elif style.startswith("setlinewidth("):
            self.lines.append(f"{float(style[len('setlinewidth(') : -1]):.2f} w")


def _path(op: str, do: dict[str, Any]) -> str:
    if op in "Ee":
        x, y, a, b = do["rect"]
        p, q = a * CIRCLE, b * CIRCLE
        points = [(x + a, y), (x + a, y + q), (x + p, y + b), (x, y + b), (x - p, y + b), (x - a, y + q), (x - a, y)]
        points += [(x - a, y - q), (x - p, y - b), (x, y - b), (x + p, y - b), (x + a, y - q), (x + a, y)]
    else:
        points = do["points"]
    at = [f"{x:.2f} {y:.2f}" for x, y in points]
    if op in "PpL":
        return " ".join([f"{at[0]} m", *[f"{point} l" for point in at[1:]], *["h"] * (op != "L")])
    return " ".join([f"{at[0]} m", *[f"{' '.join(at[k : k + 3])} c" for k in range(1, len(at) - 2, 3)]])


def _shown(text: str, bold: bool, size: float) -> Iterable[str]:
    """The text, in the fonts that have its characters; one that none of them has is written as Python escapes it."""
    now, run = -1, ""
    for c in text:
        font, codes = _glyph(c)
        font = int(bold) if font == 0 else font
        if font != now:
            yield f"({run}) Tj " * bool(run) + f"/F{font} {size:g} Tf "
            now, run = font, ""
        run += "".join([f"\\{code:03o}" if code in b"()\\" or not 32 <= code < 127 else chr(code) for code in codes])
    yield f"({run}) Tj "


def _glyph(c: str) -> tuple[int, bytes]:
    for font, codes in ((2, SYMBOLS), (3, DINGBATS)):
        if c in codes:
            return font, bytes([codes[c]])
    try:
        return 0, c.encode("cp1252")
    except UnicodeEncodeError:
        return 0, ascii(c)[1:-1].encode()


def _colour(name: str) -> tuple[int, int, int, int]:
    """Red, green, blue and opacity of "#rrggbb" or "#rrggbbaa", which is all that a layout has."""
    red, green, blue, *alpha = bytes.fromhex(name.removeprefix("#"))
    return red, green, blue, alpha[0] if alpha else 255
