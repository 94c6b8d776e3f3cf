"""What is looked at, and what keys make of it."""
