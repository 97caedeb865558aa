"""The contracts of tables that users fill in themselves."""
