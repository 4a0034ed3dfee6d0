"""The HTTP API under `/api`: generic handlers over the catalog in force."""
