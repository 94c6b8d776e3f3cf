"""What stands beside, above or over a screen's main part."""
