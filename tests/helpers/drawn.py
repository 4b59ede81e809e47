"""What pictures show, read from the SVG that a real `dot` makes of them."""

import xml.etree.ElementTree as ElementTree
from typing import Any

SVG = "{http://www.w3.org/2000/svg}"
STRANGE = 'a "b" \\ \\N \\l { } | <b> & <script>alert(1)</script> ü 🙂 line\nbreak \x00 &amp; ]]> -->'


def words(picture: Any) -> list[str]:
    """The texts of the picture, as they are read."""
    root = ElementTree.fromstring(picture.pipe(format="svg"))
    return [(element.text or "").strip() for element in root.iter(f"{SVG}text")]
