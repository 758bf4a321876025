"""The same calls, made with whichever `pyimgur` this interpreter has; what was sent and what came back, as JSON.

It is run twice, with PyImgur 0.8.1 and with ours. Nothing leaves the process: where the library would send, an Imgur of
a few lines answers.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from urllib.parse import parse_qsl, urlsplit

import pyimgur

IMAGE = {
    "id": "imAge01", "title": "T", "description": "D", "datetime": 1700000000, "type": "image/png", "animated": True,
    "width": 30, "height": 20, "size": 400, "views": 3, "bandwidth": 1200, "favorite": True, "nsfw": False,
    "section": "pics", "account_url": "sarah", "account_id": 9, "link": "http://i.imgur.com/imAge01.png",
}  # fmt: skip
POST = {"ups": 5, "downs": 2, "score": 4, "vote": "up"}
ALBUM = {
    "id": "alBum01", "title": "T", "description": "D", "datetime": 1700000000, "cover": "imAge01",
    "account_url": "sarah", "privacy": "public", "layout": "blog", "views": 3, "link": "http://imgur.com/a/alBum01",
    "favorite": False, "nsfw": False, "images_count": 1, "images": [IMAGE],
}  # fmt: skip
COMMENT = {
    "id": 77, "image_id": "imAge01", "comment": "well said", "author": "bob", "author_id": 8, "on_album": False,
    "album_cover": None, "ups": 1, "downs": 0, "points": 1, "datetime": 1700000000, "parent_id": 76,
    "deleted": False, "vote": "up", "children": [],
}  # fmt: skip
MESSAGE = {"id": 5, "from": "bob", "sender_id": 8, "body": "hello", "conversation_id": 3, "datetime": 1700000000,
           "subject": "s", "parent_id": 4, "timestamp": "now", "recipient_account_id": 9}  # fmt: skip
USER = {"id": 9, "url": "sarah", "bio": "b", "reputation": 12, "created": 1300000000, "pro_expiration": False}
TOKEN = {"access_token": "new-access", "refresh_token": "new-refresh", "expires_in": 3600, "token_type": "bearer",
         "account_username": "sarah"}  # fmt: skip
POSTS = [{**IMAGE, **POST, "is_album": False}, {**ALBUM, **POST, "is_album": True}]

ANSWERS: list[tuple[str, object]] = [
    (r"GET /3/image/imAge01", IMAGE),
    (r"GET /3/album/alBum01", ALBUM),
    (r"GET /3/gallery/((image|r/pics)/)?imAge01", POSTS[0]),
    (r"GET /3/gallery/(album/)?alBum01", POSTS[1]),
    (r"POST /3/(image|upload)", {**IMAGE, "deletehash": "d3l3te"}),
    (r"POST /3/album/?", {"id": "alBum01", "deletehash": "d3l3te"}),
    (r"POST /3/\w+/\w+/favorite", "favorited"),
    (r"GET /3/gallery/\w+/votes", {"ups": 5, "downs": 2}),
    (r"GET /3/gallery/\w+/comments.*", [COMMENT]),
    (r"GET /3/gallery/[a-z]+/.*", POSTS),
    (r"GET /3/comment/77/replies", {**COMMENT, "children": [{**COMMENT, "id": 78}]}),
    (r"GET /3/comment/\d+", COMMENT),
    (r"POST /3/comment(/77)?|POST /3/gallery/\w+/comment", {"id": 78}),
    (r"GET /3/message/\d+/thread", [MESSAGE]),
    (r"GET /3/message/\d+", MESSAGE),
    (r"GET /3/notification/\d+", {"id": 6, "account_id": 9, "viewed": False, "content": COMMENT}),
    (r"GET /3/account/\w+", USER),
    (r"GET /3/account/\w+/albums.*", [ALBUM]),
    (r"GET /3/account/\w+/comments.*", [COMMENT]),
    (r"GET /3/account/\w+/(images|favorites).*", [{**IMAGE, **POST, "is_album": False}]),
    (r"GET /3/account/\w+/(gallery_favorites|submissions).*", POSTS[:1]),
    (r"GET /3/account/\w+/settings", {"email": "a@b.org", "album_privacy": "hidden"}),
    (r"GET /3/account/\w+/gallery_profile", {"total_gallery_comments": 2, "trophies": []}),
    (r"GET /3/account/\w+/stats", {"total_images": 1}),
    (r"GET /3/account/\w+/verifyemail", True),
    (r"GET /3/account/\w+/notifications/messages", [MESSAGE]),
    (r"GET /3/account/\w+/notifications/replies", [COMMENT]),
    (r"GET /3/account/\w+/notifications", {"replies": [], "messages": []}),
    (r"GET /3/credits", {"UserRemaining": 9}),
    (r"(GET|POST|PUT|DELETE) /3/(\w+/?)+", True),
]

CALLS = """
im.authorization_url('pin')
im.authorization_url('code', 'mine')
im.change_authentication('id2', 'secret2')
im.change_authentication(access_token='a2', refresh_token='r2')
im.exchange_code('c')
im.exchange_pin('1234')
im.refresh_access_token()
im.get_album('alBum01')
im.get_at_url('http://imgur.com/imAge01')
im.get_at_url('http://i.imgur.com/imAge01.png')
im.get_at_url('http://imgur.com/a/alBum01')
im.get_at_url('http://imgur.com/gallery/imAge01')
im.get_at_url('http://imgur.com/gallery/alBum01')
im.get_at_url('http://imgur.com/r/pics/imAge01')
im.get_at_url('http://imgur.com/gallery/imAge01/comment/77')
im.get_at_url('http://imgur.com/user/sarah')
im.get_at_url('http://example.org/imAge01')
im.is_imgur_url('http://imgur.com/imAge01')
im.is_imgur_url('http://example.org/imgur.com')
im.get_comment('77')
im.get_comment(77)
im.get_gallery(limit=2)
im.get_gallery('top', 'time', 'month', False, 2)
im.get_gallery_album('alBum01')
im.get_gallery_image('imAge01')
im.get_image('imAge01')
im.get_memes_gallery(limit=2)
im.get_message('5')
im.get_notification('6')
im.get_subreddit_gallery('pics', limit=2)
im.get_subreddit_gallery('pics', 'top', 'month', 2)
im.get_subreddit_image('pics', 'imAge01')
im.get_user('sarah')
im.search_gallery('cats', limit=2)
im.search_gallery(q_all='cats', q_any='dogs', q_exactly='a b', q_not='c', q_type='png', q_size_px='small', limit=2)
im.send_request('https://api.imgur.com/3/credits')
im.send_request('https://api.imgur.com/3/credits', needs_auth=True)
im.send_request('https://api.imgur.com/3/credits', force_client_auth=True)
im.send_request('https://api.imgur.com/3/image/x', params={'title': 'T'}, method='POST')
im.create_album('T', 'D')
im.create_album('T', 'D', images=['imAge01', image])
im.create_album('T', images='imAge01', cover='imAge01')
im.create_album()
im.upload_image(path)
im.upload_image(path, title='T', description='D', album='alBum01')
im.upload_image(path, album=album)
im.upload_image(url='http://example.org/a.png', title='T')
anon.upload_image(path).deletehash
anon.create_album('T').deletehash
anon.get_image('imAge01')
anon.get_user('sarah').get_images(limit=1)
anon.image.delete()
album.add_images('imAge01')
album.add_images([image, 'imAge02'])
album.remove_images(['imAge01'])
album.remove_images(image)
album.delete()
album.favorite()
album.refresh()
album.submit_to_gallery('T')
album.submit_to_gallery('T', True)
album.update('T', 'D')
album.update(images=['imAge01'], cover=image, layout='grid', privacy='hidden')
comment.delete()
comment.upvote()
comment.downvote()
comment.get_replies()
comment.refresh()
comment.reply('me too')
post.comment('well')
post.upvote()
post.downvote()
post.get_comments(limit=1)
post.get_comments('top', 1)
post.get_votes()
post.remove_from_gallery()
image.delete()
image.download(path=folder)
image.download(folder, 'mine', True)
image.favorite()
image.refresh()
image.submit_to_gallery('T')
image.update('T')
image.update('T', 'D')
message.delete()
message.get_thread()
message.refresh()
message.reply('hello yourself')
notification.mark_as_viewed()
notification.refresh()
user.change_settings('b', True, False, 'hidden', True)
user.delete()
user.get_albums(limit=1)
user.get_comments(limit=1)
user.get_comments('best', 1)
user.get_favorites(limit=1)
user.get_gallery_favorites(limit=1)
user.get_gallery_favorites('newest', 1)
user.get_gallery_profile()
user.get_images(limit=1)
user.get_messages()
user.get_messages(False)
user.get_notifications()
user.get_notifications(False)
user.get_replies()
user.get_settings()
user.get_statistics()
user.get_submissions(limit=1)
user.has_verified_email()
user.refresh()
user.send_message('hi')
user.send_message('hi', 'subject', '5')
user.send_verification_email()
repr(image), str(image)
repr(album), str(album)
repr(post), str(post)
repr(comment), str(comment)
repr(message), str(message)
repr(notification), str(notification)
repr(user), str(user)
im.client_id, im.client_secret, im.access_token, im.refresh_token
im.DEFAULT_LIMIT
im.base_url
im.ratelimit_clientlimit, im.ratelimit_clientremaining, im.ratelimit_userlimit, im.ratelimit_userremaining
image.link_small_square, image.link_big_square, image.link_small_thumbnail
image.link_medium_thumbnail, image.link_large_thumbnail, image.link_huge_thumbnail
image.is_favorited, image.is_nsfw, image.is_animated, image.section, image.views
album.cover, album.author, album.images, album.is_favorited, album.is_nsfw, album.privacy, album.layout
post.ups, post.downs, post.score, post.vote, post.is_album
comment.text, comment.author, comment.image, comment.parent, comment.replies, comment.is_deleted, comment.permalink
message.author, message.body, message.first_message, message.subject
notification.content, notification.is_viewed
user.name, user.bio, user.created, user.reputation
user.pro_expiration
pyimgur.Image({'id': 'imAge01'}, im, has_fetched=False).title
pyimgur.User({'url': 'sarah'}, im, has_fetched=False).bio
pyimgur.Album({'id': 'alBum01'}, im, has_fetched=False).images
pyimgur.Image({'id': 'imAge01', 'nonsense': 1}, im).nonsense
image.no_such_thing
image == im.get_image('imAge01')
im.upload_image()
im.upload_image(path, url='http://example.org/a.png')
im.upload_image('/no/such/file.png')
im.search_gallery()
im.authorization_url('nonsense')
im.get_subreddit_gallery('pics', sort='nonsense')
image.update()
album.update()
post.get_comments(sort='nonsense')
user.get_comments(sort='nonsense')
user.get_gallery_favorites(sort='nonsense')
image.download(size='nonsense')
(image.download(folder, 'twice'), image.download(folder, 'twice'))
anon.get_user('sarah').get_settings()
anon.refresh_access_token()
im.change_authentication(client_id='id3')
im.get_image('status400')
im.get_image('status401')
im.get_image('status403')
im.get_image('status404')
im.get_image('status429')
im.get_image('status500')
im.get_image('status503')
im.get_image('status418')
"""


class Answering:
    """An Imgur of a few lines, which remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, method, url, headers, body):
        parts = urlsplit(url)
        headers = {name.lower(): value for name, value in headers.items()}
        if parts.netloc != "api.imgur.com":
            self.asked.append([method, parts.netloc + parts.path])
            return 200, {"Content-Type": "image/png", "Content-Length": "400"}, b"\x89PNG\r\n\x1a\n" + bytes(392)
        sent = sorted(parse_qsl(parts.query) + fields(headers.get("content-type", ""), body or b""))
        self.asked.append([method, parts.path, sent, headers.get("authorization", "")])
        status, answer = answered(method, parts.path)
        return status, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def answered(method, path):
    if path == "/oauth2/token":
        return 200, TOKEN
    if refused := re.search(r"/status(\d+)$", path):
        status = int(refused[1])
        return status, {"data": {"error": "No."}, "success": False, "status": status}
    data = next(data for asked, data in ANSWERS if re.fullmatch(asked, f"{method} {path}"))
    return 200, {"data": data, "success": True, "status": 200}


