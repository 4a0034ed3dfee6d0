"""Random schemas, records and well-typed expressions, and the comparison of Python, SQLite and PostgreSQL over them."""
