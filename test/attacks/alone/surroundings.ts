// Older kernels, strange containers, and what a launcher inherits.
import { join } from "node:path";
import { refusingFilter, withoutNotifications } from "../docker-profile.ts";
import { connectTo, READ, type Alone, type Arrangement, type Scene } from "./scene.ts";

const DESCRIPTORS = [3, 4, 9, 77, 200, 255] as const;

/** Whether anything runs at all: what this kernel's newer Landlock refuses all the same says nothing. */
const RAN = 'process.stdout.write("ran");';

export const alone: Alone[] = [
  { name: "launcher/inherited-descriptors", tries: "reads descriptors from 3 to 255 that the launcher's caller left open", arrange: (scene) => ({ surroundings: DESCRIPTORS.map((number) => `--descriptor=${number}:${scene.target.secret}`), code: 'const fs = require("node:fs"); for (let number = 3; number < 256; number++) try { if (fs.fstatSync(number).isFile()) { const into = Buffer.alloc(4096); process.stdout.write(into.toString("latin1", 0, fs.readSync(number, into, 0, 4096, 0))); } } catch {}' }) },
  { name: "launcher/inherited-folder", tries: "goes on from a descriptor of a folder that was left open", arrange: (scene) => ({ surroundings: [`--descriptor=9:${scene.target.folder}`], code: 'process.stdout.write(require("node:fs").readFileSync("/proc/self/fd/9/secret", "latin1"));' }) },
  { name: "launcher/inside-a-foreign-listener", tries: "a filter with a listener is there already, and its descriptor is left open", arrange: () => ({ surroundings: ["--listener"], code: 'require("node:fs").fstatSync(77); claim();' }) },
  filtered("kernel-without-landlock", "the kernel knows no Landlock", (scene, path) => refusingFilter(path, scene.native.numbers, ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"], "ENOSYS"), 125),
  filtered("landlock-switched-off", "Landlock is refused", (scene, path) => refusingFilter(path, scene.native.numbers, ["landlock_create_ruleset"], "EPERM"), 125),
  filtered("landlock-refused-at-the-end", "the ruleset can be made but not put in force", (scene, path) => refusingFilter(path, scene.native.numbers, ["landlock_restrict_self"], "EPERM"), 125),
  filtered("kernel-without-notifications", "the kernel knows no notifications", (scene, path) => withoutNotifications(path, scene.native.numbers), 125),
  filtered("seccomp-refused", "no filter can be installed", (scene, path) => refusingFilter(path, scene.native.numbers, ["seccomp"], "EPERM"), 125),
  filtered("pidfd-refused", "pidfd_getfd is refused", (scene, path) => refusingFilter(path, scene.native.numbers, ["pidfd_getfd"], "EPERM")),
  filtered("memory-calls-refused", "process_vm_readv is refused", (scene, path) => refusingFilter(path, scene.native.numbers, ["process_vm_readv", "process_vm_writev", "pidfd_getfd"], "ENOSYS")),
  filtered("namespaces-refused", "no namespaces can be made", (scene, path) => refusingFilter(path, scene.native.numbers, ["unshare", "setns"], "EPERM")),
  filtered("pivot-root-refused", "namespaces can be made, the root can't be changed", (scene, path) => refusingFilter(path, scene.native.numbers, ["pivot_root"], "EPERM")),
  filtered("mount-refused", "namespaces can be made, nothing can be mounted", (scene, path) => refusingFilter(path, scene.native.numbers, ["mount", "open_tree", "move_mount", "mount_setattr", "fsopen"], "EPERM")),
  filtered("close-range-missing", "close_range is missing, and descriptors were left open", (scene, path) => refusingFilter(path, scene.native.numbers, ["close_range"], "ENOSYS")),
  { name: "surroundings/landlock-1", tries: "Landlock ABI 1, which can't hold renames", arrange: () => ({ flags: ["--landlock-at-most=1"], code: RAN, look: (ending) => (ending.stdout === "" ? [] : ["the program ran"]) }) },
  { name: "surroundings/landlock-2", tries: "Landlock ABI 2, which can't hold truncation", arrange: () => ({ flags: ["--landlock-at-most=2"], code: RAN, look: (ending) => (ending.stdout === "" ? [] : ["the program ran"]) }) },
  { name: "environment/node-options", tries: "NODE_OPTIONS of the launcher's caller loads a script outside", arrange: (scene) => ({ manifest: { permissions: { env: ["N*"] } }, env: { NODE_OPTIONS: `--require=${join(scene.target.folder, "loads.cjs")}` }, code: "if (process.env.NODE_OPTIONS !== undefined) claim();" }) },
  { name: "environment/loader-variables", tries: "LD_PRELOAD is let through by a wildcard", arrange: (scene) => ({ manifest: { permissions: { env: ["L*", "STRAY_*"] } }, env: { LD_PRELOAD: scene.kind === "bare" ? join(scene.target.folder, "extension.so") : "", LD_LIBRARY_PATH: scene.target.folder, STRAY_TOKEN: scene.target.token }, code: "if (process.env.LD_LIBRARY_PATH !== undefined) claim();" }) },
  { name: "environment/agent-socket", tries: "SSH_AUTH_SOCK is let through by a wildcard", arrange: (scene) => ({ manifest: { permissions: { env: ["SS*", "DO*", "DB*", "GI*"] } }, env: { SSH_AUTH_SOCK: scene.target.unix, DOCKER_HOST: "unix:///x", DBUS_SESSION_BUS_ADDRESS: "x", GIT_SSH_COMMAND: "x" }, code: "for (const name of ['SSH_AUTH_SOCK', 'DOCKER_HOST', 'DBUS_SESSION_BUS_ADDRESS', 'GIT_SSH_COMMAND']) if (process.env[name]) claim();" }) },
  { name: "environment/certificates", tries: "NODE_EXTRA_CA_CERTS and BASH_ENV are let through by a wildcard", arrange: () => ({ manifest: { permissions: { env: ["N*", "B*"] } }, env: { NODE_EXTRA_CA_CERTS: "/x", BASH_ENV: "/x" }, code: "for (const name of ['NODE_EXTRA_CA_CERTS', 'BASH_ENV']) if (process.env[name]) claim();" }) },
  { name: "environment/cordon-variables", tries: "a variable in cordon's own name reaches the program or widens its grants", arrange: (scene) => ({ manifest: { permissions: { env: ["CORDON_*"] } }, env: { CORDON_ALLOW_READ: scene.target.folder, CORDON_SECRET: "x", CORDON_TEST_NAMESPACES: "off" }, code: `if (process.env.CORDON_SECRET) claim(); ${READ}` }) },
  { name: "project/node-config", tries: "node.config.json and .env in the current folder set flags of the engine", arrange: (scene) => ({ files: { "node.config.json": JSON.stringify({ nodeOptions: { import: [join(scene.target.folder, "loads.cjs")] } }), ".env": `NODE_OPTIONS=--require=${join(scene.target.folder, "loads.cjs")}\n` }, engineFlags: ["--experimental-default-config-file"], code: "if (globalThis.loadedFromOutside) claim();" }) },
];

/** Started under a filter of the surroundings' own: reads and connects. `refused`: nothing may start at all. */
function filtered(name: string, tries: string, write: (scene: Scene, path: string) => void, refused?: number): Alone {
  const arrange = (scene: Scene): Arrangement => {
    const path = join(scene.base, `filter-${scene.target.token}`);
    write(scene, path);
    const code = `try { ${READ} } catch (error) { console.log(String(error)); } ${connectTo("127.0.0.1", String(scene.target.tcp.port))}`;
    const surroundings = [`--filter=${path}`, `--descriptor=9:${scene.target.secret}`];
    return { surroundings, code, look: (ending) => (refused !== undefined && ending.code !== refused ? [`it should refuse to start, and ended with ${ending.code ?? ending.signal ?? "?"}`] : []) };
  };
  return { name: `surroundings/${name}`, tries, needs: ["tcp"], arrange };
}
