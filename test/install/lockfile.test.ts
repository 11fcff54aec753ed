// Lockfiles are what npm writes and accepts, and node_modules is what they say.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import type { Packages } from "../registry/index.ts";
import { makeWorld } from "./world.ts";

const packages: Packages = {
  app: { versions: { "1.0.0": { manifest: { dependencies: { middle: "^1.0.0", peer: "^2.0.0" }, bin: { app: "cli.js" } }, files: { "cli.js": "#!/usr/bin/env node\nconsole.log('app')\n" } } } },
  middle: { versions: { "1.0.0": {}, "1.2.0": { manifest: { dependencies: { leaf: "^1.0.0" }, peerDependencies: { peer: ">=1" } } } } },
  leaf: { versions: { "1.0.0": {}, "2.0.0": {} } },
  peer: { versions: { "1.0.0": {}, "2.0.0": { manifest: { engines: { node: ">=10" }, funding: "https://x.example" } } } },
  "@scope/tool": { versions: { "0.1.0": { manifest: { dependencies: { leaf: "2" }, optionalDependencies: { elsewhere: "1" } } } } },
  lacking: { versions: { "1.0.0": { manifest: { optionalDependencies: { nowhere: "1", elsewhere: "9" } } } } },
  elsewhere: { versions: { "1.0.0": { manifest: { os: ["darwin"] } } } },
  other: { versions: { "3.0.0": {} } },
};
const manifest = { name: "project", version: "1.0.0", dependencies: { app: "^1.0.0", alias: "npm:other@^3.0.0" }, devDependencies: { "@scope/tool": "*" } };

test("without a lockfile, cordon writes the one that npm would, and npm accepts it", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": manifest });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  const own = world.read("package-lock.json");
  const tree = world.read("node_modules/.package-lock.json");
  const npm = await world.npm("ci");
  assert.equal(npm.code, 0, npm.stderr);
  assert.equal(world.read("node_modules/.package-lock.json"), tree, "npm's tree differs");
  const npmOwn = await makeWorld(t, {}, { "package.json": manifest });
  await npmOwn.npm("install", "--package-lock-only", `--registry=${world.registry.url}`);
  assert.equal(npmOwn.read("package-lock.json"), own);
});

test("an optional dependency that cannot be found is left out, as npm does", async (t) => {
  const asking = { name: "project", version: "1.0.0", dependencies: { lacking: "1" }, optionalDependencies: { gone: "1" } };
  const world = await makeWorld(t, packages, { "package.json": asking });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  const own = world.read("package-lock.json");
  assert.equal((await world.npm("install")).code, 0);
  assert.equal(world.read("package-lock.json"), own);
});

