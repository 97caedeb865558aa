"""Great Expectations suites for the two borders, landed tables and published relations.

Suites are plain YAML with a reason per expectation (`landing/`, `published/`); `runner` reads
and runs them and is the only module that imports Great Expectations.
"""
