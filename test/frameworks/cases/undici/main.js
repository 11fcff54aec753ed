import { createServer } from "node:http";
import { Agent, fetch, request, setGlobalDispatcher } from "undici";
const server = createServer((incoming, response) => response.end(`${incoming.method} ${incoming.url}`)).listen(0, "127.0.0.1", async () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  setGlobalDispatcher(new Agent({ pipelining: 4, connections: 2 }));
  console.log(await (await fetch(`${base}/fetch`)).text(), await (await request(`${base}/request`, { method: "PUT" })).body.text());
  console.log((await Promise.all(Array.from({ length: 20 }, async (_, n) => (await request(`${base}/${n}`)).body.text()))).join(" "));
  process.exit();
});
