"""Being moved to `klimatlib.review`."""
