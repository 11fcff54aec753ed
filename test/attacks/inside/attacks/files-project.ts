// What a program would leave in its own project to be run later by somebody else, and the project's secrets.
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { EVERYWHERE, type Attack } from "../attack.ts";

/** Each is one attack's, so that none undoes another's trace. */
const [REPLACED, LINKED, POINTED_AT] = ["replaced.json", "linked.json", "pointed-at.json"] as const;

/** In the staged project: those that exist and those that do not. */
export const EXISTING: readonly string[] = [".git/hooks/post-checkout", ".git/config", ".vscode/tasks.json", ".claude/settings.json", ".github/workflows/ci.yml", ".npmrc", ".envrc", ".husky/pre-commit", "package.json", "package-lock.json", "node_modules/neighbour/index.js", "node_modules/.bin/neighbour", "tsconfig.json", REPLACED, LINKED, POINTED_AT];
export const ABSENT: readonly string[] = [".git/hooks/pre-commit", ".vscode/launch.json", ".claude/settings.local.json", ".github/workflows/new.yml", ".yarnrc.yml", ".env.production", ".husky/post-merge", ".mcp.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "node_modules/neighbour/new.js", "node_modules/planted/index.js", ".pnpmfile.cjs", "binding.gyp", "node.config.json"];
/** Own code without its secrets: these hold a canary, and no grant names them. */
export const SECRETS: readonly string[] = [".env", ".env.local", ".npmrc", ".git/config", "server.key", "certificate.pem", "id_rsa", ".netrc"];

export const attacks: Attack[] = [
  ...EXISTING.filter((path) => ![REPLACED, LINKED, POINTED_AT].some((own) => own === path)).map((path) => planted(path, "appends to")),
  ...ABSENT.map((path) => planted(path, "makes")),
  ...SECRETS.map((path): Attack => ({ name: `project/read ${path}`, tries: `reads the project's ${path}`, places: EVERYWHERE, run: (at, by) => by.read(join(at.project, path)) })),
  { name: "project/replace by rename", tries: "moves a file of its own over one of the project's", places: ["main"], manifest: "harmless", run: (at) => {
    fs.writeFileSync(join(at.out, at.token), at.token);
    fs.renameSync(join(at.out, at.token), join(at.project, REPLACED));
  } },
  { name: "project/hard link", tries: "links a file of the project into the granted folder to write it there", places: ["main"], manifest: "harmless", run: (at) => {
    fs.linkSync(join(at.project, LINKED), join(at.out, `link-${at.token}`));
    fs.appendFileSync(join(at.out, `link-${at.token}`), at.token);
  } },
  { name: "project/climb out of the granted folder", tries: "writes ../ below the granted folder", places: EVERYWHERE, manifest: "harmless", run: (at, by) => by.write(`${at.out}/../climbed-${at.token}`, at.token) },
  { name: "project/link in the granted folder", tries: "writes through a symlink that it made in the granted folder", places: EVERYWHERE, manifest: "harmless", run: (at, by) => {
    fs.symlinkSync(`../${POINTED_AT}`, join(at.out, `to-${at.token}`));
    by.write(join(at.out, `to-${at.token}`), at.token);
  } },
];

function planted(path: string, verb: string): Attack {
  return { name: `project/${verb === "makes" ? "make" : "change"} ${path}`, tries: `${verb} the project's ${path}`, places: EVERYWHERE, run: (at) => {
    const file = join(at.project, path);
    fs.mkdirSync(dirname(file), { recursive: true });
    // The project has to go on working for the other attacks.
    if (path === "package.json") fs.writeFileSync(file, JSON.stringify({ name: at.token, type: "module" }));
    else fs.appendFileSync(file, at.token);
  } };
}
