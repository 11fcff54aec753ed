// Guards for node:fs/promises.
import { apply, isObject, promiseThen, type Bag, type Callable } from "../engine.ts";
import type { Explainer } from "../explainer.ts";
import { replace, type Guard } from "../look-alike.ts";
import { PATH_CALLS } from "./files.ts";

export function guardPromises(promises: Bag, explainer: Explainer): void {
  for (const call of PATH_CALLS) replace(promises, call, promiseGuard(explainer, call));
}

function promiseGuard(explainer: Explainer, call: string): Guard {
  return {
    apply(original, self, args) {
      const caller = explainer.caller(call, args[0]);
      const promise = apply(original, self, args);
      if (!(promise instanceof Promise)) return promise;
      const rejected = (error: unknown): unknown => {
        if (isObject(error) && explainer.isRemaking(call, error)) return remade(error);
        if (isObject(error)) explainer.explain(error, { kind: "file", call, args, caller });
        throw error;
      };
      const remade = (error: Bag): Promise<unknown> =>
        new Promise((resolve, reject) => {
          explainer.remade().answerLater(call, args, error, (left) => {
            if (left === undefined) return resolve(undefined);
            explainer.explain(left, { kind: "file", call, args, caller });
            reject(left);
          });
        });
      return apply(promiseThen as Callable, promise, [undefined, rejected]);
    },
  };
}
