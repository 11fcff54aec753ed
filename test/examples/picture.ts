// Draws docs/denial.svg from what the hostile example really prints: `node test/examples/picture.ts` writes it,
// `--check` says whether it is current.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stage } from "../../scripts/demo/stage.ts";

const root = join(import.meta.dirname, "../..");
const target = join(root, "docs/denial.svg");

const COMMAND = "cordon run report.js";
const LINE = 19;
const COLUMN = 8.43;

/**
 * What the terminal shows, without what differs between two runs. Without namespaces, which not every machine has: with
 * them some of the files are not there, and programs look in vain for many files, so that is no news.
 */
export async function session(): Promise<string[]> {
  const stage = await Stage.open();
  try {
    const ended = await stage.run(join(root, "bin/cordon"), ["run", "--namespaces=off", "report.js"]);
    const plain = (text: string): string =>
      text.trimEnd().replaceAll(stage.project, ".").replaceAll(stage.home, "~").replaceAll(String(stage.port), "8080").replaceAll(/[0-9a-f]+(?=\.collector)/g, "646576").replaceAll(/proc\/\d+/g, "proc/4711");
    return [`$ ${COMMAND}`, ...denials(plain(ended.stderr)), "", ...plain(ended.stdout).split("\n")];
  } finally {
    await stage.close();
  }
}

/** Each denial and who asked, without the advice on how to grant it; which comes first is a matter of chance. */
function denials(text: string): string[] {
  const told = text.split(/^(?=denied )/m).toSorted();
  return told.flatMap((denial) => denial.split("\n")).filter((line) => /^(?:denied|  the program says)/.test(line));
}

export function draw(lines: readonly string[]): string {
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * COLUMN) + 40;
  const height = lines.length * LINE + 58;
  const rows = lines.map((line, index) => `  <text x="20" y="${52 + index * LINE}" fill="${colour(line)}" xml:space="preserve">${escaped(line)}</text>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', monospace" font-size="14">`,
    "  <title>A dependency that was taken over tries to steal keys; each attempt is denied, and the program does its job</title>",
    `  <rect width="${width}" height="${height}" rx="10" fill="#16181d"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map((fill, index) => `  <circle cx="${22 + index * 20}" cy="20" r="6" fill="${fill}"/>`),
    ...rows,
    "</svg>\n",
  ].join("\n");
}

function colour(line: string): string {
  if (line.startsWith("$")) return "#8ab4f8";
  if (line.startsWith("  the program says")) return "#9aa0a6";
  return line.startsWith("denied") ? "#ff8a80" : "#e8eaed";
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

if (import.meta.main) {
  const picture = draw(await session());
  if (!process.argv.includes("--check")) writeFileSync(target, picture);
  else if (readFileSync(target, "utf8") !== picture) {
    console.error("docs/denial.svg is not what cordon prints; run node test/examples/picture.ts");
    process.exitCode = 1;
  }
}
