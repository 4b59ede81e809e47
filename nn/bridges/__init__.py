"""Models in the shapes that SciPy, scikit-learn and PyTorch know."""
