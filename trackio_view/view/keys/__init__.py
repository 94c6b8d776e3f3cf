"""The keys, what they are called, and what the footer and the help say of them."""
