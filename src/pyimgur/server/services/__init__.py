"""Domain logic of the server: accounts, images, albums, gallery, comments, messages. No HTTP and no HTML here.

Each module holds plain functions that take a `ServerContext` first, and raise the errors of `pyimgur.server.errors`.
SQL statements and the rows they read are in `pyimgur.server.db.queries`.
"""
