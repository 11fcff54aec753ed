// The registry's most used packages with install scripts, those that only run elsewhere left out: how each is used after an
// installation without scripts.

export type Case = {
  readonly name: string;
  readonly range: string;
  /** Downloads in November 2026, in millions. */
  readonly downloads: number;
  /** A program that uses the package, and prints "works" at its end. */
  readonly program: string;
  /** Grants that it needs. */
  readonly grants?: readonly string[];
  /** Further packages that the program uses. */
  readonly beside?: Readonly<Record<string, string>>;
  /** A script of docs/native-code.md that is run first. */
  readonly first?: string;
  /** Without its script it does nothing: what its user reads then, and what helps. */
  readonly broken?: RegExp;
};

const addons = (...names: string[]): string[] => names.map((name) => `--allow-addons=${name}`);
const loads = (name: string, check = "typeof own === 'function' || Object.keys(own).length > 0"): string => `const own = require(${JSON.stringify(name)}); if (!(${check})) throw new Error("empty");`;
const program = (name: string, words = "--version"): string => `const { execFileSync } = require("node:child_process"); if (execFileSync(${JSON.stringify(name)}, ${JSON.stringify(words.split(" "))}).length === 0) throw new Error("silent");`;
const run = (path: string): string => `--allow-run=./node_modules/${path}`;

