"""Carry out effects: the only part of the client that uses the HTTP library, sleeps or locks."""
