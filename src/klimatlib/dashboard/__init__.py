"""The dashboard: the report's emissions and survey, to choose from, in one closed HTML file.

It opens from disk, needs no server and asks the network for nothing. What it prints of the report's own
numbers are the claims' texts; what a choice needs besides is computed in the page by the same formulas.
"""

from klimatlib.dashboard.data import dashboard_data
from klimatlib.dashboard.page import NAME, dashboard_page, digest

__all__ = ["NAME", "dashboard_data", "dashboard_page", "digest"]
