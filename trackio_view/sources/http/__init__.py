"""How any server is asked over HTTP: one client, its bounds, its pauses, and what goes wrong."""
