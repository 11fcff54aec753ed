import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Request } from "../request.ts";
import { makeBundled } from "./bundled.ts";

type Entry = { readonly path: string; readonly content?: string; readonly type?: string; readonly link?: string };

type World = { readonly folder: string; unpack(entries: readonly Entry[], integrity?: string): Promise<string[]> };

function makeWorld(t: TestContext): World {
  const base = mkdtempSync(join(tmpdir(), "bundled-"));
  t.after(() => rmSync(base, { recursive: true }));
  const request: Partial<Request> = { project: base, store: join(base, "store"), registries: [] };
  const bundled = makeBundled(request as Request);
  const folder = join(base, "in/here");
  return {
    folder,
    unpack: async (entries, integrity) => {
      const bytes = Buffer.concat(entries.map(archived));
      writeFileSync(join(base, "a.tgz"), bytes);
      await bundled.unpack("file:a.tgz", integrity ?? `sha512-${createHash("sha512").update(bytes).digest("base64")}`, folder);
      const found = readdirSync(base, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      return found.map((entry) => join(entry.parentPath, entry.name).slice(base.length + 1)).filter((path) => path !== "a.tgz" && !path.startsWith("store/")).toSorted();
    },
  };
}

/** Headers without checksums, which nobody reads here. */
function archived({ path, content = "", type = "0", link = "" }: Entry): Buffer {
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write("ustar", 257);
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

test("of a tarball only what tells of bundled packages is written, and nothing beside its folder", async (t) => {
  const { folder, unpack } = makeWorld(t);
  const paths = [
    "package/package.json",
    "package/node_modules/a/package.json",
    "package/node_modules/@s/b/node_modules/c/package.json",
    "package/node_modules/a/binding.gyp",
    "package/index.js",
    "package/node_modules/a/index.js",
    "package/npm-shrinkwrap.json",
    "package/node_modules/.package-lock.json",
    "package/node_modules/../../../package.json",
    "package/node_modules/a/../../../../package.json",
    "package/node_modules/@../b/package.json",
    "package/node_modules/.hidden/package.json",
    "package/node_modules/a\\..\\b/package.json",
    "../package.json",
    "/package.json",
    "package//etc/package.json",
    "package/node_modules/a\nb/package.json",
  ];
  const found = await unpack([
    ...paths.map((path) => ({ path, content: "{}" })),
    { path: "package/node_modules/link", type: "2", link: "/etc" },
    { path: "package/node_modules/link/package.json", type: "2", link: "/etc/passwd" },
    { path: "package/node_modules/d/package.json", type: "1", link: "/etc/passwd" },
  ]);
  assert.deepEqual(found, ["in/here/node_modules/@s/b/node_modules/c/package.json", "in/here/node_modules/a/binding.gyp", "in/here/node_modules/a/package.json", "in/here/package.json"]);
  assert.equal(readFileSync(join(folder, "package.json"), "utf8"), "{}");
});

test("a tarball with another checksum, or without one, tells nothing", async (t) => {
  const { unpack } = makeWorld(t);
  const entries = [{ path: "package/package.json", content: "{}" }];
  for (const integrity of ["", "sha512-AAAA", "md5-1B2M2Y8AsgTpgAmy7PhCfg=="]) await assert.rejects(unpack(entries, integrity), /checksum/, integrity);
});

test("a tarball of more package.json files than anybody has is refused", async (t) => {
  const { unpack } = makeWorld(t);
  const entries = Array.from({ length: 10_001 }, (_, index) => ({ path: `package/node_modules/a${index}/package.json`, content: "{}" }));
  await assert.rejects(unpack(entries), /more packages than anybody's/);
});