export const cases: readonly Case[] = [
  { name: "esbuild", range: "^0.28", downloads: 484.5, program: `${loads("esbuild")} if (!own.transformSync("let a: number = 1", { loader: "ts" }).code.includes("let a = 1")) throw new Error("other code");`, grants: [run("@esbuild/linux-x64/bin/esbuild")] },
  { name: "core-js", range: "^3", downloads: 210.8, program: loads("core-js") },
  { name: "protobufjs", range: "^7", downloads: 175.8, program: `${loads("protobufjs")} own.parse('syntax = "proto3"; message A { string b = 1; }').root.lookupType("A").encode({ b: "x" }).finish();` },
  { name: "sharp", range: "^0.33", downloads: 153.6, program: `const sharp = require("sharp"); void sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } }).png().toBuffer().then((png) => { if (png[1] !== 80) throw new Error("no PNG"); });`, grants: addons("sharp") },
  { name: "ejs", range: "^2", downloads: 105.8, program: `if (require("ejs").render("<%= 1 %>") !== "1") throw new Error("not rendered");` },
  { name: "@tailwindcss/oxide", range: "4.1.12", downloads: 103.3, program: `const { Scanner } = require("@tailwindcss/oxide"); if (!new Scanner({}).scanFiles([{ content: '<p class="flex">', extension: "html" }]).includes("flex")) throw new Error("nothing found");`, grants: addons("@tailwindcss/oxide") },
  { name: "unrs-resolver", range: "1.11.1", downloads: 100, program: `const { ResolverFactory } = require("unrs-resolver"); new ResolverFactory({}).sync(__dirname, "./use.cjs");`, grants: addons("unrs-resolver") },
  { name: "husky", range: "^4", downloads: 91.3, program: `require.resolve("husky/package.json");` },
  { name: "@swc/core", range: "^1.16", downloads: 86.6, first: "unpack-swc.sh", program: `const swc = require("@swc/core"); if (!swc.transformSync("let a: number = 1", { jsc: { parser: { syntax: "typescript" } } }).code.includes("var a = 1")) throw new Error("other code");`, grants: addons("@swc/core") },
  { name: "@parcel/watcher", range: "^2", downloads: 84.7, program: `${loads("@parcel/watcher")} void own.subscribe;`, grants: addons("@parcel/watcher") },
  { name: "core-js-pure", range: "^3", downloads: 63.2, program: `const Set = require("core-js-pure/actual/set"); if (new Set([1, 1]).size !== 1) throw new Error("no set");` },
  { name: "es5-ext", range: "^0.10", downloads: 45.4, program: `if (require("es5-ext/array/#/uniq").call([1, 1]).length !== 1) throw new Error("not unique");` },
  { name: "nodemon", range: "2.0.15", downloads: 43.5, program: loads("nodemon") },
  { name: "@sentry/cli", range: "^2", downloads: 43.1, program: program("./node_modules/.bin/sentry-cli"), grants: [run("@sentry/cli-linux-x64/bin/sentry-cli"), "--allow-run=node", run(".bin/sentry-cli"), "--allow-run=/usr/bin/env"] },
  { name: "msw", range: "^2", downloads: 42.7, program: `const { http, HttpResponse } = require("msw"); const { setupServer } = require("msw/node"); const server = setupServer(http.get("https://example.org/", () => HttpResponse.text("mocked"))); server.listen(); void fetch("https://example.org/").then((answer) => answer.text()).then((text) => { server.close(); if (text !== "mocked") throw new Error(text); });` },
  { name: "@firebase/util", range: "^1", downloads: 40.5, program: `if (require("@firebase/util").base64.encodeString("a") !== "YQ==") throw new Error("not base64");` },
  { name: "@prisma/engines", range: "^6", downloads: 38.6, program: `${loads("@prisma/engines")} require("node:fs").statSync(own.getEnginesPath());` },
  { name: "nx", range: "^21", downloads: 37.8, program: `const { hashArray } = require("nx/src/native"); if (hashArray(["a"]).length === 0) throw new Error("no hash");`, grants: addons("nx") },
  { name: "prisma", range: "^6", downloads: 34.8, program: `require.resolve("prisma/build/index.js");` },
  { name: "yarn", range: "^1", downloads: 33, program: `require.resolve("yarn/lib/cli.js");` },
  { name: "msgpackr-extract", range: "^3", downloads: 32.5, program: `const { pack, unpack } = require("msgpackr"); if (unpack(pack({ a: "x".repeat(99) })).a.length !== 99) throw new Error("lost"); require("msgpackr-extract");`, beside: { msgpackr: "^1" }, grants: addons("msgpackr-extract") },
  { name: "puppeteer", range: "^24", downloads: 31.7, program: `const puppeteer = require("puppeteer"); if (typeof puppeteer.launch !== "function") throw new Error("no launch");` },
  { name: "@nestjs/core", range: "^10", downloads: 31.3, program: `require("reflect-metadata"); const { NestFactory } = require("@nestjs/core"); class Empty {} require("@nestjs/common").Module({})(Empty); void NestFactory.createApplicationContext(Empty, { logger: false });`, beside: { "@nestjs/common": "^10", "reflect-metadata": "^0.2", rxjs: "^7" } },
  { name: "@prisma/client", range: "^6", downloads: 30.1, program: `const { Prisma } = require("@prisma/client/extension"); if (Prisma.defineExtension === undefined) throw new Error("empty");` },
  { name: "@biomejs/biome", range: "~1.8", downloads: 28.5, program: program("./node_modules/@biomejs/cli-linux-x64/biome"), grants: [run("@biomejs/cli-linux-x64/biome")] },
  { name: "cypress", range: "^14", downloads: 28.1, program: `if (typeof require("cypress").run !== "function") throw new Error("no run");` },
  { name: "ssh2", range: "^1", downloads: 26.5, program: `const { Server, utils } = require("ssh2"); new Server({ hostKeys: [utils.generateKeyPairSync("ed25519").private] }, () => undefined);` },
  { name: "@scarf/scarf", range: "^1", downloads: 24.9, program: `require.resolve("@scarf/scarf/package.json");` },
  { name: "@datadog/native-metrics", range: "^3", downloads: 24.9, program: `const metrics = require("@datadog/native-metrics"); metrics.start(); metrics.stats(); metrics.stop();`, grants: addons("@datadog/native-metrics") },
  { name: "cpu-features", range: "^0.0.10", downloads: 23.7, program: `require("cpu-features")();`, grants: addons("cpu-features"), broken: /Cannot find module '..\/build\/Release\/cpufeatures.node'/ },
  { name: "vue-demi", range: "^0.14", downloads: 23.1, program: `const { ref } = require("vue-demi"); if (ref(1).value !== 1) throw new Error("no ref");`, beside: { vue: "^3" } },
  { name: "canvas", range: "^3", downloads: 21.5, program: `require("canvas").createCanvas(2, 2).getContext("2d").fillRect(0, 0, 1, 1);`, grants: addons("canvas"), broken: /Cannot find module '..\/build\/Release\/canvas.node'/ },
  { name: "@angular/cli", range: "^12", downloads: 19.6, program: `require.resolve("@angular/cli/lib/cli");` },
  { name: "workerd", range: "^1", downloads: 19, program: program("./node_modules/@cloudflare/workerd-linux-64/bin/workerd"), grants: [run("@cloudflare/workerd-linux-64/bin/workerd")] },
  { name: "lmdb", range: "^3", downloads: 17.6, program: `const { open } = require("lmdb"); const db = open({ path: "data/db", compression: true }); void db.put("a", 1).then(() => { if (db.get("a") !== 1) throw new Error("lost"); return db.close(); });`, grants: ["--allow-write=./data", ...addons("lmdb", "msgpackr-extract")] },
  { name: "bufferutil", range: "^4", downloads: 17.5, program: `const bytes = Buffer.from([1, 2]); require("bufferutil").unmask(bytes, Buffer.from([1, 1, 1, 1])); if (bytes[0] !== 0) throw new Error("masked");`, grants: addons("bufferutil") },
  { name: "better-sqlite3", range: "^12", downloads: 17.1, program: `new (require("better-sqlite3"))(":memory:").exec("select 1");`, grants: addons("better-sqlite3"), broken: /Could not locate the bindings file/ },
  { name: "bcrypt", range: "^6", downloads: 15.8, program: `const bcrypt = require("bcrypt"); if (!bcrypt.compareSync("a", bcrypt.hashSync("a", 4))) throw new Error("no match");`, grants: addons("bcrypt") },
  { name: "@apollo/protobufjs", range: "^1", downloads: 15.3, program: loads("@apollo/protobufjs") },
  { name: "utf-8-validate", range: "^6", downloads: 14.7, program: `if (require("utf-8-validate")(Buffer.from([255]))) throw new Error("valid");`, grants: addons("utf-8-validate") },
  { name: "geckodriver", range: "^5", downloads: 10.9, program: `void import("geckodriver").then(({ start }) => { if (typeof start !== "function") throw new Error("no start"); });` },
  { name: "dtrace-provider", range: "^0.8", downloads: 10.6, program: `const provider = require("dtrace-provider").createDTraceProvider("a"); provider.addProbe("b", "char *"); provider.enable(); provider.fire("b", () => ["x"]);` },
  { name: "electron", range: "^38", downloads: 10, program: `if (typeof require("electron") !== "string") throw new Error("no path");`, broken: /Electron failed to install correctly/ },
  { name: "unix-dgram", range: "^2", downloads: 9.6, program: `require("unix-dgram").createSocket("unix_dgram", () => undefined).close();`, grants: addons("unix-dgram"), broken: /Could not locate the bindings file/ },
  { name: "secp256k1", range: "^5", downloads: 9, program: `const curve = require("secp256k1"); curve.publicKeyCreate(new Uint8Array(32).fill(1));`, grants: addons("secp256k1") },
  { name: "@fortawesome/fontawesome-svg-core", range: "1.2.36", downloads: 9, program: loads("@fortawesome/fontawesome-svg-core") },
  { name: "sqlite3", range: "^5", downloads: 8.3, program: `new (require("sqlite3").Database)(":memory:").close();`, grants: addons("sqlite3"), broken: /Could not locate the bindings file/ },
  { name: "keytar", range: "^7", downloads: 7.7, program: loads("keytar"), grants: addons("keytar"), broken: /Cannot find module '..\/build\/Release\/keytar.node'/ },
  { name: "tree-sitter", range: "^0.22", downloads: 7.6, program: `new (require("tree-sitter"))();`, grants: addons("tree-sitter") },
  { name: "re2", range: "^1", downloads: 7.3, program: `new (require("re2"))("a").test("a");`, grants: addons("re2"), broken: /Cannot find module '.\/build\/Release\/re2.node'/ },
  { name: "keccak", range: "^3", downloads: 6.5, program: `if (require("keccak")("keccak256").update("a").digest().length !== 32) throw new Error("no hash");`, grants: addons("keccak") },
  { name: "node-pty", range: "^1", downloads: 5.7, program: loads("node-pty"), grants: addons("node-pty"), broken: /Failed to load native module: pty.node/ },
  { name: "@newrelic/native-metrics", range: "^11", downloads: 5, program: `new (require("@newrelic/native-metrics"))();`, grants: addons("@newrelic/native-metrics"), broken: /No native build was found/ },
  { name: "lefthook", range: "^1", downloads: 4.6, program: program("./node_modules/lefthook-linux-x64/bin/lefthook", "version"), grants: [run("lefthook-linux-x64/bin/lefthook")] },
  { name: "node-sass", range: "^9", downloads: 4.3, program: `require("node-sass").renderSync({ data: "a { b: c }" });`, grants: addons("node-sass"), broken: /Missing binding|does not yet support/ },
  { name: "bun", range: "^1.2", downloads: 3.7, program: program("./node_modules/@oven/bun-linux-x64/bin/bun"), grants: [run("@oven/bun-linux-x64/bin/bun")] },
  { name: "argon2", range: "^0.43", downloads: 3.2, program: `void require("argon2").hash("a").then((hash) => { if (!hash.startsWith("$argon2id$")) throw new Error(hash); });`, grants: addons("argon2") },
  { name: "chromedriver", range: "^140", downloads: 3.1, program: `if (typeof require("chromedriver").start !== "function") throw new Error("no start");` },
  { name: "bigint-buffer", range: "^1", downloads: 2.4, program: `if (require("bigint-buffer").toBigIntBE(Buffer.from([1, 0])) !== 256n) throw new Error("wrong");`, grants: addons("bigint-buffer") },
  { name: "leveldown", range: "^6", downloads: 2, program: `const level = require("leveldown")("data/db"); level.open((error) => { if (error) throw error; level.close(() => undefined); });`, grants: ["--allow-write=./data", ...addons("leveldown")] },
  { name: "deasync", range: "^0.1", downloads: 2, program: `require("deasync").sleep(1);`, grants: addons("deasync") },
  { name: "simple-git-hooks", range: "^2", downloads: 1.4, program: loads("simple-git-hooks") },
  { name: "usb", range: "^2", downloads: 1.4, program: loads("usb"), grants: addons("usb") },
  { name: "classic-level", range: "^1", downloads: 0.6, program: `const { ClassicLevel } = require("classic-level"); const level = new ClassicLevel("data/db"); void level.put("a", "b").then(() => level.close());`, grants: ["--allow-write=./data", ...addons("classic-level")] },
];