test("what a tarball bundles is in the lockfile as npm writes it, also where the package is for another system", async (t) => {
  const inner = (name: string, more: object = {}): string => JSON.stringify({ name, version: "1.0.0", license: "MIT", ...more });
  const long = `node_modules/@s/a-name-of-a-good-length/node_modules/another-one/node_modules/and-a-third-one-of-a-length`;
  const pax = (path: string): string => {
    const record = ` path=package/${path}\n`;
    return `${record.length + 3}${record}`;
  };
  const bundle = {
    entries: [
      { path: "package/package.json", content: JSON.stringify({ name: "bundle", version: "1.0.0", license: "MIT", dependencies: { within: "1", "@s/a-name-of-a-good-length": "1" }, bundleDependencies: ["within", "@s/a-name-of-a-good-length"] }) },
      { path: "package/node_modules/within/package.json", content: inner("within", { bin: "cli.js", dependencies: { deep: "^1.0.0" } }) },
      { path: "package/node_modules/within/cli.js", content: "#!/usr/bin/env node\n" },
      { path: "package/node_modules/within/node_modules/deep/package.json", content: inner("deep", { scripts: { install: "exit 1" } }) },
      { path: "package/node_modules/within/test/package.json", content: inner("no-package") },
      { path: "package/node_modules/@s/a-name-of-a-good-length/package.json", content: inner("@s/a-name-of-a-good-length", { dependencies: { "another-one": "1" } }) },
      { path: "package/node_modules/@s/a-name-of-a-good-length/node_modules/another-one/package.json", content: inner("another-one", { dependencies: { "and-a-third-one-of-a-length": "1" } }) },
      { path: "PaxHeader/x", type: "x", content: pax(`${long}/package.json`) },
      { path: "package/short", content: inner("and-a-third-one-of-a-length") },
    ],
    manifest: { dependencies: { within: "1", "@s/a-name-of-a-good-length": "1" }, bundleDependencies: ["within", "@s/a-name-of-a-good-length"] },
  };
  const elsewhere = { ...bundle, entries: bundle.entries.map((entry) => ({ ...entry, content: entry.content.replace('"name":"bundle"', '"name":"elsewhere-bundle"') })), manifest: { ...bundle.manifest, os: ["darwin"] } };
  const held: Packages = { bundle: { versions: { "1.0.0": bundle } }, "elsewhere-bundle": { versions: { "1.0.0": elsewhere } } };
  const asking = { name: "project", version: "1.0.0", dependencies: { bundle: "1" }, optionalDependencies: { "elsewhere-bundle": "1" } };
  const world = await makeWorld(t, held, { "package.json": asking });
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  const [own, tree] = [world.read("package-lock.json"), world.read("node_modules/.package-lock.json")];
  assert.match(own ?? "", /and-a-third-one-of-a-length/);
  const twin = await makeWorld(t, {}, { "package.json": asking });
  await twin.npm("install", "--package-lock-only", `--registry=${world.registry.url}`);
  assert.equal(twin.read("package-lock.json"), own);
  assert.equal((await world.npm("ci")).code, 0);
  assert.equal(world.read("node_modules/.package-lock.json"), tree);
  // What is bundled was kept, and is not fetched again.
  world.project.write({ "package.json": { ...asking, description: "resolved again" } });
  assert.equal((await world.cordon(["update", "--offline"])).code, 0);
  assert.equal(world.read("package-lock.json"), own);
});

test("npm and cordon alternate without a change", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": manifest });
  await world.npm("install");
  const [lockfile, text] = [world.read("package-lock.json"), world.read("package.json")];
  for (const step of [["install"], ["ci"], ["install", "--force"]]) {
    const outcome = await world.cordon(step);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal((await world.npm("install")).code, 0);
    assert.equal(world.read("package-lock.json"), lockfile);
    assert.equal(world.read("package.json"), text);
  }
});

