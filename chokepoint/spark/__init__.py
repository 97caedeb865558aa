"""Apache Spark: DuckDB's SQL is rewritten at the adapter's edge (docs/decisions/0012)."""
