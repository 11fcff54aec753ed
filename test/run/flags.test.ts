// Every flag of the engine in contract/commands.json is one of the engine, and does under cordon what it does without.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { behavesAlike, root, runCordon } from "../harness/index.ts";

type Flag = { name: string; short?: string; value: string; choices?: string[]; group: string };

const { flags } = JSON.parse(readFileSync(join(root, "contract/commands.json"), "utf8")) as { flags: Flag[] };
const VALUES: Record<string, string> = {
  conditions: "custom", require: "./other.cjs", import: "./other.mjs", "stack-trace-limit": "3", "max-old-space-size": "128",
  "max-old-space-size-percentage": "50", "max-semi-space-size": "8", "max-http-header-size": "20000", "stack-size": "900", "disable-warning": "DEP0001",
  "network-family-autoselection-attempt-timeout": "300", "icu-data-dir": ".",
};
const files = { "a.js": "console.log('a')", "other.cjs": "console.log('required')", "other.mjs": "console.log('imported')", "package.json": {} };

for (const flag of flags.filter((one) => one.group === "engine")) {
  const value = flag.choices?.[0] ?? VALUES[flag.name];
  test(`--${flag.name} does what it does on the bare engine`, async (t) => {
    assert.ok(flag.value === "none" || value !== undefined, `this test knows no value for --${flag.name}`);
    const typed = flag.value === "none" ? `--${flag.name}` : `--${flag.name}=${value ?? ""}`;
    const entry = flag.name === "input-type" ? ["-"] : ["a.js"];
    await behavesAlike(t, files, [typed, ...entry], { input: "console.log('stdin')", normalise: (text) => text.replaceAll(/\(node:\d+\)/g, "(node:1)") });
  });
}

test("a flag's short form and its value in the next word are understood", async (t) => {
  const outcome = await behavesAlike(t, files, ["-r", "./other.cjs", "-C", "custom", "a.js"]);
  assert.equal(outcome.stdout, "required\na\n");
});

test("a flag that the engine does not have is no flag of cordon", async () => {
  const outcome = await runCordon(["run", "--expose_gcc", "a.js"]);
  assert.equal(outcome.code, 125);
  assert.match(outcome.stderr, /--expose_gcc[^]*--expose-gc/);
});
