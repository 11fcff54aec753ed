// Packages that come from no registry: folders, tarballs on this machine and tarballs behind an address.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Spec } from "npm-package-arg";
import PackageJson from "@npmcli/package-json";
import type { Request } from "../request.ts";
import { makeClient } from "./client.ts";
import { RegistryError } from "./error.ts";
import { isObject } from "./packument.ts";

export type Local = { manifest(spec: Spec): Promise<Record<string, unknown>> };

/** Nobody's package is larger. */
const LARGEST = 512 << 20;
const BLOCK = 512;

export function makeLocal(request: Request): Local {
  return {
    manifest: (spec) => {
      switch (spec.type) {
        case "directory":
          return fromFolder(spec);
        case "file":
          return readFile(spec.fetchSpec).then((bytes) => fromTarball(bytes, spec, `file:${spec.fetchSpec}`));
        case "remote":
          return fetchTarball(request, spec);
        default:
          throw new RegistryError(`Cannot take ${spec.toString()}: packages from git repositories run their scripts to be made, and cordon runs none; name a version of a registry or a tarball`, { code: "EGIT" });
      }
    },
  };
}

async function fromFolder(spec: Spec): Promise<Record<string, unknown>> {
  const content: unknown = JSON.parse(await readFile(join(spec.fetchSpec, "package.json"), "utf8"));
  return normalized(content, spec, {});
}

async function fetchTarball(request: Request, spec: Spec): Promise<Record<string, unknown>> {
  const client = makeClient({ ...request, credentials: [] });
  try {
    const answer = await client.get(spec.fetchSpec, {});
    if (answer.status !== 200) throw new RegistryError(`${spec.fetchSpec} answers ${answer.status}`);
    return await fromTarball(answer.body, spec, spec.fetchSpec);
  } finally {
    client.close();
  }
}

async function fromTarball(bytes: Buffer, spec: Spec, resolved: string): Promise<Record<string, unknown>> {
  const manifest: unknown = JSON.parse(packageJsonOf(bytes, spec.toString()));
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  return normalized(manifest, spec, { _resolved: resolved, _integrity: integrity });
}

/** The text of `<any folder>/package.json` in a tarball (POSIX.1-2017, ustar). */
function packageJsonOf(bytes: Buffer, name: string): string {
  const wrong = (what: string): RegistryError => new RegistryError(`Cannot read the tarball of ${name}: ${what}`);
  let tar: Buffer;
  try {
    tar = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: LARGEST }) : bytes;
  } catch (error) {
    throw wrong((error as Error).message);
  }
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const field = (from: number, length: number): string => tar.subarray(at + from, at + from + length).toString("latin1").replace(/\0.*$/s, "");
    const size = Number.parseInt(field(124, 12).trim() || "0", 8);
    if (!Number.isSafeInteger(size) || size < 0) throw wrong("a size in it is no number");
    const start = at + BLOCK;
    if (/^[^/]+\/package\.json$/.test(field(0, 100)) && field(345, 155) === "" && ["0", ""].includes(field(156, 1))) return tar.subarray(start, start + size).toString("utf8");
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw wrong("there is no package.json in it");
}

async function normalized(manifest: unknown, spec: Spec, more: Record<string, string>): Promise<Record<string, unknown>> {
  if (!isObject(manifest) || typeof manifest["name"] !== "string") throw new RegistryError(`Cannot take ${spec.toString()}: its package.json has no name`);
  const steps = PackageJson.normalizeSteps.filter((step) => step !== "_attributes");
  const { content } = await new PackageJson().fromContent(manifest).normalize({ steps });
  return { ...content, _from: spec.toString(), ...more };
}
