"""Producers' files are fetched into the inbox: where they are, and how they come whole."""
