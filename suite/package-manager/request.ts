// What the launcher asks for: the variable CORDON_INSTALL, docs/decisions/install-parts.md.

export type Registry = { readonly scope: string; readonly url: string };
export type Credential = { readonly prefix: string; readonly header: string };
export type Output = "progress" | "plain" | "silent" | "json";

export type Request = {
  readonly command: string;
  readonly words: readonly string[];
  /** The root's folder. */
  readonly project: string;
  /** Folders of workspace members, relative to the root. */
  readonly members: readonly string[];
  /** The member that `words` are about, "" for the root. */
  readonly member: string;
  /** Where results go: the launcher puts them in place. */
  readonly staging: string;
  readonly store: string;
  readonly registries: readonly Registry[];
  readonly credentials: readonly Credential[];
  /** `host:port` of tarballs that package.json names. */
  readonly tarballHosts: readonly string[];
  readonly proxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
  readonly ca: string;
  /** Both in the place of the usual authorities. */
  readonly caFiles: readonly string[];
  /** Beside the usual authorities, where there are no others. */
  readonly extraCaFiles: readonly string[];
  readonly omit: readonly string[];
  /** What is foreseen comes on stdin. */
  readonly foresees?: boolean;
  readonly flags: Readonly<Record<string, string>>;
  readonly output: Output;
};

/** Reads what the launcher wrote; it is trusted, so that a mistake in it is a mistake of cordon's. */
export function readRequest(text: string | undefined): Request {
  if (text === undefined) throw new Error("Cannot install: this file is started by cordon install, not by hand");
  return JSON.parse(text) as Request;
}

/** Whether a flag without a value was given. */
export function isSet(request: Request, flag: string): boolean {
  const value = request.flags[flag];
  return value !== undefined && value !== "false";
}
