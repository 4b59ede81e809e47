"""Recorded functions as programs, and programs made ready to run."""
