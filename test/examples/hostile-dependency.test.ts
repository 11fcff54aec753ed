// examples/hostile-dependency: every attempt succeeds on the bare engine, none in cordon, and the program does its job.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Stage, type Harm } from "../../scripts/demo/stage.ts";
import { fencesOf } from "./documentation/documents.ts";

const cordon = join(import.meta.dirname, "../../bin/cordon");
const REPORT = "customer     total\nAda          19.75\nGrace        43.50\nEdsger        4.80\n";

async function stage(context: TestContext): Promise<Stage> {
  const opened = await Stage.open();
  context.after(() => opened.close());
  return opened;
}

function done(harms: readonly Harm[]): string[] {
  return harms.filter((harm) => harm.done).map((harm) => harm.name);
}

test("the payload in the clear is the one that the dependency carries", (context) => {
  const example = join(import.meta.dirname, "../../examples/hostile-dependency");
  const folder = mkdtempSync(join(tmpdir(), "packed-"));
  context.after(() => rmSync(folder, { recursive: true }));
  execFileSync(process.execPath, [join(example, "attack/encrypt.js"), join(folder, "data")]);
  const packed = readFileSync(join(folder, "data"), "utf8");
  assert.equal(packed, readFileSync(join(example, "node_modules/pretty-columns/lib/test-data.json"), "utf8"));
});

test("its README shows its manifest", () => {
  const [shown = ""] = fencesOf("examples/hostile-dependency/README.md", "json");
  const { cordon: key } = JSON.parse(readFileSync(join(import.meta.dirname, "../../examples/hostile-dependency/package.json"), "utf8")) as { cordon: unknown };
  assert.deepEqual(JSON.parse(`{${shown}}`), { cordon: key });
});

test("on the bare engine every harm is done", async (context) => {
  const opened = await stage(context);
  const ended = await opened.run(process.execPath, ["report.js"]);
  assert.equal(ended.stdout, REPORT);
  const harms = opened.harms();
  assert.deepEqual(done(harms), harms.map((harm) => harm.name));
});

test("in cordon no harm is done, the program does its job, and each attempt is reported", async (context) => {
  const opened = await stage(context);
  const ended = await opened.run(cordon, ["run", `--report=json:${opened.report}`, "report.js"]);
  assert.deepEqual(done(opened.harms()), []);
  assert.deepEqual(opened.received, []);
  assert.equal(ended.stdout, REPORT, ended.stderr);
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(readFileSync(join(opened.project, "out/summary.txt"), "utf8"), REPORT.trimEnd());
  assert.match(ended.stderr, new RegExp(`denied net 127\\.0\\.0\\.1:${opened.port}`));
  assert.match(ended.stderr, /denied read .*\.ssh\/id_ed25519/);
  assert.match(ended.stderr, /denied write .*node_modules\/sum-up\/index\.js/);
  for (const line of readFileSync(opened.report, "utf8").trim().split("\n")) assert.ok(JSON.parse(line), line);
});

test("even with its host granted the dependency has nothing to tell", async (context) => {
  const opened = await stage(context);
  const ended = await opened.run(cordon, ["run", `--allow-net=127.0.0.1:${opened.port}`, "report.js"]);
  assert.equal(opened.received.length, 1, ended.stderr);
  assert.doesNotMatch(opened.received.join(), /canary/);
  assert.deepEqual(done(opened.harms()), []);
  const loot = JSON.parse(opened.received[0] ?? "") as Record<string, unknown>;
  assert.deepEqual(Object.keys(loot).length, 8);
  assert.ok(!existsSync(join(opened.home, "assistant-ran")));
});
