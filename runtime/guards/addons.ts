// The guard of process.dlopen, by which native addons are loaded.
import { apply, isObject, type Bag } from "../engine.ts";
import type { Rest } from "../builtins.ts";
import { replace } from "../look-alike.ts";

export function guardAddons(rest: Rest): void {
  replace(process as unknown as Bag, "dlopen", { apply(original, self, args) {
    try {
      return apply(original, self, args);
    } catch (error) {
      if (isObject(error)) {
        const { explainer } = rest();
        explainer.cleanStack(error);
        explainer.explain(error, { kind: "addon", call: "dlopen", args });
      }
      throw error;
    }
  } });
}
