"""What programs in PHP, Perl, Ruby and Python are made of, and wget, as Debian has them, under plain `pyimgur run`.

Each uploads a picture to api.imgur.com and reads it from i.imgur.com; nothing in the programs knows of a relay.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from program_support import World

RUN = (sys.executable, "-P", "-m", "pyimgur", "run")


def needed(program: str, *check: str) -> str:
    """The path of a program of the system; whoever lacks it, or what it has to know, leaves the test out."""
    found = shutil.which(program, path="/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin")
    if found is None or (check and subprocess.run([found, *check], capture_output=True, check=False).returncode):
        pytest.skip(f"no {program} found that does {' '.join(check) or 'run'}")
    return found


def relayed(world: World, *command: str | Path, **variables: str) -> str:
    """What a program prints that is run against the server of these tests."""
    return world.run(*RUN, "--site", world.imgur.url, "--", *command, **variables)


PHP = """
function ask($url, $fields = null) {
    $curl = curl_init($url);
    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
    curl_setopt($curl, CURLOPT_HTTPHEADER, ['Authorization: Client-ID php']);
    if ($fields) curl_setopt($curl, CURLOPT_POSTFIELDS, $fields);
    $answer = curl_exec($curl);
    if ($answer === false) { fwrite(STDERR, curl_error($curl)); exit(1); }
    return $answer;
}
$id = json_decode(ask('https://api.imgur.com/3/image', ['image' => new CURLFile($argv[1])]))->data->id;
echo $id, ' ', ask("https://i.imgur.com/$id.png") === file_get_contents($argv[1]) ? 'same' : 'other';
"""
PERL = """
use strict; use HTTP::Request::Common; use JSON::PP; use LWP::UserAgent;
my $agent = LWP::UserAgent->new;
my @fields = (Content_Type => 'form-data', Content => [image => [$ARGV[0]]], Authorization => 'Client-ID perl');
my $answer = $agent->request(POST 'https://api.imgur.com/3/image', @fields);
die $answer->as_string unless $answer->is_success;
my $id = decode_json($answer->content)->{data}{id};
open my $file, '<:raw', $ARGV[0]; local $/;
print $id, ' ', $agent->get("https://i.imgur.com/$id.png")->content eq <$file> ? 'same' : 'other';
"""
TINY = """
use strict; use HTTP::Tiny; use JSON::PP; use MIME::Base64;
open my $file, '<:raw', $ARGV[0]; my $bytes = do { local $/; <$file> };
my $agent = HTTP::Tiny->new(verify_SSL => 1, default_headers => { Authorization => 'Client-ID perl' });
my $answer = $agent->post_form('https://api.imgur.com/3/image', { image => encode_base64($bytes) });
die $answer->{content} unless $answer->{success};
my $id = decode_json($answer->{content})->{data}{id};
print $id, ' ', $agent->get("https://i.imgur.com/$id.png")->{content} eq $bytes ? 'same' : 'other';
"""
RUBY = """
require 'json'; require 'net/http'
uri = URI('https://api.imgur.com/3/image')
request = Net::HTTP::Post.new(uri, 'Authorization' => 'Client-ID ruby')
request.set_form([['image', File.open(ARGV[0])]], 'multipart/form-data')
answer = Net::HTTP.start(uri.host, uri.port, use_ssl: true) { |http| http.request(request) }
id = JSON.parse(answer.body)['data']['id']
got = Net::HTTP.get(URI("https://i.imgur.com/#{id}.png"))
print id, ' ', got == File.binread(ARGV[0]) ? 'same' : 'other'
"""
OPEN_URI = """
require 'json'; require 'open-uri'
headers = { 'Authorization' => 'Client-ID ruby' }
found = JSON.parse(URI.open("https://api.imgur.com/3/image/#{ARGV[1]}", headers).read)['data']
got = URI.open("https://i.imgur.com/#{found['id']}.png").read
print found['id'], ' ', got.b == File.binread(ARGV[0]) ? 'same' : 'other'
"""
PYCURL = """
import io, json, sys, pycurl
def ask(url, *form):
    curl, answer = pycurl.Curl(), io.BytesIO()
    curl.setopt(pycurl.VERBOSE, False)
    curl.reset()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.WRITEDATA, answer)
    curl.setopt(pycurl.HTTPHEADER, ["Authorization: Client-ID pycurl"])
    if form:
        curl.setopt(pycurl.HTTPPOST, list(form))
    multi = pycurl.CurlMulti()
    multi.add_handle(curl)
    while multi.perform()[1]:
        multi.select(1.0)
    failed = multi.info_read()[2]
    assert not failed, failed
    return answer.getvalue()
