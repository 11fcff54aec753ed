// Each rule finds what it is there for, and leaves the rest alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { root, type Finding } from "./files.ts";
import { rustImports } from "./rust-imports.ts";
import { lockFilesNameNoHost, noMachineNames, noSilencedChecks, unsafeOnlyInSys } from "./text-rules.ts";
import { typescriptImports } from "./typescript-imports.ts";

const places = (findings: readonly Finding[]): string[] => findings.map((finding) => finding.place);

test("a layer of the launcher sees only the layers below it", () => {
  const found = rustImports([
    { path: "launcher/src/policy/mod.rs", text: "use crate::sys;\n" },
    { path: "launcher/src/policy/net.rs", text: "// use crate::sys;\nuse super::super::jail;\nuse super::decide;\n" },
    { path: "launcher/src/jail/mod.rs", text: "use crate::policy::Policy;\nuse crate::{sys::{self, broker}, supervisor::Plan};\n" },
    { path: "launcher/src/supervisor/broker/mod.rs", text: "fn f() { crate::manifest::read() }\nuse crate::jail::filter;\n" },
    { path: "launcher/src/manifest/mod.rs", text: "use crate::policy::Policy;\nuse crate::supervisor::Plan;\n" },
  ]);
  assert.deepEqual(places(found), [
    "launcher/src/policy/mod.rs:1",
    "launcher/src/policy/net.rs:2",
    "launcher/src/jail/mod.rs:2",
    "launcher/src/supervisor/broker/mod.rs:1",
  ]);
});

test("tools do not import each other, and nobody imports the runtime", () => {
  const found = typescriptImports([
    { path: "suite/scripts/index.ts", text: 'import { a } from "../foundation/a.ts";\nimport { b } from "../http/b.ts";\n' },
    { path: "suite/cli/index.ts", text: 'const tool = await import("../scripts/index.ts");\nimport "../../runtime/preload.ts";\n' },
    { path: "suite/foundation/a.ts", text: 'import table from "../../contract/commands.json" with { type: "json" };\nimport { b } from "../http/b.ts";\n' },
    { path: "runtime/preload.ts", text: 'import { c } from "./c.ts";\nimport { d } from "../suite/cli/d.ts";\n' },
  ]);
  assert.deepEqual(places(found), ["suite/scripts/index.ts:2", "suite/cli/index.ts:2", "suite/foundation/a.ts:2", "runtime/preload.ts:2"]);
});

test("a package has one importing folder", () => {
  const found = typescriptImports([
    { path: "suite/scripts/a.ts", text: 'import { execute } from "@scope/shell";\nimport { readFile } from "node:fs";\n' },
    { path: "suite/scripts/b.ts", text: 'import { execute } from "@scope/shell/deep";\n' },
    { path: "suite/http/a.ts", text: 'import { execute } from "@scope/shell";\n' },
  ]);
  assert.deepEqual(places(found), ["suite/scripts/b.ts:1", "suite/http/a.ts:1"]);
});

test("unsafe code outside launcher/src/sys is found, the word in a comment is not", () => {
  const block = `${"unsafe"} { getpid() }`;
  const found = unsafeOnlyInSys([
    { path: "launcher/src/sys/process.rs", text: `let a = ${block};\n` },
    { path: "launcher/src/jail/mod.rs", text: `// ${block}\nlet a = ${block};\n` },
  ]);
  assert.deepEqual(places(found), ["launcher/src/jail/mod.rs:2"]);
});

test("the repository's own place on this machine is found", () => {
  assert.deepEqual(places(noMachineNames([{ path: "docs/a.md", text: `see\n${root}/docs and ${root}x\n` }])), ["docs/a.md:2"]);
});

test("an address in a lock file is found", () => {
  const text = '{ "a": {\n"resolved": "https://mirror.example/a.tgz" }, "b": { "resolved": "file:../b" } }';
  assert.deepEqual(places(lockFilesNameNoHost([{ path: "examples/x/package-lock.json", text }])), ["examples/x/package-lock.json:2"]);
});

test("a test that is left out is found", () => {
  assert.deepEqual(places(noSilencedChecks([{ path: "test/a.test.ts", text: `test("a", f);\n${"test"}.skip("b", f);\n` }])), ["test/a.test.ts:2"]);
});
