// What earlier runs found, so that a long run can be done in pieces.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Mutation, Proof } from "./mutation.ts";

export type Verdict = { readonly noticed: readonly string[]; readonly missed: readonly string[]; readonly seconds: number };

type Kept = { verdicts: Record<string, Verdict & { mutation: string }>; sound: string[] };

export class State {
  readonly #file: string;
  readonly #kept: Kept;

  constructor(file: string) {
    this.#file = file;
    this.#kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Kept) : { verdicts: {}, sound: [] };
  }

  /** Of this very mutation: one that was written anew has none. */
  verdict(mutation: Mutation): Verdict | undefined {
    const kept = this.#kept.verdicts[mutation.name];
    return kept?.mutation === JSON.stringify(mutation) ? kept : undefined;
  }

  judge(mutation: Mutation, verdict: Verdict): void {
    this.#kept.verdicts[mutation.name] = { ...verdict, mutation: JSON.stringify(mutation) };
    this.#save();
  }

  /** Whether everything in the proof passed on the unbroken tree. */
  isSound(proof: Proof): boolean {
    return this.#kept.sound.includes(JSON.stringify(proof));
  }

  holds(proof: Proof): void {
    this.#kept.sound.push(JSON.stringify(proof));
    this.#save();
  }

  #save(): void {
    writeFileSync(this.#file, JSON.stringify(this.#kept));
  }
}
