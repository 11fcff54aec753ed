// Stands where arborist looks for pacote: everything that it asks for comes from `Manifests`, which keeps cordon's rules.
import type { Spec } from "npm-package-arg";
import type { Manifests } from "./manifests.ts";

export type PacoteOptions = { readonly cordon: Manifests };

export function manifest(spec: Spec | string, options: PacoteOptions): Promise<Record<string, unknown>> {
  return options.cordon.manifest(spec);
}

/** Of a package that bundles others, what tells of these. */
export function extract(resolved: string, folder: string, { cordon, integrity }: PacoteOptions & { readonly integrity?: string }): Promise<void> {
  return cordon.bundled.unpack(resolved, integrity, folder);
}

export function packument(): never {
  throw new Error("Cannot look up a whole list of versions here");
}
