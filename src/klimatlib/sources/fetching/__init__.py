"""Get official statistics over HTTP: raw snapshots by hash, tidy tables by release, with their provenance."""
