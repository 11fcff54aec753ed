// Puts guards on builtins when the program loads them: bundled by itself (dist/guards.cjs), and loaded with the first of
// them.
import { isObject, type Bag } from "../engine.ts";
import type { Explainer } from "../explainer.ts";
import { shareWithWorkers } from "../settings.ts";
import { guardDatabases } from "./databases.ts";
import { guardMachine } from "./machine.ts";
import { guardDgram, guardDns, guardDnsPromises, guardNet } from "./network.ts";
import { guardPrograms } from "./programs.ts";
import { guardPromises } from "./promises.ts";

export type Guards = Record<string, (exports: Bag) => void>;

/** One function for each builtin that gets guards; it takes the builtin's exports. */
export function createGuards(explainer: Explainer, bundle: string): Guards {
  return {
    "fs/promises": (exports) => guardPromises(exports, explainer),
    os: (exports) => guardMachine(exports, explainer),
    net: (exports) => guardNet(exports, explainer),
    dgram: (exports) => guardDgram(exports, explainer),
    dns(exports) {
      guardDns(exports, explainer);
      if (isObject(exports.promises)) guardDnsPromises(exports.promises, explainer);
    },
    child_process: (exports) => guardPrograms(exports, explainer, bundle),
    worker_threads: () => shareWithWorkers(explainer.settings),
    sqlite: (exports) => guardDatabases(exports, explainer),
  };
}
