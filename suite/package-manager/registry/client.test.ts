import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Request } from "../request.ts";
import { credentialFor, follow, makeClient, type Send } from "./client.ts";

const credentials = [
  { prefix: "//r.example/", header: "Bearer short" },
  { prefix: "//r.example/npm/", header: "Bearer long" },
  { prefix: "//r.example:8443/", header: "Bearer port" },
];
const header = (url: string): string | undefined => credentialFor(new URL(url), { credentials });

test("a token goes to addresses below its prefix, the longest one, over TLS only", () => {
  assert.equal(header("https://r.example/npm/x"), "Bearer long");
  assert.equal(header("https://r.example/npmx"), "Bearer short");
  assert.equal(header("https://r.example:8443/x"), "Bearer port");
  assert.equal(header("https://R.Example/npm/../x"), "Bearer short");
  for (const url of ["http://r.example/npm/x", "https://r.example.evil/", "https://evil.example/r.example/", "https://r.example:444/"]) assert.equal(header(url), undefined, url);
});

test("a redirect that leads around in circles ends, and one to another protocol is not followed", async (t) => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? "");
    response.writeHead(302, { location: request.url === "/file" ? "file:///etc/passwd" : "/again" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => void server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const request: Partial<Request> = { credentials: [], proxy: "", httpsProxy: "", noProxy: "", ca: "", caFiles: [], extraCaFiles: [] };
  const client = makeClient(request as Request);
  t.after(() => client.close());
  await assert.rejects(client.get(`${base}/again`, {}), /without end/);
  assert.ok(seen.length < 10);
  await assert.rejects(client.get(`${base}/file`, {}), /leads to file:/);
});

test("a token stays behind at a redirect", async () => {
  const seen: (string | undefined)[][] = [];
  const send: Send = (url, { authorization }) => {
    seen.push([url.href, authorization]);
    const isFirst = seen.length === 1;
    return Promise.resolve({ status: isFirst ? 302 : 200, headers: isFirst ? { location: "https://r.example/npm/other" } : {}, body: Buffer.alloc(0) });
  };
  await follow(send, new URL("https://r.example/npm/a"), {}, { credentials });
  assert.deepEqual(seen, [["https://r.example/npm/a", "Bearer long"], ["https://r.example/npm/other", undefined]]);
});
