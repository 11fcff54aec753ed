// `npm run test:http-load:servers [-- --connections=4000] [--only=-H,-X] [--seconds=40]`: slowhttptest against Express on cordon, Express on the bare
// engine, and nginx; prints one table.
import { parseArgs } from "node:util";
import { takeCensus } from "./census.ts";
import { judge, measure, type Measured, type Offence, OFFENDERS } from "./measure.ts";
import { inOwnNetwork } from "./network.ts";
import { nginxIsThere, startNginx } from "./nginx.ts";
import { installPackages } from "./packages.ts";
import { type Server, startServer } from "./server.ts";
import { type Mode, modes, slowhttptest, slowhttptestIsThere } from "./slowhttptest.ts";

const { values } = parseArgs({ options: { connections: { type: "string", default: "4000" }, only: { type: "string" }, servers: { type: "string" } } });
const PER_SECOND = 1000;

const servers: Record<string, () => Promise<Server>> = {
  "Express on cordon": () => startServer("guarded", "express", "http"),
  "Express, bare engine": () => startServer("bare", "express", "http"),
  nginx: startNginx,
};

/** What slowhttptest opens, and what the kernel says becomes of it. */
function offenceOf(mode: Mode): Offence {
  return async (server, seconds) => {
    const census = takeCensus(server.port, OFFENDERS);
    const told = await slowhttptest(mode, Number(values.connections), PER_SECOND, server, seconds);
    const { most, left, longest } = census.stop();
    return { ...told, most, held: left, longestHeld: left > 0 ? longest * 1000 : 0, longestLived: longest * 1000 };
  };
}

const HEADINGS = ["mode", "server", "lost, own address", "lost, theirs", "p99 quiet, ms", "p99 own", "p99 theirs", "offenders at once", "left", "oldest, s", "memory, MB", "holds"];

function row(mode: Mode, name: string, measured: Measured): string[] {
  const { quiet, under, offenders } = measured;
  const { fine } = judge(measured, mode.goneWithin);
  const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  const lived = Math.max(offenders.longestLived, offenders.longestHeld) / 1000;
  const lost = (seen: typeof under.beside): string => `${seen.lost} of ${seen.sent}`;
  const p99 = (seen: typeof under.beside): string => seen.p99?.toFixed(1) ?? "–";
  return [
    `${mode.flag} ${mode.name}`, name, lost(under.elsewhere), lost(under.beside), p99(quiet.elsewhere), p99(under.elsewhere), p99(under.beside),
    String(offenders.most ?? "–"), String(offenders.held), offenders.longestHeld / 1000 > mode.goneWithin ? "never" : lived.toFixed(0),
    `${megabytes(measured.memoryBefore)} → ${megabytes(measured.memoryMost)}`, fine ? "yes" : "no",
  ];
}

function requirePrograms(): void {
  if (!slowhttptestIsThere()) throw new Error("Cannot attack: slowhttptest is not installed; apt-get install slowhttptest");
  if (!nginxIsThere()) throw new Error("Cannot compare: nginx is not installed; apt-get install --no-install-recommends nginx-light");
}

requirePrograms();
inOwnNetwork();
installPackages();
const rows: string[][] = [];
for (const mode of modes.filter((one) => values.only === undefined || values.only.split(",").includes(one.flag))) {
  for (const [name, begin] of Object.entries(servers).filter(([one]) => values.servers === undefined || one.includes(values.servers))) {
    const server = await begin();
    const seconds = mode.goneWithin + Number(values.connections) / PER_SECOND + 8;
    const measured = await measure(server, offenceOf(mode), { quiet: 6, attack: seconds });
    const { fine, why } = judge(measured, mode.goneWithin);
    console.error(`${fine ? "ok    " : "no    "} ${mode.flag} ${name} ${why.join("; ")}`);
    if (name === "Express on cordon" && !fine) process.exitCode = 1;
    rows.push(row(mode, name, measured));
    await server.stop();
  }
}
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
console.log([line(HEADINGS), line(HEADINGS.map(() => "---")), ...rows.map(line)].join("\n"));
