"""Act for an Imgur user: ask for permission, create an album, refresh the access token.

Imgur no longer registers applications, so run it against a server of your own, which accepts any client id:

    pyimgur run -- python examples/authorization.py
"""

import webbrowser

import pyimgur

CLIENT_ID = "my-client-id"
CLIENT_SECRET = "my-client-secret"

# Step 1: open the page where the user allows this program to act for them.
im = pyimgur.Imgur(CLIENT_ID, CLIENT_SECRET)
url = im.authorization_url("pin")
if not webbrowser.open(url):
    print(f"Open this page in a browser: {url}")

# Step 2: exchange the pin on that page for an access token and a refresh token.
im.exchange_pin(input("Pin: "))

# The client now acts for the user.
album = im.create_album("My first album", "Created with pyimgur")
print(f"Created {album.link}")

# Step 3: replace the access token. The refresh token does not expire.
im.refresh_access_token()
