"""Synthetic registers and supply graphs, made from a seed; every row says that it is one."""
