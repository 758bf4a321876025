"""Databases that the server can use: a package for each."""
