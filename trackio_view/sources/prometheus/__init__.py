"""Fleets of GPUs, as a Prometheus server tells of them."""
