// Breaks each promise on purpose, and sees that a test fails: `npm run test:broken`.
//
// A mutation changes a few lines in a copy of the source; the copy is built, and what has to notice is run. One that
// nobody notices is a missing test, and fails this.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MUTATIONS } from "./catalogue.ts";
import type { Mutation, Proof } from "./mutation.ts";
import { readOptions, type Options } from "./options.ts";
import { PAGE, page, problems } from "./page.ts";
import { see, type Seen } from "./proofs.ts";
import { State, type Verdict } from "./state.ts";
import { Tree } from "./tree.ts";

const ROOT = join(import.meta.dirname, "../..");
const PLACE = join(ROOT, "launcher/target/broken");

/** Proofs that are one start of the battery, of one file, or of one crate. */
function together(proofs: readonly Proof[]): Proof[] {
  const place = (proof: Proof): string => `${proof.kind} ${proof.kind === "attacks" ? proof.cell : proof.kind === "tests" ? proof.file : `${proof.crate} ${proof.target}`}`;
  const groups = Map.groupBy(proofs, place);
  return [...groups.values()].flatMap(([first, ...rest]) => (first === undefined ? [] : [{ ...first, names: [...new Set([first, ...rest].flatMap((proof) => proof.names))] }]));
}

/** What fails without any change proves nothing. */
function unsound(tree: Tree, state: State, chosen: readonly Mutation[]): string[] {
  const open = chosen.map((mutation) => mutation.proof).filter((proof) => !state.isSound(proof));
  const found: string[] = [];
  const good = new Set<string>();
  for (const proof of together(open)) {
    const seen = see(tree.folder, proof);
    for (const name of proof.names) {
      if (seen.ran.has(name) && !seen.failed.has(name)) good.add(name);
      else found.push(`${name} ${seen.ran.has(name) ? "fails" : "does not run"} on the unbroken tree:\n${seen.output.slice(-3000)}`);
    }
  }
  for (const proof of open) if (proof.names.every((name) => good.has(name))) state.holds(proof);
  return found;
}

/** A text where the change does not compile, which nobody can notice. */
function judge(tree: Tree, mutation: Mutation): { verdict: Verdict; output: string } | string {
  const started = performance.now();
  tree.apply(mutation.edits);
  try {
    const failed = tree.build();
    if (failed !== undefined) return `${mutation.name} does not compile:\n${failed}`;
    const seen: Seen = see(tree.folder, mutation.proof);
    const { names } = mutation.proof;
    const verdict = { noticed: names.filter((name) => seen.failed.has(name)), missed: names.filter((name) => !seen.failed.has(name)), seconds: Math.round((performance.now() - started) / 1000) };
    return { verdict, output: seen.output };
  } finally {
    tree.restore(ROOT, mutation.edits);
  }
}

/** So many are looked at together before any of them is broken: each change costs a build, and so does its undoing. */
const TOGETHER = 12;

function breakAll(chosen: readonly Mutation[], state: State, options: Options): string[] {
  const until = performance.now() + options.minutes * 60_000;
  const tree = new Tree(ROOT, join(PLACE, "tree"));
  const found: string[] = [];
  for (let at = 0; at < chosen.length && performance.now() < until; at += TOGETHER) {
    const failed = tree.build();
    if (failed !== undefined) return [...found, `the unbroken tree does not compile:\n${failed}`];
    const batch = chosen.slice(at, at + TOGETHER);
    found.push(...unsound(tree, state, batch));
    for (const mutation of batch) {
      if (performance.now() < until && state.isSound(mutation.proof)) found.push(...breakOne(tree, mutation, state, options));
    }
  }
  return found;
}

function breakOne(tree: Tree, mutation: Mutation, state: State, options: Options): string[] {
  const judged = judge(tree, mutation);
  if (typeof judged === "string") return [judged];
  const { verdict, output } = judged;
  state.judge(mutation, verdict);
  console.log(`${verdict.missed.length === 0 ? "noticed " : "SURVIVED"} ${String(verdict.seconds).padStart(3)} s  ${mutation.name}`);
  if (options.show || verdict.missed.length > 0) console.log(output.slice(-4000));
  return verdict.missed.length === 0 ? [] : [`${mutation.name} was not noticed by ${verdict.missed.join(", ")}`];
}

/** What was noticed stays said until the mutation is written anew, so that a run in pieces makes one page. */
function writePage(state: State): string[] {
  const survivors = MUTATIONS.filter((mutation) => (state.verdict(mutation)?.missed.length ?? 0) > 0).map((mutation) => `${mutation.name} was not noticed: ${PAGE} is not written`);
  const isNoticed = (mutation: Mutation): boolean => state.verdict(mutation) !== undefined;
  if (survivors.length === 0) writeFileSync(join(ROOT, PAGE), page(MUTATIONS, isNoticed, new Date().toISOString().slice(0, 10)));
  return survivors;
}

function main(options: Options): string[] {
  const stale = problems(ROOT, MUTATIONS);
  if (stale.length > 0 || options.check) return stale;
  mkdirSync(PLACE, { recursive: true });
  const state = new State(join(PLACE, "results.json"));
  const isNoticed = (mutation: Mutation): boolean => state.verdict(mutation)?.missed.length === 0;
  const chosen = MUTATIONS.filter((mutation) => (options.only?.test(mutation.name) ?? true) && !(options.resume && isNoticed(mutation)));
  const found = breakAll(chosen, state, options);
  console.log(`${MUTATIONS.length} promises, ${MUTATIONS.filter((mutation) => state.verdict(mutation) !== undefined).length} broken on purpose, ${MUTATIONS.filter(isNoticed).length} noticed`);
  return [...found, ...(options.write ? writePage(state) : [])];
}

const found = main(readOptions(process.argv.slice(2)));
for (const problem of found) console.error(problem);
process.exitCode = found.length === 0 ? 0 : 1;
