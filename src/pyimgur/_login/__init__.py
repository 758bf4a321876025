"""Log a user in by browser, with a loopback callback server, or by pin."""
