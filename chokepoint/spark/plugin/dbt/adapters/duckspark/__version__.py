"""dbt asks for a version of its own number."""

version = "1.11.0"
