// Promises about processes: the program's own, those of others, what they are given and how they end.
import { attacks, crate, edit, tests, type Mutation } from "../mutation.ts";

const NATIVE = { place: "addon" } as const;
const WITHOUT = { namespaces: "off" } as const;
const NATIVE_WITHOUT = { place: "addon", namespaces: "off" } as const;
/** Root's processes are kept from those without capabilities by the kernel itself. */
const ORDINARY = { place: "addon", namespaces: "off", user: "ordinary" } as const;
const ARGUMENTS = "launcher/src/jail/filter/arguments.rs";
const REFUSED = "launcher/src/jail/filter/refused.rs";
const TARGET = "launcher/src/jail/target.rs";
const GUARDIAN = "launcher/src/supervisor/guardian.rs";
const OTHERS = '        forbid(\n            "other processes\' memory, descriptors and execution",\n';
const ENVIRONMENT = "launcher/src/engine.rs";

export const processes: readonly Mutation[] = [
  {
    name: "environment/every-variable",
    promised: { guarantee: "environment" },
    change: "every variable reaches the program",
    edits: [edit(ENVIRONMENT, "name.to_str().is_some_and(|name| policy.decide(&Request::Env(name)) == Decision::Allow);", "name.to_str().is_some_and(|name| policy.decide(&Request::Env(name)) == Decision::Allow || !name.is_empty());")],
    proof: attacks(["environment/process-env", "environment/proc-self", "environment/report"]),
  },
  {
    name: "environment/wildcards-cover-loaders",
    promised: { document: "docs/manifest.md", says: "is taken out even where a wildcard would grant it" },
    change: "a wildcard covers variables that turn programs around",
    edits: [edit("launcher/src/policy/env.rs", "EnvPattern::Prefix(_) => self.takes_away(name) && !is_dangerous(name),", "EnvPattern::Prefix(_) => self.takes_away(name),")],
    proof: attacks(["environment/loader-variables", "environment/agent-socket", "environment/certificates"]),
  },
  {
    name: "environment/cordons-own-variables",
    promised: { document: "launcher/src/engine.rs", says: "The session's own: its folders, not the user's." },
    change: "variables in cordon's own name are let through",
    edits: [
      edit(ENVIRONMENT, ' || name.as_bytes().starts_with(b"CORDON_");', ";"),
      edit("launcher/src/policy/env.rs", '    "CORDON_",\n', '    "CARDON_",\n'),
      edit("launcher/src/manifest/resolve.rs", 'name.starts_with("CORDON_")', 'name.starts_with("CARDON_")'),
    ],
    proof: attacks(["environment/cordon-variables"]),
  },
  {
    name: "environment/env-file-past-the-grants",
    promised: { document: "docs/manifest.md", says: "gives the program those variables of a file that its `env` grants name" },
    change: "all variables of a file reach the program",
    edits: [edit("launcher/src/main.rs", "    let mut variables = engine::environment(policy, std::env::vars_os().chain(env_files(line)?));", "    let mut variables = engine::environment(policy, std::env::vars_os());\n    variables.extend(env_files(line)?);")],
    proof: tests("test/run/comfort.test.ts", "of a file of variables the program sees what it is granted, and it cannot read the file"),
  },
  {
    name: "run/processes-without-a-grant",
    promised: { guarantee: "run" },
    change: "the filter lets processes be made without a run grant",
    edits: [
      edit(ARGUMENTS, "        // The broker refuses it, and reports it.\n        Processes::Refused => Rule::Notify,", "        Processes::Refused => Rule::Allow,"),
      edit("launcher/src/jail/filter/notified.rs", "            Processes::Refused => Rule::Notify,\n        },\n        &[SYS_fork, SYS_vfork],", "            Processes::Refused => Rule::Allow,\n        },\n        &[SYS_fork, SYS_vfork],"),
    ],
    proof: attacks(["processes/fork-call"], NATIVE),
  },
  {
    name: "run/every-program",
    promised: { guarantee: "run" },
    change: "what may be read may be started, and processes be made",
    edits: [
      edit("launcher/src/jail/landlock.rs", "Access::Read => make_bitflags!(AccessFs::{ReadFile | ReadDir}),", "Access::Read => make_bitflags!(AccessFs::{ReadFile | ReadDir | Execute}),"),
      edit("launcher/src/supervisor/broker/exec.rs", "        Err(Refusal::Denied(path)) => broker.refuse(Permission::Run, &path),", "        Err(Refusal::Denied(path)) if path.as_os_str().is_empty() => broker.refuse(Permission::Run, &path),\n        Err(Refusal::Denied(_)) => Answer::Continue,"),
      edit(ARGUMENTS, "        // The broker refuses it, and reports it.\n        Processes::Refused => Rule::Notify,", "        Processes::Refused => Rule::Allow,"),
      edit("launcher/src/jail/filter/notified.rs", "            Processes::Refused => Rule::Notify,\n        },\n        &[SYS_fork, SYS_vfork],", "            Processes::Refused => Rule::Allow,\n        },\n        &[SYS_fork, SYS_vfork],"),
    ],
    proof: attacks(["processes/written-binary", "processes/shebang"], WITHOUT),
  },
  {
    name: "run/files-in-memory",
    promised: { document: "launcher/src/jail/filter/refused.rs", says: "files without a path, that EXECUTE rights don't cover" },
    change: "the filter allows files in memory",
    edits: [edit(REFUSED, `lack("files without a path, that EXECUTE rights don't cover", &[SYS_memfd_create, SYS_memfd_secret])`, `row("files without a path, that EXECUTE rights don't cover", Rule::Allow, &[SYS_memfd_create, SYS_memfd_secret])`)],
    proof: crate("launcher", "lib", "every_refused_class_fails_as_the_table_says"),
  },
  {
    name: "run/namespaces-by-clone",
    promised: { guarantee: "run" },
    change: "the filter does not look at the flags of clone that make namespaces",
    edits: [edit(ARGUMENTS, "Rule::any_bit(0, FORBIDDEN, Rule::Refuse(EPERM), either)", "Rule::any_bit(0, FORBIDDEN, Rule::Allow, either)")],
    proof: attacks(["processes/clone-namespace", "processes/clone-parent", "processes/clone-untraced"], NATIVE),
  },
  {
    name: "run/clone3",
    promised: { document: "launcher/src/jail/filter/refused.rs", says: "hides its flags in memory; C libraries fall back to clone" },
    change: "the filter allows clone3",
    edits: [edit(REFUSED, 'lack("hides its flags in memory; C libraries fall back to clone", &[SYS_clone3])', 'row("hides its flags in memory; C libraries fall back to clone", Rule::Allow, &[SYS_clone3])')],
    proof: attacks(["processes/clone3"], NATIVE),
  },
  {
    name: "run/programs-from-the-project",
    promised: { document: "docs/manifest.md", says: "A name is looked up in your PATH, but never in the project, in a folder that the program may write, or by a relative entry" },
    change: "programs are taken from wherever PATH leads",
    edits: [edit("launcher/src/manifest/programs.rs", "            && !own(&found.real)\n            && !found.link_folders.iter().any(|folder| own(folder))\n", "            && (!own(&found.real) || !found.link_folders.iter().any(|folder| own(folder)))\n")],
    proof: crate("launcher", "granting", "a_program_is_not_taken_from_the_project_or_a_folder_that_may_be_written"),
  },
  {
    name: "run/scripts-start-native-programs",
    promised: { document: "docs/manifest.md", says: "Native programs, those of node_modules too, need a `run` grant." },
    change: "a script may start a shell of the system without a grant",
    edits: [edit("launcher/src/main.rs", "        resolved.policy.allow.run.extend(programs);", '        resolved.policy.allow.run.extend(programs);\n        let shell = launcher::policy::Program { name: "sh".into(), path: std::fs::canonicalize("/bin/sh")? };\n        let origin = launcher::policy::Origin::Default("broken");\n        resolved.policy.allow.run.push(launcher::policy::Grant { pattern: shell, text: "sh".into(), origin });')],
    proof: tests("test/scripts/scripts.test.ts", "no other program starts from a script without a grant"),
  },
  {
    name: "joined/without-a-ruleset",
    promised: { guarantee: "joined" },
    change: "a joined run does not put its ruleset in force",
    edits: [edit("launcher/src/jail/joined.rs", "        landlock::restrict_self(self.ruleset.as_fd()).map_err(failed(Step::Ruleset))?;\n", "")],
    proof: tests("test/jail/nested.test.ts", "what the inner run is denied it can't reach, nor its workers and children, with namespaces", "processes of the jail around get no signals from the inner run, nor is their environment read"),
  },
  {
    name: "joined/has-the-network-around",
    promised: { document: "docs/manifest.md", says: "both whole (then there are no sockets at all), or nothing: a part is refused at the start" },
    change: "a joined run without grants has the network of the jail around",
    edits: [edit("launcher/src/policy/outline.rs", "        if inner.allow.net.is_empty() && inner.allow.listen.is_empty() {\n            return Ok(Left::Out);", "        if inner.allow.net.is_empty() && inner.allow.listen.is_empty() {\n            return Ok(Left::ToTheJailAround);")],
    proof: tests("test/jail/nested.test.ts", "the network is the same as that of the jail around, or none"),
  },
  {
    name: "joined/a-part-of-the-network-is-taken",
    promised: { document: "docs/manifest.md", says: "a part is refused at the start" },
    change: "a joined run that wants less of the network starts, with all of it",
    edits: [edit("launcher/src/policy/outline.rs", 'lost.map_or(Ok(()), |(_, text)| Err(Unenforceable { what, outer: text }))', 'lost.filter(|(pattern, _)| pattern.is_empty()).map_or(Ok(()), |(_, text)| Err(Unenforceable { what, outer: text }))')],
    proof: tests("test/jail/nested.test.ts", "the network is the same as that of the jail around, or none"),
  },
  {
    name: "joined/metadata",
    promised: { document: "docs/manifest.md", says: "Where its `write` grants are narrower, it can't change modes, owners, times and attributes, nor make unix sockets" },
    change: "a joined run changes metadata as the jail around",
    edits: [edit("launcher/src/policy/outline.rs", "left(kept && denied)", "left(kept && denied || !granted.is_empty() || granted.is_empty())")],
    proof: tests("test/jail/nested.test.ts", "without a write grant of its own nothing is written, and no metadata changed", "native code of a run without a write grant makes no socket file by a pair's socket"),
  },
  {
    name: "joined/watches",
    promised: { document: "docs/manifest.md", says: "where what it reads is narrower, it can't watch files" },
    change: "a joined run watches as the jail around",
    edits: [edit("launcher/src/policy/outline.rs", "left(kept && hidden(inner).all(", "left(kept || !granted.is_empty() || hidden(inner).all(")],
    proof: tests("test/jail/nested.test.ts", "watching tells of nothing that the inner run may not read"),
  },
  {
    name: "joined/limits",
    promised: { document: "docs/manifest.md", says: "nothing: less than the jail around has is refused at the start" },
    change: "a joined run with a limit that nobody holds starts",
    edits: [edit("launcher/src/policy/outline.rs", "if wanted.is_some_and(|wanted| outer.is_none_or(|outer| outer > wanted)) {", "if wanted.is_some_and(|wanted| outer.is_some_and(|outer| outer > wanted)) {")],
    proof: tests("test/jail/nested.test.ts", "what wants a supervisor, a guardian or an older Landlock is refused"),
  },
  {
    name: "joined/starts-what-the-jail-around-may",
    promised: { document: "docs/manifest.md", says: "it can take away, and whatever it grants beyond has no effect" },
    change: "a joined run without a run grant makes processes",
    edits: [edit("launcher/src/jail/filter/joined.rs", "        // Asked about without a run grant only.\n        (PROCESSES, Left::Out, EACCES),\n    ];", "        (PROCESSES, Left::ToTheJailAround, EACCES),\n    ];")],
    proof: tests("test/jail/nested.test.ts", "without a run grant of its own nothing is started"),
  },
  {
    name: "joined/second-listener",
    promised: { document: "docs/manifest.md", says: "so a `cordon run` inside of a jail joins that jail" },
    change: "the filter allows a second listener",
    edits: [edit(ARGUMENTS, "let filter = Rule::any_bit(1, listener, Rule::Notify, Rule::Allow);", "let filter = Rule::any_bit(1, listener, Rule::Allow, Rule::Allow);")],
    proof: tests("test/jail/nested.test.ts", "scripts call cordon run without a grant for it"),
  },
  {
    name: "death/orphans-go-on",
    promised: { guarantee: "death" },
    change: "without namespaces nobody ends what the program leaves behind",
    edits: [
      edit(GUARDIAN, "                usage::end_descendants(&[]);\n", ""),
      edit("launcher/src/supervisor/running.rs", "            usage::end_descendants(strangers);\n", "            let _ = strangers;\n"),
    ],
    proof: tests("test/jail/death.test.ts", "the end of the first process ends the rest before cordon ends, without namespaces"),
  },
  {
    name: "death/the-launchers-end-is-not-heard",
    promised: { document: "SECURITY.md", says: "When the launcher dies the jail dies" },
    change: "the guardian waits for eight seconds when the launcher is gone",
    edits: [edit(GUARDIAN, "                    None => return Ok(()),", "                    None => {\n                        std::thread::sleep(std::time::Duration::from_secs(8));\n                        return Ok(());\n                    }")],
    proof: tests("test/jail/death.test.ts", "kill -9 of the launcher ends children and detached grandchildren within a second, with namespaces", "kill -9 of the launcher ends children and detached grandchildren within a second, without namespaces"),
  },
  {
    name: "death/strangers-are-ended",
    promised: { document: "launcher/src/supervisor/running.rs", says: "A guardian that was killed leaves its children to the launcher, beside those that whoever became the launcher had before" },
    change: "children that whoever became the launcher had are ended too",
    edits: [edit("launcher/src/supervisor/running.rs", "            usage::end_descendants(strangers);\n", "            let _ = strangers;\n            usage::end_descendants(&[]);\n")],
    proof: tests("test/jail/strangers.test.ts", "children of whoever became the launcher go on, --namespaces=off"),
  },
  {
    name: "others/no-scope-for-signals",
    promised: { guarantee: "others" },
    change: "the ruleset does not keep signals inside the jail",
    edits: [edit("launcher/src/jail/landlock.rs", "        ruleset = ruleset.scope(Scope::from_all(known))?;", "        ruleset = ruleset.scope(Scope::AbstractUnixSocket)?;")],
    proof: attacks(["others/kill", "others/terminate", "others/stop"], WITHOUT),
  },
  {
    name: "others/the-broker-signals-all",
    promised: { document: "SECURITY.md", says: "No process outside the jail is signalled, traced, or read." },
    change: "on older kernels the broker lets every signal through",
    edits: [edit("launcher/src/supervisor/broker/processes.rs", "        _ if number == own.process => Answer::Continue,", "        _ if number == own.process || number > 1 => Answer::Continue,")],
    proof: attacks(["others/kill", "others/stop"], { namespaces: "off", landlock: 5 }),
  },
  {
    name: "others/priorities-and-limits",
    promised: { guarantee: "others" },
    change: "the broker lets calls on every process through",
    edits: [edit("launcher/src/supervisor/broker/processes.rs", "        Err(error) => error.into(),\n    }\n}\n\n/// `kill(process", "        Err(_) => Answer::Continue,\n    }\n}\n\n/// `kill(process")],
    proof: attacks(["others/set-priority", "others/affinity", "others/limits", "others/scheduler", "others/io-priority"], ORDINARY),
  },
  {
    name: "others/groups-by-priority",
    promised: { guarantee: "others" },
    change: "the filter lets priorities of groups through",
    edits: [edit(ARGUMENTS, "Rule::among(0, &[process], itself, Rule::Refuse(EPERM))", "Rule::among(0, &[process], itself, Rule::Allow)")],
    proof: attacks(["others/set-group-priority"], ORDINARY),
  },
  {
    name: "others/memory",
    promised: { guarantee: "others" },
    change: "the filter allows ptrace, process_vm_readv and their kind, and Landlock's ruleset is not there",
    edits: [edit(REFUSED, OTHERS, OTHERS.replace("forbid(", "row(").replace("execution\",\n", 'execution",\n            Rule::Allow,\n')), edit(TARGET, "crate::sys::landlock::restrict_self(site.ruleset).map_err(failed(Step::Ruleset))", "Ok(())")],
    proof: attacks(["others/read-memory", "others/ptrace-attach", "others/write-memory"], ORDINARY),
  },
  {
    name: "others/owners-by-ioctl",
    promised: { guarantee: "others" },
    change: "the filter allows FIOSETOWN and O_ASYNC, and the ruleset does not keep signals inside the jail",
    edits: [edit(ARGUMENTS, "let flags = Rule::any_bit(2, bits(O_ASYNC), Rule::Refuse(EPERM), Rule::Allow);", "let flags = Rule::any_bit(2, bits(O_ASYNC), Rule::Allow, Rule::Allow);"), edit("launcher/src/jail/filter/options.rs", "const COPIES: [Ioctl; 2] = [FICLONE, FICLONERANGE];", "const COPIES: [Ioctl; 4] = [FICLONE, FICLONERANGE, 0x8901, FIOASYNC];"), edit("launcher/src/jail/landlock.rs", "        ruleset = ruleset.scope(Scope::from_all(known))?;", "        ruleset = ruleset.scope(Scope::AbstractUnixSocket)?;")],
    proof: attacks(["others/owner-by-ioctl"], NATIVE_WITHOUT),
  },
  {
    name: "others/system-v",
    promised: { guarantee: "others" },
    change: "the filter allows System V memory, queues and semaphores",
    edits: [edit(REFUSED, '        lack(\n            "shared memory, semaphores and queues with numbers that other programs can guess",\n', '        row(\n            "shared memory, semaphores and queues with numbers that other programs can guess",\n            Rule::Allow,\n')],
    proof: attacks(["others/shared-memory", "others/message-queue", "others/semaphore"], NATIVE_WITHOUT),
  },
  {
    name: "others/keys",
    promised: { guarantee: "others" },
    change: "the filter allows keys",
    edits: [edit(REFUSED, 'forbid("keys of the user\'s session", &[SYS_keyctl, SYS_add_key, SYS_request_key])', 'row("keys of the user\'s session", Rule::Allow, &[SYS_keyctl, SYS_add_key, SYS_request_key])')],
    proof: attacks(["others/keyring", "others/add-key"], NATIVE_WITHOUT),
  },
  {
    name: "kernel/capabilities",
    promised: { guarantee: "kernel" },
    change: "the program keeps its capabilities, and so does the launcher, which could not look into it otherwise",
    edits: [
      edit(TARGET, "        privilege::drop_bounding_set().map_err(failed(Step::Capabilities))?;\n        privilege::drop_capabilities().map_err(failed(Step::Capabilities))?;\n", ""),
      edit("launcher/src/supervisor/run.rs", "        privilege::drop_capabilities()\n    };\n    dropped", "        Ok(())\n    };\n    dropped"),
    ],
    proof: attacks(["kernel/capabilities"], NATIVE_WITHOUT),
  },
  {
    name: "kernel/namespaces",
    promised: { guarantee: "kernel" },
    change: "the filter allows unshare and setns",
    edits: [edit(REFUSED, 'forbid("namespaces: would give capabilities back", &[SYS_unshare, SYS_setns])', 'row("namespaces: would give capabilities back", Rule::Allow, &[SYS_unshare, SYS_setns])')],
    proof: tests("test/jail/process.test.ts", "a started program makes no namespaces, with namespaces", "a started program makes no namespaces, without namespaces"),
  },
  {
    name: "kernel/user-faults",
    promised: { guarantee: "kernel" },
    change: "the filter allows userfaultfd",
    edits: [edit(REFUSED, "                SYS_userfaultfd,\n", ""), edit(REFUSED, 'lack("hides its flags in memory; programs fall back to openat", &[SYS_openat2])', 'lack("hides its flags in memory; programs fall back to openat", &[SYS_openat2]),\n        row("broken", Rule::Allow, &[SYS_userfaultfd])')],
    proof: attacks(["kernel/user-fault-user-mode"], NATIVE_WITHOUT),
  },
  {
    name: "kernel/personality",
    promised: { guarantee: "kernel" },
    change: "the filter lets the personality be changed",
    edits: [edit(ARGUMENTS, 'row("asks only", Rule::among(0, &[u32::MAX], Rule::Allow, Rule::Refuse(EPERM)), &[SYS_personality])', 'row("asks only", Rule::Allow, &[SYS_personality])')],
    proof: attacks(["kernel/personality"], NATIVE_WITHOUT),
  },
  {
    name: "kernel/prctl",
    promised: { document: "launcher/src/jail/filter/arguments.rs", says: "Not PR_SET_DUMPABLE: the broker could no longer read what the process asks for." },
    change: "the filter allows every option of prctl",
    edits: [edit(ARGUMENTS, "Rule::among(0, &with_machine_options(&OPTIONS), Rule::Allow, Rule::Refuse(EINVAL))", "Rule::among(0, &with_machine_options(&OPTIONS), Rule::Allow, Rule::Allow)")],
    proof: crate("launcher", "lib", "every_refused_class_fails_as_the_table_says"),
  },
  {
    name: "kernel/setsockopt",
    promised: { document: "launcher/src/jail/filter/options.rs", says: "Everything else fails with ENOPROTOOPT, as on a kernel that lacks it" },
    change: "the filter allows every option of the TCP level",
    edits: [edit("launcher/src/jail/filter/options.rs", "Rule::among(1, &[bits(level)], Rule::among(2, &unsigned(names), Rule::Allow, broker), others)", "Rule::among(1, &[bits(level)], Rule::among(2, &unsigned(names), Rule::Allow, if level == IPPROTO_TCP { Rule::Allow } else { broker }), others)")],
    proof: crate("launcher", "lib", "every_refused_class_fails_as_the_table_says"),
  },
  {
    name: "kernel/core-files",
    promised: { guarantee: "kernel" },
    change: "the program may leave a core file, and the ruleset is not put in force",
    edits: [edit("launcher/src/jail/limits.rs", "    set(Resource::CoreFile, 0)?;\n", ""), edit(TARGET, "crate::sys::landlock::restrict_self(site.ruleset).map_err(failed(Step::Ruleset))", "Ok(())")],
    proof: attacks(["kernel/core-dump"], NATIVE_WITHOUT),
  },
];
