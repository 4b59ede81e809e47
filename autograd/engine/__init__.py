"""The graph and its passes: nodes, the rules of primitives, backward and forward sweeps."""
