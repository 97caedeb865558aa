"""Great Expectations at the two borders: suites as data, and the one module that runs them."""
