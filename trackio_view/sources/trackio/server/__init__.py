"""TrackIO servers and Spaces: what is asked of them over HTTP."""
