"""fit: epochs and steps, compiled or eager, and their history."""
