"""HTTP below the application: the web server's protocol and connections."""
