"""The table of commands: the import path and the one-line help of each. It imports no command."""

from __future__ import annotations

COMMAND_GROUPS = {
    "Pictures": {
        "upload": ("pyimgur.cli.upload:upload", "Upload pictures and videos, without duplicates."),
        "download": ("pyimgur.cli.download:download", "Download images, albums, users, tags or searches."),
        "backup": ("pyimgur.cli.backup:backup", "Back up an account, a user, an album or links into a folder."),
        "history": ("pyimgur.cli.history:history", "List uploads from this machine."),
        "delete": ("pyimgur.cli.delete:delete", "Delete uploads, by link, id or file."),
        "undo": ("pyimgur.cli.delete:undo", "Delete what the last upload uploaded."),
        "links": ("pyimgur.cli.links:links", "Find Imgur links in files, and rewrite them to your server."),
    },
    "Albums, images, gallery and API": {
        "album": ("pyimgur.cli.album:album", "Create, show, edit and delete albums."),
        "image": ("pyimgur.cli.image:image", "List, show, edit and delete images that were uploaded."),
        "gallery": ("pyimgur.cli.gallery:gallery", "Browse the gallery, vote on posts, and share your own."),
        "search": ("pyimgur.cli.gallery:search", "Search the gallery."),
        "comment": ("pyimgur.cli.comment:comment", "Read, write and delete comments."),
        "tag": ("pyimgur.cli.tag:tag", "Show tags and their posts, and follow tags."),
        "user": ("pyimgur.cli.user:user", "Show users and their posts, and block them."),
        "message": ("pyimgur.cli.message:message", "Read and write messages."),
        "api": ("pyimgur.cli.api:api", "Call any endpoint of the API."),
    },
    "Your account": {
        "login": ("pyimgur.cli.login:login", "Log in to your account."),
        "logout": ("pyimgur.cli.accounts:logout", "Delete a login and its tokens."),
        "whoami": ("pyimgur.cli.accounts:whoami", "Show the current account."),
        "accounts": ("pyimgur.cli.accounts:accounts", "List accounts, and switch between them."),
        "doctor": ("pyimgur.cli.doctor:doctor", "Report how the site answers, for bug reports."),
        "credits": ("pyimgur.cli.accounts:credits", "Show the remaining API credits."),
    },
    "Your own server": {
        "demo": ("pyimgur.cli.demo:demo", "Run the main job once: consent, album, upload, download."),
        "serve": ("pyimgur.cli.serve:serve", "Run your own server on this machine."),
        "server": ("pyimgur.cli.server:server", "Manage a server: accounts, applications, moderation, backups."),
        "run": ("pyimgur.cli.run:run", "Run a program against your own server."),
        "relay": ("pyimgur.cli.relay:relay", "Redirect a shell's programs to your own server."),
    },
    "Shell": {
        "completion": ("pyimgur.cli.completion:completion", "Print shell completion for bash, zsh or fish."),
    },
}
"""Heading -> name of the command -> import path of its click command, and one line of help."""
COMMANDS = {name: row for group in COMMAND_GROUPS.values() for name, row in group.items()}
COMPLETION_VARIABLE = "_PYIMGUR_COMPLETE"
"""Environment variable with which a shell asks for completions: see `pyimgur completion`."""
