// Fuzzes the parsers of the launcher and the installer for a while: `node test/fuzz/run.ts --seconds=600 [--seed=1] [--only=installer]`.
// Each gets that many seconds.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, seed: { type: "string", default: String(Date.now() % 1_000_000) }, only: { type: "string" } },
});
const seconds = Number(values.seconds);
if (!Number.isInteger(seconds) || seconds < 1) throw new Error(`Cannot fuzz for ${JSON.stringify(values.seconds)} seconds; write a whole number`);

const root = join(import.meta.dirname, "../..");
const tests = { launcher: ["fuzz", "fuzz_network", "fuzz_install"], installer: ["fuzz"] };
const environment = { ...process.env, CORDON_FUZZ_SECONDS: String(seconds), CORDON_FUZZ_SEED: values.seed };

/** Whether all parsers of a crate passed. */
function fuzz(crate: string, files: readonly string[]): boolean {
  const cargo = ["test", "--locked", "--profile", "fuzz", "--manifest-path", join(root, crate, "Cargo.toml"), ...files.flatMap((file) => ["--test", file]), "--no-fail-fast"];
  const ended = spawnSync("cargo", [...cargo, "--", "--nocapture"], { cwd: root, env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });
  if (ended.error !== undefined) throw new Error("Cannot start cargo", { cause: ended.error });
  const runs = [...ended.stdout.matchAll(/^fuzz (.*): (\d+) inputs/gm)];
  for (const [, name, inputs] of runs) console.log(`${String(inputs).padStart(12)} inputs  ${name}`);
  const passed = ended.status === 0 && runs.length > 0;
  console.log(passed ? `${crate}: no panic and no hang in ${seconds} s each, seed ${values.seed}` : `${crate}: failed, seed ${values.seed}\n${ended.stdout}`);
  return passed;
}

const chosen = Object.entries(tests).filter(([crate]) => values.only === undefined || values.only === crate);
if (chosen.length === 0) throw new Error(`Cannot fuzz ${JSON.stringify(values.only)}; write launcher or installer`);
process.exitCode = chosen.map(([crate, files]) => fuzz(crate, files)).every(Boolean) ? 0 : 1;
