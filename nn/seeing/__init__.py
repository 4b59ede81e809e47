"""Looking inside a network: deltas, layer statistics, the error surface, its drawing."""
