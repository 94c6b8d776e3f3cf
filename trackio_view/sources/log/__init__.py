"""A plain training log as a source of metrics."""
