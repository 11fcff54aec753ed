// Puts guards on builtins when the program loads them: bundled by itself (dist/guards.cjs), and loaded with the first of
// them.
import { isObject, type Bag } from "../engine.ts";
import type { Explainer } from "../explainer.ts";
import { guardDatabases } from "./databases.ts";
import { createHttpGuard } from "./http.ts";
import { guardMachine } from "./machine.ts";
import { guardDgram, guardDns, guardDnsPromises, guardNet, type Connecting } from "./network.ts";
import { guardPrograms } from "./programs.ts";
import { guardPromises } from "./promises.ts";
import { guardWorkers } from "./workers.ts";

/** How this process was started: by the runtime's file, and cordon's own arguments of the engine. */
export type Start = { bundle: string; own: readonly string[] };

export type Guards = Record<string, (exports: Bag) => void>;

/** One function for each builtin that gets guards; it takes the builtin's exports. */
export function createGuards(explainer: Explainer, start: Start): Guards {
  const connecting: Connecting = { depth: 0 };
  const http = createHttpGuard(explainer);
  return {
    "fs/promises": (exports) => guardPromises(exports, explainer),
    os: (exports) => guardMachine(exports, explainer),
    net: (exports) => guardNet(exports, explainer, connecting),
    dgram: (exports) => guardDgram(exports, explainer),
    dns(exports) {
      guardDns(exports, explainer, connecting);
      if (isObject(exports.promises)) guardDnsPromises(exports.promises, explainer);
    },
    http: http.guardClass,
    https: http.guardClass,
    http2: http.guardMakers,
    "cordon:http": http.show,
    child_process: (exports) => guardPrograms(exports, explainer, start),
    worker_threads: (exports) => guardWorkers(exports, explainer.settings, start.bundle),
    sqlite: (exports) => guardDatabases(exports, explainer),
  };
}
