"""Where GPU samples come from: one folder a vendor, one protocol, one sample type."""
