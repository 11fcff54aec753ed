// Promises about the start, in which launcher, guardian and target work at the same time, and what stays of it.
import { edit, tests, type Mutation } from "../mutation.ts";

const GUARDIAN = "launcher/src/supervisor/guardian.rs";
const START = "test/jail/start.test.ts";
const SIGNALS = "test/run/signals.test.ts";

export const start: readonly Mutation[] = [
  {
    name: "start/the-target-does-not-wait",
    promised: { document: "docs/decisions/start-in-parts.md", says: "it then waits for the\nother two, restricts itself and executes the engine" },
    change: "the target restricts itself before root and ruleset are complete",
    edits: [edit("launcher/src/jail/target.rs", "        wait(site.go)?;\n", "        let _ = wait;\n")],
    proof: tests(START, "nothing of the machine's root lies over or behind the jail's"),
  },
  {
    name: "start/the-old-root-stays",
    promised: { guarantee: "hidden-metadata" },
    change: "the machine's root stays mounted over the jail's",
    edits: [edit(GUARDIAN, "            root::forget_old().map_err(|error| failure(Step::Root, &error))?;\n", "            let _ = root::forget_old;\n")],
    proof: tests(START, "nothing of the machine's root lies over or behind the jail's"),
  },
  {
    name: "start/the-guardian-keeps-capabilities",
    promised: { document: "ARCHITECTURE.md", says: "It holds no capability" },
    change: "the guardian keeps the capabilities that it was started with",
    edits: [edit(GUARDIAN, "        privilege::drop_capabilities().map_err(|error| failure(Step::Capabilities, &error))?;\n", "")],
    proof: tests(START, "the guardian holds no capability, with namespaces", "the guardian holds no capability, without namespaces"),
  },
  {
    name: "start/a-waiting-signal-stops-it",
    promised: { document: GUARDIAN, says: "Signals come at any time, and change nothing about that." },
    change: "the first call is not answered where a signal waits for the guardian",
    edits: [
      edit(GUARDIAN, "        let children = signal::descriptor_of_children().map_err(failed)?;", "        let children = signal::descriptor().map_err(failed)?;"),
      edit(GUARDIAN, "        match proceed(listener.as_fd()) {\n", "        if wait_readable([self.children.as_fd()], 0)?[0] {\n            return Ok(());\n        }\n        match proceed(listener.as_fd()) {\n"),
    ],
    proof: tests(SIGNALS, "a window that changes its size while a program starts does not keep it from starting"),
  },
  {
    name: "start/every-signal-wakes-the-guardian",
    promised: { document: GUARDIAN, says: "Other signals wait until the launcher says what to do about them." },
    change: "the guardian wakes for signals that it does nothing about, again and again",
    edits: [edit(GUARDIAN, "        let children = signal::descriptor_of_children().map_err(failed)?;", "        let children = signal::descriptor().map_err(failed)?;")],
    proof: tests(SIGNALS, "a signal that reaches the guardian alone keeps it from nothing, and costs nothing"),
  },
  {
    name: "start/the-guardian-keeps-its-code",
    promised: { document: "CHANGELOG.md", says: "launcher and guardian give back what only the start needed" },
    change: "the guardian gives no memory back",
    edits: [edit(GUARDIAN, "                memory::forget_code();\n", "                let _ = memory::forget_code;\n")],
    proof: tests(START, "launcher and guardian give back what only the start needed, with namespaces", "launcher and guardian give back what only the start needed, without namespaces"),
  },
  {
    name: "start/the-launcher-keeps-its-code",
    promised: { document: "launcher/src/sys/memory.rs", says: "For processes that have done most of their work, and stay." },
    change: "the launcher gives no memory back",
    edits: [edit("launcher/src/supervisor/run.rs", "        memory::forget_code();\n", "        let _ = memory::forget_code;\n")],
    proof: tests(START, "launcher and guardian give back what only the start needed, with namespaces", "launcher and guardian give back what only the start needed, without namespaces"),
  },
];
