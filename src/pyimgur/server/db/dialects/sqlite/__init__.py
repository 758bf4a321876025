"""SQLite: engine, group commit, execution of statements, full-text search, backup."""
