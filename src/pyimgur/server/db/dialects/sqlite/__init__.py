"""SQLite: engine, group commit, execution of statements, backup."""
