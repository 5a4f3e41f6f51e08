"""Guarded reading of workbooks and text files: what cannot be a table is refused at once."""
