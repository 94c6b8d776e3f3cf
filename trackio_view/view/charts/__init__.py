"""How charts are looked at, which of them are on screen, and what keys do with them."""
