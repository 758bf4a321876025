// Run an Imgur for tests. The command `pyimgur` must be in PATH.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const COMMAND = ["serve", "--throwaway", "--port", "0", "--json", "--exit-with-parent"];
const IMGUR = /(^|\.)imgur\.(com|io)$/;

export async function startImgur() {
  const server = spawn("pyimgur", COMMAND, { stdio: ["pipe", "pipe", "inherit"] });
  const line = await new Promise((ready, failed) => {
    server.on("error", (cause) => failed(new Error("cannot start pyimgur: is it installed, and in PATH?", { cause })));
    server.on("exit", (code) => failed(new Error(`pyimgur serve ended with code ${code}`)));
    createInterface(server.stdout).once("line", ready);
  });
  const imgur = JSON.parse(line);
  // Tests that do not call stop() end all the same, and the server with them.
  for (const open of [server, server.stdin, server.stdout]) open.unref();

  async function control(method, path, body) {
    const response = await fetch(imgur.control_url + path, {
      method,
      headers: { authorization: `Bearer ${imgur.control_token}` },
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  }

  // Sends all fetch() calls for Imgur's hosts to the server, until the returned function is called.
  function intercept() {
    const original = globalThis.fetch;
    globalThis.fetch = async (resource, options) => {
      const { hostname, pathname, search } = new URL(resource.url ?? resource);
      if (!IMGUR.test(hostname)) return original(resource, options);
      const url = imgur.url + pathname + search;
      return original(resource instanceof Request ? new Request(url, resource) : url, options);
    };
    return () => (globalThis.fetch = original);
  }

  return { ...imgur, control, intercept, stop: () => server.kill() };
}
