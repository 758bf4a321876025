"""PostgreSQL: engine, pool of connections, point reads in batches, transactions, full-text search, migrations."""
