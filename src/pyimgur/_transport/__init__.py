"""Carry out effects: the only client code that knows the HTTP library, sleeps or locks."""
