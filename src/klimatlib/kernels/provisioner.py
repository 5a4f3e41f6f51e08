"""Left for environments that were installed before this entry point moved; to be removed."""
