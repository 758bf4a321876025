"""Decide what happens around a call: tokens, retries, rate limits, pagination and errors. No I/O here."""
