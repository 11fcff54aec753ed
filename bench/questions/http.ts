// How many requests per second does a server of node:http answer, alone and as a cluster of two workers?
import type { Question } from "../measure.ts";
import { peers, serveAll, stopAll } from "../programs.ts";
import { requestsPerSecond } from "../wrk.ts";
import { makeLooseProject } from "../../test/harness/index.ts";

const alone = "require('http').createServer((request, response) => response.end('hello')).listen(0, '127.0.0.1', function () { console.log('port', this.address().port) });";

const cluster = `
  const cluster = require("cluster"), http = require("http");
  if (cluster.isPrimary) {
    let up = 0;
    cluster.on("listening", (worker, { port }) => { if (++up === 2) console.log("port", port) });
    process.on("SIGTERM", () => process.exit());
    for (const n of [1, 2]) cluster.fork();
  } else http.createServer((request, response) => response.end("hello")).listen(0, "127.0.0.1");
`;

function throughput(name: string, program: string, ratio: number, flags: readonly string[], sides: Question["sides"]): Question {
  return {
    name,
    unit: "requests/s",
    bound: { kind: "at least", ratio },
    sides,
    async prepare(quick) {
      const project = makeLooseProject({ "server.cjs": program, "package.json": { name: "server" } });
      const servers = await serveAll(sides, "server.cjs", project.folder, flags);
      return {
        sample: (side) => requestsPerSecond(servers.get(side)?.port ?? 0, quick ? 1 : 2),
        async end() {
          await stopAll(servers);
          project.remove();
        },
      };
    },
  };
}

export const http: Question = throughput("node:http", alone, 0.97, ["--allow-listen=127.0.0.1:0"], ["bare", "jailed", "bare again", "no namespaces", ...peers()]);
export const clustered: Question = throughput("cluster of two", cluster, 0.9, ["--allow-listen=127.0.0.1:0", "--allow-run=node"], ["bare", "jailed", "bare again"]);
