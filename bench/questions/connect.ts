// What does a connection over loopback cost?
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { Question } from "../measure.ts";
import { selfMeasured } from "../programs.ts";
import { makeLooseProject } from "../../test/harness/index.ts";

const program = `
  const net = require("net"), [port, count] = process.argv.slice(2).map(Number);
  let left = count;
  const before = performance.now();
  const next = () => {
    if (left-- === 0) return console.log(((performance.now() - before) * 1000) / count);
    const socket = net.connect(port, "127.0.0.1", () => socket.resetAndDestroy()).on("close", next);
  };
  next();
`;

export const connect: Question = {
  name: "loopback connect",
  unit: "µs",
  bound: { kind: "at most", ratio: 2.5 },
  sides: ["bare", "jailed", "bare again", "no namespaces"],
  async prepare(quick) {
    const project = makeLooseProject({ "connect.cjs": program, "package.json": { name: "connect" } });
    const server = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
    await once(server, "listening");
    // A listening TCP server has an address and a port (node:net).
    const { port } = server.address() as AddressInfo;
    return {
      sample: (side) => selfMeasured(side, "connect.cjs", project.folder, [`--allow-net=127.0.0.1:${port}`], [String(port), quick ? "500" : "3000"]),
      end() {
        server.close();
        project.remove();
      },
    };
  },
};
