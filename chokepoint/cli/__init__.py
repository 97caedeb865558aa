"""The command line: `chokepoint build | land | query | ...`."""
