// Promises about which manifest counts, what it means, who is asked, and what learning lets through.
import { attacks, crate, edit, tests, type Mutation } from "../mutation.ts";

const FIND = "launcher/src/manifest/find.rs";
const RESOLVE = "launcher/src/manifest/resolve.rs";
const WRITE = "launcher/src/manifest/write.rs";
const SECTION = "launcher/src/manifest/section.rs";
const TRUST = "test/trust/trust.test.ts";
const RUN = "test/run/manifest.test.ts";

export const manifest: readonly Mutation[] = [
  {
    name: "manifest/deny-loses",
    promised: { guarantee: "manifest" },
    change: "a grant wins over a deny",
    edits: [edit("launcher/src/policy/decide.rs", "self.allow.net.iter().any(reaches) && !self.deny.net.iter().any(denied)\n    }\n}", "self.allow.net.iter().any(reaches) || self.deny.net.iter().all(denied) && self.allow.net.iter().any(reaches)\n    }\n}")],
    proof: attacks(["manifest/deny-with-allow-net", "manifest/deny-with-allow-flag"]),
  },
  {
    name: "manifest/empty-lists-grant",
    promised: { document: "README.md", says: "Missing grants grant nothing; neither do empty lists." },
    change: "an empty list of hosts stands for this machine",
    edits: [edit(SECTION, "        if items.len() > LONGEST {", '        if items.is_empty() && permission == Permission::Net {\n            let place = self.place(node.start, pointer);\n            wishes.push(Wish { permission, text: "localhost".into(), place, base: self.base.to_path_buf() });\n        }\n        if items.len() > LONGEST {')],
    proof: attacks(["manifest/empty-net-list"]),
  },
  {
    name: "manifest/unknown-permissions-are-skipped",
    promised: { document: "README.md", says: "What can't be enforced is an error, never a warning." },
    change: "a permission that nobody knows is skipped",
    edits: [edit(SECTION, "            let permission = self.permission(member, &pointer, &[])?;\n            self.list(permission, &member.node, &pointer, &mut wishes)?;", "            let Ok(permission) = self.permission(member, &pointer, &[]) else { continue };\n            self.list(permission, &member.node, &pointer, &mut wishes)?;")],
    proof: tests(RUN, "an unknown permission is refused with its place, before anything starts"),
  },
  {
    name: "manifest/double-keys",
    promised: { document: "docs/manifest.md", says: "a key that is there twice" },
    change: "the first of two keys counts",
    edits: [edit(SECTION, "if let Some(double) = names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]) {", "if let Some(double) = names.windows(2).find(|pair| pair[0] == pair[1] && pair[0].is_empty()).map(|pair| pair[0]) {")],
    proof: tests(RUN, "a key that is there twice is refused with its place, before anything starts"),
  },
  {
    name: "manifest/dependencies-grant",
    promised: { document: "docs/manifest.md", says: "Dependencies' keys are ignored" },
    change: "a package.json in node_modules counts",
    edits: [edit(FIND, '!folder.iter().any(|name| name == "node_modules") && !never_own(folder, homes)', "!never_own(folder, homes)")],
    proof: tests(RUN, "a dependency's manifest is not the program's"),
  },
  {
    name: "manifest/planted-ones-count",
    promised: { document: "docs/manifest.md", says: "The nearest package.json above the entry file that is not inside node_modules and not inside a folder that the target may write." },
    change: "a package.json in a folder that programs may write counts",
    edits: [
      edit(FIND, "if writable.iter().any(|own| folder.starts_with(own) || file == *own) {", "if writable.iter().any(|own| folder.starts_with(own) && file == *own) {"),
      edit(FIND, "        if is_planted(&document, writable)? {\n", "        if is_planted(&document, &[])? {\n"),
    ],
    proof: attacks(["manifest/in-a-writable-folder"]),
  },
  {
    name: "manifest/home-is-own-code",
    promised: { document: "docs/manifest.md", says: "HOME, `/`, /tmp and the like are never own code" },
    change: "HOME can be a program's own code",
    edits: [edit(FIND, "SYSTEM.iter().any(|system| folder == Path::new(system)) || homes.iter().any(|home| home.starts_with(folder))", "SYSTEM.iter().any(|system| folder == Path::new(system)) || homes.iter().any(|home| home.as_os_str().is_empty())")],
    proof: attacks(["manifest/in-home"]),
  },
  {
    name: "manifest/strangers-files-count",
    promised: { document: "docs/manifest.md", says: "in a folder that everybody may write, a file that belongs to somebody else" },
    change: "in a folder like /tmp everybody's package.json counts",
    edits: [edit(FIND, "!open || owner == 0 ||", "!open || owner != u32::MAX ||")],
    proof: crate("launcher", "lib", "where_anybody_may_make_files_a_strangers_do_not_count"),
  },
  {
    name: "manifest/planted-links-are-followed",
    promised: { document: "docs/manifest.md", says: "A path that crosses a symlink in a folder that the target may write is refused" },
    change: "symlinks that an earlier run may have planted are followed",
    edits: [edit("launcher/src/manifest/path.rs", "find(|folder| writable.iter().any(|own| folder.starts_with(own)));", "find(|folder| writable.iter().any(|own| folder.starts_with(own) && own.as_os_str().is_empty()));")],
    proof: attacks(["manifest/link-planted-for-reading", "manifest/link-planted-for-writing"]),
  },
  {
    name: "manifest/the-project-is-writable",
    promised: { document: "docs/manifest.md", says: "A folder that is or contains the project's root, a workspace member's root, `.git` or the project's node_modules can't be granted" },
    change: "the project's folder, and .git, can be granted for writing",
    edits: [
      edit(WRITE, "find(|root| project.root.is_some() && root.starts_with(real))", "find(|root| project.root.is_some() && root.starts_with(real) && root.as_os_str().is_empty())"),
      edit(WRITE, 'if real.iter().any(|name| name == ".git") || real.join(".git").symlink_metadata().is_ok() {', 'if real.as_os_str().is_empty() {'),
      edit(WRITE, 'if is_in_node_modules(real) || real.join("node_modules").symlink_metadata().is_ok() {', "if is_in_node_modules(real) {"),
    ],
    proof: tests(RUN, "the project's root as a write grant is refused with its place, before anything starts", ".git as a write grant is refused with its place, before anything starts"),
  },
  {
    name: "manifest/the-root-is-granted",
    promised: { document: "docs/manifest.md", says: "`/`, HOME and what is above it can't be granted here" },
    change: "a manifest can grant `/`",
    edits: [edit(RESOLVE, "        if !wide || typed {\n", "        if !wide || typed || walked.exists {\n")],
    proof: attacks(["manifest/read-the-root"], { namespaces: "off" }),
  },
  {
    name: "manifest/holes-are-let-be",
    promised: { document: "docs/manifest.md", says: "A hole in a folder that may be written can't be held by the kernel and is refused." },
    change: "a deny in a folder that may be written is let be",
    edits: [edit(RESOLVE, "    refuse_holes(&deny, &allow, &sections)?;\n", "    let _ = refuse_holes(&deny, &allow, &sections);\n")],
    proof: tests(RUN, "a deny inside of a folder that may be written is refused with its place, before anything starts"),
  },
  {
    name: "manifest/absent-paths-through-links",
    promised: { document: "launcher/src/manifest/write.rs", says: "Makes it, and the folders above it; never through a symlink." },
    change: "what is granted and absent is made through symlinks",
    edits: [edit(WRITE, "const FOLDER: i32 = libc::O_PATH | libc::O_DIRECTORY | libc::O_NOFOLLOW;", "const FOLDER: i32 = libc::O_PATH | libc::O_DIRECTORY;")],
    proof: crate("launcher", "granting", "nothing_is_made_through_a_symlink_that_came_meanwhile"),
  },
  {
    name: "trust/one-key-is-yes",
    promised: { document: "docs/manifest.md", says: "`yes` has to be typed" },
    change: "a word that begins with y is a yes",
    edits: [edit("launcher/src/trust/ask.rs", '&line[..length] == b"yes\\n"', 'line[..length].first() == Some(&b\'y\')')],
    proof: tests(TRUST, "yes starts it, and is not asked for again until the manifest asks for more"),
  },
  {
    name: "trust/typed-ahead",
    promised: { document: "launcher/src/trust/ask.rs", says: "What was typed before the question counts for nothing: it may be a terminal's answer to a query that some program left behind." },
    change: "what was typed before the question is an answer",
    edits: [edit("launcher/src/trust/ask.rs", "    // Before the question is shown: what is typed after that is an answer.\n    terminal::discard_input(tty.as_fd())?;\n", "")],
    proof: tests(TRUST, "what was typed before the question is no answer, one line"),
  },
  {
    name: "trust/nobody-is-asked",
    promised: { document: "docs/manifest.md", says: "asks before it starts anything" },
    change: "a manifest that asks for more than its project is accepted",
    edits: [edit("launcher/src/trust/mod.rs", "if !asking.wishes.iter().any(Wish::is_beyond_the_project) {", "if asking.wishes.iter().any(Wish::is_beyond_the_project) {")],
    proof: tests(TRUST, "without a terminal what is in the file counts, and strict refuses what was not accepted"),
  },
  {
    name: "trust/strict-is-lax",
    promised: { document: "docs/manifest.md", says: "then a manifest that was never accepted is refused" },
    change: "CORDON_TRUST=strict changes nothing",
    edits: [edit("launcher/src/trust/mod.rs", "None if unattended == Unattended::Refuse => Err(", "None if unattended == Unattended::Refuse && asking.wishes.is_empty() => Err(")],
    proof: tests(TRUST, "without a terminal what is in the file counts, and strict refuses what was not accepted"),
  },
  {
    name: "trust/planted-manifests",
    promised: { document: "docs/manifest.md", says: "one in a folder that an earlier run could write, by its manifest or by a flag" },
    change: "a manifest where an earlier run could write is taken at its word",
    edits: [edit("launcher/src/trust/mod.rs", "None => match written.and_then(|written| written.around(&asking.manifest)) {", "None => match written.filter(|_| asking.wishes.is_empty()).and_then(|written| written.around(&asking.manifest)) {")],
    proof: tests(TRUST, "a manifest that an earlier run could have written is not taken at its word later"),
  },
  {
    name: "trust/learning-leaves-no-trace",
    promised: { document: "docs/manifest.md", says: "a program may have put it there" },
    change: "what a program could write while it was learned is not remembered",
    edits: [edit("launcher/src/learning.rs", "    note_written(&wide);\n", "    let _ = note_written;\n")],
    proof: tests(TRUST, "what a program could write while it was watched, or as a package's, is known to later runs too"),
  },
  {
    name: "trust/what-was-accepted-can-be-written",
    promised: { document: "launcher/src/trust/mod.rs", says: "Refuses a target that could write its own acceptance, or what cordon keeps for others" },
    change: "a program may write what cordon keeps for others",
    edits: [edit("launcher/src/trust/mod.rs", "policy.allow.write.iter().find(|grant| covers(&grant.pattern))", "policy.allow.write.iter().find(|grant| covers(&grant.pattern) && grant.text.is_empty())")],
    proof: tests(TRUST, "what cordon keeps for other runs cannot be granted for writing", "no write grant covers the list of what programs could write"),
  },
  {
    name: "trust/a-deny-that-is-gone",
    promised: { document: "launcher/src/trust/mod.rs", says: "Whether everything that is asked for was accepted, and everything that was denied still is." },
    change: "a deny that is gone is not asked for",
    edits: [edit("launcher/src/trust/mod.rs", "        && record.lines.iter().filter(is_deny).all(|line| now.contains(line))\n", "        && record.lines.iter().filter(is_deny).all(|line| now.contains(line) || !line.is_empty())\n")],
    proof: crate("launcher", "lib", "a_deny_that_is_gone_is_asked_for"),
  },
  {
    name: "learn/secret-variables",
    promised: { document: "docs/learn.md", says: "variables whose names do not sound like secrets" },
    change: "every variable is seen while learning",
    edits: [edit("launcher/src/learn/wide.rs", "variables.filter_map(OsStr::to_str).filter(|name| !is_secret_name(name));", "variables.filter_map(OsStr::to_str).filter(|name| !name.is_empty());")],
    proof: tests("test/learn/replays.test.ts", "while learning: crossenv 2017: posts the environment"),
  },
  {
    name: "learn/home-is-read",
    promised: { document: "docs/learn.md", says: "the system outside HOME, without what holds keys and passwords there; own code without its secrets" },
    change: "HOME is read while learning",
    edits: [edit("launcher/src/learn/wide.rs", "    policy.allow.read.extend(system.filter(|path| !never_holds(path, homes)).map(grant));", "    policy.allow.read.extend(system.filter(|path| !never_holds(path, &[])).map(grant));\n    policy.allow.read.extend(homes.iter().cloned().map(grant));")],
    proof: tests("test/learn/replays.test.ts", "while learning: eslint-scope 2018: sends .npmrc's token"),
  },
  {
    name: "learn/the-systems-secrets",
    promised: { document: "docs/learn.md", says: "the system outside HOME, without what holds keys and passwords there" },
    change: "the system's passwords and keys are read while learning",
    edits: [edit("launcher/src/learn/wide.rs", "    policy.deny.read.extend(SECRET.iter().filter_map", "    policy.deny.read.extend(SECRET.iter().take(0).filter_map")],
    proof: tests("test/learn/wide.test.ts", "the system's keys and passwords are out of reach while learning"),
  },
  {
    name: "learn/code-is-written",
    promised: { document: "docs/learn.md", says: "the project's own subfolders that hold no secret and no code that other programs run" },
    change: "node_modules and .git may be written while learning",
    edits: [edit("launcher/src/learn/wide.rs", "        manifest::may_be_written(path, project)\n            && !secrets", "        (manifest::may_be_written(path, project) || path.is_dir())\n            && !secrets")],
    proof: tests("test/learn/replays.test.ts", "while learning: event-stream 2018: patches another package, sends wallets"),
  },
  {
    name: "learn/programs-of-the-system",
    promised: { document: "docs/learn.md", says: "granted programs, the engine, and native programs in node_modules" },
    change: "a shell is started while learning",
    edits: [edit("launcher/src/learn/wide.rs", "    policy.allow.net.extend(hosts().into_iter().map(grant));", '    for name in ["sh", "id"] {\n        if let Ok(path) = fs::canonicalize(Path::new("/usr/bin").join(name)) {\n            policy.allow.run.push(grant(Program { name: name.into(), path }));\n        }\n    }\n    policy.allow.net.extend(hosts().into_iter().map(grant));')],
    proof: tests("test/learn/wide.test.ts", "no program of the system starts while learning"),
  },
  {
    name: "learn/denied-is-allowed",
    promised: { document: "docs/learn.md", says: "What the manifest and the flags deny stays denied." },
    change: "what is denied is forgotten while learning",
    edits: [edit("launcher/src/learning.rs", "    let mut wide = plan.policy.clone();\n", "    let mut wide = Policy { deny: Default::default(), ..plan.policy.clone() };\n")],
    proof: tests("test/learn/wide.test.ts", "what is denied stays denied while learning"),
  },
];
