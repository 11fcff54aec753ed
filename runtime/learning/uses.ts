// Watches the engine's functions that use files, hosts, ports, programs, addons and databases, and tells of what lies
// beyond the grants that there are.
import { construct, defineProperty, fileSystem, getBuiltinModule, isCallable, isObject, type Bag, type Callable } from "../engine.ts";
import { fileRequests } from "../explanation/file-refusal.ts";
import { PATH_CALLS } from "../guards/files.ts";
import { connectTarget } from "../guards/network.ts";
import { replace } from "../look-alike.ts";
import { absolute } from "../paths.ts";
import type { PolicySummary } from "../settings.ts";
import { territory } from "../territory.ts";
import type { Tell } from "./index.ts";

type Look = (args: readonly unknown[]) => void;

export function watchUses(tell: Tell, granted: PolicySummary, fetching: () => { stack?: unknown } | undefined): void {
  watchFiles(tell, granted);
  watchConnections(tell, fetching);
  watchListeners(tell);
  watchPrograms(tell);
  watchDatabases(tell);
  before(process as unknown as Bag, "dlopen", ([, file]) => typeof file === "string" && tell("addons", file));
}

/** Has `look` see the arguments of each call, and leaves the call as it is. */
function before(object: unknown, name: string, look: (args: readonly unknown[]) => unknown): void {
  if (!isObject(object) && !isCallable(object)) return;
  replace(object as unknown as Bag, name, { apply(original, self, args) {
    try {
      look(args);
    } catch {
      // Who asked is only told: the program goes on.
    }
    return Reflect.apply(original, self, args);
  } });
}

function watchFiles(tell: Tell, granted: PolicySummary): void {
  const known = { read: territory(granted.read), write: territory(granted.write) };
  const look = (call: string): Look => (args) => {
    for (const { permission, resource } of fileRequests({ kind: "file", call, args })) {
      if ((permission === "read" || permission === "write") && !known[permission](resource)) tell(permission, resource);
    }
  };
  const fs = fileSystem();
  const promises = getBuiltinModule("node:fs/promises");
  for (const call of PATH_CALLS) {
    for (const [object, name] of [[fs, `${call}Sync`], [fs, call], [promises, call]] as const) before(object, name, look(call));
  }
  before(fs, "createReadStream", look("readFile"));
  before(fs, "createWriteStream", look("writeFile"));
}

function watchConnections(tell: Tell, fetching: () => { stack?: unknown } | undefined): void {
  const net = getBuiltinModule("node:net");
  before(net.Socket.prototype, "connect", (args) => {
    const { host, port, path } = connectTarget(args);
    if (typeof path === "string") tell("net", `unix:${path}`);
    else tell("net", place(host, port), fetching());
  });
  const { Socket } = getBuiltinModule("node:dgram");
  before(Socket.prototype, "connect", ([port, host]) => tell("net", place(host, port)));
  before(Socket.prototype, "send", (args) => {
    const given = args.filter((one) => typeof one === "string" || typeof one === "number").slice(-2);
    const [port, host] = typeof given[1] === "string" ? given : [given.at(-1), undefined];
    if (typeof port === "number") tell("net", place(host, port));
  });
  const dns = getBuiltinModule("node:dns");
  for (const object of [dns, dns.promises]) {
    for (const [name, value] of Object.entries(object)) {
      if (isCallable(value) && /^(?:lookup$|resolve)/.test(name)) before(object, name, ([host]) => typeof host === "string" && tell("net", host));
    }
  }
}

function watchListeners(tell: Tell): void {
  before(getBuiltinModule("node:net").Server.prototype, "listen", (args) => {
    const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
    const options: Bag = isObject(first) ? first : { port: first, host: args[1] };
    tell("listen", typeof options.path === "string" ? `unix:${options.path}` : place(options.host, options.port ?? 0));
  });
  before(getBuiltinModule("node:dgram").Socket.prototype, "bind", ([first, host]) => {
    const options: Bag = isObject(first) ? first : { port: first, address: host };
    tell("listen", place(options.address, options.port ?? 0));
  });
}

function watchPrograms(tell: Tell): void {
  const programs = getBuiltinModule("node:child_process");
  const look: Look = ([file]) => {
    if (typeof file === "string") tell("run", file);
  };
  before(programs.ChildProcess.prototype, "spawn", ([options]) => isObject(options) && look([options.file]));
  before(programs, "spawnSync", look);
  before(programs, "execFileSync", look);
  before(programs, "execSync", () => tell("run", "sh"));
}

function watchDatabases(tell: Tell): void {
  const sqlite = getBuiltinModule("node:sqlite") as unknown as Bag;
  const original = sqlite.DatabaseSync;
  if (!isCallable(original)) return;
  const watched = new Proxy(original, {
    construct(target, args: unknown[], newTarget): object {
      const file = absolute(args[0]);
      if (file !== undefined && args[0] !== ":memory:") for (const permission of ["read", "write"]) tell(permission, file);
      return construct(target, args, newTarget as Callable) as object;
    },
  });
  defineProperty(original.prototype as object, "constructor", { value: watched, writable: true, enumerable: false, configurable: true });
  sqlite.DatabaseSync = watched;
}

function place(host: unknown, port: unknown): string {
  const name = typeof host === "string" && host !== "" ? host : "localhost";
  return `${name.includes(":") ? `[${name}]` : name}:${String(port)}`;
}
