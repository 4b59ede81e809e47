"""How Sphinx makes the site of the pages that tools/docs.py has gathered: `make docs`."""

import sys
from pathlib import Path

import autograd

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "scalar-autograd"
release = version = autograd.__version__
root_doc = "docs/index"

extensions = ["myst_nb", "source_pages", "links_to_reference", "blocks", "formulas", "terms", "frames"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
exclude_patterns = ["docs/gallery/*.py"]  # a link to one leads to its page, with its picture
nb_execution_mode = "off"  # notebooks are shown with the outputs that they carry
suppress_warnings = [
    "toc.not_included",  # tests/test_site.py says which page has no place in the list
    "myst.header",  # a notebook may go from its title to the smaller headings of its exercises
]

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "scalar-autograd"
html_static_path = [str(Path(__file__).parent / "_static")]
html_css_files = ["site.css"]
html_search_scorer = str(Path(__file__).parent / "_static" / "search_scores.js")
html_favicon = str(Path(__file__).parent / "_static" / "graph.svg")
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
pygments_style, pygments_dark_style = "a11y-light", "a11y-dark"
highlight_language = "text"
