"""`python -m nn`: train, predict, show, demo."""
