// `npm run test:http-load:storm [-- --on="guarded,guard off,bare"] [--rate=10000] [--seconds=30] [--say=nothing,start,request] [--hold=1000]`: new
// connections, as many as the machine can make, from 200 addresses.
import { parseArgs } from "node:util";
import { judge, measure, type Offenders, wait } from "./measure.ts";
import { type Kind, memoryOf, startServer } from "./server.ts";
import { type Passed, storm, type Storm } from "./storm.ts";

const { values } = parseArgs({
  options: {
    on: { type: "string", default: "guarded" }, rate: { type: "string", default: "10000" }, seconds: { type: "string", default: "30" },
    say: { type: "string", default: "nothing,start,request" }, hold: { type: "string", default: "1000" },
  },
});
const ADDRESSES = 200;
const TIMES = 3;
/** Milliseconds: below this the machine's own noise is larger than three times the quiet delay. */
const NOISE = 10;
const MOST_LEFT = 96 * 2 ** 20;

async function run(kind: Kind, say: Storm["say"]): Promise<boolean> {
  const server = await startServer(kind, "plain", "http");
  let passed: Passed | undefined;
  const offence = async (): Promise<Offenders> => {
    passed = await storm(server.port, { perSecond: Number(values.rate), seconds: Number(values.seconds), addresses: ADDRESSES, hold: Number(values.hold), say });
    return { opened: passed.established, refused: passed.refused, lived: passed.endedByServer, longestLived: 0, held: passed.stillOpen, longestHeld: 0, answers: {}, bytesSent: 0 };
  };
  const measured = await measure(server, offence, { quiet: 10, attack: Number(values.seconds) });
  await wait(3);
  const left = memoryOf(server.pid) - measured.memoryBefore;
  const { connections } = await server.report();
  await server.stop();
  const why = [...judge(measured, Infinity).why];
  const most = Math.max(NOISE, TIMES * measured.before.delay);
  if (measured.during.delay > most) why.push(`event loop's delay p99 ${measured.during.delay.toFixed(1)} ms, more than ${most.toFixed(1)}`);
  if (left > MOST_LEFT) why.push(`${(left / 2 ** 20).toFixed(0)} MB more than before are left`);
  if (connections > 100) why.push(`${connections} connections are left`);
  const p99 = [measured.quiet.elsewhere, measured.under.elsewhere].map((seen) => seen.p99?.toFixed(1) ?? "–").join(" → ");
  const rate = ((passed?.established ?? 0) / (passed?.seconds ?? 1)).toFixed(0);
  console.log(`${why.length === 0 ? "ok    " : "FAILED"} ${kind}, ${say}: ${rate} connections/s of ${((passed?.attempted ?? 0) / (passed?.seconds ?? 1)).toFixed(0)} tried, ${JSON.stringify(passed)}, honest p99 ${p99} ms, event loop p99 ${measured.before.delay.toFixed(1)} → ${measured.during.delay.toFixed(1)} ms, memory ${[measured.memoryBefore, measured.memoryMost, measured.memoryBefore + left].map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(" → ")} MB`);
  for (const reason of why) console.log(`       ${reason}`);
  return why.length === 0;
}

for (const say of values.say.split(",") as Storm["say"][]) {
  for (const kind of values.on.split(",") as Kind[]) {
    if (!(await run(kind, say)) && kind === "guarded") process.exitCode = 1;
  }
}
