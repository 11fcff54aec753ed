// `npm run test:http-load:clients [-- name…] [--seconds=30] [--megabytes=200] [--long] [--sides="guarded,guard off"]`: ordinary clients see no difference between a guarded server
// and one that is not. `--long` is 10 minutes and 2 GB.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { installPackages } from "../packages.ts";
import type { Kind } from "../server.ts";
import { type Client, clients, type Size } from "./clients.ts";
import { compare } from "./compare.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: "string", default: "30" }, megabytes: { type: "string", default: "200" }, long: { type: "boolean", default: false }, sides: { type: "string", default: "guarded,guard off" } } });
const size: Size = values.long ? { seconds: 600, bytes: 2 ** 31 } : { seconds: Number(values.seconds), bytes: Number(values.megabytes) * 2 ** 20 };
installPackages();
if (!existsSync("/usr/bin/chromium")) throw new Error("Cannot test: chromium is not installed; apt-get install --no-install-recommends chromium");

const chosen: Client[] = clients.filter((one) => positionals.length === 0 || positionals.some((name) => one.name.includes(name)));
const results = await compare(chosen, size, values.sides.split(",") as Kind[]);
for (const { name, alike, guarded, off, seconds } of results) {
  console.log(`${alike ? "ok    " : "FAILED"} ${name} (${seconds.toFixed(0)} s)`);
  if (!alike) console.log("       guarded:", JSON.stringify(guarded), "\n       guard off:", JSON.stringify(off));
}
const failed = results.filter((one) => !one.alike).length;
console.log(`${results.length} ordinary clients, ${failed} saw a difference`);
process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
