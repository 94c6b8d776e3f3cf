"""What the operating system refuses, and files that are read with care."""
