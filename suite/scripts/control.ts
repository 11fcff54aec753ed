// Runs compound commands: each list of theirs as a line of its own, from which variables and the folder are taken over.
import type { execute as executeShell } from "@yarnpkg/shell";
import { COMPOUND, type Compound, END_OF_WORDS, listsOf } from "./compounds.ts";

type LibraryOptions = NonNullable<Parameters<typeof executeShell>[2]>;
export type Builtins = NonNullable<LibraryOptions["builtins"]>;
export type Builtin = Builtins[string];
export type State = Parameters<Builtin>[2];

/** Runs a line that begins in a state. */
export type RunLine = (line: string, args: readonly string[], state: State, builtins: Builtins) => Promise<number>;

/** `break` or `continue`, and how many loops it leaves. */
type Jump = { readonly word: "break" | "continue"; readonly loops: number };
/** A line that is running: where its state goes, in how many loops it stands, and how it ended: by itself, by a jump, or by `exit`. */
type Frame = { readonly state: State; readonly loops: number; end: "itself" | "exit" | Jump };
type Context = { readonly compounds: readonly Compound[]; readonly runLine: RunLine; readonly args: readonly string[] };

const BEGIN = "__cordon_begin";
const LEAVE = "__cordon_leave";

/** The commands that stand for compound ones in the outermost line. */
export function controls(compounds: readonly Compound[], runLine: RunLine): Builtins {
  return builtinsOf({ compounds, runLine, args: [] }, undefined);
}

function builtinsOf(context: Context, frame: Frame | undefined): Builtins {
  const builtins: Builtins = { ...jumps(frame), ...commands(context, frame) };
  const not: Builtin = async (words, _options, state) => (words.length > 0 && (await context.runLine('"$@"', words, state, { ...builtins, "!": not })) === 0 ? 1 : 0);
  return { ...builtins, "!": not };
}

function commands(context: Context, frame: Frame | undefined): Builtins {
  return Object.fromEntries(
    context.compounds.map((compound, index): [string, Builtin] => [
      `${COMPOUND}${index}`,
      async (words, { args }, state) => {
        const own = words.indexOf(END_OF_WORDS);
        if (own < words.length - 1 && !usesArguments(compound)) {
          state.stderr.write("Cannot put arguments behind a script that ends in a compound command\n");
          return 2;
        }
        return await perform(compound, words.slice(0, own), { ...context, args }, state, frame);
      },
    ]),
  );
}

function usesArguments(compound: Compound): boolean {
  return listsOf(compound).some((list) => /\$\{?[@*#\d]/.test(list));
}

function jumps(frame: Frame | undefined): Builtins {
  const jump =
    (word: Jump["word"]): Builtin =>
    async ([count = "1"], _options, state) => {
      if (frame !== undefined && frame.loops > 0) leaveBy(frame, state, { word, loops: Math.min(Math.max(Number(count) || 1, 1), frame.loops) });
      return await Promise.resolve(0);
    };
  return { break: jump("break"), continue: jump("continue") };
}

/** The library ends a line where a state has an exit code. */
function leaveBy(frame: Frame, state: State, jump: Jump): void {
  takeOver(frame.state, state);
  frame.end = jump;
  state.exitCode = 0;
}

function takeOver(state: State, from: State): void {
  Object.assign(state, { cwd: from.cwd, environment: from.environment, variables: from.variables });
}

async function perform(compound: Compound, words: readonly string[], context: Context, state: State, frame: Frame | undefined): Promise<number> {
  const list = async (text: string): Promise<number> => await passing(text, context, state, frame);
  switch (compound.kind) {
    case "group":
      return await list(compound.body);
    case "subshell":
      return (await run(compound.body, context, { ...state, environment: { ...state.environment }, variables: { ...state.variables } }, 0)).code;
    case "if":
      for (const { condition, body } of compound.branches) {
        const code = await list(condition);
        if (state.exitCode !== null) return code;
        if (code === 0) return await list(body);
      }
      return compound.otherwise === undefined ? 0 : await list(compound.otherwise);
    case "case": {
      const found = compound.items.find(({ patterns }) => patterns.some((pattern) => pattern.test(words.join(" "))));
      return found === undefined || found.body === "" ? 0 : await list(found.body);
    }
    case "for":
      return await loop(words, compound.body, { ...context, name: compound.name }, state, frame);
    case "while":
    case "until":
      return await loop(compound, compound.loop.body, context, state, frame);
  }
}

type Rounds = readonly string[] | Extract<Compound, { kind: "while" | "until" }>;

async function loop(rounds: Rounds, body: string, context: Context & { name?: string }, state: State, frame: Frame | undefined): Promise<number> {
  const loops = (frame?.loops ?? 0) + 1;
  let last = 0;
  for (let round = 0; ; round++) {
    const again = await nextRound(rounds, round, context, state, loops);
    if (again === "no") return last;
    const { code, end } = again === "yes" ? await run(body, context, state, loops) : again;
    last = code;
    if (end === "itself") continue;
    if (end === "exit") return (state.exitCode = code);
    last = 0;
    if (end.loops > 1 && frame !== undefined) {
      leaveBy(frame, state, { ...end, loops: end.loops - 1 });
      return 0;
    }
    if (end.word === "break") return 0;
  }
}

/** A condition may end in a jump or an exit, too. */
async function nextRound(rounds: Rounds, round: number, context: Context & { name?: string }, state: State, loops: number): Promise<"yes" | "no" | Ran> {
  if ("kind" in rounds) {
    const ran = await run(rounds.loop.condition, context, state, loops);
    if (ran.end !== "itself") return ran;
    return (ran.code === 0) === (rounds.kind === "while") ? "yes" : "no";
  }
  const word = rounds[round];
  if (word === undefined) return "no";
  const name = context.name ?? "";
  // A variable that programs are given stays one.
  if (Object.hasOwn(state.environment, name)) state.environment = { ...state.environment, [name]: word };
  state.variables = { ...state.variables, [name]: word };
  return "yes";
}

/** A list of a compound command that is no loop: jumps and exits in it go on outwards. */
async function passing(text: string, context: Context, state: State, frame: Frame | undefined): Promise<number> {
  const { code, end } = await run(text, context, state, frame?.loops ?? 0);
  if (end === "exit") state.exitCode = code;
  else if (end !== "itself" && frame !== undefined) leaveBy(frame, state, end);
  return code;
}

type Ran = { readonly code: number; readonly end: Frame["end"] };

async function run(text: string, context: Context, state: State, loops: number): Promise<Ran> {
  const frame: Frame = { state, loops, end: "exit" };
  const status = Number(state.variables["?"] ?? 0);
  const code = await context.runLine(`${BEGIN}; ${text}${/(?<![&\\])&$/.test(text) ? "" : ";"} ${LEAVE}`, context.args, state, {
    ...builtinsOf(context, frame),
    [BEGIN]: async () => await Promise.resolve(status),
    [LEAVE]: async (_words, _options, inner) => {
      const last = Number(inner.variables["?"] ?? 0);
      takeOver(state, inner);
      frame.end = "itself";
      return await Promise.resolve(last);
    },
  });
  return { code, end: frame.end };
}
