"""Readers of official statistics: the raw files as their publishers give them, to tidy, checked frames."""
