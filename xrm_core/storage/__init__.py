"""The catalog in a database: connections, tables, queries, transactions, plans, history, outbox, search; SQLite and PostgreSQL."""
