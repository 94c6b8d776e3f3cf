"""Where a project's file is asked: opened so that nothing of it changes."""
