"""Drawing of numbers into cells: pure functions, no I/O."""
