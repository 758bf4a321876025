"""Decide what happens around a call: tokens, retries, rate limits, pagination and errors. Nothing here does I/O."""
