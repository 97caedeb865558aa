"""The static site and the check page, written from the published file."""
