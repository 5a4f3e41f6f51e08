"""Left for environments that were installed before this entry point went; to be removed."""

Engine = None
