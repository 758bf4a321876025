"""The SQL of the ledger: its table, and the statements that read it."""

from __future__ import annotations

VERSION = 1
SCHEMA = (
    """CREATE TABLE upload (
    path TEXT NOT NULL, site TEXT NOT NULL, client_id TEXT NOT NULL, account TEXT, size INTEGER, sha256 TEXT,
    title TEXT, album TEXT, "when" REAL NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, id TEXT, deletehash TEXT,
    link TEXT, begun REAL NOT NULL, run TEXT NOT NULL, key TEXT NOT NULL, number INTEGER PRIMARY KEY
    )""",
    "CREATE INDEX upload_sha256 ON upload (sha256)",
    "CREATE INDEX upload_path ON upload (path)",
    "CREATE INDEX upload_id ON upload (id)",
)
FIND_SAME_FILE = """
SELECT * FROM upload WHERE (sha256 = :sha256 OR (:sha256 IS NULL AND path = :path AND path LIKE '%://%'))
AND kind = 'image' AND site = :site AND account IS :account AND state <> 'deleted'
ORDER BY state = 'done' DESC, number DESC
"""
"""All uploads of a file to the same site and account, finished ones first, then the newest first."""
SELECT_ENTRIES = 'SELECT * FROM upload WHERE {} ORDER BY "when" DESC, number DESC'
"""Newest first; the braces stand for the condition."""
SELECT_LAST_RUN = "SELECT run FROM upload WHERE state = 'done' ORDER BY \"when\" DESC, number DESC LIMIT 1"
