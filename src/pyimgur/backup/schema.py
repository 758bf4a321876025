"""The SQL of a backup's manifest: its tables. `docs/backup-format.md` describes them."""

from __future__ import annotations

VERSION = 1
STATES = ("saved", "gone", "blocked", "refused", "failed", "pending")
"""The states of an item or album: each has exactly one, so that they add up to what was listed."""
SCHEMA = (
    """CREATE TABLE run (
    number INTEGER PRIMARY KEY, begun REAL NOT NULL, ended REAL, program TEXT NOT NULL, source TEXT NOT NULL,
    site TEXT NOT NULL, account TEXT, credits INTEGER NOT NULL DEFAULT 0, totals TEXT
    )""",
    """CREATE TABLE step (
    run INTEGER NOT NULL, name TEXT NOT NULL, next INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0,
    listed INTEGER NOT NULL DEFAULT 0, expected INTEGER, note TEXT, PRIMARY KEY (run, name)
    ) WITHOUT ROWID""",
    """CREATE TABLE item (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, link TEXT NOT NULL, path TEXT, size INTEGER,
    expected_size INTEGER, sha256 TEXT, proof TEXT, type TEXT, created INTEGER, deletehash TEXT,
    tries INTEGER NOT NULL DEFAULT 0, error TEXT, saved REAL, gone REAL, sidecar INTEGER NOT NULL DEFAULT 0,
    raw TEXT NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX item_state ON item (state, id) WHERE state <> 'saved'",
    "CREATE INDEX item_sidecar ON item (id) WHERE sidecar = 0 AND state = 'saved'",
    """CREATE TABLE album (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, deletehash TEXT, title TEXT, description TEXT, privacy TEXT, layout TEXT,
    cover TEXT, created INTEGER, error TEXT, gone REAL, raw TEXT NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE member (
    album TEXT NOT NULL, position INTEGER NOT NULL, image TEXT NOT NULL, PRIMARY KEY (album, position)
    ) WITHOUT ROWID""",
    "CREATE INDEX member_image ON member (image)",
    """CREATE TABLE favorite (
    kind TEXT NOT NULL, id TEXT NOT NULL, folder TEXT NOT NULL, position INTEGER NOT NULL, gone REAL,
    raw TEXT NOT NULL, PRIMARY KEY (folder, kind, id)
    ) WITHOUT ROWID""",
    """CREATE TABLE post (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, error TEXT, gone REAL, raw TEXT NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE comment (
    id INTEGER PRIMARY KEY, post TEXT NOT NULL, parent INTEGER NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL,
    created INTEGER, gone REAL, raw TEXT NOT NULL
    )""",
    "CREATE TABLE document (name TEXT PRIMARY KEY, raw TEXT NOT NULL, error TEXT) WITHOUT ROWID",
    """CREATE TABLE seen (
    list TEXT NOT NULL, id TEXT NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (list, id)
    ) WITHOUT ROWID""",
    "CREATE INDEX seen_run ON seen (list, run)",
)
