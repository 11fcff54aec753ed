// The surroundings that attacks run in. A cell is one choice of each dimension; one start of cordon does all its attacks.
import type { Alone } from "./alone/scene.ts";
import type { Attack, Place } from "./inside/attack.ts";

export type Cell = {
  place: Place;
  user: "root" | "ordinary";
  namespaces: "on" | "off";
  landlock: number;
  container: "none" | "docker";
  manifest: "none" | "harmless";
};

/** A cell, or the bare engine, on which each attack has to succeed. */
export type Surroundings = { kind: "jail"; cell: Cell } | { kind: "bare"; place: Place; user: Cell["user"] };

const DIMENSIONS: { readonly [K in keyof Cell]: readonly Cell[K][] } = {
  place: ["main", "worker", "child", "addon"],
  user: ["root", "ordinary"],
  namespaces: ["on", "off"],
  landlock: [7, 6, 5, 4, 3],
  container: ["none", "docker"],
  manifest: ["none", "harmless"],
};
const KEYS = Object.keys(DIMENSIONS) as (keyof Cell)[];

/** Docker's profile refuses namespaces, so there they are off whatever is asked for. */
function isPossible(cell: Cell): boolean {
  return cell.container === "none" || cell.namespaces === "off";
}

export function everyCell(): Cell[] {
  const combine = (keys: readonly (keyof Cell)[]): Partial<Cell>[] => {
    const [key, ...rest] = keys;
    if (key === undefined) return [{}];
    return combine(rest).flatMap((other) => DIMENSIONS[key].map((value) => ({ ...other, [key]: value })));
  };
  return (combine(KEYS) as Cell[]).filter(isPossible);
}

/**
 * A small set of cells in which each two values of two dimensions meet. Every place meets every Landlock version, so
 * there is one cell at least for each of these pairs; the other dimensions are spread over them. The same every time.
 */
export function pairwiseCells(): Cell[] {
  const all = everyCell();
  const missing = new Set(all.flatMap(pairsOf));
  const chosen: Cell[] = [];
  const take = (candidates: readonly Cell[]): void => {
    const worth = (cell: Cell): number => pairsOf(cell).filter((pair) => missing.has(pair)).length;
    const best = candidates.reduce((one, other) => (worth(other) > worth(one) ? other : one));
    chosen.push(best);
    for (const pair of pairsOf(best)) missing.delete(pair);
  };
  for (const [turn, landlock] of DIMENSIONS.landlock.entries()) {
    for (const place of DIMENSIONS.place) take(all.filter((cell) => cell.landlock === landlock && cell.place === place).toSorted((one, other) => rank(one, turn) - rank(other, turn)));
  }
  while (missing.size > 0) take(all);
  return chosen;
}

/** Which of equals comes first: now the simplest surroundings, now the strangest. */
function rank(cell: Cell, turn: number): number {
  const strange = Number(cell.user === "ordinary") + Number(cell.manifest === "harmless") + Number(cell.container === "docker") + Number(cell.namespaces === "off");
  return turn % 2 === 0 ? -strange : strange;
}

function pairsOf(cell: Cell): string[] {
  return KEYS.flatMap((one, index) => KEYS.slice(index + 1).map((other) => `${one}=${cell[one]} ${other}=${cell[other]}`));
}

/** Whether the attack says something in these surroundings. */
export function belongs(attack: Attack, where: Surroundings): boolean {
  if (where.kind === "bare") return attack.places.includes(where.place) && (attack.user !== "root" || where.user === "root");
  const { cell } = where;
  return (
    attack.places.includes(cell.place) &&
    (attack.user !== "root" || cell.user === "root") &&
    (attack.manifest !== "harmless" || cell.manifest === "harmless") &&
    (attack.namespaces !== "needed" || cell.namespaces === "on")
  );
}

/** Attacks with a start of their own run where the place is the main thread; the cell's manifest is not theirs. */
export function aloneBelongs(attack: Alone, where: Surroundings): boolean {
  const { place, user } = where.kind === "bare" ? where : where.cell;
  return (
    place === "main" &&
    (attack.user !== "root" || user === "root") &&
    (where.kind === "jail" ? attack.namespaces !== "needed" || where.cell.namespaces === "on" : attack.unproven === undefined)
  );
}

export function bareSurroundings(): Surroundings[] {
  return DIMENSIONS.place.flatMap((place) => DIMENSIONS.user.map((user): Surroundings => ({ kind: "bare", place, user })));
}

export function nameOf(where: Surroundings): string {
  if (where.kind === "bare") return `bare engine, ${where.place}, ${where.user}`;
  const { place, user, namespaces, landlock, container, manifest } = where.cell;
  return `${place}, ${user}, namespaces ${namespaces}, Landlock ${landlock}, ${container === "docker" ? "Docker's profile" : "no container"}, ${manifest === "none" ? "no grants" : "harmless grants"}`;
}
