"""Dagster only: what runs when, and how the web page shows it; the work is in `chokepoint`."""
