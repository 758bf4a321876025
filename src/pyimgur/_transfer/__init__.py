"""Upload files exactly once, and download pictures atomically and resumably."""
