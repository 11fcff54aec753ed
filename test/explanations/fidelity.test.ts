// The runtime in front of the engine's functions cannot be told from them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { behavesAlike, cordonRun, makeProject } from "../harness/index.ts";

const PROGRAMS: Readonly<Record<string, string>> = {
  "names, lengths and what hangs on functions": `
    const fs = require("fs"), util = require("util"), cp = require("child_process"), net = require("net"), dns = require("dns"), os = require("os");
    for (const module of [fs, fs.promises, cp, net, dns, os]) for (const [name, value] of Object.entries(module)) {
      if (typeof value === "function") console.log(name, value.name, value.length, Reflect.ownKeys(value).map(String).join());
    }
    console.log(util.inspect(fs.readFile), util.inspect(fs.realpath), Object.keys(fs).length);`,
  "one object, however it is reached": `
    const fs = require("fs");
    console.log(fs.promises === require("fs/promises"), fs.promises === require("node:fs").promises, fs === process.getBuiltinModule("fs"));
    import("node:fs").then((ns) => {
      console.log(ns.default === fs, ns.readFileSync === fs.readFileSync, ns.promises === fs.promises);
      return import("fs/promises");
    }).then((ns) => console.log(ns.default === fs.promises, ns.readFile === fs.promises.readFile));`,
  "promisify": `
    const { promisify } = require("util"), fs = require("fs");
    promisify(fs.stat)(__filename).then((s) => console.log(s.isFile()));
    promisify(fs.exists)(__filename).then(console.log);
    promisify(require("dns").lookup)("127.0.0.1").then(console.log);`,
  "errors of the engine's own checks": `
    const fs = require("fs");
    for (const call of [() => fs.readFileSync(1.5), () => fs.readFile("x"), () => fs.statSync({}), () => require("child_process").spawn(1), () => require("net").connect({ port: -1 })]) {
      try { call() } catch (error) { console.log(error.stack.split("\\n").filter((line) => !line.includes("node:")).join("\\n"), error.code) }
    }
    fs.promises.readFile({}).catch((error) => console.log(error.code));`,
  "stack traces": `
    const fs = require("fs");
    function mine() { return fs.readFileSync("/none") }
    Error.stackTraceLimit = 5;
    try { mine() } catch (error) { console.log(error.stack.split("\\n").slice(0, 4)) }
    try { fs.statSync("/none") } catch (error) { const before = error.stack.split("\\n").slice(0, 3); error.stack = "changed"; console.log(before, error.stack, Object.keys(error)) }
    Error.prepareStackTrace = (error, sites) => sites.length > 0;
    try { mine() } catch (error) { console.log(error.stack) }`,
  "callbacks": `
    const fs = require("fs");
    fs.stat("/none", function (...args) {
      console.log(this === undefined, args.length, args[0].code);
      fs.readFile(__filename, "utf8", (error, text) => {
        console.log(error, text.length > 0);
        fs.access(__filename, (...args) => console.log(args));
      });
    });`,
  "what a program changes stays changed": `
    const fs = require("fs"), Module = require("module");
    const original = fs.readFileSync;
    fs.readFileSync = function (...args) { console.log("mine"); return original.apply(this, args) };
    require("./data.json");
    const load = Module._load;
    Module._load = function (request, ...rest) { console.log("load", request); return load.call(this, request, ...rest) };
    require("./data.json"); require("os");
    console.log(Object.getOwnPropertyDescriptor(Module, "_load").writable, Object.keys(require.extensions));`,
  "subclasses and instances": `
    const { DatabaseSync } = require("node:sqlite"), net = require("net"), { ChildProcess } = require("child_process");
    class Mine extends DatabaseSync { constructor() { super(":memory:") } }
    const db = new Mine();
    console.log(db instanceof DatabaseSync, db.constructor.name, DatabaseSync.name, new DatabaseSync(":memory:").constructor === DatabaseSync);
    console.log(new net.Socket() instanceof net.Socket, Object.keys(net.Socket.prototype).length, ChildProcess.name);`,
  "what V8 keeps fast": `
    require("v8").setFlagsFromString("--allow-natives-syntax");
    const isFast = new Function("value", "return %HasFastProperties(value)");
    const http = require("http"), net = require("net"), dgram = require("dgram");
    const show = (what, ...values) => console.log(what, values.map(isFast));
    show("prototypes", net.Socket.prototype, net.Server.prototype, http.Server.prototype, dgram.Socket.prototype, Promise.prototype, Function.prototype);
    const udp = dgram.createSocket("udp4").bind(0, "127.0.0.1", () => { show("dgram", udp); udp.close() });
    const server = http.createServer((request, response) => { show("server", server, request.socket, response, request); response.end() });
    server.listen(0, "127.0.0.1", () => http.get({ port: server.address().port, host: "127.0.0.1", agent: false }, (response) => {
      show("client", response.socket, response);
      response.resume().on("end", () => server.close());
    }));`,
  "modules in URLs": `
    const tried = ["data:text/javascript,export default 1", "data:text/plain,1", "data:text/css;charset=utf-8,1", "data:application/json,{}", "data:,1", "data:text/javascript,export default"];
    (async () => { for (const url of tried) await import(url).then((all) => console.log(all.default), (error) => console.log(error.name, error.code, error.message)); })();`,
  "arguments and variables": `
    console.log(process.argv.slice(2), process.execArgv, Object.keys(process.env).filter((name) => /CORDON_[PRC]/.test(name)), process.listenerCount("exit"));`,
};

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(name, async (t) => {
    const normalise = (text: string): string => text.replaceAll(/node:internal\/[^)]*/g, "engine");
    await behavesAlike(t, { "package.json": {}, "main.js": program, "data.json": { a: 1 } }, ["main.js", "one"], { normalise, flags: ["--allow-read=/none", "--allow-net=127.0.0.1", "--allow-listen=127.0.0.1:0"] });
  });
}

