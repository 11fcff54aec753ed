// Makes docs/threats.md from contract/guarantees.json and the attacks themselves. `--check` only says whether it is current.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ALONE } from "../test/attacks/alone/catalogue.ts";
import { ATTACKS } from "../test/attacks/inside/catalogue.ts";

/** Tests that show a guarantee beside the battery: the names that stand in a file. */
type Shown = { file: string; names: string[] };
type Guarantee = { id: string; text: string; mechanism: string; landlock: number; namespaces: "needed" | "not needed"; attacks: string[]; tests?: Shown[] };
type Table = { guarantees: Guarantee[]; notCovered: { what: string; why: string }[] };
type Described = { tries: string; places: string; bare: string };

const ROOT = join(import.meta.dirname, "..");
const PAGE = join(ROOT, "docs/threats.md");

function described(): Map<string, Described> {
  const inside = ATTACKS.map((attack): [string, Described] => [attack.name, { tries: attack.tries, places: attack.places.join(", "), bare: "succeeds" }]);
  const alone = ALONE.map((attack): [string, Described] => [attack.name, { tries: attack.tries, places: "a start of its own", bare: attack.unproven === undefined ? "succeeds" : `not possible: ${attack.unproven.reason}` }]);
  return new Map([...inside, ...alone]);
}

/** Every attack holds a guarantee, and every guarantee names attacks that exist. */
function problems(table: Table, attacks: ReadonlyMap<string, Described>): string[] {
  const named = table.guarantees.flatMap((guarantee) => guarantee.attacks);
  const unknown = named.filter((name) => !attacks.has(name)).map((name) => `contract/guarantees.json names the attack ${name}, which test/attacks does not have`);
  const missing = [...attacks.keys()].filter((name) => !named.includes(name)).map((name) => `the attack ${name} holds no guarantee; name it in contract/guarantees.json`);
  const twice = named.filter((name, index) => named.indexOf(name) !== index).map((name) => `contract/guarantees.json names the attack ${name} twice`);
  const idle = table.guarantees.filter((guarantee) => countOf(guarantee) === 0).map((guarantee) => `nothing shows the guarantee ${guarantee.id}`);
  const gone = table.guarantees.flatMap(({ tests = [] }) => tests.flatMap(absent)).map((name) => `contract/guarantees.json names ${name}, which is not there`);
  return [...unknown, ...missing, ...twice, ...idle, ...gone];
}

function countOf({ attacks, tests = [] }: Guarantee): number {
  return attacks.length + tests.flatMap((shown) => shown.names).length;
}

/** Names of tests that do not stand in their file. */
function absent({ file, names }: Shown): string[] {
  const text = existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), "utf8") : "";
  const test = (name: string): string => (file.endsWith(".rs") ? `\nfn ${name}(` : `test(${JSON.stringify(name)}`);
  return names.filter((name) => !text.includes(test(name)) && !text.includes(`test(\`${name}\``)).map((name) => `${file}: ${name}`);
}

function page(table: Table, attacks: ReadonlyMap<string, Described>): string {
  const overview = table.guarantees.map((guarantee) => `| [${guarantee.id}](#${guarantee.id}) | ${cell(guarantee.text)} | ${cell(guarantee.mechanism)} | ${guarantee.landlock} | ${guarantee.namespaces} | ${countOf(guarantee)} |`);
  return `${[
    "# Threats",
    "",
    "Made by `scripts/threats.ts` from `contract/guarantees.json` and `test/attacks`: change those, not this page.",
    "",
    `\`npm run test:attacks\` runs ${attacks.size} attacks. Each has to succeed on the bare engine, or it proves nothing, and has to fail in the jail: from the main thread, a worker, a child process and a C addon; as root and as an ordinary user; with and without namespaces; on Landlock ABI 3 to 7; under Docker's default profile; without grants and with harmless ones near by. CI runs a set of surroundings in which every two of these meet, \`npm run test:attacks:all\` runs all.`,
    "",
    "## What is promised",
    "",
    "| guarantee | what | held by | oldest Landlock ABI | namespaces | attacks and tests |",
    "|---|---|---|---|---|---|",
    ...overview,
    "",
    "## What is not covered",
    "",
    ...table.notCovered.map(({ what, why }) => `- **${what}.** ${why}`),
    "",
    "## The attacks",
    ...table.guarantees.flatMap((guarantee) => section(guarantee, attacks)),
  ].join("\n")}\n`;
}

function section(guarantee: Guarantee, attacks: ReadonlyMap<string, Described>): string[] {
  const rows = guarantee.attacks.map((name) => {
    const attack = attacks.get(name);
    return `| \`${name}\` | ${cell(attack?.tries ?? "")} | ${attack?.places ?? ""} | ${cell(attack?.bare ?? "")} |`;
  });
  const table = rows.length === 0 ? [] : ["", "| attack | tries | from | on the bare engine |", "|---|---|---|---|", ...rows];
  const tests = (guarantee.tests ?? []).flatMap(({ file, names }) => names.map((name) => `- [${named(name)}](../${file})`));
  return ["", `### ${guarantee.id}`, "", guarantee.text, ...table, ...(tests.length === 0 ? [] : ["", "Shown by tests:", "", ...tests])];
}

/** A test's name as a sentence. */
function named(name: string): string {
  return name.replaceAll("_", " ").replaceAll(/\$\{(\w+)\}/g, "…");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

const table = JSON.parse(readFileSync(join(ROOT, "contract/guarantees.json"), "utf8")) as Table;
const attacks = described();
const found = problems(table, attacks);
const text = page(table, attacks);
if (process.argv.includes("--check")) {
  const current = readFileSync(PAGE, "utf8");
  if (current !== text) found.push("docs/threats.md is not current; run node scripts/threats.ts");
} else writeFileSync(PAGE, text);
for (const problem of found) console.error(problem);
process.exitCode = found.length === 0 ? 0 : 1;
