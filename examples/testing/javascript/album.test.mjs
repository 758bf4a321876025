import assert from "node:assert/strict";
import { after, afterEach, beforeEach, test } from "node:test";
import { startImgur } from "./imgur.mjs";

const imgur = await startImgur();
after(() => imgur.stop());
beforeEach(() => imgur.control("POST", "reset"));
afterEach(async () => assert.deepEqual(await imgur.control("GET", "faults?unmet=true"), []));

// The program to test.
const createAlbum = (title, token = imgur.access_token) =>
  fetch(`${imgur.url}/3/album`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: new URLSearchParams({ title }),
  });

test("creates an album", async () => {
  const response = await createAlbum("Holiday");
  assert.equal(response.status, 200);
  assert.match((await response.json()).data.id, /^\w+$/);
});

test("sends the title", async () => {
  await createAlbum("Holiday");
  const expected = { method: "POST", path: "/3/album", account: "tester", fields: { title: "Holiday" }, times: 1 };
  await imgur.control("POST", "assert-called", expected);
});

test("works again after Imgur was down", async () => {
  await imgur.control("POST", "faults", { kind: "down", path: "/3/album", times: 1 });
  assert.equal((await createAlbum("Holiday")).status, 503);
  assert.equal((await createAlbum("Holiday")).status, 200);
});

test("gets a new token when the old one has expired", async () => {
  await imgur.control("POST", "clock", { advance: 2 * 3600 });
  assert.equal((await createAlbum("Holiday")).status, 403);
  const { client_id, client_secret, refresh_token } = imgur;
  const body = new URLSearchParams({ client_id, client_secret, refresh_token, grant_type: "refresh_token" });
  const token = await (await fetch(`${imgur.url}/oauth2/token`, { method: "POST", body })).json();
  assert.equal((await createAlbum("Holiday", token.access_token)).status, 200);
});

test("a program that knows only Imgur's URL", async (t) => {
  t.after(imgur.intercept());
  const headers = { authorization: `Client-ID ${imgur.client_id}` };
  assert.equal((await fetch("https://api.imgur.com/3/credits", { headers })).status, 200);
  const request = new Request("https://api.imgur.com/3/album", { method: "POST", headers, body: "title=Holiday" });
  assert.equal((await fetch(request)).status, 200);
  await imgur.control("POST", "assert-called", { method: "POST", path: "/3/album", times: 1 });
});