for (const flags of [["--frozen-intrinsics", "--no-warnings"], ["--disallow-code-generation-from-strings"], ["--disable-proto=delete"], ["--preserve-symlinks"], ["--enable-source-maps"]]) {
  test(`the runtime works with ${flags.join(" ")}`, async (t) => {
    const project = makeProject(t, { "package.json": {}, "main.js": 'require("fs").readFile("/etc/shadow", (error) => console.log(error.permission, error.resource)); console.log(require("./other"));', "other.js": 'module.exports = require("fs").realpathSync(__filename) === __filename;' });
    const { stdout, stderr } = await cordonRun([...flags, "main.js"], { cwd: project.folder });
    assert.equal(stdout, "true\nread /etc/shadow\n", stderr);
  });
}

test("a program that closes every descriptor and reuses the numbers gets no report in its files", async (t) => {
  const main = `
    const fs = require("fs");
    for (let n = 3; n < 64; n++) try { if (fs.fstatSync(n).isFIFO()) fs.closeSync(n) } catch {}
    const files = Array.from({ length: 20 }, (_, n) => fs.openSync("out/" + n, "w"));
    for (const path of ["/etc/shadow", "/etc/gshadow"]) try { fs.readFileSync(path) } catch (error) { console.log(error.permission) }
    console.log(files.reduce((sum, file) => sum + fs.fstatSync(file).size, 0));`;
  const project = makeProject(t, { "package.json": { cordon: { permissions: { write: ["./out"] } } }, "main.js": main, "out/keep": "" });
  const { stdout } = await cordonRun(["main.js"], { cwd: project.folder });
  assert.equal(stdout, "read\nread\n0\n");
});

test("breaking the runtime breaks explanations, and no guarantee", async (t) => {
  const main = `
    const fs = require("fs");
    const { stdout } = process;
    Object.defineProperty(Object.prototype, "permission", { set() { throw new Error("gotcha") }, configurable: true });
    JSON.stringify = () => { throw new Error("gotcha") };
    Reflect.apply = () => { throw new Error("gotcha") };
    Function.prototype.call = Function.prototype.apply = () => { throw new Error("gotcha") };
    String.prototype.startsWith = () => true;
    Array.prototype.includes = () => true;
    try { fs.readFileSync("/etc/shadow"); console.log("read") } catch (error) { stdout.write(error.code + "\\n") }`;
  const project = makeProject(t, { "package.json": {}, "main.js": main });
  const { stdout } = await cordonRun(["--namespaces=off", "main.js"], { cwd: project.folder });
  assert.equal(stdout, "EACCES\n");
});
