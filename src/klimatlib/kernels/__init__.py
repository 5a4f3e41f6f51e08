"""Left for installed environments; to be removed."""
