"""SQL statements and the rows they read, one module per service."""
