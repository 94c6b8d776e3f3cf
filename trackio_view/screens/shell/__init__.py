"""What every screen has around it: the whole frame, its header and its footer."""