test("a second install has nothing to do, and asks nobody", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": manifest });
  assert.equal((await world.cordon(["install"])).code, 0);
  const before = world.registry.seen.length;
  const outcome = await world.cordon(["install"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(world.registry.seen.length, before);
});

test("add, update and remove write package.json as npm does", async (t) => {
  const steps = [["add", "leaf@1"], ["add", "-D", "-E", "peer"], ["update"], ["remove", "leaf"], ["add", "-O", "middle@1.0.0"], ["remove", "middle", "peer"]];
  const world = await makeWorld(t, packages, { "package.json": manifest });
  const twin = await makeWorld(t, packages, { "package.json": manifest });
  const here = (text: string | undefined): string | undefined => text?.replaceAll(twin.registry.url, world.registry.url);
  for (const step of steps) {
    const outcome = await world.cordon(step);
    assert.equal(outcome.code, 0, `${step.join(" ")}: ${outcome.stderr}`);
    const npm = await twin.npm(...(step[0] === "add" ? ["install", ...step.slice(1)] : step));
    assert.equal(npm.code, 0, npm.stderr);
    assert.equal(world.read("package.json"), twin.read("package.json"), step.join(" "));
    assert.equal(world.read("package-lock.json"), here(twin.read("package-lock.json")), step.join(" "));
    assert.equal(world.read("node_modules/.package-lock.json"), here(twin.read("node_modules/.package-lock.json")), step.join(" "));
  }
});

test("dedupe merges versions as npm does", async (t) => {
  const several: Packages = { a: { versions: { "1.0.0": { manifest: { dependencies: { c: "1.0.0" } } } } }, b: { versions: { "1.0.0": { manifest: { dependencies: { c: "^1.0.0" } } } } }, c: { versions: { "1.0.0": {}, "1.1.0": {} } } };
  const world = await makeWorld(t, several, { "package.json": { name: "p", dependencies: { b: "1" } } });
  assert.equal((await world.cordon(["install"])).code, 0);
  assert.equal((await world.cordon(["add", "a@1"])).code, 0);
  assert.match(world.read("package-lock.json") ?? "", /node_modules\/a\/node_modules\/c/);
  const outcome = await world.cordon(["dedupe"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  const lockfile = world.read("package-lock.json");
  assert.equal((await world.npm("dedupe")).code, 0);
  assert.equal(world.read("package-lock.json"), lockfile);
});

test("a workspace is installed from any of its folders", async (t) => {
  const files = {
    "package.json": { name: "root", workspaces: ["packages/*"] },
    "packages/a/package.json": { name: "a", version: "1.0.0", dependencies: { leaf: "1", b: "*" } },
    "packages/b/package.json": { name: "b", version: "2.0.0", dependencies: { leaf: "2" } },
    "packages/b/index.js": "module.exports = require('leaf')",
  };
  const world = await makeWorld(t, packages, files);
  const outcome = await world.cordon(["install"], { cwd: world.project.path("packages/a") });
  assert.equal(outcome.code, 0, outcome.stderr);
  const lockfile = world.read("package-lock.json");
  assert.equal((await world.npm("install")).code, 0);
  assert.equal(world.read("package-lock.json"), lockfile);
  const added = await world.cordon(["add", "other"], { cwd: world.project.path("packages/b") });
  assert.equal(added.code, 0, added.stderr);
  assert.deepEqual(world.readJson("packages/b/package.json")["dependencies"], { leaf: "2", other: "^3.0.0" });
  assert.deepEqual(world.readJson("package.json")["dependencies"], undefined);
});

test("ci wants a lockfile that fits, and changes none", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": manifest });
  const without = await world.cordon(["ci"]);
  assert.notEqual(without.code, 0);
  assert.equal(world.read("package-lock.json"), undefined);
  assert.equal((await world.cordon(["install"])).code, 0);
  const lockfile = world.read("package-lock.json");
  world.project.write({ "package.json": { ...manifest, dependencies: { ...manifest.dependencies, leaf: "^2.0.0" } } });
  const other = await world.cordon(["ci"]);
  assert.notEqual(other.code, 0);
  assert.match(other.stderr, /leaf/);
  assert.equal(world.read("package-lock.json"), lockfile);
});

test("what was resolved is taken back when it cannot be fetched", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": manifest }, { troubles: [{ path: /leaf-2.*\.tgz$/, fault: { kind: "wrong bytes" } }] });
  const outcome = await world.cordon(["install"]);
  assert.notEqual(outcome.code, 0);
  assert.match(outcome.stderr, /leaf/);
  assert.equal(world.read("package-lock.json"), undefined);
});

test("list, why and outdated look at the lockfile", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { ...manifest, dependencies: { app: "*", leaf: "^1.0.0" } } });
  assert.equal((await world.cordon(["install"])).code, 0);
  const list = await world.cordon(["list", "--all"]);
  assert.match(list.stdout, /├─┬ app@1\.0\.0\n│ ├─┬ middle@1\.2\.0\n│ │ ├── leaf@1\.0\.0 deduped/);
  const why = await world.cordon(["why", "peer"]);
  assert.match(why.stdout, /^peer@2\.0\.0 {2}node_modules\/peer\n {2}\^2\.0\.0 for app@1\.0\.0\n {4}\* for this project/);
  const outdated = await world.cordon(["outdated", "--json"]);
  assert.equal(outdated.code, 1);
  assert.deepEqual(JSON.parse(outdated.stdout), { leaf: { current: "1.0.0", wanted: "1.0.0", latest: "2.0.0", dependent: basename(world.project.folder), location: world.project.path("node_modules/leaf") } });
  assert.equal((await world.cordon(["why", "nothing"])).code, 1);
});

