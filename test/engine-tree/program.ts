// One test of the engine's tree: how it is started, on the bare engine and in a jail with every grant.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cordonRun, engineRun, root, type Outcome } from "../harness/index.ts";

export type Program = { readonly file: string; readonly flags: readonly string[] };

type Commands = { flags: { name: string; group: string }[] };

/** The engine's flags that cordon takes, by contract/commands.json. */
const { flags } = JSON.parse(readFileSync(join(root, "contract/commands.json"), "utf8")) as Commands;
const taken = new Set(flags.filter(({ group }) => group === "engine").map(({ name }) => `--${name}`));

/** Why a program is not run at all; it says so itself, in its first lines. */
export function readProgram(tree: string, file: string): Program | { readonly left: string } {
  const text = readFileSync(join(tree, file), "utf8");
  if (/^\/\/ Env:/m.test(text)) return { left: "wants variables of the engine" };
  const flags = [...text.matchAll(/^\/\/ Flags:(.*)$/gm)].flatMap(([, list = ""]) => list.trim().split(/\s+/));
  const other = flags.find((flag) => !taken.has(flag.split("=")[0]?.replaceAll("_", "-") ?? ""));
  return other === undefined ? { file, flags } : { left: `flag ${other.split("=")[0]}` };
}

const GRANTS = [
  "--quiet", "--allow-env=*,NODE_TEST_DIR,NODE_DEBUG", "--allow-run=node,sh,env,cat,echo,ls,pwd,sleep,true,kill,date,grep,head,id,mkfifo,ps,sed,touch,wc",
  // The engine does not end where it can't write its trace.
  "--allow-write=./test/out,./node_trace.1.log",
  "--allow-read=/etc/passwd,/etc/hosts,/etc/ssl,/usr/bin,/usr/lib",
  // Keys and dotfiles, which are no program's own code unless they are named.
  "--allow-read=./test/fixtures/keys,./test/fixtures/x509-escaping,./test/fixtures/dotenv,./test/fixtures/0-dns",
  "--allow-read=./test/fixtures/.node_repl_history,./test/fixtures/.node_repl_history_multiline",
  "--allow-net=localhost,127.0.0.0/8,[::1]", "--allow-listen=0,1024-65535",
];

export type Mode = "bare" | "jailed";

/** `lane` tells apart what runs at the same time: ports and temporary folders go by it. */
export async function runProgram(tree: string, { file, flags }: Program, mode: Mode, lane: number): Promise<Outcome> {
  const out = join(tree, "test/out", String(lane));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const env = { NODE_TEST_DIR: out, TEST_THREAD_ID: String(lane), TEST_PARALLEL: "1", NO_COLOR: undefined, CORDON_TRUST: undefined };
  const options = { cwd: tree, env, timeout: 60_000 };
  try {
    return mode === "bare" ? await engineRun([...flags, file], options) : await cordonRun([...GRANTS, ...flags, file], options);
  } catch (error) {
    return { code: null, signal: null, stdout: "", stderr: `did not end: ${String(error).slice(0, 200)}` };
  }
}

export type Verdict = "passed" | "skipped" | "failed";

export function verdict({ code, stdout }: Outcome): Verdict {
  if (code !== 0) return "failed";
  return /^1\.\.0 # Skipped/m.test(stdout) ? "skipped" : "passed";
}
