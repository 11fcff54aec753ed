// Floods of HTTP/2: their connections are ended, and an honest client loses nothing meanwhile.
import { after, before, describe, test } from "node:test";
import { frameFloods } from "./attacks/frame-floods.ts";
import { endsInTime } from "./quick.ts";
import { type Server, startServer } from "./server.ts";

const DEADLINES = { headersTimeout: "1s", bodyTimeout: "1s", sendTimeout: "1s" };
let server: Server;

before(async () => void (server = await startServer("guarded", "plain", "h2c", DEADLINES)));
after(() => server.stop());

// Left to run.ts, docs/http-load.md says what it shows of them.
const LONG = ["HPACK bomb", "a response nobody reads"];

describe("floods of HTTP/2", { concurrency: 3 }, () => {
  for (const flood of frameFloods.filter((one) => one.goneWithin < Infinity && !LONG.includes(one.name))) {
    test(`${flood.name}: ended`, { timeout: 240_000 }, () => endsInTime({ ...flood, connections: Math.min(4, flood.connections) }, server, 1000));
  }
});
