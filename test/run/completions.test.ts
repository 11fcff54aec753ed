// Completions in the shells that they are for, as somebody at a keyboard gets them, and the manual page as man shows it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { makeProject, openTerminal, type Owner, type Project, quote, runCordon } from "../harness/index.ts";

/** A typed beginning, and what the Tab key adds. */
const TYPED: readonly [typed: string, added: string][] = [
  ["cordon permiss", "ions"],
  ["cordon permissions che", "ck"],
  ["cordon permissions --stri", "ct"],
  ["cordon run --allow-addo", "ns"],
  ["cordon --allow-addo", "ns"],
  ["cordon uninstall --save-e", "xact"],
  ["cordon x --deny-add", "ons"],
  ["cordon store ver", "ify"],
  ["cordon trust for", "get"],
  ["cordon help out", "dated"],
  ["cordon completions z", "sh"],
  ["cordon run a\\ fi", "le.js"],
];

/** A project with names that a careless script would start, and a folder with the script for `shell` beside it. */
async function places(owner: Owner, shell: string, file: string): Promise<{ project: Project; folder: string }> {
  const { code, stdout } = await runCordon(["completions", shell]);
  assert.equal(code, 0);
  const project = makeProject(owner, { "a file.js": "", "$(touch made)": "", "`touch made`": "" });
  return { project, folder: makeProject(owner, { [file]: stdout }).folder };
}

const LOAD = {
  bash: (folder: string) => [`bash --norc --noprofile`, `source ${quote(`${folder}/cordon`)}`],
  zsh: (folder: string) => [`zsh -f`, `fpath=(${quote(folder)} $fpath); autoload -U compinit; compinit -u -d ${quote(`${folder}/dump`)}`],
} as const;

for (const shell of ["bash", "zsh"] as const) {
  test(`the Tab key in ${shell}`, async (t) => {
    const { project, folder } = await places(t, shell, shell === "zsh" ? "_cordon" : "cordon");
    const terminal = await openTerminal(t, { cwd: project.folder, env: { HOME: folder } });
    const [start = "", load = ""] = LOAD[shell](folder);
    terminal.type(`PS1= ${start}\n`);
    terminal.type(`${load}; PS1='typed> '; echo lo""aded\n`);
    await terminal.shows("loaded");
    for (const [typed, added] of TYPED) {
      await terminal.shows("typed> ");
      terminal.type(`${typed}\t`);
      // A bell may ring in between, and the line may be drawn again.
      const rest = typed.slice(-4).replaceAll("\\", "\\\\");
      await terminal.shows(new RegExp(`${rest}\\W*${added.replace(".", "\\.")}`));
      terminal.type("\x15\n");
    }
    await terminal.shows("typed> ");
    terminal.type("cordon run \t\t");
    terminal.type("\x15ls; echo li''sted\n");
    await terminal.shows("listed");
    assert.deepEqual(spawnSync("ls", [project.folder], { encoding: "utf8" }).stdout.split("\n").toSorted().filter(Boolean), ["$(touch made)", "`touch made`", "a file.js"].toSorted());
  });
}

test("the Tab key in fish", async (t) => {
  const { project, folder } = await places(t, "fish", "cordon.fish");
  for (const [typed, added] of TYPED) {
    // Fish answers what it would offer; the word comes first, then its description.
    const code = `source ${quote(`${folder}/cordon.fish`)}; complete -C ${quote(typed)}`;
    const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", code], { cwd: project.folder, encoding: "utf8", env: { ...process.env, HOME: folder } });
    const offered = stdout.split("\n").map((line) => line.split("\t")[0]?.replaceAll("\\ ", " "));
    const word = `${typed}${added}`.replaceAll("\\ ", "\u0000").split(" ").at(-1)?.replaceAll("\u0000", " ");
    assert.ok(offered.includes(word) || offered.includes(`${word}=`), `${typed}: ${stdout}${stderr}`);
  }
});

test("man shows the page without a warning, with every command and flag", async () => {
  const page = await runCordon(["man"]);
  const env = { ...process.env, MANWIDTH: "80", MANROFFOPT: "-ww", LC_ALL: "C.UTF-8" };
  const shown = spawnSync("man", ["--warnings=w", "--local-file", "-"], { input: page.stdout, encoding: "utf8", env });
  assert.deepEqual([shown.status, shown.stderr], [0, ""]);
  for (const text of ["cordon permissions", "--allow-read=<paths>", "--landlock-at-most", "EXIT STATUS"]) assert.ok(shown.stdout.includes(text), text);
});
