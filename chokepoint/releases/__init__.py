"""The finished warehouse becomes the file that people open, and numbered releases of it."""
