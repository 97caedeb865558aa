"""The landing room: producers' files become typed Parquet. Knows nothing of Dagster."""
