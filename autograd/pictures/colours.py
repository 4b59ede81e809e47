"""The colours of every picture, of graphs and programs, networks and plots."""

INK, QUIET, GRID = "#1f2933", "#7b8794", "#e2e8f0"
"""Text; what stands back, as edges and gradients; the lines of a grid."""

BLUE, ORANGE = "#2b6cb0", "#c05621"
"""Two that are told apart by everyone, by the colour-blind too: losses and accuracies, positive and negative weights."""

LEAF, INTERIOR, ROOT, CONSTANT = "#e3f2e6", "#eef3fb", "#fdf0d5", "#f5f5f5"
"""Fills of boxes and circles: green for leaves and inputs, yellow for the result, blue in between, grey for numbers."""
