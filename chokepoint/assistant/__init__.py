"""The published file for assistants: a server of the Model Context Protocol."""
