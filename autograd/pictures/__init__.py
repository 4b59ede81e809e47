"""Graphs as pictures, and derivatives explained path by path."""
