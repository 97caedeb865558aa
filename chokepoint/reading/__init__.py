"""What opens the published file: questions, metrics, what to find."""
