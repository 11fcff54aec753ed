// Compound commands mean what they mean to /bin/sh: the same output, and the same exit code.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

const SHELL = join(import.meta.dirname, "../../dist/shell.cjs");

type Ended = { stdout: string; status: number | null };

function run(folder: string, program: string, words: readonly string[]): Ended {
  const { stdout, status } = spawnSync(program, words, { cwd: folder, encoding: "utf8", input: "from stdin\n", env: { PATH: "/usr/bin:/bin", HOME: folder, GIVEN: "given" }, timeout: 60_000 });
  return { stdout, status };
}

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "scripts-"));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const name of ["a.ts", "b.ts", "c d.txt"]) writeFileSync(join(folder, name), `${name}\n`);
  return folder;
}

const LINES = [
  "if [ -f a.ts ]; then echo yes; else echo no; fi",
  "if [ -f none ]; then echo yes; elif [ -f b.ts ]; then echo second; else echo no; fi",
  "if false; then echo yes; fi; echo $?",
  "if (exit 3); then echo; else echo $?; fi",
  "if true; then false; fi; echo $?; if false; then true; else exit 4; fi; echo no",
  "if true; then if false; then echo a; else echo b; fi fi",
  "if ! [ -f none ] && true; then echo not; fi",
  "if true\nthen\n  echo a\n  echo b\nfi\necho c",
  "if true; then echo a; fi > out; cat out",
  "if true; then echo a; fi | tr a b",
  "if cat | grep -q stdin; then echo found; fi",
  "A=1; if true; then A=2; cd /; fi; echo $A; pwd",
  "if [ \"$GIVEN\" = given ]; then echo $GIVEN; fi && echo and || echo or",
  "if false; then echo a; fi && echo and || echo or",
  "for i in 1 2 3; do echo $i; done",
  "for i in 1 'two words' \"$GIVEN $GIVEN\" *.ts; do echo \"<$i>\"; done",
  "for i in $(echo x y z); do echo $i; done; echo $i",
  "for i in; do echo no; done; echo $?",
  "for i\ndo echo no; done; echo none",
  "for f in *.ts\ndo\n  cat $f\ndone | cat",
  "for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done",
  "for i in 1 2 3; do if [ $i = 2 ]; then break; fi; echo $i; done; echo $? $i",
  "for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; echo no; done",
  "for i in 1 2; do for j in a b; do break 2; done; echo no; done; echo $i$j",
  "for i in 1 2; do exit 5; done; echo no",
  "for i in 1 2; do (exit 5); echo $?; done",
  "for i in 1 2; do B=$i; done; echo $B",
  "for GIVEN in x y; do sh -c 'echo $GIVEN'; done",
  "for i in 1 2; do cat; done",
  "for i in if then fi; do echo $i done; done",
  "for i in 1 2; do false; done || echo failed",
  "i=; while [ \"$i\" != aaa ]; do i=a$i; echo $i; done",
  "i=; until [ \"$i\" = aa ]; do i=a$i; done; echo $i",
  "while true; do echo once; break; done; echo $?",
  "while false; do echo no; done; echo $?",
  "while exit 6; do echo no; done; echo no",
  "while true; do while true; do break 2; done; done && echo out",
  "case abc in x|a*) echo first;; *) echo no;; esac",
  "case $GIVEN in (given) echo it;; esac",
  "case 'a b' in a?b) echo blank;; esac; case \"$UNSET\" in '') echo empty;; esac",
  "case x in [!x]) echo no;; [a-z]) echo letter;; esac",
  "case a.b in a\\*b) echo no;; 'a*b') echo no;; a.b) echo exact;; esac",
  "case axb in a.b) echo no;; *) ;; esac; echo $?",
  "case x in y) echo no;; esac; echo $?",
  "case x in\n  x)\n    echo a\n    echo b\n    ;;\n  *)\n    echo no\nesac",
  "for i in a b c; do case $i in b) continue;; c) break;; esac; echo $i; done",
  "(echo a; echo b) | wc -l | tr -d ' '",
  "{ echo a; echo b; } | sort -r",
  "echo a | { cat; echo b; }",
  "(echo a; echo b >&2) 2>&1 | sort",
  "{ echo a; } > out; { echo b; } >> out; cat out",
  "(cd /; A=1; pwd); echo \"$A\"; { A=2; }; echo $A",
  "(exit 3); echo $?; (exit 3) || { echo or; }; ! (exit 1) && echo not",
  "((echo deep))",
  "cat <<END\na $GIVEN ${GIVEN} $(echo inner \"x  y\") `echo back` $((1 + 2))\n  \"b\" 'c $GIVEN'\nEND\necho on",
  "cat <<'END'\na $GIVEN $(echo no) 'quoted' \"too\" \\ \\$x `no`\n\nEND",
  "cat <<END\n\\$GIVEN \\\\ \\n \\` \\\"\nEND",
  "cat <<END\ngoes \\\non\nEND",
  "cat <<-END\n\ta\n\t\tb\n  c\n\tEND\necho on",
  "cat <<\"E F\" | tr a b\na $GIVEN\nE F\necho on",
  "cat <<END\nEND\necho empty",
  "cat << A; cat <<B\nfirst\nA\nsecond\nB\necho on",
  "if true; then\n  cat <<END\n  in if\nEND\n  echo on\nfi",
  "for i in 1 2; do cat <<END; done\nround $i\nEND\necho on",
  "f() {\n  cat <<END\n<$1>\nEND\n}\nf a; f b",
  "{ cat; echo on; } <<END > out\ntext\nEND\ncat out",
  "sh <<'END'\necho from sh; echo $GIVEN\nEND",
  "cat <<END && echo and\ntext\nEND",
  "cat <<EOF\n( ) { } ; & | < > # * ? ~ ! if then done\nEOF\necho '<<x' \"<<y\" $((1 + 1))",
  "! exit 3; echo no",
  "! true | false; echo $?; ! false | true; echo $?; ! cat a.ts | grep -q none && echo none",
  "if ! exit 3 || true; then echo no; fi; echo no",
  "! cd / && echo no; pwd; ! A=1; echo $A; ! A=2 sh -c 'echo $A'; ! echo a > out 2>&1; cat out",
  "! true & wait 2>/dev/null; echo $(! true; echo $?)",
  "for i in 1 2; do ! break; echo no; done; echo $?; case x in x) ! true;; esac; echo $?",
  "! true |\n cat; echo $?\n! false\necho $?",
  "f() { echo \"<$1><$2>\" $#; }; f a 'b c'; f; f x y z | cat",
  "f() { return 3; echo no; }; f; echo $?; f || echo failed; f && echo no; ! f && echo not",
  "f() { false; return; }; f; echo $?; f() { true; }; f; echo $?",
  "f() { A=1; cd /; }; f; echo $A; pwd",
  "f() { exit 5; }; f; echo no",
  "f() (\n  A=1; cd /; exit 2\n)\nf; echo $? $A; [ -f a.ts ] && echo back",
  "f() { for i in 1 2 3; do if [ $i = 2 ]; then return $i; fi; echo $i; done; }; f; echo $?",
  "f() { while true; do return; done; echo no; }; f; echo $?; f() if true; then echo if; fi; f",
  "f() { g() { echo inner $1; }; g a; }; f; g b; (h() { echo sub; }; h); h 2>/dev/null || echo gone",
  "if true; then f() { echo made; }; fi; f; { g() { echo $1; }; }; g group",
  "f() { if [ $1 = 3 ]; then echo end; else echo $1; f $(($1 + 1)); fi; }; f 1",
  "f() { for a in \"$@\"; do echo \"<$a>\"; done; echo \"$*\"; }; f a 'b  c' ''",
  "f() { while [ $# -gt 0 ]; do echo $1; shift; done; }; f a b c; f() { shift 2; echo $@ ${1:-none} ${3:-three}; }; f 1 2 3",
  "f() { cat; echo to; }; echo from | f | tr a-z A-Z; f < a.ts > out; cat out; f() { echo b >&2; }; f 2>&1 | cat",
  "A=1 B=2; f() { echo $A$GIVEN; }; A=3 f; echo $(f) \"$(f; f)\"",
  "echo() { printf '%s!\\n' \"$1\"; }; echo a; f () { echo $1; }; f b",
  "(echo a; echo b >&2) > out 2>&1; echo out; cat out",
  "(echo a; echo b >&2) 2>&1 > out; echo out; cat out",
  "{ echo a; echo b >&2; sh -c 'echo c; echo d >&2'; echo e; } > out 2>&1; echo out; cat out",
  "if true; then echo a >&2; fi > out 2>&1 | cat; cat out",
  "sh -c 'echo a; echo b >&2' > out 2>&1; echo out; cat out",
  "echo a > out 2> other; echo b >> out; cat out other",
  "echo a > out > other; cat out; echo -; cat other",
  "echo a 1>&2 2> out; cat out",
  "{ echo a >&2; } 2>&1 | tr a b",
  "sh -c 'echo a >&2' 2>&1 | tr a b",
  "{ sh -c 'echo a >&2' 2>&1; echo b; } | tr ab xy",
  "echo a >/dev/stderr 2>&1; echo b > /dev/stdout | cat",
  "cat a.ts > /dev/full || echo failed; echo a > /dev/full; echo $?; { echo b; } > /dev/full && echo no; echo on",
  "> empty; [ -f empty ] && echo made",
  "echo a > none/out; echo $?; cat < none/in; echo $?; echo on",
  "{ cd /; A=1; } > out; pwd; echo $A",
  "{ exit 4; } > out; echo no",
  "while true; do echo a; break; done > out; cat < out",
  "{ cat; echo b; } < a.ts > out; cat out",
  "sh -c 'cat' < a.ts; cat < a.ts < b.ts",
  "sh -c 'echo a; echo b >&2' >&- ; echo $?",
  "echo a 2>&- >&2; { echo b; } < a.ts",
  "A=1 sh -c 'echo $A' > out; cat out",
  "( (echo a) ; { (echo b); } ) | cat",
  "{ exit 7; }; echo no",
  "echo $((1 + 2)) $(( (1 + 2) * 3 ))",
  "echo $(if true; then echo inner; fi) \"$(for i in 1 2; do echo $i; done)\"",
  "echo if then fi do done; echo {} '(' 'if true'",
  "true && if true; then echo a; fi || echo no",
  "break; continue; echo on",
  "if ! (false; exit 1); then echo not; fi; ! { true; } || echo so; ! for i in 1; do false; done && echo also",
  "echo \"$(echo \"a  b\" | (cat))\" $(echo $(echo x) `echo y`)\"$( (echo z) )\"",
];

