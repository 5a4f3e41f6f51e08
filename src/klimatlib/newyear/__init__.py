"""A new year from the one before: what carries over, what is emptied, and marks for what must be filled in.

Nothing that is there is written over. The data folder is put in its place whole, each other file too, so that
a run that was cut off is completed by the next one.
"""

from klimatlib.newyear.making import new

__all__ = ["new"]
