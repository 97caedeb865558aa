"""Samples made from a seed, for tables that nobody publishes; every row says that it is one."""
