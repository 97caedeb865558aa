"""The contracts, one file for each producer's format."""
