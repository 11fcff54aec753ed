// `npm run bench:http [-- name…] [--rounds=7] [--seconds=2]`: requests per second of servers in a jail, the guard on and off, in turns. `on again`
// is the same as `on`: its ratio is the noise.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { median } from "../measure.ts";
import { installPackages } from "../../test/http-load/packages.ts";
import { type Kind, startServer, type Server } from "../../test/http-load/server.ts";
import { type Load, loads, rate } from "./loads.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: "string", default: "7" }, seconds: { type: "string", default: "2" } } });
/** Requests per second, on : off. */
const PROMISE = 0.97;
const SIDES = { on: "guarded", off: "guard off", "on again": "guarded", "off again": "guard off" } as const satisfies Record<string, Kind>;
type Side = keyof typeof SIDES;

type Sample = { readonly perSecond: number; /** Microseconds of the server's processor time for a request. */ readonly cost: number };

async function compare(load: Load): Promise<Map<Side, Sample[]>> {
  const servers = new Map<Side, Server>();
  for (const side of Object.keys(SIDES) as Side[]) servers.set(side, await startServer(SIDES[side], load.program, load.protocol));
  const samples = new Map<Side, Sample[]>([...servers.keys()].map((side) => [side, []]));
  const sides = [...servers];
  for (const [, server] of sides) await sample(load, server); // Warms it; not counted.
  for (let round = 0; round < Number(values.rounds); round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const [side, server] = sides[(round + turn) % sides.length] ?? [];
      if (side !== undefined && server !== undefined) samples.get(side)?.push(await sample(load, server));
    }
  }
  for (const [, server] of sides) await server.stop();
  return samples;
}

async function sample(load: Load, server: Server): Promise<Sample> {
  const before = await server.report();
  const { perSecond, requests } = await rate(load, server.port, Number(values.seconds));
  const after = await server.report();
  return { perSecond, cost: (after.processor - before.processor) / requests };
}

function row(load: Load, samples: Map<Side, Sample[]>): { cells: string[]; fine: boolean } {
  const middle = (side: Side, of: keyof Sample): number => median((samples.get(side) ?? []).map((one) => one[of]));
  const ratio = (one: Side, other: Side, of: keyof Sample): string => (middle(one, of) / middle(other, of)).toFixed(3);
  const fine = middle("on", "perSecond") >= PROMISE * middle("off", "perSecond");
  return {
    fine,
    cells: [
      load.name, middle("on", "perSecond").toFixed(0), middle("off", "perSecond").toFixed(0), ratio("on", "off", "perSecond"), ratio("on", "on again", "perSecond"), ratio("off", "off again", "perSecond"),
      middle("on", "cost").toFixed(1), middle("off", "cost").toFixed(1), ratio("on", "off", "cost"), ratio("on", "on again", "cost"), fine ? "yes" : "no",
    ],
  };
}

for (const [program, name] of [["wrk", "wrk"], ["h2load", "nghttp2-client"]] as const) {
  if (spawnSync(program, ["--version"], { stdio: "ignore" }).error !== undefined) throw new Error(`Cannot measure: ${program} is not installed; apt-get install ${name}`);
}
installPackages();
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const headings = ["server", "requests/s, on", "off", "on : off", "on : on again", "off : off again", "µs/request, on", "off", "on : off", "on : on again", "≥ 0.97"];
console.log([line(headings), line(headings.map(() => "---"))].join("\n"));
for (const load of loads.filter((one) => positionals.length === 0 || positionals.some((name) => one.name.includes(name)))) {
  const { cells, fine } = row(load, await compare(load));
  console.log(line(cells));
  if (!fine) process.exitCode = 1;
}
