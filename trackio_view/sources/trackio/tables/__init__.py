"""What is asked of a project's tables, and how the answers are decoded."""
