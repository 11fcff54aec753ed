// The table at the end, and what makes the battery fail.
import type { Outcome, Result } from "./cell.ts";
import { nameOf, type Surroundings } from "./cells.ts";

type Row = { proofs: number; runs: number; leaks: number };

export class Report {
  readonly #rows = new Map<string, Row>();
  readonly #errors: string[] = [];
  readonly #leaks: string[] = [];
  #runs = 0;

  error(text: string): void {
    this.#errors.push(text);
    console.log(`error: ${text}`);
  }

  add(where: Surroundings, outcome: Outcome, seconds: number): void {
    for (const text of outcome.errors) this.error(text);
    for (const result of outcome.results) this.#count(where, result);
    const leaks = outcome.results.filter((result) => result.harm.length > 0).length;
    const verdict = where.kind === "bare" ? `${leaks} succeed` : `${leaks} leaks`;
    for (const text of outcome.slow) console.log(`slow: ${text}`);
    console.log(`${String(outcome.results.length).padStart(4)} attacks, ${verdict}, ${seconds.toFixed(1)} s: ${nameOf(where)}`);
  }

  #count(where: Surroundings, result: Result): void {
    const row = this.#rows.get(result.name) ?? { proofs: 0, runs: 0, leaks: 0 };
    this.#rows.set(result.name, row);
    const harmed = result.harm.length > 0;
    if (where.kind === "bare") {
      row.proofs += 1;
      if (!harmed) this.error(`attack ${result.name} proves nothing: it fails on the ${result.where}: ${oneLine(result.said)}`);
      return;
    }
    row.runs += 1;
    this.#runs += 1;
    if (!harmed) return;
    row.leaks += 1;
    this.#leaks.push(`${result.name}: ${result.harm.slice(0, 3).join("; ")} [${result.where}]`);
    console.log(`LEAK ${this.#leaks.at(-1) ?? ""}`);
  }

  /** @returns the exit code. */
  print(): number {
    console.log(`\n${"attack".padEnd(52)} bare  jailed  leaks`);
    for (const [name, row] of [...this.#rows].toSorted(([one], [other]) => one.localeCompare(other))) {
      console.log(`${name.padEnd(52)} ${String(row.proofs).padStart(4)}  ${String(row.runs).padStart(6)}  ${String(row.leaks).padStart(5)}`);
    }
    for (const text of this.#errors) console.log(`error: ${text}`);
    for (const text of this.#leaks) console.log(`LEAK ${text}`);
    console.log(`\n${this.#rows.size} attacks, ${this.#runs} runs, ${this.#leaks.length} leaks`);
    const failed = this.#leaks.length + this.#errors.length;
    console.log(`${this.#runs - this.#leaks.length} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 160);
}
