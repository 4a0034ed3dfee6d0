"""The benchmark: our API beside a minimal hand-written handler for the same answer, on one server and database, in one run."""
