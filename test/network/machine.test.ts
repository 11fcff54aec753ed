// What belongs to a machine: its low ports, its interfaces. In a network namespace, where all are free.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { makeProject, type Owner, startCordon } from "../harness/index.ts";
import { makeWorld, type World } from "./world.ts";

let world: World;
before(async () => {
  world = await makeWorld({});
});
after(() => world.close());

async function prints(t: Owner, program: string, flags: readonly string[], expected: string): Promise<void> {
  const project = makeProject(t, { "main.mjs": `import dgram from "node:dgram"; import net from "node:net"; ${program}` });
  const outcome = await world.cordonRun(project.folder, [...flags, "main.mjs"]);
  assert.equal(outcome.stdout.trim(), expected, outcome.stderr);
}

const listen = `
  const listen = (port) => new Promise((resolve) => {
    const server = net.createServer().on("error", (error) => resolve(error.code));
    server.listen(port, "127.0.0.1", () => { resolve(port); server.close(); });
  });`;

for (const namespaces of [[], ["--namespaces=off"]]) {
  const setting = namespaces.join(" ") || "with namespaces";

  test(`root serves a port below 1024 that is granted, and no other, ${setting}`, async (t) => {
    await prints(t, `${listen} console.log(await listen(80), await listen(81), await listen(80));`, ["--allow-listen=127.0.0.1:80", ...namespaces], "80 EACCES 80");
  });

  test(`a range that reaches below 1024 is granted below 1024, ${setting}`, async (t) => {
    await prints(t, `${listen} console.log(await listen(1023), await listen(1022));`, ["--allow-listen=1023-1030", ...namespaces], "1023 EACCES");
  });
}

/** The distinct sets of capabilities that the threads of a process have: effective and permitted ones. */
function capabilities(pid: number): string[] {
  const sets = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
    return "Eff Prm Amb".split(" ").map((name) => `${name} ${Number.parseInt(new RegExp(`Cap${name}:\\s*(\\w+)`).exec(status)?.[1] ?? "-1", 16)}`).join(" ");
  });
  return [...new Set(sets)];
}

test("of its capabilities the launcher keeps none, or the one for low ports where one is granted", async (t) => {
  const project = makeProject(t, { "main.cjs": "console.log('up'); setInterval(() => {}, 1000)" });
  const kept: [string, string][] = [["--allow-listen=3000", "0"], ["--allow-listen=0", "0"], ["--allow-listen=80", "1024"]];
  for (const [grant, permitted] of kept) {
    const running = startCordon(["run", grant, "main.cjs"], { cwd: project.folder });
    await running.prints("up");
    const found = capabilities(running.child.pid ?? 0);
    running.child.kill("SIGTERM");
    await running.ended;
    assert.deepEqual(found, [`Eff 0 Prm ${permitted} Amb 0`], grant);
  }
});

test("datagrams from link-local addresses come with the name of their interface", async (t) => {
  await world.startHere("ip", ["addr", "add", "fe80::5/64", "dev", "lo", "nodad"]).ended;
  const program = `
    const socket = dgram.createSocket("udp6");
    socket.on("message", (text, from) => { console.log(String(text), from.address); socket.close(); });
    socket.on("error", (error) => { console.log(error.message); socket.close(); });
    socket.bind(0, () => socket.send("hello", socket.address().port, "fe80::5%lo"));`;
  await prints(t, program, ["--allow-net=[fe80::/10]"], "hello fe80::5%lo");
});

test("groups are joined and sent to where a grant names them, in both families", async (t) => {
  const program = `
    const meet = (type, group, at) => new Promise((resolve) => {
      const socket = dgram.createSocket({ type, reuseAddr: true });
      const end = (...news) => { resolve(news.join(" ")); socket.close(); };
      socket.on("error", (error) => end(error.message)).on("message", (text) => end("heard", text));
      socket.bind(5007, () => {
        try { socket.addMembership(group, at); } catch (error) { return end(error.message); }
        socket.setMulticastInterface(at);
        // The loopback device brings none back over IPv6.
        socket.send("hello", 5007, type === "udp6" ? group + "%lo" : group, (error) => { if (error) end(error.message); else if (type === "udp6") end("sent"); });
      });
    });
    console.log(await meet("udp4", "239.1.2.3", "127.0.0.1"), await meet("udp4", "239.1.2.4", "127.0.0.1"));
    console.log(await meet("udp6", "ff02::1234", "::1%lo"), await meet("udp6", "ff02::1235", "::1%lo"));`;
  await world.startHere("ip", ["route", "add", "multicast", "ff02::1234/128", "dev", "lo", "table", "local"]).ended;
  const flags = ["--allow-listen=5007", "--allow-net=239.1.2.3:5007", "--allow-net=[ff02::1234]:5007"];
  await prints(t, program, flags, "heard hello addMembership EACCES\nsent addMembership EACCES");
});
