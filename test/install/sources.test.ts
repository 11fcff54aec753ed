// Where packages may come from beside a registry, and where tokens go.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { makeProject, type Owner } from "../harness/index.ts";
import { startRegistry, tarball, type Packages } from "../registry/index.ts";
import { makeWorld } from "./world.ts";

const packages: Packages = { a: { versions: { "1.0.0": {} } } };
const content = tarball([{ path: "any/package.json", content: '{"name":"loose","version":"3.0.0","scripts":{"prepare":"evil"}}' }, { path: "any/index.js", content: "module.exports = 'loose';" }]);

test("a tarball behind an address that package.json names is taken, and held to its checksum", async (t) => {
  const body = { kind: "body", body: content } as const;
  const world = await makeWorld(t, packages, {}, { troubles: [{ path: /^\/loose\.tgz$/, fault: body }, { path: /^\/other\.tgz$/, fault: body }] });
  const address = `${world.registry.url}loose.tgz`;
  world.project.write({ "package.json": { name: "p", dependencies: { loose: address, a: "1" } }, "app.js": "console.log(require('loose'));" });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal((await world.cordon(["run", "app.js"])).stdout, "loose\n");
  const lockfile = world.read("package-lock.json") ?? "";
  assert.match(lockfile, new RegExp(`"resolved": "${address}",\n\\s+"integrity": "sha512-`));
  assert.equal((await world.npm("ci")).code, 0, "npm takes the same lockfile");
  world.project.write({ "package-lock.json": lockfile.replace("/loose.tgz\",\n      \"integrity", "/other.tgz\",\n      \"integrity") });
  const elsewhere = await world.cordon(["ci"]);
  assert.equal(elsewhere.code, 1, "an address that nobody names");
  world.project.write({ "package-lock.json": lockfile.replace(/("resolved": "[^"]*loose\.tgz",\n\s+"integrity": "sha512-)..../, "$1AAAA") });
  const wrong = await world.cordon(["ci"]);
  assert.equal(wrong.code, 1);
});

test("a git repository is refused, and the tarball of its commit is named", async (t) => {
  for (const [spec, advice] of [
    ["github:owner/repo#0123abc", "name a version of a registry, or the tarball of a commit: https://codeload.github.com/owner/repo/tar.gz/0123abc"],
    ["git+ssh://git@github.com/owner/repo.git", "https://codeload.github.com/owner/repo/tar.gz/<commit>"],
    ["git+https://git.example/owner/repo.git", "name a version of a registry or a tarball"],
  ] as const) {
    const world = await makeWorld(t, packages, { "package.json": { name: "p", dependencies: { repo: spec } } });
    const outcome = await world.cordon(["install"]);
    assert.equal(outcome.code, 1, spec);
    assert.ok(outcome.stderr.includes(advice), outcome.stderr);
    assert.equal(world.read("package-lock.json"), undefined);
  }
});

/** An authority, and a server's certificate of it for 127.0.0.1. */
function certificates(owner: Owner): { ca: string; tls: { key: string; cert: string } } {
  const { folder, path } = makeProject(owner, { "leaf.ext": "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n" });
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...fresh, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-days", "2");
  openssl("req", ...fresh, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=registry");
  openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "leaf.ext", "-out", "leaf.pem", "-days", "2");
  return { ca: path("ca.pem"), tls: { key: readFileSync(path("leaf.key"), "utf8"), cert: readFileSync(path("leaf.pem"), "utf8") } };
}

const certified = { skip: spawnSync("openssl", ["version"]).status === 0 ? false : "openssl is not installed (apt-get install openssl)" };

test("a token goes to its registry over TLS, and not along a redirect", certified, async (t) => {
  const { ca, tls } = certificates(t);
  const other = await startRegistry(t, packages, { tls });
  const redirect = (path: string): { path: RegExp; fault: { kind: "redirect"; to: string } } => ({ path: new RegExp(`^/${path}$`), fault: { kind: "redirect", to: `${other.url}${path}` } });
  const own = await startRegistry(t, { "@corp/b": { versions: { "1.0.0": {} } } }, { tls, troubles: [redirect("a"), redirect("a/1.0.0"), redirect("a/-/a-1.0.0.tgz")] });
  const world = await makeWorld(t, {}, { "package.json": { name: "p", dependencies: { a: "1", "@corp/b": "1" } } });
  const host = new URL(own.url).host;
  world.home.write({ ".npmrc": `registry=${own.url}\n@elsewhere:registry=${other.url}\n//${host}/:_authToken=\${TOKEN}\ncafile=${ca}\n` });
  const env = { NPM_CONFIG_REGISTRY: undefined, TOKEN: "secret-token" };
  // The list of a leads elsewhere; its tarball is asked for where the list says, and there is no token for that place.
  const outcome = await world.cordon(["install"], { env });
  assert.equal(outcome.code, 1, outcome.stdout);
  assert.match(outcome.stderr, /its registry is/);
  assert.ok(own.seen.length > 0 && own.seen.every((request) => request.authorization === "Bearer secret-token"), JSON.stringify(own.seen));
  assert.ok(other.seen.length > 0 && other.seen.every((request) => request.authorization === undefined), JSON.stringify(other.seen));
  // A tarball that its registry redirects; the store has no other with these contents.
  world.project.write({ "package.json": { name: "p", dependencies: { "@corp/b": "1" } } });
  const led = await startRegistry(t, { "@corp/b": { versions: { "1.0.1": {} } } }, { tls });
  const leading = await startRegistry(t, { "@corp/b": { versions: { "1.0.1": {} } } }, { tls, troubles: [{ path: /\.tgz$/, fault: { kind: "redirect", to: `${led.url}@corp/b/-/b-1.0.1.tgz` } }] });
  world.home.write({ ".npmrc": `@corp:registry=${leading.url}\n@elsewhere:registry=${led.url}\n//${new URL(leading.url).host}/:_authToken=\${TOKEN}\ncafile=${ca}\n` });
  const followed = await world.cordon(["install"], { env });
  assert.equal(followed.code, 0, followed.stderr);
  assert.ok(leading.seen.some((request) => request.path.endsWith(".tgz")) && leading.seen.every((request) => request.authorization === "Bearer secret-token"));
  assert.deepEqual(led.seen.map((request) => request.authorization), [undefined]);
  world.home.write({ ".npmrc": `@corp:registry=${leading.url}\n` });
  world.project.write({ "package.json": { name: "p", dependencies: { "@corp/b": "1.0.0" } } });
  const untrusted = await world.cordon(["add", "@corp/b@1.0.0"], { env: { NPM_CONFIG_REGISTRY: undefined } });
  assert.equal(untrusted.code, 1, "an authority that nobody trusts");
});
