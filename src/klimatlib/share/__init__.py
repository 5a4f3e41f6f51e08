"""What is shared beside the report: fact sheets, dashboard, open data, channels."""