def fields(kind, body):
    """The fields of a form, an encoded or a multipart one, or of a document; a file is called one."""
    if kind.startswith("application/json"):
        return list(json.loads(body).items())
    if not kind.startswith("multipart/"):
        return parse_qsl(body.decode())
    parts = body.split(b"--" + kind.partition("boundary=")[2].strip('"').encode())[1:-1]
    return [field(*part.strip(b"\r\n").partition(b"\r\n\r\n")[::2]) for part in parts]


def field(head, content):
    return re.search(rb'name="([^"]*)"', head)[1].decode(), "(a file)" if b"filename" in head else content.decode()


def connected(answering):
    """Lead what the library sends to `answering`: options for a client of ours, a place in requests for the other."""
    return ours(answering) if hasattr(pyimgur, "AsyncImgur") else theirs(answering)


def ours(answering):
    import httpx2

    def handle(request):
        status, headers, content = answering(request.method, str(request.url), request.headers, request.read())
        return httpx2.Response(status, headers=headers, content=content)

    return {"transport": httpx2.MockTransport(handle), "retries": 0}


def theirs(answering):
    import requests
    import urllib3

    def send(adapter, request, **_):
        body = request.body.encode() if isinstance(request.body, str) else request.body
        status, headers, content = answering(request.method, request.url, request.headers, body)
        raw = urllib3.HTTPResponse(io.BytesIO(content), headers, status, preload_content=False)
        return adapter.build_response(request, raw)

    requests.adapters.HTTPAdapter.send = send
    time.sleep = lambda _: None  # it waits before it asks again
    return {}


