// Packages that come from no registry: folders, tarballs on this machine and tarballs behind an address.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Spec } from "npm-package-arg";
import PackageJson from "@npmcli/package-json";
import type { Request } from "../request.ts";
import { makeClient } from "./client.ts";
import { RegistryError } from "./error.ts";
import { isObject } from "./packument.ts";
import { filesIn } from "./tarball.ts";

export type Local = { manifest(spec: Spec): Promise<Record<string, unknown>> };

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

/** The text of `<any folder>/package.json`. */
function packageJsonOf(bytes: Buffer, name: string): string {
  for (const { path, content } of filesIn(bytes, name)) {
    if (/^[^/]+\/package\.json$/.test(path)) return content.toString("utf8");
  }
  throw new RegistryError(`Cannot read the tarball of ${name}: there is no package.json in it`);
}

async function normalized(manifest: unknown, spec: Spec, more: Record<string, string>): Promise<Record<string, unknown>> {
  if (!isObject(manifest) || typeof manifest["name"] !== "string") throw new RegistryError(`Cannot take ${spec.toString()}: its package.json has no name`);
  const steps = PackageJson.normalizeSteps.filter((step) => step !== "_attributes");
  const { content } = await new PackageJson().fromContent(manifest).normalize({ steps });
  return { ...content, _from: spec.toString(), ...more };
}
