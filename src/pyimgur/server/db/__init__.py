"""The server's database: tables, migrations, statements, and an engine for each kind of database (`dialects`)."""
