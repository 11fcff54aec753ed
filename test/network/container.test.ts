// In a container whose seccomp profile is Docker's default, in which the broker can't fetch descriptors.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build, type Native } from "../attacks/build.ts";
import { dockerFilter } from "../attacks/docker-profile.ts";
import { cordon, makeLooseProject, makeProject, type Owner, type Project, plainEnvironment, root, start } from "../harness/index.ts";
import { makeWorld, publicSite, type World } from "./world.ts";

let world: World;
let native: Native;
let tools: Project;
before(async () => {
  world = await makeWorld({ "www.site.example": { A: [publicSite] } });
  tools = makeLooseProject();
  native = build(root, tools.path("native"));
  dockerFilter(tools.path("filter"), native.numbers);
});
after(async () => {
  await world.close();
  tools.remove();
});

async function prints(t: Owner, program: string, flags: readonly string[], expected: string): Promise<void> {
  const project = makeProject(t, { "main.cjs": program });
  const command = [`--filter=${tools.path("filter")}`, "--", cordon, "run", ...flags, "main.cjs"];
  const outcome = await start(native.confine, command, { cwd: project.folder, env: plainEnvironment() }).ended;
  assert.equal(outcome.stdout.trim(), expected, outcome.stderr);
}

const cluster = (policy: string): string => `
  const cluster = require("cluster"), http = require("http");
  cluster.schedulingPolicy = cluster.${policy};
  const ask = (port) => new Promise((resolve, reject) => http.get({ port, host: "127.0.0.1", agent: false }, (response) => response.on("data", (text) => resolve(String(text)))).on("error", reject));
  if (cluster.isPrimary) {
    let up = 0;
    cluster.on("listening", async (worker, { port }) => {
      if (++up < 2) return;
      const answers = new Set();
      for (let n = 0; n < 20; n++) answers.add(await ask(port));
      console.log(answers.size > 0 && [...answers].every((one) => /^worker \\d+$/.test(one)) ? "answered" : [...answers]);
      process.exit();
    });
    for (const n of [1, 2]) cluster.fork();
  } else http.createServer((request, response) => response.end("worker " + process.pid)).listen(0, "127.0.0.1");`;

for (const policy of ["SCHED_RR", "SCHED_NONE"]) {
  test(`workers of node:cluster serve, ${policy}`, async (t) => {
    await prints(t, cluster(policy), ["--allow-listen=127.0.0.1:0", "--allow-run=node"], "answered");
  });
}

const passing = (parent: string): string => `
  const { fork } = require("child_process"), dgram = require("dgram"), net = require("net");
  if (process.argv[2]) process.on("message", (message, handle) => { console.log("handed over", handle !== undefined); process.exit(); });
  else {
    const datagrams = () => new Promise((resolve) => { const socket = dgram.createSocket("udp4").on("error", (error) => resolve(error.code)).bind(0, "127.0.0.1", () => resolve(socket)); });
    const hand = (patience = 30_000) => new Promise((resolve) => {
      const child = fork(__filename, ["child"]), server = net.createServer();
      // The engine tells nobody that what it sent failed.
      const late = setTimeout(() => child.kill(), patience);
      server.listen(0, "127.0.0.1", () => child.send("take", server, () => server.close()));
      child.on("exit", (code) => { clearTimeout(late); resolve(code === 0 ? "fine" : "nothing came"); });
    });
    (async () => { ${parent} })();
  }`;
const flags = ["--allow-listen=127.0.0.1:0", "--allow-net=localhost", "--allow-run=node"];

test("once a descriptor was handed over there are no datagram sockets", async (t) => {
  await prints(t, passing("console.log(await hand(), await datagrams(), await hand());"), flags, "handed over true\nhanded over true\nfine EAFNOSUPPORT fine");
});

test("while there is a datagram socket no descriptor is handed over", async (t) => {
  await prints(t, passing("const socket = await datagrams(); console.log(await hand(1000)); socket.close(() => setTimeout(async () => console.log(await hand()), 100));"), flags, "nothing came\nhanded over true\nfine");
});

test("names are looked up, and their hosts reached, without a datagram socket", async (t) => {
  const program = `
    const dns = require("dns").promises;
    const look = () => dns.lookup("www.site.example").then((found) => found.address, (error) => error.code);
    const ask = () => dns.resolve4("www.site.example").then(String, (error) => error.code);
    fetch("http://www.site.example/").then((response) => response.text()).then(async (text) => console.log(text, await look(), await ask()));`;
  const project = makeProject(t, { "main.cjs": program });
  const outcome = await world.cordonRun(project.folder, ["--allow-net=www.site.example:80", "--allow-run=node", "main.cjs"], undefined, [native.confine, `--filter=${tools.path("filter")}`, "--"]);
  assert.equal(outcome.stdout.trim(), `site ${publicSite} ${publicSite} ${publicSite}`, outcome.stderr);
});
