// The engine's own tests. Its npm package has none of them, and Debian's source package has those of another version of it:
// what they say of this engine without cordon decides which of them count.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SOURCES = "/etc/apt/sources.list.d/debian.sources";
/** The newest first; a mirror need not hold all that its lists name. */
const SUITES = ["sid", "testing", "stable", "bookworm"];

/** The folder that holds `test/`, below `folder`; it is fetched when it is not there. */
export function fetchTree(folder: string): string {
  const tree = join(folder, "tree");
  if (existsSync(join(tree, "test/parallel"))) return tree;
  mkdirSync(folder, { recursive: true });
  const archive = download(folder);
  if (archive === undefined) throw new Error(`Cannot fetch the engine's tests: apt-get source nodejs brought no archive; the mirror of ${SOURCES} has to be reachable`);
  const parts = ["parallel", "sequential", "es-module", "common", "fixtures"].map((name) => `*/test/${name}/*`);
  run("tar", ["xf", archive, "--wildcards", ...parts], folder);
  const unpacked = readdirSync(folder).find((name) => name.startsWith("node-") && existsSync(join(folder, name, "test/parallel")));
  if (unpacked === undefined) throw new Error(`Cannot unpack the engine's tests: ${archive} has no test/parallel`);
  renameSync(join(folder, unpacked), tree);
  return tree;
}

/** Debian's lists of source packages are kept in `folder`: those of the machine stay as they are. */
function download(folder: string): string | undefined {
  const place = (name: string): string => join(folder, "apt", name);
  for (const name of ["lists/partial", "cache/archives/partial"]) mkdirSync(place(name), { recursive: true });
  const settings = ["-o", `Dir::Etc::sourcelist=${place("list.sources")}`, "-o", "Dir::Etc::sourceparts=-", "-o", `Dir::State::lists=${place("lists")}`, "-o", `Dir::Cache=${place("cache")}`];
  for (const suite of SUITES) {
    writeFileSync(place("list.sources"), sourcesOf(suite));
    run("apt-get", [...settings, "-q", "update"], folder);
    for (const version of versions(settings, folder)) {
      console.log(`fetching the source of nodejs ${version} …`);
      run("apt-get", [...settings, "-q", "source", "--download-only", "--tar-only", `nodejs=${version}`], folder);
      const archive = globSync("nodejs_*.orig.tar.*", { cwd: folder })[0];
      if (archive !== undefined) return archive;
    }
  }
  return undefined;
}

/** The machine's own mirror, asked for source packages of another suite. */
function sourcesOf(suite: string): string {
  const first = readFileSync(SOURCES, "utf8").split(/\n\s*\n/)[0] ?? "";
  return `${first.replace(/^#.*\n/gm, "").replace(/^Types:.*$/m, "Types: deb-src").replace(/^Suites:.*$/m, `Suites: ${suite}`)}\n`;
}

function versions(settings: readonly string[], folder: string): string[] {
  const shown = run("apt-cache", [...settings, "showsrc", "nodejs"], folder);
  const found = [...shown.matchAll(/^Version: (\S+)$/gm)].map(([, version = ""]) => version);
  return found.toSorted((one, other) => other.localeCompare(one, "en", { numeric: true }));
}

function run(command: string, args: readonly string[], cwd: string): string {
  return spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 256 << 20 }).stdout ?? "";
}
