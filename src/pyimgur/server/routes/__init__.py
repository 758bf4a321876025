"""One module per page of the API reference; a route is params -> one library call -> answer."""
