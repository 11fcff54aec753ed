// Fuzzes the launcher's parsers for a while: `node test/fuzz/run.ts --seconds=600 [--seed=1]`. Each gets that many seconds.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" }, seed: { type: "string", default: String(Date.now() % 1_000_000) } } });
const seconds = Number(values.seconds);
if (!Number.isInteger(seconds) || seconds < 1) throw new Error(`Cannot fuzz for ${JSON.stringify(values.seconds)} seconds; write a whole number`);

const root = join(import.meta.dirname, "../..");
const cargo = ["test", "--locked", "--profile", "fuzz", "--manifest-path", join(root, "launcher/Cargo.toml"), "--test", "fuzz", "--test", "fuzz_network", "--test", "fuzz_install", "--no-fail-fast"];
const environment = { ...process.env, CORDON_FUZZ_SECONDS: String(seconds), CORDON_FUZZ_SEED: values.seed };
const ended = spawnSync("cargo", [...cargo, "--", "--nocapture"], { cwd: root, env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
if (ended.error !== undefined) throw new Error("Cannot start cargo", { cause: ended.error });

const runs = [...ended.stdout.matchAll(/^fuzz (.*): (\d+) inputs/gm)];
for (const [, name, inputs] of runs) console.log(`${String(inputs).padStart(12)} inputs  ${name}`);
const passed = ended.status === 0 && runs.length > 0;
console.log(passed ? `no panic and no hang in ${seconds} s each, seed ${values.seed}` : `failed, seed ${values.seed}\n${ended.stdout}`);
process.exitCode = passed ? 0 : 1;
