// The one table, for the terminal and for bench/results.
import type { Answer, Bound, Side } from "./measure.ts";

const HEAD = ["question", "measured", "compared with", "ratio", "A/A", "bound", "", "samples", "for sight"];
const WIDTHS = [46, 20, 24, 6, 5, 6, 6, 7];

export const head: readonly string[] = [line(HEAD), `| ${HEAD.map(() => "---").join(" | ")} |`];

export function table(answers: readonly Answer[]): string {
  return [...head, ...answers.map(row)].join("\n");
}

export function row(given: Answer): string {
  const { name, unit, bound, compare, samples, medians } = given;
  const value = (side: Side): string => `${side} ${shown(medians[side])}`;
  const { ratio, difference, noise } = relation(given);
  const said = bound.kind === "at most more" ? (compared(given) ? `+${shown(difference)}` : shown(difference)) : ratio.toFixed(3);
  const named: readonly Side[] = [compare.measured, compare.to, `${compare.to} again`];
  const others = (Object.keys(medians) as Side[]).filter((side) => !named.includes(side));
  return line([`${name} (${unit})`, value(compare.measured), compared(given) ? value(compare.to) : "", said, noise?.toFixed(3) ?? "", text(bound), met(given) ? "met" : "MISSED", String(samples), others.map(value).join(", ")]);
}

/** Whether the promise is kept, which the noise may have decided. */
export function met(given: Answer): boolean {
  const { ratio, difference } = relation(given);
  switch (given.bound.kind) {
    case "at most":
      return ratio <= given.bound.ratio;
    case "at least":
      return ratio >= given.bound.ratio;
    case "at most more":
      return difference <= given.bound.amount;
  }
}

export function relation({ compare, medians }: Answer): { ratio: number; difference: number; noise: number | undefined } {
  const measured = medians[compare.measured] ?? Number.NaN;
  const to = medians[compare.to];
  const again = medians[`${compare.to} again`];
  return { ratio: measured / (to ?? Number.NaN), difference: measured - (to ?? 0), noise: again === undefined || to === undefined ? undefined : again / to };
}

function compared({ compare, medians }: Answer): boolean {
  return medians[compare.to] !== undefined;
}

export function text(bound: Bound): string {
  if (bound.kind === "at most more") return `+ ${bound.amount}`;
  return `${bound.kind === "at most" ? "≤" : "≥"} ${bound.ratio}`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0)).join(" | ")} |`;
}

function shown(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(4);
}
