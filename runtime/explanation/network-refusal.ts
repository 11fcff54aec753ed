// Refused connections, listeners and names. The broker reports them too, and what it says is what counts: in here the
// error gets its properties, and the report the package and the line.
import { dirname, resolve } from "node:path";
import type { PolicySummary } from "../settings.ts";
import { territory } from "../territory.ts";
import type { Attempt, Refusal } from "./attempt.ts";
import type { Failure } from "./refusal.ts";

const REFUSED: ReadonlySet<unknown> = new Set(["EACCES", "EPERM"]);
/** What resolvers make of the answer that the broker gives for a name that is not granted. */
const UNRESOLVED: ReadonlySet<unknown> = new Set(["EAI_AGAIN", "EAI_FAIL", "ENOTFOUND", "EREFUSED", "ESERVFAIL", "ECONNREFUSED", "EAI_NODATA"]);

/** A name that could be granted: letters, digits, hyphens and dots between them, and underscores as in service names. */
const NAME = /^[a-z\d_-]+(?:\.[a-z\d_-]+)*\.?$/i;

export function connectionRefusal(error: Failure, attempt: Attempt, policy: PolicySummary | undefined): Refusal | undefined {
  if (error.syscall === "getaddrinfo") return nameRefusal(error, attempt, policy);
  const target = attempt.args[0];
  const asked: { host?: unknown; port?: unknown; path?: unknown } = typeof target === "object" && target !== null ? target : {};
  if (!REFUSED.has(error.code) && !isHidden(error, asked.path, policy)) return undefined;
  if (typeof asked.path === "string" && asked.path !== "") return { permission: "net", resource: `unix:${asked.path}` };
  const host = text(asked.host) ?? text(error.address);
  const port = text(asked.port) ?? text(error.port);
  if (host === undefined) return undefined;
  return { permission: "net", resource: withPort(host, port), told: withPort(text(error.address) ?? host, text(error.port) ?? port) };
}

/** With namespaces a socket that is not granted is not there. */
function isHidden(error: Failure, path: unknown, policy: PolicySummary | undefined): boolean {
  return error.code === "ENOENT" && policy?.namespaces === true && typeof path === "string" && path.startsWith("/") && !territory([...policy.read, ...policy.write])(path);
}

export function listenerRefusal(error: Failure, attempt: Attempt): Refusal | undefined {
  if (!REFUSED.has(error.code)) return undefined;
  const address = text(error.address);
  // The engine leaves port 0 out, and says -1 for a unix socket: that wants a folder that may be written, as a granted file
  // would be there already, and as tools make names up.
  const port = text(error.port) ?? "0";
  if (Number(port) < 0) return address === undefined ? undefined : { permission: "write", resource: dirname(resolve(address)), told: resolve(address) };
  const everywhere = address === undefined || address === "0.0.0.0" || address === "::" || attempt.args[0] === true;
  const told = withPort(everywhere ? "0.0.0.0" : address, port);
  return { permission: "listen", resource: everywhere ? port : told, told };
}

export function nameRefusal(error: Failure, attempt: Attempt, policy: PolicySummary | undefined): Refusal | undefined {
  if (!UNRESOLVED.has(error.code)) return undefined;
  const target = attempt.args[0];
  const asked: { host?: unknown; port?: unknown } = typeof target === "object" && target !== null ? target : { host: target };
  const host = text(error.hostname) ?? text(asked.host);
  if (host === undefined || !NAME.test(host) || policy === undefined || namesCover(policy.net, host)) return undefined;
  return { permission: "net", resource: withPort(host, text(asked.port)), told: host.toLowerCase().replace(/\.$/, "") };
}

/** Whether a grant names `host`, on whichever port: then that it did not resolve is the network's doing. */
export function namesCover(grants: readonly string[], host: string): boolean {
  const wanted = host.toLowerCase().replace(/\.$/, "");
  return grants.some((grant) => {
    const name = grant.replace(/^private:/, "").replace(/:[\d*-]+$/, "").toLowerCase();
    return name === "*" || name === wanted || (name.startsWith("*.") && wanted.endsWith(name.slice(1)));
  });
}

/** Grants name no interface (`fe80::1%eth0`). */
function withPort(host: string, port: string | undefined): string {
  const written = host.includes(":") ? `[${host.replace(/%.*$/, "")}]` : host;
  return port === undefined ? written : `${written}:${port}`;
}

function text(value: unknown): string | undefined {
  return typeof value === "number" || (typeof value === "string" && value !== "") ? String(value) : undefined;
}
