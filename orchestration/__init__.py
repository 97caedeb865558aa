"""Chokepoint's code: landing, orchestration, publishing and the command line."""
