"""The same models on Apache Spark, and how its marts are compared with DuckDB's."""
