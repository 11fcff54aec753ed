// Promises about the launcher itself, its surroundings, limits and reports, and about the engine.
import { attacks, edit, tests, type Mutation } from "../mutation.ts";

const NATIVE_WITHOUT = { place: "addon", namespaces: "off" } as const;
const TARGET = "launcher/src/jail/target.rs";
const GUARDIAN = "launcher/src/supervisor/guardian.rs";
const NO_RULESET = edit(TARGET, "crate::sys::landlock::restrict_self(site.ruleset).map_err(failed(Step::Ruleset))", "Ok(())");

export const launcher: readonly Mutation[] = [
  {
    name: "launcher/descriptors-are-inherited",
    promised: { guarantee: "launcher" },
    change: "what the caller left open stays open",
    edits: [edit("launcher/src/supervisor/signals.rs", "    descriptor::close_from(3)\n", "    descriptor::close_from(1000)\n")],
    proof: attacks(["launcher/inherited-descriptors"]),
  },
  {
    name: "launcher/is-dumpable",
    promised: { document: "SECURITY.md", says: "Nothing of the launcher is reachable: no descriptor, no memory, no socket, one pipe for advisory reports aside." },
    change: "other processes of the user may look into the launcher",
    edits: [edit("launcher/src/supervisor/signals.rs", "    privilege::set_dumpable(false)\n", "    privilege::set_dumpable(true)\n")],
    proof: tests("test/jail/process.test.ts", "other processes of the user can't look into the launcher, with namespaces", "other processes of the user can't look into the launcher, without namespaces"),
  },
  {
    name: "launcher/its-descriptors-are-taken",
    promised: { guarantee: "launcher" },
    change: "the filter allows pidfd_getfd and its kind, the launcher may be looked into, and the ruleset is not there",
    edits: [
      edit("launcher/src/jail/filter/refused.rs", '        forbid(\n            "other processes\' memory, descriptors and execution",\n', '        row(\n            "other processes\' memory, descriptors and execution",\n            Rule::Allow,\n'),
      edit("launcher/src/supervisor/signals.rs", "    privilege::set_dumpable(false)\n", "    privilege::set_dumpable(true)\n"),
      edit("launcher/src/supervisor/broker/processes.rs", "        Err(error) => error.into(),\n    }\n}\n\n/// `kill(process", "        Err(_) => Answer::Continue,\n    }\n}\n\n/// `kill(process"),
      NO_RULESET,
    ],
    proof: attacks(["launcher/take-descriptors", "launcher/read-memory", "launcher/trace"], NATIVE_WITHOUT),
  },
  {
    name: "launcher/report-file-through-a-link",
    promised: { guarantee: "launcher" },
    change: "reports are written through links that an earlier run may have planted",
    edits: [edit("launcher/src/main.rs", "walked.link_folders.iter().find(|folder| policy.decide(&Request::Write(folder)).allowed());", "walked.link_folders.iter().find(|folder| policy.decide(&Request::Write(folder)).allowed() && folder.is_file());")],
    proof: attacks(["launcher/report-file-is-a-link"]),
  },
  {
    name: "launcher/removal-follows-links",
    promised: { document: "launcher/src/supervisor/session/removal.rs", says: "of any depth, with any modes, and never through a symlink" },
    change: "what a run left behind is emptied through symlinks too",
    edits: [
      edit("launcher/src/supervisor/session/removal.rs", "    if status.st_mode & libc::S_IFMT != libc::S_IFDIR {\n", "    let is_link = status.st_mode & libc::S_IFMT == libc::S_IFLNK;\n    if is_link && let Ok(inner) = file::open_at(Some(folder), name, libc::O_DIRECTORY) {\n        for entry in names(inner.as_fd(), \"\", usize::MAX) {\n            remove_entry(top, inner.as_fd(), &entry, moved)?;\n        }\n    }\n    if status.st_mode & libc::S_IFMT != libc::S_IFDIR {\n"),
    ],
    proof: tests("test/jail/session.test.ts", "nothing is left behind, whatever the modes, the depth and the symlinks in it, without namespaces"),
  },
  {
    name: "launcher/session-for-everybody",
    promised: { document: "README.md", says: "a private, empty HOME and TMPDIR" },
    change: "the session's folder on a disk is open to everybody",
    edits: [edit("launcher/src/supervisor/session.rs", "match file::make_folder(parent.as_fd(), &name, 0o700) {", "match file::make_folder(parent.as_fd(), &name, 0o755) {")],
    proof: tests("test/jail/session.test.ts", "HOME and TMPDIR are empty folders of the program's own, and gone after, without namespaces"),
  },
  {
    name: "launcher/session-stays-on-a-disk",
    promised: { document: "docs/decisions/session-in-memory.md", says: "in memory" },
    change: "HOME and TMPDIR are on a disk with namespaces too",
    edits: [edit("launcher/src/supervisor/session.rs", "        if wanted_base().is_some() {\n            return None;\n        }\n", "        if wanted_base().is_none_or(|base| base.is_absolute()) {\n            return None;\n        }\n")],
    proof: tests("test/jail/memory-session.test.ts", "HOME and TMPDIR are the program's own and writable, what is around them is not, and no disk has them"),
  },
  {
    name: "launcher/killed-sessions-stay",
    promised: { document: "launcher/src/supervisor/session.rs", says: "Removes folders of launchers that were killed: those of this user that nobody has locked." },
    change: "the folder of a launcher that lives is removed too",
    edits: [edit("launcher/src/supervisor/session.rs", "    file::try_lock(folder.as_fd())?;\n    removal::remove", "    let _ = file::try_lock(folder.as_fd());\n    removal::remove")],
    proof: tests("test/jail/session.test.ts", "the folder of a launcher that was killed is removed by the next run, that of a living one is not, without namespaces"),
  },
  {
    name: "addons/every-library",
    promised: { guarantee: "addons" },
    change: "the broker lets all native code be loaded",
    edits: [edit("launcher/src/supervisor/broker/addons.rs", "if !broker.policy.decide(&Request::Addon(&found.path)).allowed() {", "if found.path.as_os_str().is_empty() {")],
    proof: attacks(["engine/dlopen", "engine/require-addon", "engine/dlopen-from-private-folder"]),
  },
  {
    name: "addons/foreign-functions",
    promised: { guarantee: "addons" },
    change: "the engine is started with node:ffi",
    edits: [edit("launcher/src/engine.rs", 'arguments.push("--no-experimental-ffi".into());', 'arguments.push("--experimental-ffi".into());')],
    proof: attacks(["engine/foreign-functions"]),
  },
  {
    name: "engine/javascript-decides",
    promised: { guarantee: "engine" },
    change: "the kernel refuses no file; JavaScript that is loaded before the program does, in node:fs",
    edits: [
      NO_RULESET,
      edit("runtime/preload.ts", "const handed = takeHandedOver();\n", `const handed = takeHandedOver();
const openFiles = process.getBuiltinModule("node:fs");
const bareRead = openFiles.readFileSync;
openFiles.readFileSync = ((path: unknown, ...rest: []) => {
  const named = String(path).replace("file://", "");
  if (!named.startsWith(process.cwd()) && !named.startsWith(import.meta.dirname)) throw Object.assign(new Error("EACCES"), { code: "EACCES" });
  return bareRead(path as string, ...rest);
}) as typeof bareRead;
`),
    ],
    proof: attacks(["engine/file-binding"], { namespaces: "off" }),
  },
  {
    name: "engine/variables-are-hidden-by-javascript",
    promised: { document: "README.md", says: "it cannot be monkey-patched away: no decision is taken in JavaScript" },
    change: "every variable reaches the engine, and JavaScript that is loaded before the program removes what is not granted",
    edits: [
      edit("launcher/src/engine.rs", "name.to_str().is_some_and(|name| policy.decide(&Request::Env(name)) == Decision::Allow);", "name.to_str().is_some_and(|name| policy.decide(&Request::Env(name)) == Decision::Allow || !name.is_empty());"),
      edit("runtime/preload.ts", "const handed = takeHandedOver();\n", 'const handed = takeHandedOver();\nfor (const name of Object.keys(process.env)) if (name.startsWith("CANARY")) delete process.env[name];\n'),
    ],
    proof: attacks(["environment/proc-self"]),
  },
  {
    name: "surroundings/older-landlock",
    promised: { guarantee: "surroundings" },
    change: "Landlock ABI 1 is good enough",
    edits: [edit("launcher/src/jail/landlock.rs", "pub const OLDEST: u8 = 3;", "pub const OLDEST: u8 = 1;"), edit("launcher/src/args/entries.rs", '&["3", "4"', '&["1", "2", "3", "4"')],
    proof: attacks(["surroundings/landlock-1", "surroundings/landlock-2"]),
  },
  {
    name: "surroundings/without-a-ruleset",
    promised: { document: "SECURITY.md", says: "Where one of these can't be held, nothing starts." },
    change: "a ruleset that can't be put in force is done without",
    edits: [edit(TARGET, "        crate::sys::landlock::restrict_self(site.ruleset).map_err(failed(Step::Ruleset))\n", "        let _ = crate::sys::landlock::restrict_self(site.ruleset);\n        Ok(())\n")],
    proof: attacks(["surroundings/landlock-refused-at-the-end"], { namespaces: "off" }),
  },
  {
    name: "surroundings/doctor-knows-better",
    promised: { document: "docs/doctor.md", says: "and 1 when it refuses" },
    change: "doctor finds namespaces where there are none",
    edits: [edit("launcher/src/jail/features.rs", "        if namespaces::enter() == Entered::None {\n            return 3;\n        }", "        if namespaces::enter() == Entered::None {\n            return 0;\n        }"), edit("launcher/src/jail/namespaces.rs", "    let entered = mount::unshare(mount::USER | mount::MOUNTS).is_ok() && map(user, group).is_ok();", "    let entered = user == group + 1 && mount::unshare(mount::USER | mount::MOUNTS).is_ok() && map(user, group).is_ok();"), edit("launcher/src/jail/namespaces.rs", "    if privilege::user() == 0 && mount", "    if privilege::user() == 1 && mount")],
    proof: tests("test/doctor/doctor.test.ts", "what it says is what cordon run does (self)"),
  },
  {
    name: "limits/memory",
    promised: { guarantee: "limits" },
    change: "nobody looks at the memory",
    edits: [edit(GUARDIAN, "self.limits.memory.is_some_and(|limit| memory > limit).then_some(Excess::Memory)", "self.limits.memory.is_some_and(|limit| memory > limit && limit == 0).then_some(Excess::Memory)")],
    proof: attacks(["limits/memory"]),
  },
  {
    name: "limits/memory-of-files",
    promised: { document: "docs/manifest.md", says: "resident memory of all processes together, and what they keep in a HOME and TMPDIR in memory" },
    change: "what is kept in TMPDIR does not count",
    edits: [edit(GUARDIAN, "used.memory.saturating_add(self.ground.map_or(0, Ground::used))", "used.memory.saturating_add(self.ground.map_or(0, |_| 0))")],
    proof: tests("test/jail/memory-session.test.ts", "what a program keeps in TMPDIR counts as its memory"),
  },
  {
    name: "limits/processes",
    promised: { document: "docs/manifest.md", says: "processes at one time" },
    change: "nobody counts the processes",
    edits: [edit(GUARDIAN, "if self.limits.processes.is_some_and(|limit| used.processes > limit) {", "if self.limits.processes.is_some_and(|limit| used.processes > limit && limit == 0) {")],
    proof: attacks(["limits/processes"], { place: "main", namespaces: "on" }),
  },
  {
    name: "limits/time",
    promised: { document: "docs/manifest.md", says: "from start to end" },
    change: "nobody looks at the clock",
    edits: [edit(GUARDIAN, "if self.limits.time.is_some_and(|time| self.started.elapsed() >= time) {", "if self.limits.time.is_some_and(|time| time.is_zero()) {")],
    proof: attacks(["limits/time"]),
  },
  {
    name: "limits/files-descriptors-processor",
    promised: { document: "docs/manifest.md", says: "processor time of one process" },
    change: "the limits that the kernel holds are not set",
    edits: [edit("launcher/src/jail/limits.rs", "        if let Some(value) = value {\n            set(resource, value)?;", "        if let Some(value) = value.filter(|value| *value == 0) {\n            set(resource, value)?;")],
    proof: attacks(["limits/file-size", "limits/descriptors", "limits/processor"]),
  },
  {
    name: "reports/as-they-are",
    promised: { guarantee: "reports" },
    change: "names of targets are shown as they are",
    edits: [edit("launcher/src/denial/escape.rs", "            _ if is_safe(character) => escaped.push(character),", "            _ if is_safe(character) || character.is_control() || !character.is_ascii() => escaped.push(character),"), edit("launcher/src/denial/escape.rs", "            '\\n' => escaped.push_str(\"\\\\n\"),\n", "")],
    proof: attacks(["reports/escape-sequences", "reports/forged-line"]),
  },
  {
    name: "reports/the-runtimes-are-trusted",
    promised: { document: "docs/guide.md", says: "and false where the engine's process told it, which a hostile program may forge or hide" },
    change: "what the runtime says counts as the broker's word",
    edits: [edit("launcher/src/supervisor/report/advisory.rs", "Denial::by_runtime(permission, resource.as_ref()).explained(", "Denial::by_broker(permission, resource.as_ref()).explained(")],
    proof: tests("test/explanations/explanations.test.ts", "a report's lines carry the origin, marked as the program's word"),
  },
  {
    name: "reports/endless-lists",
    promised: { guarantee: "reports" },
    change: "every made-up name is listed",
    edits: [edit("launcher/src/supervisor/report/seen.rs", "const LISTED: usize = 10_000;", "const LISTED: usize = 10_000_000;"), edit("launcher/src/supervisor/report/seen.rs", "const ADVISORY: usize = 5_000;", "const ADVISORY: usize = 5_000_000;")],
    proof: attacks(["reports/flood-of-names"]),
  },
  {
    name: "reports/input-is-pushed",
    promised: { guarantee: "reports" },
    change: "the filter's list of ioctl commands holds TIOCSTI, and the program keeps its capabilities",
    edits: [
      edit("launcher/src/jail/filter/options.rs", "const TERMINALS_SIZE: [Ioctl; 2] = [TIOCGWINSZ, TIOCSWINSZ];", "const TERMINALS_SIZE: [Ioctl; 3] = [TIOCGWINSZ, TIOCSWINSZ, TIOCSTI];"),
      edit(TARGET, "        privilege::drop_bounding_set().map_err(failed(Step::Capabilities))?;\n        privilege::drop_capabilities().map_err(failed(Step::Capabilities))?;\n", ""),
      edit("launcher/src/supervisor/run.rs", "        privilege::drop_capabilities()\n    };\n    dropped", "        Ok(())\n    };\n    dropped"),
    ],
    proof: attacks(["terminal/pushed-input"]),
  },
  {
    name: "supply-chain/files-and-variables",
    promised: { guarantee: "supply-chain" },
    change: "the ruleset is not put in force, every variable is seen and every address reached",
    edits: [
      NO_RULESET,
      edit("launcher/src/engine.rs", "name.to_str().is_some_and(|name| policy.decide(&Request::Env(name)) == Decision::Allow);", "name.to_str().is_some_and(|name| policy.decide(&Request::Env(name)) == Decision::Allow || !name.is_empty());"),
      edit("launcher/src/supervisor/broker/network/reach.rs", "if self.may_connect(asked, &names) {", "if self.may_connect(asked, &names) || asked.port() != 0 {"),
    ],
    proof: attacks(["supply-chain/crossenv", "supply-chain/node-ipc", "supply-chain/solana-web3", "supply-chain/nx", "supply-chain/authorized-keys"], { namespaces: "off" }),
  },
  {
    name: "caches/one-for-all-policies",
    promised: { document: "docs/typescript.md", says: "in a folder for this project, this policy and this lockfile: it is never used under another" },
    change: "one cache serves every policy",
    edits: [edit("launcher/src/cache.rs", 'let mut text = format!("{} {} {policy:?}", env!("CARGO_PKG_VERSION"), engine::VERSION);', 'let mut text = format!("{} {} {:?}", env!("CARGO_PKG_VERSION"), engine::VERSION, policy.own.root);')],
    proof: tests("test/jail/caches.test.ts", "another policy does not run it, by a flag or by the manifest"),
  },
  {
    name: "caches/one-for-all-lockfiles",
    promised: { document: "ARCHITECTURE.md", says: "so nothing that was written under one policy or by a removed dependency runs under another" },
    change: "a changed lockfile leaves the cache as it is",
    edits: [edit("launcher/src/cache.rs", "    for file in lockfiles.chain([installation.runtime.clone()]) {", "    for file in lockfiles.take(0).chain([installation.runtime.clone()]) {")],
    proof: tests("test/typescript/running.test.ts", "another policy or lockfile has another cache"),
  },
  {
    name: "inspector/beyond-this-machine",
    promised: { document: "docs/manifest.md", says: "lets it listen for a debugger, on loopback only" },
    change: "a debugger's port may be at every address",
    edits: [edit("launcher/src/args/grants.rs", '"127.0.0.1" | "localhost" | "[::1]")', '"127.0.0.1" | "localhost" | "[::1]" | "0.0.0.0")')],
    proof: tests("test/run/comfort.test.ts", "a debugger's port beyond this machine is refused, and so is one that is denied"),
  },
];
