"""The static site, written from the published file."""
