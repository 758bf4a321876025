"""What `Imgur` and `AsyncImgur` can be asked, apart from the things themselves: a class a page of the API reference.

Each holds plain descriptions; the client inherits them all.
"""
