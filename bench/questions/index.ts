// All that can be measured, in the order of the table.
import type { Question } from "../measure.ts";
import type { Need } from "../needs.ts";

export type Entry = {
  load(): Promise<Question>;
  /** About how long one round takes, for an estimate. */
  seconds: number;
  /** Without these it cannot be measured. */
  needs?: readonly Need[];
  /** Without these it can, and there is less to look at. */
  sight?: readonly Need[];
};

export const questions: Readonly<Record<string, Entry>> = {
  start: { load: async () => (await import("./start.ts")).startOfHello, seconds: 0.3, sight: ["bun", "deno"] },
  typescript: { load: async () => (await import("./typescript.ts")).warm, seconds: 0.4, sight: ["bun", "deno"] },
  "typescript-cold": { load: async () => (await import("./typescript.ts")).cold, seconds: 0.3 },
  "typescript-modules": { load: async () => (await import("./typescript.ts")).modules, seconds: 1 },
  script: { load: async () => (await import("./scripts.ts")).script, seconds: 0.8, needs: ["npm"] },
  "script-shell": { load: async () => (await import("./scripts.ts")).shell, seconds: 1.2, needs: ["npm"], sight: ["bun"] },
  "script-bun": { load: async () => (await import("./scripts.ts")).besideBun, seconds: 0.3, needs: ["bun"] },
  http: { load: async () => (await import("./http.ts")).http, seconds: 13, needs: ["wrk"], sight: ["bun", "deno"] },
  cluster: { load: async () => (await import("./http.ts")).clustered, seconds: 7, needs: ["wrk"] },
  udp: { load: async () => (await import("./udp.ts")).udp, seconds: 3 },
  connect: { load: async () => (await import("./connect.ts")).connect, seconds: 2 },
  files: { load: async () => (await import("./files.ts")).files, seconds: 5 },
  "files-run": { load: async () => (await import("./files.ts")).filesWithRun, seconds: 5 },
  explanations: { load: async () => (await import("./explanations.ts")).explanations, seconds: 5 },
  modules: { load: async () => (await import("./modules.ts")).modules, seconds: 1.5 },
  memory: { load: async () => (await import("./memory.ts")).memory, seconds: 3 },
  denials: { load: async () => (await import("./denials.ts")).denials, seconds: 10 },
  next: { load: async () => (await import("./next.ts")).next, seconds: 14, needs: ["next"] },
};
