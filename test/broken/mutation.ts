// One thing that is broken on purpose, and what has to notice it.
import { everyCell, nameOf, type Cell } from "../attacks/cells.ts";

/** Replaces `from`, which stands in the file exactly once. */
export type Edit = { readonly file: string; readonly from: string; readonly to: string };

/** A guarantee of contract/guarantees.json, or a sentence that stands in a document. */
export type Promised = { readonly guarantee: string } | { readonly document: string; readonly says: string };

/** What fails where the promise is broken; all that is named has to. */
export type Proof =
  /** Attacks that succeed, in one cell of the battery. */
  | { readonly kind: "attacks"; readonly cell: string; readonly names: readonly string[] }
  /** Tests of one file. */
  | { readonly kind: "tests"; readonly file: string; readonly names: readonly string[] }
  /** Tests of a crate: of its library ("lib"), or of one file in its tests/. */
  | { readonly kind: "crate"; readonly crate: "launcher" | "installer"; readonly target: string; readonly names: readonly string[] };

export type Mutation = {
  readonly name: string;
  readonly promised: Promised;
  /** What is different, in words. */
  readonly change: string;
  readonly edits: readonly Edit[];
  readonly proof: Proof;
};

/** Attacks that have to succeed where `where` says; what it leaves out is the simplest. */
export function attacks(names: readonly string[], where: Partial<Cell> = {}): Proof {
  const wanted: Cell = { place: "main", user: "root", namespaces: "on", landlock: 7, container: "none", manifest: "none", ...where };
  const cell = everyCell().find((one) => nameOf({ kind: "jail", cell: one }) === nameOf({ kind: "jail", cell: wanted }));
  if (cell === undefined) throw new Error(`The battery has no surroundings ${nameOf({ kind: "jail", cell: wanted })}`);
  return { kind: "attacks", cell: nameOf({ kind: "jail", cell }), names };
}

export function tests(file: string, ...names: readonly string[]): Proof {
  return { kind: "tests", file, names };
}

export function crate(name: "launcher" | "installer", target: string, ...names: readonly string[]): Proof {
  return { kind: "crate", crate: name, target, names };
}

export function edit(file: string, from: string, to: string): Edit {
  return { file, from, to };
}
