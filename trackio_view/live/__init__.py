"""The live dashboard: one task group, fed by the sources that the options choose."""