test("list for other programs, and with what packages say of themselves, is what npm prints", async (t) => {
  const said: Packages = { ...packages, leaf: { versions: { "1.0.0": { manifest: { description: "A leaf" } }, "2.0.0": {} } } };
  const member = (name: string, dependencies: object): object => ({ name, version: "1.0.0", description: `Member ${name}`, dependencies });
  const world = await makeWorld(t, said, {
    "package.json": { ...manifest, description: "The root", workspaces: ["packages/*"], overrides: { leaf: "1.0.0" } },
    "packages/a/package.json": member("a", { leaf: "1", b: "*" }),
    "packages/b/package.json": member("b", { middle: "^1.0.0" }),
    "packages/c/package.json": member("c", { peer: "2" }),
  });
  assert.equal((await world.cordon(["install"])).code, 0);
  for (const flags of [["--parseable", "--long"], ["--parseable", "--all", "-l"], ["-ws"], ["--workspace=a", "-w", "packages/b"], ["-w", "a", "--include-workspace-root"], ["leaf", "--parseable"]]) {
    const outcome = await world.cordon(["list", ...flags]);
    // The lockfile has what is for other systems, too.
    const npm = await world.npm("ls", ...flags, ...(flags.includes("--all") ? ["--package-lock-only"] : []));
    const trimmed = (text: string): string[] => text.trim().split("\n").map((line) => line.trimEnd());
    assert.deepEqual(trimmed(outcome.stdout), trimmed(npm.stdout), flags.join(" "));
    assert.equal(outcome.code, npm.code, flags.join(" "));
  }
  // npm shows descriptions or does not, by whether it believes node_modules/.package-lock.json.
  const long = await world.cordon(["list", "--long"]);
  assert.match(long.stdout, /^project@1\.0\.0\n│ .*\n│ The root\n[^]*^├─┬ a@1\.0\.0 -> \.\/packages\/a\n│ │ Member a\n[^]*^│ └── leaf@1\.0\.0 overridden\n│ {5}A leaf\n/m);
  const json = JSON.parse((await world.cordon(["list", "--long", "--json"])).stdout) as { dependencies: Record<string, { path: string; description: string; _dependencies: object }> };
  const { path, description, _dependencies } = json.dependencies["a"] ?? {};
  assert.deepEqual([path, description, _dependencies], [world.project.path("node_modules/a"), "Member a", { leaf: "1", b: "*" }]);
});

