"""The textbooks' ancestors of backpropagation: the delta rule, and derivatives through a fixed point."""
