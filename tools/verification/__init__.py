"""The verification page: what others published or computed, beside the published file."""
