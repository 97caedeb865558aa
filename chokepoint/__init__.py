"""The package of the command `chokepoint`: from a producer's file to the site. Knows no Dagster."""