for (const line of LINES) {
  test(`means what it means to sh: ${JSON.stringify(line)}`, (context) => {
    assert.deepEqual(run(makeFolder(context), process.execPath, [SHELL, "-c", line]), run(makeFolder(context), "/bin/sh", ["-c", line]));
  });
}

const UNKNOWN: Readonly<Record<string, string>> = {
  "touch made; cat <<END\nx\n END": "has no end",
  "touch made; cat <<END": "are missing",
  "touch made; echo \"$(cat <<END\nx\nEND\n)\"": "here-documents",
  "touch made; [[ a == a ]]": "[[",
  "touch made; select x in a; do echo; done": "select",
  "touch made; function f { echo; }": "function",
  "touch made; f() echo a": "f",
  "touch made; f() { echo a; } > out": "redirection",
  "touch made; f() { local a; }": "local",
  "touch made; read a": "read",
  "touch made; cat a.ts | while read a; do echo $a; done": "read",
  "touch made; f() { echo a & }": "&",
  "touch made; !": "behind !",
  "touch made; if true; then sleep 1 & fi": "&",
  "touch made; `if true; then echo x; fi`": "backquotes",
  "touch made; case a in $(echo b)) echo;; esac": "patterns",
  "touch made; case [[:alpha:]] in a) echo;; esac": "case",
  "touch made; if true; then echo x": "fi",
  "touch made; if true; echo x; fi": "fi",
  "touch made; for i in 1; do; done": "do",
  "touch made; for i in 1 2 done": "missing",
  "touch made; if true; then echo x; fi y": "behind",
  "touch made; done": "done",
  "touch made; { echo a": "}",
  "touch made; (echo a": ")",
  "touch made; if true; then echo $(echo; fi": "fi",
  "touch made; while true; do echo 'a; done": "done",
  "touch made; if true; then echo a >; fi": "Expected",
};

