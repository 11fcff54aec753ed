// What no honest client sends is answered with an error and the connection's end, or with the end alone; the program never sees it.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { malformed } from "./attacks/malformed.ts";
import { type Server, startServer } from "./server.ts";

let server: Server;
before(async () => void (server = await startServer("guarded", "plain", "http")));
after(() => server.stop());

/** All that the server says until it ends the connection. */
function say(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(server.port, "127.0.0.1", () => socket.write(Buffer.from(bytes, "latin1")));
    socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

for (const [name, bytes] of Object.entries(malformed)) {
  test(`${name}: refused and closed`, { timeout: 60_000 }, async () => {
    const answer = await say(bytes);
    assert.match(answer, /^(?:HTTP\/1\.1 (?:4\d\d|501|505) [^]*)?$/, `${name} was answered with ${JSON.stringify(answer.slice(0, 200))}`);
    assert.doesNotMatch(answer, /HTTP\/1\.1 2\d\d/, `${name} was answered twice`);
  });
}
