"""Describe a call: requests, endpoints, effects and decoding. Nothing here sends anything or does I/O."""