test("what the shell does not have is refused by its name, before anything of the line is run", (context) => {
  const folder = makeFolder(context);
  for (const [line, word] of Object.entries(UNKNOWN)) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SHELL, "-c", line], { cwd: folder, encoding: "utf8" });
    assert.deepEqual([status, stdout], [2, ""], line);
    assert.ok(stderr.startsWith("Cannot run ") && stderr.slice(JSON.stringify(line).length + "Cannot run ".length).includes(word), stderr);
    assert.ok(!existsSync(join(folder, "made")), line);
  }
});

test("arguments go behind a command and into a compound one that asks for them, and nowhere else", (context) => {
  const folder = makeFolder(context);
  const shell = (line: string): Ended => run(folder, process.execPath, [SHELL, "-c", line, "one two", "3"]);
  assert.deepEqual(shell("if true; then echo a; fi && echo b"), { stdout: "a\nb one two 3\n", status: 0 });
  assert.deepEqual(shell('for i in "$@"; do echo "<$i>"; done'), { stdout: "<one two>\n<3>\n", status: 0 });
  assert.deepEqual(shell('if [ "$1" = 3 ]; then echo "$0"; fi'), { stdout: "one two\n", status: 0 });
  for (const line of ["if true; then echo a; fi", "for i in 1; do echo $i; done", "(echo a)"]) assert.deepEqual(shell(line), { stdout: "", status: 2 });
});
