// Errors of the resolver, in cordon's words: what could not be done, why, and what helps.
import npa from "npm-package-arg";

type NpmError = Error & { code?: string; package?: string; requiredBy?: string; type?: string; wanted?: string; pkgid?: string; required?: unknown };

export function explain(error: unknown): string {
  if (!(error instanceof Error)) return `Cannot install: ${String(error)}`;
  const own = error as NpmError;
  const by = own.requiredBy === undefined || own.requiredBy === "." ? "" : ` (asked for by ${own.requiredBy})`;
  switch (own.code) {
    case "ETARGET":
      return `Cannot find a version for ${own.type === undefined ? own.message : own.message.replace(/\.$/, "")}${by}; correct the version in package.json`;
    case "E404":
      return `Cannot find a package: ${own.message}${by}; correct its name in package.json`;
    case "EALLOWGIT":
    case "EALLOWREMOTE":
    case "EALLOWFILE":
    case "EALLOWDIRECTORY":
      return `Cannot take ${own.package ?? "a package"}${by}: ${exotic(own.code, by, own.package)}`;
    case "ERESOLVE":
      return `Cannot satisfy the peer dependencies of this project: ${own.message.split("\n")[0] ?? ""}; ask for versions that fit together, or write --legacy-peer-deps`;
    case "EBADENGINE":
    case "EBADPLATFORM":
      return `Cannot use ${own.pkgid ?? "a package"}${by} here: it wants ${JSON.stringify(own.required)}`;
    case "EJSONPARSE":
      return `Cannot read package.json: ${own.message.split("\n")[0] ?? ""}; correct it`;
    default:
      return own.message.startsWith("Cannot ") ? `${own.message}${by}` : `Cannot install: ${own.message}${by}`;
  }
}

function exotic(code: string, by: string, asked = ""): string {
  if (code === "EALLOWGIT") return `packages from git repositories run their scripts to be made, and cordon runs none; ${insteadOfGit(asked, by)}`;
  return by === "" ? "this is not the place for it" : "a dependency may not name packages by address or path; put it into package.json yourself, under overrides, if you want it";
}

/** Hosts of repositories give the files of a commit as a tarball, which a lockfile holds to its checksum. */
function insteadOfGit(asked: string, by: string): string {
  const address = tarballOf(asked);
  if (address === undefined) return "name a version of a registry or a tarball";
  return by === "" ? `name a version of a registry, or the tarball of a commit: ${address}` : `put a version of a registry, or the tarball of a commit, under overrides of package.json: ${address}`;
}

function tarballOf(asked: string): string | undefined {
  try {
    return npa(asked).hosted?.tarball()?.replace(/\/HEAD$/, "/<commit>");
  } catch {
    return undefined;
  }
}
