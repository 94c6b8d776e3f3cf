"""GPUs of machines behind SSH: read there by the samplers that read them here."""
