"""The terminal dashboard for TrackIO.

Producers put events on channels, one loop folds them into a model, pure screens draw the model
into a frame of cells, and a differ sends the terminal only the cells that changed.
"""

__version__ = "1.0.0.dev0"
