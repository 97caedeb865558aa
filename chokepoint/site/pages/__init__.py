"""One module for each page: rows to sentences, tables and charts."""
