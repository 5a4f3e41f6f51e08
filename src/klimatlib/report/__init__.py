"""The report: assembled, rendered, closed and compared with its source."""
