"""The steps from landing to release: the command line walks them, Dagster runs them as assets."""
