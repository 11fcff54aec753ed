// Denials, one line of JSON each, into the pipe that the launcher reads. Advisory: the program can write there too.
import type { Tools } from "./attempt.ts";
import type { Origin } from "./origin.ts";

export type Report = Origin & {
  permission: string;
  resource: string;
  /** What a grant would name, where the resource is what the broker calls it. */
  grant?: string;
  call?: string;
  code?: string;
  /** It was not refused: told for who asked. */
  used?: true;
};

/** A pipe takes this much in one piece (PIPE_BUF, pipe(7)): lines of several processes do not mix. */
const LONGEST = 4096;
const LONGEST_TEXT = 700;

/** A function that reports, and that does nothing once the pipe is not the one of the start any more. */
export function createReporter(descriptor: number | undefined, tools: Tools): (report: Report) => void {
  if (descriptor === undefined) return () => {};
  const pipe = identity(descriptor, tools);
  return (report) => {
    if (pipe === undefined || identity(descriptor, tools) !== pipe) return;
    try {
      tools.writeSync(descriptor, line(report));
    } catch {
      // A full pipe loses a line; the program must not wait for its explanations.
    }
  };
}

/** Tells this pipe from a file that the program opened under the same number after it closed the pipe. */
export function identity(descriptor: number, tools: Pick<Tools, "fstatSync">): string | undefined {
  try {
    const status = tools.fstatSync(descriptor);
    return status.isFIFO() ? `${status.dev}:${status.ino}` : undefined;
  } catch {
    return undefined;
  }
}

function line(report: Report): string {
  const whole = `${JSON.stringify(report)}\n`;
  if (Buffer.byteLength(whole) <= LONGEST) return whole;
  const cut = (text: string | null): string | null => (text === null ? null : text.slice(0, LONGEST_TEXT));
  return `${JSON.stringify({ ...report, resource: cut(report.resource), file: cut(report.file), package: cut(report.package), cut: true })}\n`;
}
