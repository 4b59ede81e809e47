"""Your own program's graph, stepped forward and backward: recorded, described, and put on a page."""
