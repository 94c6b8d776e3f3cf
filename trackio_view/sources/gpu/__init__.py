"""Where GPU samples come from: one file a vendor, one protocol, one sample type."""
