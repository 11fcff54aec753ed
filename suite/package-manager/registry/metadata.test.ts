import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Request } from "../request.ts";
import { makeMetadata, type Metadata } from "./metadata.ts";

async function registry(t: TestContext, answer: (accept: string) => object): Promise<{ metadata: Metadata; asked: string[]; store: string }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(String(request.headers.accept).startsWith("application/vnd.npm") ? "abridged" : "whole");
    response.end(JSON.stringify(answer(String(request.headers.accept))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const store = mkdtempSync(join(tmpdir(), "metadata-"));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const metadata = makeMetadata(requestOf(store, url));
  t.after(() => {
    metadata.close();
    server.close();
    rmSync(store, { recursive: true });
  });
  return { metadata, asked, store };
}

function requestOf(store: string, url: string): Request {
  const request: Partial<Request> = { store, registries: [{ scope: "", url }], flags: {}, credentials: [], proxy: "", httpsProxy: "", noProxy: "", ca: "", caFiles: [], extraCaFiles: [] };
  return request as Request;
}

const version = { name: "a", version: "1.0.0", dist: { tarball: "t" } };
const whole = { name: "a", versions: { "1.0.0": version }, time: { "1.0.0": "2020-01-01T00:00:00Z" } };

test("a registry that has whole lists only is asked for each once", async (t) => {
  const { metadata, asked } = await registry(t, () => whole);
  await metadata.packument("a", "abridged");
  assert.equal((await metadata.packument("a", "whole")).time?.["1.0.0"], "2020-01-01T00:00:00Z");
  assert.deepEqual(asked, ["abridged"]);
});

test("a list that lacks the time of a version is asked for as a whole", async (t) => {
  const { metadata, asked } = await registry(t, (accept) => (accept.startsWith("application/vnd.npm") ? { ...whole, time: { modified: "2020-01-01T00:00:00Z" } } : whole));
  await metadata.packument("a", "abridged");
  assert.equal((await metadata.packument("a", "whole")).time?.["1.0.0"], "2020-01-01T00:00:00Z");
  assert.deepEqual(asked, ["abridged", "whole"]);
});

test("what was answered is kept as it was, for whoever asks without a network", async (t) => {
  const { metadata, store } = await registry(t, () => ({ ...whole, versions: { "1.0.0": { ...version, description: "ä\n\u2028" } } }));
  await metadata.packument("a", "abridged");
  const offline = makeMetadata({ ...requestOf(store, metadata.registryOf("a")), flags: { offline: "" } });
  t.after(() => offline.close());
  assert.equal((await offline.packument("a", "abridged")).manifest("1.0.0")?.["description"], "ä\n\u2028");
  await assert.rejects(offline.packument("b", "abridged"), /not in the store/);
});
