"""What a release says of itself: its meta tables, words to find it by, terms, citation."""
