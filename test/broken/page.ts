// docs/broken-on-purpose.md, and whether the catalogue fits the source and the documents.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ALONE } from "../attacks/alone/catalogue.ts";
import { aloneBelongs, belongs, everyCell, nameOf, type Surroundings } from "../attacks/cells.ts";
import { ATTACKS } from "../attacks/inside/catalogue.ts";
import type { Mutation, Promised, Proof } from "./mutation.ts";
import { edited } from "./tree.ts";

export const PAGE = "docs/broken-on-purpose.md";

type Guarantee = { id: string };

/** What keeps the catalogue from being run: a text that is not there, a promise that nobody breaks. */
export function problems(root: string, mutations: readonly Mutation[]): string[] {
  const read = (file: string): string => readFileSync(join(root, file), "utf8");
  const table = JSON.parse(read("contract/guarantees.json")) as { guarantees: Guarantee[] };
  const names = mutations.map((mutation) => mutation.name);
  return [
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `the mutation ${name} is there twice`),
    ...table.guarantees.filter(({ id }) => !mutations.some(({ promised }) => "guarantee" in promised && promised.guarantee === id)).map(({ id }) => `no mutation breaks the guarantee ${id}`),
    ...mutations.flatMap((mutation) => [...misfits(read, mutation), ...unpromised(read, table.guarantees, mutation), ...unproven(root, mutation)]),
  ];
}

function misfits(read: (file: string) => string, { name, edits }: Mutation): string[] {
  return edits.flatMap((edit) => {
    try {
      return edited(read(edit.file), edit) === read(edit.file) ? [`${name}: an edit of ${edit.file} changes nothing`] : [];
    } catch (error) {
      return [`${name}: ${(error as Error).message}`];
    }
  });
}

function unpromised(read: (file: string) => string, guarantees: readonly Guarantee[], { name, promised }: Mutation): string[] {
  if ("guarantee" in promised) return guarantees.some(({ id }) => id === promised.guarantee) ? [] : [`${name}: contract/guarantees.json has no ${promised.guarantee}`];
  // A sentence may go on in the next line of a comment.
  const plain = (text: string): string => text.replaceAll(/\n\s*\/\/[/!]?/g, " ").replaceAll(/\s+/g, " ");
  return plain(read(promised.document)).includes(plain(promised.says)) ? [] : [`${name}: ${promised.document} does not say ${JSON.stringify(promised.says)}`];
}

function unproven(root: string, { name, proof }: Mutation): string[] {
  if (proof.names.length === 0) return [`${name}: nothing is to notice it`];
  if (proof.kind === "attacks") return absentAttacks(proof.cell, proof.names).map((attack) => `${name}: ${attack} does not run in: ${proof.cell}`);
  return proof.kind === "tests" && !existsSync(join(root, proof.file)) ? [`${name}: ${proof.file} is not there`] : [];
}

/** Attacks that the battery does not start in these surroundings. */
export function absentAttacks(cellName: string, names: readonly string[]): string[] {
  const where = everyCell().map((cell): Surroundings => ({ kind: "jail", cell })).find((one) => nameOf(one) === cellName);
  const runs = (name: string): boolean => where !== undefined && (ATTACKS.some((attack) => attack.name === name && belongs(attack, where)) || ALONE.some((attack) => attack.name === name && aloneBelongs(attack, where)));
  return names.filter((name) => !runs(name));
}

/** The page as of this day; what was broken until then was noticed, or there is no page. */
export function page(mutations: readonly Mutation[], isNoticed: (mutation: Mutation) => boolean, day: string): string {
  const noticed = mutations.filter(isNoticed);
  return `${[
    "# Broken on purpose",
    "",
    "Made by `test/broken/run.ts --write` from `test/broken/breaks/`: change those, not this page.",
    "",
    `Each row is a promise, a change of cordon's source that breaks it, and the attack or test that fails then. \`npm run test:broken\` makes each change in a copy, builds it, and runs what has to notice; a change that nobody notices is a missing test. Last run: ${day}.`,
    "",
    `${mutations.length} promises, ${noticed.length} of them broken until then, ${noticed.length} noticed.`,
    "",
    "| promise | broken by | noticed by |",
    "|---|---|---|",
    ...mutations.map((mutation) => `| ${cell(promiseOf(mutation.promised))} | ${cell(mutation.change)} | ${cell(proofOf(mutation.proof))}${isNoticed(mutation) ? "" : " (not broken yet)"} |`),
  ].join("\n")}\n`;
}

function promiseOf(promised: Promised): string {
  if ("guarantee" in promised) return `[${promised.guarantee}](threats.md#${promised.guarantee})`;
  const { document, says } = promised;
  return `[${document}](${document.startsWith("docs/") ? document.slice("docs/".length) : `../${document}`}): ${says}`;
}

function proofOf(proof: Proof): string {
  switch (proof.kind) {
    case "attacks":
      return `${proof.names.map((name) => `\`${name}\``).join(", ")} (${proof.cell})`;
    case "tests":
      return `${proof.file}: ${proof.names.join("; ")}`;
    case "crate":
      return `${proof.crate}: ${proof.names.map((name) => `\`${name}\``).join(", ")}`;
  }
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
