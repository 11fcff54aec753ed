// How many datagrams per second does an echo server send back?
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { Question } from "../measure.ts";
import { serveAll, stopAll } from "../programs.ts";
import { makeLooseProject } from "../../test/harness/index.ts";

const server = `
  const socket = require("dgram").createSocket("udp4");
  socket.on("message", (text, from) => socket.send(text, from.port, from.address));
  socket.bind(0, "127.0.0.1", () => console.log("port", socket.address().port));
`;

/** Keeps 16 datagrams on their way until `count` are back; gives datagrams per second. */
async function echo(port: number, count: number): Promise<number> {
  const socket = createSocket("udp4");
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  const before = performance.now();
  let back = 0;
  const send = (): void => socket.send("echo");
  // One that is lost would end it all: what is on its way is sent again after a while without an answer.
  let seen = 0;
  const again = setInterval(() => {
    if (seen === back) send();
    seen = back;
  }, 100);
  await new Promise<void>((resolve) => {
    socket.on("message", () => (++back >= count ? resolve() : send()));
    for (let n = 0; n < 16; n++) send();
  });
  const took = performance.now() - before;
  clearInterval(again);
  socket.close();
  return (count / took) * 1000;
}

const sides: Question["sides"] = ["bare", "jailed", "bare again", "no namespaces"];

export const udp: Question = {
  name: "UDP echo",
  unit: "datagrams/s",
  bound: { kind: "at least", ratio: 0.9 },
  sides,
  async prepare(quick) {
    const project = makeLooseProject({ "server.cjs": server, "package.json": { name: "server" } });
    const servers = await serveAll(sides, "server.cjs", project.folder, ["--allow-listen=127.0.0.1:0", "--allow-net=127.0.0.1"]);
    return {
      sample: (side) => echo(servers.get(side)?.port ?? 0, quick ? 5_000 : 20_000),
      async end() {
        await stopAll(servers);
        project.remove();
      },
    };
  },
};
