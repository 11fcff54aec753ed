// Promises about files, folders and what is known of them.
import { attacks, crate, edit, tests, type Mutation } from "../mutation.ts";

const WITHOUT = { namespaces: "off" } as const;
const NATIVE = { place: "addon", namespaces: "off" } as const;
const TARGET = "launcher/src/jail/target.rs";
const LANDLOCK = "launcher/src/jail/landlock.rs";
const VIEW = "launcher/src/jail/view.rs";

/** Rules let nothing through any more, and refuse nothing. */
const NO_RULESET = edit(TARGET, "crate::sys::landlock::restrict_self(site.ruleset).map_err(failed(Step::Ruleset))", "Ok(())");
const READING_WRITES = edit(LANDLOCK, "Access::Read => make_bitflags!(AccessFs::{ReadFile | ReadDir}),", "Access::Read => make_bitflags!(AccessFs::{ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | RemoveFile}),");

export const files: readonly Mutation[] = [
  {
    name: "read/the-root-is-readable",
    promised: { guarantee: "read" },
    change: "the list of what every program may read holds `/`",
    edits: [edit("launcher/src/jail/system.rs", '    "/etc/os-release",', '    "/etc/os-release",\n    "/",')],
    proof: attacks(["files/absolute-path", "files/home-tokens", "files/shadow-passwords"], WITHOUT),
  },
  {
    name: "read/no-ruleset",
    promised: { document: "SECURITY.md", says: "No file is read outside the program's own code, the system's libraries and the `read` and `write` grants." },
    change: "the ruleset is made and not put in force",
    edits: [NO_RULESET],
    proof: attacks(["files/old-open", "files/open-in-a-new-thread", "files/path-flipped-in-memory", "files/link-by-descriptor"], NATIVE),
  },
  {
    name: "read/links-beside-secrets-are-granted",
    promised: { document: "docs/manifest.md", says: "Own code" },
    change: "a symlink among code that lies beside a secret is granted, where it leads",
    edits: [
      edit("launcher/src/jail/carve.rs", "if !entry.file_type()?.is_symlink() {", "if entry.file_type().is_ok() {"),
      edit(LANDLOCK, "(None, Links::Refuse) => file::handle_without_links(&path),", "(None, Links::Refuse) => file::handle(&path),"),
    ],
    proof: tests("test/jail/secrets.test.ts", "a symlink beside a secret opens nothing, without namespaces"),
  },
  {
    name: "read/denied-folders-are-listed",
    promised: { document: "contract/guarantees.json", says: "What a `deny` names is not listed in either case." },
    change: "a folder around a denied one may be listed, and with it all below",
    edits: [edit(VIEW, "if !denied.iter().any(|one| one.starts_with(path)) {", "if !denied.is_empty() || denied.is_empty() {")],
    proof: tests("test/jail/secrets.test.ts", "a denied folder inside of a granted one is neither read nor listed, without namespaces"),
  },
  {
    name: "write/reading-lets-write",
    promised: { guarantee: "write" },
    change: "what may be read may be changed",
    edits: [READING_WRITES],
    proof: attacks(["files/own-code", "files/unlink-own-code"], WITHOUT),
  },
  {
    name: "write/links-lead-out",
    promised: { document: "SECURITY.md", says: "No file is changed outside the `write` grants and the run's private folders." },
    change: "the ruleset does not handle writing",
    edits: [
      edit(LANDLOCK, "handle_access(AccessFs::from_all(known))?;", "handle_access(AccessFs::from_all(known) & !make_bitflags!(AccessFs::{WriteFile | Truncate}))?;"),
      edit(LANDLOCK, "Access::Device if abi >= 5 => make_bitflags!(AccessFs::{ReadFile | WriteFile | IoctlDev}),", "Access::Device if abi >= 5 => make_bitflags!(AccessFs::{ReadFile | IoctlDev}),"),
      edit(LANDLOCK, "Access::Device => make_bitflags!(AccessFs::{ReadFile | WriteFile}),", "Access::Device => make_bitflags!(AccessFs::{ReadFile}),"),
      edit(LANDLOCK, "WriteFile | Truncate | RemoveDir | RemoveFile", "RemoveDir | RemoveFile"),
    ],
    proof: attacks(["files/overwrite-outside", "files/write-through-a-made-link", "files/append"], WITHOUT),
  },
  {
    name: "metadata/the-broker-lets-all-through",
    promised: { guarantee: "metadata" },
    change: "the broker changes metadata wherever it is asked to",
    edits: [edit("launcher/src/supervisor/broker/files.rs", "if !broker.policy.decide(&Request::Write(&found.path)).allowed() {", "if found.path.as_os_str().is_empty() {")],
    proof: attacks(["files/chmod", "files/fchmod-read-only", "files/utimes-own-code", "files/chown"], WITHOUT),
  },
  {
    name: "metadata/links-are-decided-by-their-own-place",
    promised: { document: "ARCHITECTURE.md", says: "It copies arguments once, decides, and performs the call itself on a duplicate of the target's descriptor (or denies)." },
    change: "the broker decides about the name that it was given, and acts on what it leads to",
    edits: [
      edit("launcher/src/supervisor/broker/files.rs", "        Named::Path(folder, path, last) => caller.find(folder, &caller.text(path)?, last),", "        Named::Path(folder, path, last) => {\n            let text = caller.text(path)?;\n            let written = caller.find(folder, &text, Last::Keep)?.path;\n            caller.find(folder, &text, last).map(|found| Found { path: written, ..found })\n        }"),
    ],
    proof: attacks(["files/chmod-made-link", "files/times-through-made-link"], WITHOUT),
  },
  {
    name: "metadata/flags-by-ioctl",
    promised: { guarantee: "metadata" },
    change: "the filter's list of ioctl commands holds FS_IOC_SETFLAGS",
    edits: [edit("launcher/src/jail/filter/options.rs", "const COPIES: [Ioctl; 2] = [FICLONE, FICLONERANGE];", "const COPIES: [Ioctl; 3] = [FICLONE, FICLONERANGE, FS_IOC_SETFLAGS];")],
    proof: attacks(["files/file-flags"], NATIVE),
  },
  {
    name: "metadata/leases",
    promised: { guarantee: "metadata" },
    change: "the filter's list of fcntl commands holds F_SETLEASE",
    edits: [edit("launcher/src/jail/filter/arguments.rs", "bits(F_ADD_SEALS),", "bits(F_SETLEASE),")],
    proof: attacks(["files/lease"], NATIVE),
  },
  {
    name: "metadata/set-id-bits-at-creation",
    promised: { document: "launcher/src/jail/filter/arguments.rs", says: "Set-user-ID and set-group-ID: a file with them would outlive the jail and act for its owner." },
    change: "open may make files with set-ID bits",
    edits: [edit("launcher/src/jail/filter/arguments.rs", "let creating = Rule::any_bit(flags, CREATING, Rule::Refuse(EPERM), Rule::Allow);", "let creating = Rule::any_bit(flags, CREATING, Rule::Allow, Rule::Allow);")],
    proof: crate("launcher", "lib", "files_never_get_set_id_bits_when_they_are_made"),
  },
  {
    name: "metadata/set-id-bits-by-the-broker",
    promised: { document: "launcher/src/supervisor/broker/files.rs", says: "Set-user-ID and set-group-ID on anything but a folder: a program that would outlive the jail and act for its owner." },
    change: "the broker sets set-ID bits on files",
    edits: [edit("launcher/src/supervisor/broker/files.rs", "if mode & SET_ID != 0 && !is_folder(found)? {", "if mode & SET_ID != 0 && !is_folder(found)? && mode == 0 {")],
    proof: crate("launcher", "lib", "set_id_bits_are_never_set_on_files"),
  },
  {
    name: "watching/the-broker-lets-all-through",
    promised: { guarantee: "watching" },
    change: "the broker watches wherever it is asked to",
    edits: [edit("launcher/src/supervisor/broker/watch.rs", "if !broker.policy.decide(&Request::Read(&found.path)).allowed() {", "if found.path.as_os_str().is_empty() {")],
    proof: attacks(["files/watch"], WITHOUT),
  },
  {
    name: "watching/notes-by-fcntl",
    promised: { document: "contract/guarantees.json", says: "the filter refuses fanotify and F_NOTIFY" },
    change: "the filter's list of fcntl commands holds F_NOTIFY",
    edits: [edit("launcher/src/jail/filter/arguments.rs", "bits(F_ADD_SEALS),", "bits(F_NOTIFY),")],
    proof: crate("launcher", "lib", "descriptors_signal_nobody"),
  },
  {
    name: "watching/fanotify",
    promised: { guarantee: "watching" },
    change: "the filter allows fanotify",
    edits: [edit("launcher/src/jail/filter/refused.rs", 'forbid("watching whole file systems", &[SYS_fanotify_init, SYS_fanotify_mark])', 'row("watching whole file systems", Rule::Allow, &[SYS_fanotify_init, SYS_fanotify_mark])')],
    proof: attacks(["files/fanotify-unprivileged"], NATIVE),
  },
  {
    name: "hidden-metadata/the-folder-above-is-shown",
    promised: { guarantee: "hidden-metadata" },
    change: "the new root shows the folder around the program's own code",
    edits: [edit(VIEW, "self.read_without(root, &taken, &denied)?;\n            self.show(root, Shown::ReadOnly);", "self.read_without(root, &taken, &denied)?;\n            self.show(root.parent().unwrap_or(root), Shown::ReadOnly);")],
    proof: attacks(["files/existence", "files/size-and-times", "files/link-target"]),
  },
  {
    name: "hidden-metadata/secret-folders-are-not-covered",
    promised: { document: "contract/guarantees.json", says: "With namespaces an empty folder lies over it." },
    change: "nothing lies over secret folders in the new root",
    edits: [edit("launcher/src/jail/root.rs", "        bind(none, path)?;\n", "")],
    proof: tests("test/jail/secrets.test.ts", "names in a secret folder are not seen with namespaces"),
  },
  {
    name: "processes-hidden/all-of-proc",
    promised: { guarantee: "processes-hidden" },
    change: "all of /proc is readable, without a PID namespace too",
    edits: [edit(TARGET, "if site.files == ProcessFiles::Namespace {", "if matches!(site.files, ProcessFiles::Namespace | ProcessFiles::Own) {")],
    proof: attacks(["files/process-list"], WITHOUT),
  },
  {
    name: "own-secrets/are-own-code",
    promised: { guarantee: "own-secrets" },
    change: "secrets are not taken out of the program's own code",
    edits: [edit(VIEW, "let secrets = policy.own.secrets.iter().map(PathBuf::as_path);", "let secrets = policy.own.secrets.iter().take(0).map(PathBuf::as_path);")],
    proof: attacks(["project/read .env", "project/read .git/config", "project/read server.key"]),
  },
  {
    name: "own-secrets/certificates-are-none",
    promised: { document: "docs/manifest.md", says: "Dotfiles and key material" },
    change: "the list of secrets lacks `*.pem`",
    edits: [edit("contract/secrets.json", '"*.pem"', '"*.pam"')],
    proof: attacks(["project/read certificate.pem"]),
  },
  {
    name: "own-secrets/that-appear-later",
    promised: { document: "docs/manifest.md", says: "in the root, and in a folder that holds such a file, names that appear later can't be read until the next start" },
    change: "a root without secrets is granted whole",
    edits: [edit("launcher/src/manifest/secrets.rs", '    secrets.extend(folders.iter().filter(|folder| folder.is_dir()).map(|folder| folder.join(".env")));\n', "")],
    proof: crate("launcher", "finding", "secrets_are_no_own_code_now_or_later"),
  },
  {
    name: "project/reading-lets-write",
    promised: { guarantee: "project" },
    change: "what may be read may be changed, and names be made in it",
    edits: [READING_WRITES],
    proof: attacks(["project/change package.json", "project/change node_modules/neighbour/index.js", "project/make node_modules/neighbour/new.js"], WITHOUT),
  },
  {
    name: "databases/no-ruleset",
    promised: { guarantee: "databases" },
    change: "the ruleset is made and not put in force",
    edits: [NO_RULESET],
    proof: attacks(["sqlite/open", "sqlite/attach", "sqlite/vacuum-into"], WITHOUT),
  },
  {
    name: "remade/the-broker-leaves-it-to-the-kernel",
    promised: { document: "docs/manifest.md", says: "A granted folder can be removed and made again, as build tools do with their output" },
    change: "the broker lets the kernel answer the removal of a granted folder",
    edits: [edit("launcher/src/supervisor/broker/remake.rs", "            Answer::Value(0)\n        }\n        Ok(false)", "            Answer::Continue\n        }\n        Ok(false)")],
    proof: tests("test/remade/remade.test.ts", "native programs remove and make it too"),
  },
  {
    name: "remade/the-runtime-leaves-it-to-the-kernel",
    promised: { document: "docs/manifest.md", says: "In a program without `run` and `addons` grants the runtime sees to that" },
    change: "the runtime does not make a removed folder again",
    edits: [edit("runtime/remade/index.ts", "return wasRemoved && isEmpty(granted) ? undefined : error;", "return error;")],
    proof: tests("test/remade/remade.test.ts", "rmSync, plainly"),
  },
];
