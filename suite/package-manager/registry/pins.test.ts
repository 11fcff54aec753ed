import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pinned, readPins } from "./pins.ts";

const lockfiles: [string, string][] = [
  ["pnpm-lock.yaml", "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      a:\n        specifier: ^1.0.0\n        version: 1.2.3\n\npackages:\n\n  a@1.2.3:\n    resolution: {integrity: x}\n\n  '@s/b@2.0.0-rc.1':\n    resolution: {integrity: x}\n    engines: {node: '>=10'}\n\nsnapshots:\n\n  c@9.9.9: {}\n"],
  ["pnpm-lock.yaml", "lockfileVersion: '6.0'\n\npackages:\n\n  /a@1.2.3(peer@3.0.0):\n    dev: false\n\n  /@s/b@2.0.0-rc.1:\n    dev: false\n"],
  ["pnpm-lock.yaml", "lockfileVersion: 5.4\n\npackages:\n\n  /a/1.2.3_peer@3.0.0:\n    dev: false\n\n  /@s/b/2.0.0-rc.1:\n    dev: false\n"],
  ["yarn.lock", '# yarn lockfile v1\n\n\n"@s/b@^2.0.0-0":\n  version "2.0.0-rc.1"\n  resolved "https://x"\n  dependencies:\n    a "^1.0.0"\n\na@^1.0.0, a@~1.2.0:\n  version "1.2.3"\n'],
  ["yarn.lock", '__metadata:\n  version: 8\n\n"@s/b@npm:^2.0.0-0":\n  version: 2.0.0-rc.1\n  resolution: "@s/b@npm:2.0.0-rc.1"\n\n"other@npm:a@^1.0.0":\n  version: 1.2.3\n\n"own@workspace:.":\n  version: 0.0.0-use.local\n'],
  ["bun.lock", '{\n  "lockfileVersion": 1,\n  "packages": {\n    "a": ["a@1.2.3", "", {}, "sha512-x"],\n\n    "x/b": ["@s/b@2.0.0-rc.1", "", {}, "sha512-x"],\n  }\n}\n'],
];

test("versions of other lockfiles are found", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "pins-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [file, text] of lockfiles) {
    writeFileSync(join(folder, file), text);
    const { pins } = readPins(folder);
    assert.deepEqual(Object.fromEntries(pins.versions), { a: ["1.2.3"], "@s/b": ["2.0.0-rc.1"] }, text);
    assert.equal(pinned(pins, "a", "^1.0.0"), "1.2.3");
    assert.equal(pinned(pins, "a", "^2.0.0"), undefined);
    rmSync(join(folder, file));
  }
  assert.throws(() => readPins(folder), /there is no pnpm-lock\.yaml/);
});

test("of several versions the one that is noted for a range is kept, or the newest", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "pins-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "yarn.lock");
  writeFileSync(file, 'a@*, "a@>=1":\r\n  version "1.0.0"\r\n\r\na@^1.5.0:\r\n  version "1.5.0"\r\n\r\n"b@git+ssh://git@h/b.git":\r\n  version "1.0.0"\r\n\r\nc@owner/c:\r\n  version "1.0.0"\r\n');
  const { pins } = readPins(folder);
  assert.deepEqual([pinned(pins, "a", "*"), pinned(pins, "a", ">=1"), pinned(pins, "a", "^1.5.0"), pinned(pins, "a", "^1.0.0")], ["1.0.0", "1.0.0", "1.5.0", "1.5.0"]);
  assert.deepEqual([...pins.versions.keys()], ["a"]);
  writeFileSync(file, '__metadata:\n  version: 8\n\n"a@npm:*, x@npm:a@^1":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n\n"typescript@patch:typescript@npm%3A^5#optional!builtin<compat/typescript>":\n  version: 5.0.0\n\n"typescript@npm:^5":\n  version: 5.0.0\n');
  const berry = readPins(folder).pins;
  assert.deepEqual([pinned(berry, "a", "^1"), pinned(berry, "typescript", "^5")], ["1.0.0", "5.0.0"]);
});
