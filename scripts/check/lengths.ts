// How long files are: a report, for the eye. 150 lines is usual, more than 400 wants a reason.
import type { SourceFile } from "./files.ts";

const CODE = /^(?:launcher\/(?:src|tests)|runtime|suite|scripts|test|bench)\/.*\.(?:rs|ts|c)$/;

export function lengthReport(files: readonly SourceFile[]): string[] {
  const lengths = files
    .filter((file) => CODE.test(file.path) && !file.path.includes("/fixtures/"))
    .map((file) => ({ path: file.path, lines: file.text.split("\n").length - 1 }))
    .toSorted((one, other) => one.lines - other.lines);
  const at = (part: number): number => lengths[Math.min(lengths.length - 1, Math.floor(lengths.length * part))]?.lines ?? 0;
  const long = lengths.filter((file) => file.lines > 400).map((file) => `  ${file.lines} lines: ${file.path}`);
  return [`${lengths.length} source files, median ${at(0.5)} lines, p90 ${at(0.9)}, ${long.length} above 400`, ...long];
}
