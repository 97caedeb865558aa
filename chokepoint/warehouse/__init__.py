"""dbt seen from outside: its project, its run, its results, and the warehouse file it writes."""
