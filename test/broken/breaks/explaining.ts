// Promises about what is told and suggested, and what learning sees.
import { crate, edit, tests, type Mutation } from "../mutation.ts";

const ADVICE = "launcher/src/denial/advice.rs";

export const explaining: readonly Mutation[] = [
  {
    name: "explaining/grants-that-no-manifest-may-have",
    promised: { document: "CHANGELOG.md", says: "Grants that no manifest may have (in `node_modules`, `.git`) are not suggested" },
    change: "whatever was refused is suggested",
    edits: [edit(ADVICE, "Permission::Write if decides(Path::new(wanted)) => {", "Permission::Write if decides(Path::new(wanted)) && wanted.is_empty() => {")],
    proof: crate("launcher", "lib", "no_grant_covers_the_project_its_packages_or_its_history"),
  },
  {
    name: "explaining/another-copy-by-name",
    promised: { document: ADVICE, says: "By its name where that leads to the copy that `file` lies in or beside; another one by its path." },
    change: "every copy of a package is suggested by its name",
    edits: [edit(ADVICE, "modules.filter(|above| !self.root.starts_with(above) && !is_apart && is_package(name))", "modules.filter(|above| above.as_os_str().is_empty() && !is_apart && is_package(name))")],
    proof: crate("launcher", "lib", "another_copy_of_a_package_is_named_by_its_path"),
  },
  {
    name: "explaining/granted-native-code-is-reported",
    promised: { document: "CHANGELOG.md", says: "Granted native code that loads other native code, which is refused, is not reported itself" },
    change: "a grant of a package does not count for the builds that it brings along",
    edits: [edit("runtime/explanation/program-refusal.ts", "granted === name || granted === owner", "granted === name")],
    proof: tests("test/explanations/unpacking.test.ts", "native code from a cache is refused, and told with what helps, plainly"),
  },
  {
    name: "learn/workers-are-not-watched",
    promised: { document: "docs/learn.md", says: "in workers and in children that run the engine too" },
    change: "only the main thread tells which variables it reads",
    edits: [edit("runtime/handed-over.ts", "learning: CORDON_USES ?? learningOfParent(),", "learning: CORDON_USES,")],
    proof: tests("test/learn/learn.test.ts", "a pool of workers that reads a dictionary and its settings"),
  },
  {
    name: "runtime/no-memory-in-children",
    promised: { document: "CHANGELOG.md", says: "`process.memoryUsage()` works in children without namespaces too" },
    change: "the runtime does not answer for the engine",
    edits: [edit("runtime/preload.ts", "guardMemory();\n", "")],
    proof: tests("test/jail/process.test.ts", "a child knows how much memory it has, without namespaces"),
  },
];
