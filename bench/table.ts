// The one table, for the terminal and for bench/results.
import type { Answer, Side } from "./measure.ts";

const columns: readonly Side[] = ["bare", "jailed", "no namespaces", "bun", "deno"];

export function table(answers: readonly Answer[]): string {
  const head = ["question", "unit", ...columns, "jailed : bare", "A/A", "bound", "", "samples"];
  const rows = answers.map(row);
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function row({ question, samples, medians }: Answer): string[] {
  const value = (side: Side): string => shown(medians.get(side));
  const { bound } = question;
  const ratio = (side: Side): number => (medians.get(side) ?? Number.NaN) / (medians.get("bare") ?? Number.NaN);
  const text = bound.kind === "at most more" ? `+ ${bound.amount}` : `${bound.kind === "at most" ? "≤" : "≥"} ${bound.ratio}`;
  const difference = (medians.get("jailed") ?? Number.NaN) - (medians.get("bare") ?? 0);
  const relation = bound.kind === "at most more" ? `+ ${shown(difference)}` : ratio("jailed").toFixed(3);
  return [question.name, question.unit, ...columns.map(value), relation, medians.has("bare again") ? ratio("bare again").toFixed(3) : "", text, verdict(bound, ratio("jailed"), difference), String(samples)];
}

function verdict(bound: Answer["question"]["bound"], ratio: number, difference: number): string {
  switch (bound.kind) {
    case "at most":
      return ratio <= bound.ratio ? "met" : "MISSED";
    case "at least":
      return ratio >= bound.ratio ? "met" : "MISSED";
    case "at most more":
      return difference <= bound.amount ? "met" : "MISSED";
  }
}

function shown(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "";
  return Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(4);
}
