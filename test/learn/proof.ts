// What `cordon learn` writes is complete and minimal: with it the run is refused nothing, and without any one of the
// grants it fails, does something else, or reports.
import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Outcome } from "../harness/index.ts";

export type Permissions = Record<string, (string | number)[]>;

/** A run, and what came of it beside its exit code: what it printed, answered or made. */
export type Seen = Outcome & { readonly did: string };

/** A program in a project of its own. */
export type Subject = {
  /** Where its package.json lies. */
  readonly folder: string;
  /** Permissions that must be among what is learned. */
  readonly needs: readonly string[];
  /** Makes everything as it was before the first run, package.json aside. */
  reset(): void;
  /** Starts cordon with these words in front of the program's, and does with it what its user would. */
  run(words: readonly string[]): Promise<Seen>;
};

export type Proof = { readonly permissions: Permissions; readonly grants: number };

type Denial = { permission: string; resource: string; harmless?: boolean };

export async function prove(subject: Subject): Promise<Proof> {
  const file = join(subject.folder, "package.json");
  subject.reset();
  const learned = await subject.run(["learn", "--write"]);
  const whole = JSON.parse(readFileSync(file, "utf8"));
  const permissions: Permissions = whole.cordon?.permissions ?? {};
  assert.deepEqual(subject.needs.filter((name) => permissions[name] === undefined), [], learned.stdout + learned.stderr);
  const complete = await attempt(subject);
  assert.deepEqual(complete.denials, [], `a run under what was learned is refused nothing\n${JSON.stringify(permissions)}\n${complete.stderr}`);
  assert.deepEqual([complete.code, complete.signal], [learned.code, learned.signal], `${JSON.stringify(permissions)}\n${complete.stdout}${complete.stderr}`);
  assert.deepEqual(result(complete), result(learned), "under what was learned it does what it did while it was learned from");
  let grants = 0;
  for (const [name, list] of Object.entries(permissions)) {
    for (const grant of list) {
      grants++;
      const rest = { ...permissions, [name]: list.filter((other) => other !== grant) };
      writeFileSync(file, JSON.stringify({ ...whole, cordon: { ...whole.cordon, permissions: rest } }));
      const less = await attempt(subject);
      const noticed = less.denials.length > 0 || JSON.stringify(result(less)) !== JSON.stringify(result(complete));
      assert.ok(noticed, `nothing happens without ${name} ${grant}\n${less.stdout}${less.stderr}`);
    }
  }
  writeFileSync(file, JSON.stringify(whole, null, 2));
  return { permissions, grants };
}

function result({ code, signal, did }: Seen): unknown {
  return { code, signal, did };
}

async function attempt(subject: Subject): Promise<Seen & { denials: readonly Denial[] }> {
  // Beside the project, where the program cannot reach it.
  const report = `${subject.folder}.report`;
  rmSync(report, { force: true });
  subject.reset();
  const seen = await subject.run(["run", `--report=json:${report}`]);
  const lines = existsSync(report) ? readFileSync(report, "utf8").split("\n").filter((line) => line !== "") : [];
  rmSync(report, { force: true });
  const denials: Denial[] = lines.map((line) => JSON.parse(line));
  // What every engine and framework probes is listed, and is nobody's problem.
  return { ...seen, denials: denials.filter(({ harmless }) => harmless !== true) };
}

/** Makes `folder` hold what `pristine` holds, but for a package.json that is there already. */
export function copyAgain(pristine: string, folder: string): void {
  const keeps = existsSync(join(folder, "package.json"));
  for (const name of keeps ? readdirSync(folder) : []) {
    if (name !== "package.json") rmSync(join(folder, name), { recursive: true });
  }
  cpSync(pristine, folder, { recursive: true, filter: (path) => !keeps || path !== join(pristine, "package.json") });
}
