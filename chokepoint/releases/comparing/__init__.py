"""What differs between two releases, cell by cell, and in words."""