def shown(value):
    """What came back, in words that can be compared."""
    if isinstance(value, (list, tuple)):
        return ["list" if isinstance(value, list) else "tuple", *map(shown, value)]
    if isinstance(value, dict):
        return {name: shown(one) for name, one in value.items()}
    return str(value) if isinstance(value, (os.PathLike, *THINGS)) else value


THINGS = pyimgur.Image, pyimgur.Album, pyimgur.User, pyimgur.Comment, pyimgur.Message, pyimgur.Notification


NAMES = "image", "album", "post", "comment", "message", "notification", "user"


class Known(dict):
    """The names that calls may use; a thing is fetched when it is named."""

    def __missing__(self, name):
        im = self["im"]
        thing = {
            "image": lambda: im.get_image("imAge01"),
            "album": lambda: im.get_album("alBum01"),
            "post": lambda: im.get_gallery_image("imAge01"),
            "comment": lambda: im.get_comment(77),
            "message": lambda: im.get_message(5),
            "notification": lambda: im.get_notification(6),
            "user": lambda: im.get_user("sarah"),
        }[name]()
        self["answering"].asked.clear()
        return thing


def made(call, path):
    answering = Answering()
    options = connected(answering)
    im, anon = pyimgur.Imgur("id", "secret", "access", "refresh", **options), pyimgur.Imgur("id", **options)
    known = Known(im=im, anon=anon, answering=answering, folder=os.curdir, path=path)
    known |= {"pyimgur": pyimgur, "attributes": attributes}
    try:
        gave = {"value": shown(eval(call, {}, known))}
    except Exception as error:
        gave = {"raises": [kind.__name__ for kind in type(error).__mro__]}
    return {"sent": answering.asked, **gave}


def attributes(thing):
    """The fields of a thing that may be read, with what stands in them."""
    values = {name: getattr(thing, name, None) for name in dir(thing) if not name.startswith("_")}
    return {name: value for name, value in values.items() if not callable(value)}


if __name__ == "__main__":
    calls = CALLS.strip().splitlines() + [f"attributes({name})" for name in NAMES]
    json.dump({call: made(call, sys.argv[1]) for call in calls}, sys.stdout, default=str)
