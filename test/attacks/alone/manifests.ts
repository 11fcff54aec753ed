// Manifests that grant themselves what they may not, or that a reader could take for something else.
import { join } from "node:path";
import { READ, connectTo, type Alone, type Arrangement, type Ending, type Scene } from "./scene.ts";

const everything = (scene: Scene): object => ({ permissions: { read: [scene.target.folder], net: ["*"], env: ["*"] } });

export const alone: Alone[] = [
  { name: "manifest/of-a-dependency", tries: "a program in node_modules whose own package.json grants it everything", arrange: (scene) => ({ manifest: {}, entry: "node_modules/x/cli.cjs", files: { "node_modules/x/package.json": JSON.stringify({ name: "x", version: "1.0.0", cordon: everything(scene) }) }, code: READ }) },
  { name: "manifest/in-a-writable-folder", tries: "a package.json planted in a folder that the project lets write", arrange: (scene) => ({ manifest: { permissions: { write: ["./out"] } }, entry: "out/cli.cjs", files: { "out/package.json": JSON.stringify({ name: "x", cordon: everything(scene) }) }, code: READ }) },
  { name: "manifest/in-home", tries: "a stray package.json in HOME that makes all of HOME a program's own code", arrange: (scene) => ({ manifest: {}, entry: "code/cli.cjs", files: { "code/.keep": "" }, env: { HOME: scene.project }, code: `process.stdout.write(require("node:fs").readFileSync(require("node:path").join(${JSON.stringify(scene.project)}, "notes/diary"), "latin1"));`, ...withDiary(scene) }) },
  { name: "manifest/link-planted-for-reading", tries: "a granted path that is a symlink in a writable folder, planted by an earlier run", arrange: (scene) => ({ manifest: { permissions: { write: ["./out"], read: ["./out/link"] } }, links: { "out/link": scene.target.folder }, code: READ }) },
  { name: "manifest/link-planted-for-writing", tries: "a granted path that leads through a symlink in a writable folder", arrange: (scene) => ({ manifest: { permissions: { write: ["./out", "./out/link/home"] } }, links: { "out/link": scene.target.folder }, code: 'require("node:fs").writeFileSync(at.home + "/.bashrc", "changed");' }) },
  { name: "manifest/write-the-project", tries: "a write grant on the project itself", arrange: () => ({ manifest: { permissions: { write: ["."] } }, code: 'require("node:fs").writeFileSync(__dirname + "/package.json", at.token); require("node:fs").appendFileSync(at.readable, at.token);' }) },
  { name: "manifest/write-a-folder-above", tries: "a write grant on a folder that contains the project", arrange: () => ({ manifest: { permissions: { write: [".."] } }, code: 'require("node:fs").writeFileSync(at.keep, "changed");' }) },
  { name: "manifest/write-git", tries: "a write grant on .git", arrange: (scene) => ({ manifest: { permissions: { write: ["./.git"] } }, files: { ".git/hooks/.keep": "" }, code: `require("node:fs").writeFileSync(${JSON.stringify(join(scene.project, ".git/hooks/pre-commit"))}, "x"); claim();` }) },
  { name: "manifest/read-the-root", tries: "a read grant on /", arrange: () => ({ manifest: { permissions: { read: ["/"] } }, code: READ }) },
  { name: "manifest/duplicate-keys", tries: "the key cordon twice, first harmless, then with everything", arrange: (scene) => ({ manifest: `{"name":"x","cordon":{},"cordon":${JSON.stringify(everything(scene))}}`, code: READ }) },
  { name: "manifest/prototype-key", tries: "grants below __proto__", arrange: (scene) => ({ manifest: `{"name":"x","__proto__":{"cordon":${JSON.stringify(everything(scene))}},"cordon":{"__proto__":{"permissions":{"read":["${scene.target.folder}"]}}}}`, code: READ }) },
  { name: "manifest/invalid-utf-8", tries: "bytes that are no UTF-8 within the key", arrange: (scene) => ({ manifest: Buffer.concat([Buffer.from(`{"name":"x","cordon":{"permissions":{"read":["${scene.target.folder}","/x`), Buffer.from([0xff, 0xc0]), Buffer.from('"]}}}')]), code: READ }) },
  { name: "manifest/byte-order-mark", tries: "UTF-16 in disguise", arrange: (scene) => ({ manifest: Buffer.from(`\ufeff${JSON.stringify({ name: "x", cordon: everything(scene) })}`, "utf16le"), code: READ }) },
  { ...hostile("deep-nesting", "100,000 brackets", () => `{"name":"x","cordon":${"[".repeat(100_000)}${"]".repeat(100_000)}}`) },
  { ...hostile("huge", "a package.json of 100 MB", () => `{"name":"x","cordon":{"permissions":{"read":["/${"a".repeat(100_000_000)}"]}}}`) },
  { ...hostile("many-grants", "200,000 grants", () => JSON.stringify({ name: "x", cordon: { permissions: { env: Array.from({ length: 200_000 }, (_, index) => `A${index}`) } } })) },
  { name: "manifest/unknown-permission", tries: "a misspelled permission beside real ones: nothing may start", arrange: (scene) => ({ manifest: { permissions: { read: [scene.target.folder], nett: [] } }, code: READ }) },
  { name: "manifest/empty-pattern", tries: "an empty pattern that could mean everything", arrange: () => ({ manifest: { permissions: { read: [""], net: [""] } }, code: READ }) },
  { name: "manifest/wrong-types", tries: "true and an object in place of lists", arrange: () => ({ manifest: { permissions: { read: true, net: { "*": true } } }, code: READ }) },
  { name: "manifest/trailing-text", tries: "a second document behind the first", arrange: (scene) => ({ manifest: `{"name":"x"}\n{"name":"x","cordon":${JSON.stringify(everything(scene))}}`, code: READ }) },
  { name: "manifest/empty-net-list", tries: "an empty list of hosts (CVE-2025-66479)", needs: ["tcp"], arrange: (scene) => ({ manifest: { permissions: { net: [] } }, code: connectTo("127.0.0.1", String(scene.target.tcp.port)) }) },
  { name: "manifest/false-net", tries: "false in place of a list of hosts", needs: ["tcp"], arrange: (scene) => ({ manifest: { permissions: { net: false } }, code: connectTo("127.0.0.1", String(scene.target.tcp.port)) }) },
  { name: "manifest/deny-with-allow-net", tries: "a host that is allowed and denied (CVE-2025-48888)", needs: ["tcp"], arrange: (scene) => ({ manifest: { permissions: { net: ["127.0.0.1"] }, deny: { net: [`127.0.0.1:${scene.target.tcp.port}`] } }, code: connectTo("127.0.0.1", String(scene.target.tcp.port)) }) },
  { name: "manifest/deny-with-allow-flag", tries: "the same by flags", needs: ["tcp"], arrange: (scene) => ({ manifest: {}, flags: ["--allow-net=127.0.0.1", `--deny-net=127.0.0.1:${scene.target.tcp.port}`], code: connectTo("localhost", String(scene.target.tcp.port)) }) },
  { name: "manifest/deny-below-allow-read", tries: "a file denied in a folder that is granted", arrange: (scene) => ({ manifest: { permissions: { read: [scene.target.folder] }, deny: { read: [scene.target.secret, join(scene.target.folder, "home")] } }, code: READ }) },
  { name: "manifest/deny-below-allow-write", tries: "a folder denied for writing in one that is granted", arrange: (scene) => ({ manifest: { permissions: { write: ["./out"] }, deny: { write: ["./out/kept"] } }, files: { "out/kept/file": "as it was" }, code: `require("node:fs").writeFileSync(${JSON.stringify(join(scene.project, "out/kept/file"))}, "changed"); claim();` }) },
  star("loopback", "tcp"), star("loopback6", "tcp6"), star("private", "tcp-private"), star("metadata", "tcp-metadata"),
  { name: "manifest/star-by-name", tries: "the public internet is granted, and a name leads to a private address", needs: ["names"], arrange: (scene) => ({ manifest: { permissions: { net: ["*"] } }, code: connectTo(scene.target.names.private, String(scene.target.names.port)) }) },
  { name: "manifest/network-with-host-bits", tries: "a network whose neighbour is asked for", needs: ["tcp"], arrange: (scene) => ({ manifest: { permissions: { net: ["127.0.0.2/32", "10.0.0.0/8"] } }, code: connectTo("127.0.0.1", String(scene.target.tcp.port)) }) },
];

