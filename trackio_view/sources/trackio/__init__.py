"""TrackIO's projects: watched one by one, and listed."""
