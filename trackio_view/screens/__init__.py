"""What a person sees: one file a screen, each a pure function of the model and a size."""
