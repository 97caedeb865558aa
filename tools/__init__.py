"""What maintainers run, and the figures of others that it reads; not part of the package."""
