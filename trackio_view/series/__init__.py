"""Columns of numbers, and what drawings need of them."""