image = ("image", (pycurl.FORM_FILE, sys.argv[1]))
id = json.loads(ask("https://api.imgur.com/3/image", image))["data"]["id"]
same = ask(f"https://i.imgur.com/{id}.png") == open(sys.argv[1], "rb").read()
print(id, "same" if same else "other")
"""
PROGRAMS = {
    "PHP's curl": ("php", ("-r", "exit((int) !function_exists('curl_init'));"), "-r", PHP),
    "Perl's LWP": ("perl", ("-MLWP::Protocol::https", "-e", "1"), "-e", PERL),
    "Perl's HTTP::Tiny": ("perl", ("-MIO::Socket::SSL", "-e", "1"), "-e", TINY),
    "Ruby's Net::HTTP": ("ruby", ("-ropenssl", "-e", "1"), "-e", RUBY),
    "Ruby's open-uri": ("ruby", ("-ropenssl", "-e", "1"), "-e", OPEN_URI),
    "Python's pycurl": ("python3", ("-c", "import pycurl"), "-c", PYCURL),
}
"""Name -> the program, what it must be able to do, and how it takes the text."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_upload_and_its_picture(name: str, world: World, png: bytes) -> None:
    program, check, option, text = PROGRAMS[name]
    known = world.imgur.client.upload_image(world.write("known.png", png)).id
    words = ["--"] if program == "php" else []
    id, same = relayed(
        world, needed(program, *check), option, text, *words, world.write("a.png", png), known
    ).split()  # fmt: skip
    assert same == "same"
    assert world.served(f"/{id}.png") == png


def test_wget_keeps_the_users_settings(world: World, png: bytes) -> None:
    """The header is in ~/.wgetrc, beside a proxy and certificates that lead nowhere."""
    mine = world.write("mine.pem", b"# no certificate")
    nowhere = f"use-proxy = off\nhttps_proxy = http://127.0.0.1:9\nca_certificate = {mine}"
    text = f"header = Authorization: Client-ID wget\n{nowhere}"
    settings = world.write(".wgetrc", text.encode())
    try:
        data = f"image={quote(base64.b64encode(png).decode(), safe='')}"
        said = relayed(world, needed("wget"), "-qO-", "--post-data", data, "https://api.imgur.com/3/image")
        id = json.loads(said)["data"]["id"]
        relayed(world, needed("wget"), "-qO", "got.png", f"https://i.imgur.com/{id}.png")
    finally:
        settings.unlink()
    assert world.row("image", id=id)["client_id"] == "wget"
    assert (world.folder / "got.png").read_bytes() == png


def test_phps_own_folders_of_settings_are_kept(world: World) -> None:
    php = needed("php")
    show = "echo ini_get('memory_limit'), ' ', php_ini_scanned_files();"
    (world.folder / "ini").mkdir()
    world.write("ini/mine.ini", b"memory_limit = 77M\n")
    usual = world.run(php, "-r", "echo php_ini_scanned_files();")
    files = relayed(world, php, "-r", "echo php_ini_scanned_files();")
    assert files.startswith(usual.rstrip())
    assert files.rstrip().endswith("pyimgur.ini")
    limit, _, files = relayed(world, php, "-r", show, PHP_INI_SCAN_DIR=str(world.folder / "ini")).partition(" ")
    assert limit == "77M"
    assert [Path(each.strip()).name for each in files.split(",")] == ["mine.ini", "pyimgur.ini"]


def test_rubys_and_pythons_own_paths_are_kept(world: World) -> None:
    (world.folder / "lib").mkdir()
    world.write("lib/mine.rb", b"MINE = 'ruby'\n")
    world.write("lib/mine.py", b"MINE = 'python'\n")
    lib = str(world.folder / "lib")
    told = {"RUBYLIB": lib, "RUBYOPT": "-W0 -rmine", "PYTHONPATH": lib}
    assert relayed(world, needed("ruby"), "-e", "print MINE, $VERBOSE.inspect", **told) == "rubynil"
    assert relayed(world, needed("python3"), "-c", "import mine; print(mine.MINE)", **told) == "python\n"


def test_without_pycurl_python_says_what_it_always_says(world: World) -> None:
    said = relayed(
        world, sys.executable, "-c", "try: import pycurl\nexcept ModuleNotFoundError as error: print(error, error.name)"
    )
    assert said == "No module named 'pycurl' pycurl\n"
