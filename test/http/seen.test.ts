// cordon:http, from each kind of module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, GET, serve } from "./world.ts";

const BODY = `
const drops = [];
onDrop((drop) => drops.push(drop));
const server = createServer((request, response) => {
  if (request.url === "/metrics") return response.end(prometheus());
  response.end(JSON.stringify({ stats: httpStats(), drops }));
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
`;
const IMPORTS = 'import { createServer } from "node:http";\nimport { httpStats, onDrop, prometheus } from "cordon:http";\n';
const KINDS = {
  "server.mjs": IMPORTS + BODY,
  "server.ts": `${IMPORTS}type Unused = string;\n${BODY}`.replace("drops = []", "drops: object[] = []"),
  "server.cjs": `const { createServer } = require("node:http");\nconst { httpStats, onDrop, prometheus } = require("cordon:http");\n${BODY}`,
  "server.cts": `import { createServer } from "node:http";\nimport { httpStats, onDrop, prometheus } from "cordon:http";\n${BODY}`.replace("drops = []", "drops: object[] = []"),
};

type Shown = { stats: { guarded: boolean; connections: number; requests: number; dropped: Record<string, number> }; drops: { reason: string; address: string; at: string }[] };

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf("\r\n\r\n") + 4);
}

for (const [entry, source] of Object.entries(KINDS)) {
  test(`what was dropped can be seen from ${entry}`, async (t) => {
    const { port } = await serve(t, undefined, { [entry]: source }, entry);
    await ask(port, "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "127.0.0.2");
    const { stats, drops } = JSON.parse(bodyOf(await ask(port, GET))) as Shown;
    assert.equal(stats.guarded, true);
    assert.equal(stats.requests, 2);
    assert.deepEqual(stats.dropped, { malformed: 1 });
    assert.deepEqual(drops.map(({ reason, address }) => [reason, address]), [["malformed", "127.0.0.2"]]);
    assert.match(await ask(port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), /\ncordon_http_dropped_total\{reason="malformed"\} 1\n[^]*cordon_http_loop_delay_seconds/);
  });
}

test("a guard that is off shows that it is", async (t) => {
  const { port } = await serve(t, false, { "server.mjs": KINDS["server.mjs"] }, "server.mjs");
  const { stats } = JSON.parse(bodyOf(await ask(port, GET))) as Shown;
  assert.equal(stats.guarded, false);
  assert.equal(stats.requests, 0);
});
