"""The campaign: what must never happen, tried many times, and the same done to the usual tools beside us.

Each module holds the trials of one letter; `promises` lists them all. ``make test`` runs the short form of
each (``tests/test_torture.py``), ``make torture`` all of them, and writes ``docs/RELIABILITY.md``.
"""
