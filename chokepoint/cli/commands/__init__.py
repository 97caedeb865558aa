"""The commands that need no Dagster, by what they are about."""
