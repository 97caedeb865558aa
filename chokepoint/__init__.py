"""The package of the command `chokepoint`: landing to site, without Dagster but in `cli/build`."""
