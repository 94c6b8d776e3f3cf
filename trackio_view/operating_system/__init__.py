"""What the operating system refuses, and files that are read and written with care."""
