"""Engines other than DuckDB that build the same models."""