/** A file beside the program in HOME, which is no program's own code. */
function withDiary(scene: Scene): Pick<Arrangement, "files"> {
  return { files: { "notes/diary": scene.secret } };
}

function hostile(name: string, tries: string, text: () => string): Alone {
  return { name: `manifest/${name}`, tries: `${tries}: the launcher neither dies of it nor waits for long`, arrange: () => ({ manifest: text(), code: READ, look: (ending) => [...diedBadly(ending)] }) };
}

/** A crash, or a minute's wait. */
export function diedBadly(ending: Ending): string[] {
  const crashed = ending.signal !== null || [132, 134, 135, 136, 137, 139, 101].includes(ending.code ?? 0);
  return [...(crashed ? [`it died: ${ending.signal ?? `code ${ending.code ?? 0}`}`] : []), ...(ending.milliseconds > 60_000 ? ["it took more than a minute"] : [])];
}

function star(name: string, need: "tcp" | "tcp6" | "tcp-private" | "tcp-metadata"): Alone {
  return { name: `manifest/star-is-public-${name}`, tries: `"*" is granted, which is the public internet: connects to ${name}`, needs: [need], arrange: (scene) => ({ manifest: { permissions: { net: ["*"] } }, code: connectTo(scene.target[need].host, String(scene.target[need].port)) }) };
}
