"""The rules of an Imgur: accounts, images, albums, gallery, comments, messages. No HTTP and no HTML here.

Each module holds plain functions that take a `ServerContext` first. What they refuse on purpose, they raise as an
error of `pyimgur.server.errors`.
"""
