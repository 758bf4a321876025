"""Where the library's rows live: the tables, one language for statements, and what runs them."""
