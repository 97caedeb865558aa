"""A file becomes typed Parquet with its checksum, or a refusal that names line and value."""
