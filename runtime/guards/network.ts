// Guards for node:net, node:dgram and node:dns. The classes' prototypes carry them, so references that the program took
// earlier are covered too.
import { apply, getBuiltinModule, isCallable, isObject, type Bag, type Callable } from "../engine.ts";
import type { Explainer } from "../explainer.ts";
import { replace } from "../look-alike.ts";
import type { Attempt } from "../explanation/attempt.ts";

const { errorMonitor } = getBuiltinModule("node:events");
/** What each emitter that was told to listen was told. */
const attempts = new WeakMap<object, Attempt>();

type Pending = { target: unknown; caller: object; before: object | undefined };

/** While a socket connects, the engine looks its host up by itself: the connection is what there is to explain then. */
export type Connecting = { depth: number };

export function guardNet(net: Bag, explainer: Explainer, connecting: Connecting): void {
  const socket = prototypeOf(net.Socket);
  const server = prototypeOf(net.Server);
  if (socket === undefined || server === undefined) return;
  const pending = new WeakMap<object, Pending>();
  replace(socket, "connect", { apply(original, self, args) {
    if (isObject(self)) pending.set(self, { target: connectTarget(args), caller: explainer.callerNow(), before: explainer.fetching });
    connecting.depth++;
    try {
      return apply(original, self, args);
    } finally {
      connecting.depth--;
    }
  } });
  replace(socket, "destroy", { apply(original, self, args) {
    const connect = isObject(args[0]) && isObject(self) ? pending.get(self) : undefined;
    if (connect !== undefined) explainConnection(explainer, args[0], connect);
    return apply(original, self, args);
  } });
  replace(server, "listen", { apply(original, self, args) {
    if (isObject(self)) watchRefusal(self, explainer, { kind: "listener", call: "listen", args: [listensAnywhere(args)], caller: explainer.callerNow() });
    return apply(original, self, args);
  } });
}

export function guardDgram(dgram: Bag, explainer: Explainer): void {
  const socket = prototypeOf(dgram.Socket);
  if (socket === undefined) return;
  replace(socket, "bind", { apply(original, self, args) {
    if (isObject(self)) watchRefusal(self, explainer, { kind: "listener", call: "bind", args, caller: explainer.callerNow() });
    return apply(original, self, args);
  } });
  replace(socket, "send", { apply(original, self, args) {
    const last = args.length - 1;
    const callback = args[last];
    if (isCallable(callback)) args[last] = explained(explainer, callback, { kind: "connection", call: "send", args: [{}] });
    return apply(original, self, args);
  } });
}

const NAME_CALLS = "lookup resolve resolve4 resolve6 resolveAny resolveCname resolveCaa resolveMx resolveNs resolveSrv resolveTxt resolveSoa resolvePtr resolveNaptr reverse".split(" ");

export function guardDns(dns: Bag, explainer: Explainer, connecting: Connecting): void {
  for (const call of NAME_CALLS) {
    replace(dns, call, { apply(original, self, args) {
      const last = args.length - 1;
      const callback = args[last];
      if (isCallable(callback) && connecting.depth === 0) args[last] = explained(explainer, callback, { kind: "name", call, args: [args[0]], caller: explainer.callerNow() });
      return apply(original, self, args);
    } });
  }
}

export function guardDnsPromises(promises: Bag, explainer: Explainer): void {
  for (const call of NAME_CALLS) {
    replace(promises, call, { apply(original, self, args) {
      const caller = explainer.callerNow();
      const promise = apply(original, self, args);
      if (!(promise instanceof Promise)) return promise;
      return promise.then(undefined, (error: unknown) => {
        explainer.explain(error, { kind: "name", call, args: [args[0]], caller });
        throw error;
      });
    } });
  }
}

function explained(explainer: Explainer, callback: Callable, attempt: Attempt): Callable {
  return function (this: unknown, ...results: unknown[]): unknown {
    if (results[0]) explainer.explain(results[0], attempt);
    return apply(callback, this, results);
  };
}

/** Several addresses that were tried make one AggregateError around the errors of each. */
function explainConnection(explainer: Explainer, error: unknown, connect: Pending): void {
  const attempt: Attempt = { kind: "connection", call: "connect", args: [connect.target], caller: connect.caller, before: connect.before };
  explainer.explain(error, attempt);
  const parts = isObject(error) ? error.errors : undefined;
  if (Array.isArray(parts)) for (const part of parts) explainer.explain(part, attempt);
}

/** The options object among the forms that `connect` takes; the engine hands on an array of options and callback. */
export function connectTarget(args: readonly unknown[]): { host?: unknown; port?: unknown; path?: unknown } {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (isObject(first)) return { host: first.host ?? "localhost", port: first.port, path: first.path };
  if (typeof first === "string" && !/^\d+$/.test(first)) return { path: first };
  return { port: first, host: typeof args[1] === "string" ? args[1] : "localhost" };
}

/** Without an address the engine tries `::` and then 0.0.0.0: the grant that is missing names the port alone. */
function listensAnywhere(args: readonly unknown[]): boolean {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
  const host = isObject(first) ? first.host : args[1];
  return typeof host !== "string";
}

/**
 * Explains the error that says why an emitter does not listen. By a listener, as an own `emit` that is deleted in the end
 * leaves an object whose properties V8 looks up one by one ever after: 3 % of what a request costs a server.
 */
function watchRefusal(emitter: Bag, explainer: Explainer, attempt: Attempt): void {
  const isWatched = attempts.has(emitter);
  attempts.set(emitter, attempt);
  if (!isWatched && isCallable(emitter.once)) apply(emitter.once, emitter, [errorMonitor, refused]);
  function refused(error: unknown): void {
    const latest = attempts.get(emitter);
    attempts.delete(emitter);
    const isLater = emitter.listening === true || (isObject(error) && error.syscall === "send");
    if (latest !== undefined && !isLater) explainer.explain(error, latest);
  }
}

function prototypeOf(value: unknown): Bag | undefined {
  const prototype: unknown = isCallable(value) ? value.prototype : undefined;
  return isObject(prototype) ? prototype : undefined;
}
