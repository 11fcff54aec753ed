// Stands where arborist looks for pacote: everything that it asks for comes from `Manifests`, which keeps cordon's rules.
import type { Spec } from "npm-package-arg";
import type { Manifests } from "./manifests.ts";

export type PacoteOptions = { readonly cordon: Manifests };

export function manifest(spec: Spec | string, options: PacoteOptions): Promise<Record<string, unknown>> {
  return options.cordon.manifest(spec);
}

/** For lockfiles from before 2017 and packages with a lockfile of their own. */
export function extract(): never {
  throw new Error("Cannot unpack a package while resolving; remove the npm-shrinkwrap.json that wants it");
}

export function packument(): never {
  throw new Error("Cannot look up a whole list of versions here");
}
