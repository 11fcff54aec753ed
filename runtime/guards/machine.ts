// What node:os cannot ask the kernel for in a jail.
import { apply, isObject, type Bag } from "../engine.ts";
import type { Explainer } from "../explainer.ts";
import { replace, type Guard } from "../look-alike.ts";

const NO_HARDWARE = "00:00:00:00:00:00";

export function guardMachine(os: Bag, explainer: Explainer): void {
  replace(os, "networkInterfaces", withFallback(explainer, loopback));
  replace(os, "userInfo", withFallback(explainer, nobodyInParticular));
}

/** Answers itself where the kernel or a missing file keeps the engine from answering. */
function withFallback(explainer: Explainer, fallback: (options: unknown) => unknown): Guard {
  return { apply(original, self, args) {
    try {
      return apply(original, self, args);
    } catch (error) {
      if (isObject(error) && error.code === "ERR_SYSTEM_ERROR") return fallback(args[0]);
      if (isObject(error)) explainer.cleanStack(error);
      throw error;
    }
  } };
}

/** The addresses that every jail has: listing the others takes a netlink socket, which is refused. */
function loopback(): unknown {
  const common = { mac: NO_HARDWARE, internal: true };
  return {
    lo: [
      { address: "127.0.0.1", netmask: "255.0.0.0", family: "IPv4", ...common, cidr: "127.0.0.1/8" },
      { address: "::1", netmask: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", family: "IPv6", ...common, cidr: "::1/128", scopeid: 0 },
    ],
  };
}

/** Without a readable /etc/passwd: what the process knows about itself. */
function nobodyInParticular(options: unknown): unknown {
  const uid = process.getuid?.() ?? -1;
  const gid = process.getgid?.() ?? -1;
  const text = (value: string): unknown => (isObject(options) && options.encoding === "buffer" ? Buffer.from(value) : value);
  return { uid, gid, username: text(process.env.USER ?? String(uid)), homedir: text(process.env.HOME ?? "/"), shell: null };
}
