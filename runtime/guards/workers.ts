// Guards for node:worker_threads: workers find the settings, and the runtime, whatever flags they are started with.
import { construct, defineProperty, isCallable, isObject, type Bag } from "../engine.ts";
import { shareWithWorkers, type Settings } from "../settings.ts";

/** A worker without flags of its own gets the parent's, the runtime's among them. The class stays itself. */
export function guardWorkers(threads: Bag, settings: Settings, bundle: string): void {
  shareWithWorkers(settings);
  const original = threads.Worker;
  if (!isCallable(original)) return;
  const guarded = new Proxy(original, {
    construct(target, args: unknown[], newTarget): object {
      const [entry, options, ...rest] = args;
      if (!isObject(options) || !Array.isArray(options.execArgv)) return construct(target, args, newTarget) as object;
      const execArgv = ["--require", bundle, ...(options.execArgv as unknown[])];
      return construct(target, [entry, { ...options, execArgv }, ...rest], newTarget) as object;
    },
  });
  defineProperty(original.prototype as object, "constructor", { value: guarded, writable: true, enumerable: false, configurable: true });
  threads.Worker = guarded;
}
