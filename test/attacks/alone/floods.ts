// Calls by the thousand: what the launcher keeps for them has an end, and the jail still answers.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Alone, Arrangement, Ending } from "./scene.ts";

/** The kernel looks through all calls that wait for each answer, so the time grows with the square of this. */
const THREADS = 2_000;
const REFUSED = 1_000_000;
const REASON = "it is about the launcher, which the bare engine has not; that the flood ended shows that the attack was made";

const RAW = 'const addon = require("attack-addon"), numbers = require("attack-addon/numbers.json"); const call = (name, ...words) => addon.syscall(numbers[name], ...words);';

/** 200 sockets, on each of which 10 threads wait for a listener that takes nobody, and a connection beside them. */
const CROWD = `
  ${RAW}
  const path = require("node:os").tmpdir() + "/s", name = Buffer.alloc(110);
  name.writeUInt16LE(1);
  name.write(path, 2);
  const listener = call("socket", 1, 1, 0);
  console.log("bound", call("bind", listener, name, name.length), call("listen", listener, 0));
  let threads = 0;
  for (let n = 0; n < 201; n++) threads += addon.crowd(n === 0 ? 1 : ${THREADS / 200}, numbers.connect, call("socket", 1, 1, 0), name, name.length);
  console.log("ready");
  const server = require("node:net").createServer((socket) => socket.end("x")).listen(0, "127.0.0.1", () => {
    setTimeout(() => {
      const before = Date.now();
      require("node:net").connect(server.address().port, "127.0.0.1").on("data", () => { console.log("answered", threads, Date.now() - before < 5000); process.exit(); });
    }, 3000);
  });`;

/** Each is another address and port, so that no two are told as one; port 53 is the resolver's everywhere. */
const REFUSALS = `
  ${RAW}
  console.log("ready");
  const name = Buffer.alloc(16), socket = call("socket", 2, 1, 0);
  name.writeUInt16LE(2);
  let refused = 0;
  for (let n = 0; n < ${REFUSED}; n++) {
    name.writeUInt16BE(1000 + (n % 50000), 2);
    name.writeUInt32BE(0xc6336400 + Math.floor(n / 50000), 4);
    if (call("connect", socket, name, name.length) === -13) refused++;
  }
  require("node:fs").writeSync(1, "refused " + refused);`;

export const alone: Alone[] = [
  { name: "launcher/crowd-of-threads", tries: `${THREADS} threads wait in connect at one time`, user: "root", namespaces: "needed", unproven: { reason: REASON, shown: (ending) => ending.stdout.includes(`answered ${THREADS + 1}`) }, arrange: () => flood({ permissions: { listen: ["127.0.0.1:0"], addons: ["attack-addon"] } }, CROWD, (ending) => (ending.stdout.includes("true") ? [] : ["nothing else was answered meanwhile"])) },
  { name: "launcher/flood-of-refusals", tries: `${REFUSED} refused connections, each to another address`, user: "root", namespaces: "needed", unproven: { reason: REASON, shown: (ending) => ending.stdout.includes(`refused ${REFUSED}`) }, arrange: () => flood({ permissions: { addons: ["attack-addon"] } }, REFUSALS, (ending) => (ending.stderr.length > 2 << 20 ? [`${ending.stderr.length} bytes of reports`] : [])) },
];

/** Looks at the launcher's memory and threads, from the program's line `ready` until its end. */
function flood(manifest: Record<string, unknown>, code: string, harm: (ending: Ending) => string[]): Arrangement {
  const [memory, threads]: [number[], number[]] = [[], []];
  return {
    manifest,
    code,
    meanwhile: async (launcher, ready) => {
      await ready;
      for (let now = status(launcher); now !== undefined; now = status(launcher)) {
        memory.push(now.memory);
        threads.push(now.threads);
        await sleep(50);
      }
    },
    look: (ending) => {
      const [grown, most] = [Math.max(...memory) - (memory[0] ?? 0), Math.max(...threads)];
      return [...harm(ending), ...(grown > 48 << 10 ? [`the launcher grew by ${grown} kB`] : []), ...(most > 100 ? [`the launcher had ${most} threads`] : [])];
    },
  };
}

/** `undefined` when it has ended. Memory in kB. */
function status(pid: number): { memory: number; threads: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    const memory = Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    return memory === 0 ? undefined : { memory, threads: Number(/^Threads:\s+(\d+)/m.exec(text)?.[1]) };
  } catch {
    return undefined;
  }
}
