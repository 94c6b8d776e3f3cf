"""What a letter behind a number multiplies it by, wherever people type numbers or programs print
them.
"""

from __future__ import annotations

MAGNITUDES = {"k": 1_000, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000}
