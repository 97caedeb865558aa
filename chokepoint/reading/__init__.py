"""What opens the published file: questions, metrics, plots."""
