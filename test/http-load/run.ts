// `npm run test:http-load [-- name…] [--on="guarded,guard off,bare"] [--protocol=http,https,h2c,h2] [--seconds=40]`: every attack on every server.
import { parseArgs } from "node:util";
import { attacks } from "./attacks/all.ts";
import type { Attack, Protocol } from "./attacks/attack.ts";
import { judge, measure, offenceOf } from "./measure.ts";
import { type Kind, startServer } from "./server.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { on: { type: "string", default: "guarded" }, protocol: { type: "string", default: "http,https,h2c,h2" }, seconds: { type: "string" } },
});
const kinds = values.on.split(",") as Kind[];
const protocols = values.protocol.split(",") as Protocol[];
const chosen = attacks.filter((one) => positionals.length === 0 || positionals.some((name) => one.name.includes(name)));
let failures = 0;

async function run(kind: Kind, protocol: Protocol, one: Attack): Promise<void> {
  const server = await startServer(kind, "plain", protocol);
  try {
    const measured = await measure(server, offenceOf(one), { quiet: 5, attack: values.seconds === undefined ? Math.min(30, one.goneWithin) + 5 : Number(values.seconds) });
    const { fine, why } = judge(measured, one.goneWithin, one.wellFormed === true ? ["elsewhere"] : undefined);
    if (!fine && kind === "guarded") failures++;
    const { offenders: gone, under, quiet } = measured;
    const p99 = [quiet.elsewhere, under.elsewhere, under.beside].map((seen) => seen.p99?.toFixed(1) ?? "-").join(" → ");
    console.log(`${fine ? "ok    " : "FAILED"} ${kind}, ${protocol}: ${one.name}: p99 ${p99} ms, ${under.elsewhere.disturbed + under.beside.disturbed > 0 ? `${under.elsewhere.disturbed + under.beside.disturbed} disturbed, ` : ""}${gone.opened} opened, ${gone.refused} refused, ${gone.held} held, answers ${JSON.stringify(gone.answers)}, ${(measured.memoryBefore / 2 ** 20).toFixed(0)} → ${(measured.memoryMost / 2 ** 20).toFixed(0)} MB, event loop ${measured.before.delay.toFixed(1)} → ${measured.during.delay.toFixed(1)} ms`);
    for (const reason of why) console.log(`       ${reason}`);
    await server.stop();
  } catch (error) {
    failures += kind === "guarded" ? 1 : 0;
    console.log(`FAILED ${kind}, ${protocol}: ${one.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

for (const one of chosen) {
  for (const protocol of one.against.filter((name) => protocols.includes(name))) {
    for (const kind of kinds) await run(kind, protocol, one);
  }
}
console.log(failures === 0 ? "http-load: nothing failed" : `http-load: ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
