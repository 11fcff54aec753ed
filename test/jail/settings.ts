// The settings in which a claim has to hold.

/** With and without namespaces. */
export const settings: readonly { name: string; flags: string[] }[] = [
  { name: "with namespaces", flags: [] },
  { name: "without namespaces", flags: ["--namespaces=off"] },
];

/** A program that tries `attempts`, expressions of JavaScript, and prints for each its value or the code of its error. */
export function attempting(attempts: readonly string[]): string {
  const lines = attempts.map((attempt) => `attempt(${JSON.stringify(attempt)}, () => ${attempt});`);
  return `
    const fs = require('node:fs');
    function attempt(name, step) {
      let result;
      try { result = step(); } catch (error) { result = error.code ?? error.message; }
      console.log(JSON.stringify(result ?? null));
    }
    ${lines.join("\n")}
  `;
}

/** What such a program printed. */
export function results(stdout: string): unknown[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as unknown);
}