test("add is done for each member that is named, or for all", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": { name: "root", workspaces: ["packages/*"] }, "packages/a/package.json": { name: "a", version: "1.0.0" }, "packages/b/package.json": { name: "b", version: "1.0.0" }, "packages/c/package.json": { name: "c", version: "1.0.0" } });
  const dependencies = (): unknown[] => ["package.json", "packages/a/package.json", "packages/b/package.json", "packages/c/package.json"].map((file) => world.readJson(file)["dependencies"]);
  assert.equal((await world.cordon(["add", "-w", "a", "--workspace=packages/c", "leaf@1"])).code, 0);
  assert.deepEqual(dependencies(), [undefined, { leaf: "^1.0.0" }, undefined, { leaf: "^1.0.0" }]);
  assert.equal((await world.cordon(["add", "-ws", "other"])).code, 0);
  assert.deepEqual(dependencies(), [undefined, { leaf: "^1.0.0", other: "^3.0.0" }, { other: "^3.0.0" }, { leaf: "^1.0.0", other: "^3.0.0" }]);
});

/** With each list in an order of its own: npm's of who needs a package depends on what it read first. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other), "en"));
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, sorted(member)])) : value;
}

test("list, why and outdated give the JSON that npm gives", async (t) => {
  const world = await makeWorld(t, packages, {
    "package.json": { ...manifest, workspaces: ["packages/*"], dependencies: { ...manifest.dependencies, leaf: "1" }, optionalDependencies: { absent: "1" } },
    "packages/m/package.json": { name: "m", version: "1.0.0", dependencies: { leaf: "2", middle: "^1.0.0" } },
  });
  assert.equal((await world.cordon(["install"])).code, 0);
  const commands: [string[], string[]][] = [
    [["list"], ["ls"]],
    [["list", "--all"], ["ls", "--all"]],
    [["list", "--depth=1"], ["ls", "--depth=1"]],
    [["list", "leaf"], ["ls", "leaf"]],
    [["list", "leaf@2"], ["ls", "leaf@2"]],
    [["list", "--omit=dev"], ["ls", "--omit=dev"]],
    [["list", "-w", "m"], ["ls", "-w", "m"]],
    [["list", "nothing"], ["ls", "nothing"]],
    [["why", "leaf"], ["explain", "leaf"]],
    [["why", "node_modules/peer"], ["explain", "node_modules/peer"]],
    [["why", "leaf@2"], ["explain", "leaf@2"]],
    [["why", "other"], ["explain", "other"]],
    [["outdated"], ["outdated"]],
    [["outdated", "leaf"], ["outdated", "leaf"]],
    [["outdated", "--all"], ["outdated", "--all"]],
    [["outdated", "-w", "m"], ["outdated", "-w", "m"]],
  ];
  for (const [own, npms] of commands) {
    const outcome = await world.cordon([...own, "--json"]);
    // The lockfile, for what npm would look for in node_modules: packages for other systems are not there.
    const npm = await world.npm(...npms, ...(npms[0] === "ls" ? ["--package-lock-only"] : []), "--json");
    const theirs = JSON.parse(npm.stdout) as Record<string, unknown>;
    // npm calls a package for another system missing.
    if (own.includes("--all") && own[0] === "outdated") delete theirs.elsewhere;
    assert.deepEqual(sorted(JSON.parse(outcome.stdout)), sorted(theirs), own.join(" "));
    assert.equal(outcome.code, npm.code, own.join(" "));
  }
});

test("--no-save installs, and leaves package.json and the lockfile alone", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": manifest });
  assert.equal((await world.cordon(["install"])).code, 0);
  const before = [world.read("package.json"), world.read("package-lock.json")];
  assert.equal((await world.cordon(["add", "--no-save", "lacking"])).code, 0);
  assert.deepEqual([world.read("package.json"), world.read("package-lock.json")], before);
  assert.ok(world.read("node_modules/lacking/package.json") !== undefined);
  assert.equal((await world.cordon(["install"])).code, 0);
  assert.equal(world.read("node_modules/lacking/package.json"), undefined);
});

test("--dry-run says what would change, and changes nothing", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": manifest });
  const first = await world.cordon(["install", "--dry-run"]);
  assert.match(first.stdout, /^add app 1\.0\.0$[^]*^Would add \d packages$/m, first.stderr);
  assert.deepEqual(readdirSync(world.project.folder), ["package.json"]);
  assert.equal((await world.cordon(["install"])).code, 0);
  const lockfile = world.read("package-lock.json");
  const removing = await world.cordon(["remove", "app", "--dry-run"]);
  assert.match(removing.stdout, /^remove app 1\.0\.0$/m);
  assert.equal(world.read("package-lock.json"), lockfile);
  assert.ok(world.read("node_modules/app/package.json") !== undefined);
  assert.match((await world.cordon(["ci", "--dry-run"])).stdout, /would have/);
});

test("flags of npm's that change nothing here are taken", async (t) => {
  const world = await makeWorld(t, packages, { "package.json": manifest });
  const outcome = await world.cordon(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--package-lock-only"]);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(world.read("node_modules/app/package.json"), undefined);
  assert.equal((await world.cordon(["ci", "--no-audit", "--ignore-scripts"])).code, 0);
  const twin = await makeWorld(t, packages, { "package.json": manifest });
  assert.equal((await world.cordon(["add", "-B", "leaf@1"])).code, 0);
  assert.equal((await twin.npm("install", "-B", "leaf@1")).code, 0);
  assert.equal(world.read("package.json"), twin.read("package.json"));
});
