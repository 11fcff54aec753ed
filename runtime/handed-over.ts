// What the launcher hands over, in variables that the program never sees.
import { deleteProperty, getBuiltinModule, isObject } from "./engine.ts";

/** Workers find the settings of their parent by this, in the data that the engine copies for them. */
export const WORKER_KEY = "cordon";

export type HandedOver = {
  policyText: string | undefined;
  report: number | undefined;
  cache: string | undefined;
  learning: string | undefined;
  isCodeCached?: boolean;
};

/** Reads and removes the launcher's variables. */
export function takeHandedOver(): HandedOver {
  const { env } = process;
  const { CORDON_POLICY, CORDON_REPORT_FD, CORDON_CACHE, CORDON_USES, NODE_COMPILE_CACHE } = env;
  // The launcher turned it on for a TypeScript entry; one that the program was granted stays to be seen.
  const isCodeCached = NODE_COMPILE_CACHE !== undefined && NODE_COMPILE_CACHE === `${CORDON_CACHE}/v8`;
  if (isCodeCached) deleteProperty(env, "NODE_COMPILE_CACHE");
  for (const name of ["CORDON_POLICY", "CORDON_REPORT_FD", "CORDON_CACHE", "CORDON_USES"]) deleteProperty(env, name);
  const report = Number(CORDON_REPORT_FD);
  return { policyText: CORDON_POLICY, report: report > 2 ? report : undefined, cache: CORDON_CACHE, learning: CORDON_USES ?? learningOfParent(), isCodeCached };
}

/** The engine marks the functions of `process` that a worker lacks; asking worker_threads would load it in every process. */
export function inWorker(): boolean {
  return "disabled" in process.chdir;
}

export function fromParent(): Record<string, unknown> {
  const data: unknown = getBuiltinModule("node:worker_threads").getEnvironmentData(WORKER_KEY);
  return isObject(data) ? data : {};
}

/** Uses have to be watched before the program's first line; all else a worker can ask for later. */
function learningOfParent(): string | undefined {
  const learning = inWorker() ? fromParent()["learning"] : undefined;
  return typeof learning === "string" ? learning : undefined;
}
