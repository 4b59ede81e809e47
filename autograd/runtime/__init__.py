"""The machine that runs plans: loops over rows, and who calls them."""
