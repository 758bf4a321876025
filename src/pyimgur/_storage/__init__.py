"""Private files of the user: JSON files, SQLite files, and the locks of running processes."""
