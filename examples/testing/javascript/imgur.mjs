// Run an Imgur for tests. The command `pyimgur` must be in PATH.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const COMMAND = ["serve", "--throwaway", "--port", "0", "--json", "--exit-with-parent"];

export async function startImgur() {
  const server = spawn("pyimgur", COMMAND, { stdio: ["pipe", "pipe", "inherit"] });
  const line = await new Promise((ready, failed) => {
    server.on("error", failed).on("exit", (code) => failed(new Error(`pyimgur serve ended with code ${code}`)));
    createInterface(server.stdout).once("line", ready);
  });
  const imgur = JSON.parse(line);

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

  return { ...imgur, control, stop: () => server.kill() };
}
