// Runs compound commands: each list of theirs as a line of its own, from which variables and the folder are taken over.
import type { execute as executeShell } from "@yarnpkg/shell";
import { COMPOUND, type Compound, END_OF_WORDS, listsOf } from "./compounds.ts";

type LibraryOptions = NonNullable<Parameters<typeof executeShell>[2]>;
export type Builtins = NonNullable<LibraryOptions["builtins"]>;
export type Builtin = Builtins[string];
export type State = Parameters<Builtin>[2];

/** Runs a line that begins in a state. */
export type RunLine = (line: string, args: string[], state: State, builtins: Builtins) => Promise<number>;

/** `break` or `continue`, and how many loops it leaves; `return`, and the function's exit code. */
type Jump = { readonly word: "break" | "continue"; readonly loops: number } | { readonly word: "return"; readonly code: number };
/** A line that is running: where its state goes, in how many loops it stands, and how it ended: by itself, by a jump, or by `exit`. */
type Frame = { readonly state: State; readonly loops: number; end: "itself" | "exit" | Jump };
type Context = {
  readonly compounds: readonly Compound[];
  readonly runLine: RunLine;
  /** Those of the line, or of the function. */
  readonly args: string[];
  /** The bodies of the functions that were defined. */
  readonly functions: Map<string, string>;
};

const BEGIN = "__cordon_begin";
const LEAVE = "__cordon_leave";

/** The commands that stand for compound ones in the outermost line. */
export function controls(compounds: readonly Compound[], runLine: RunLine): Builtins {
  return builtinsOf({ compounds, runLine, args: [], functions: new Map() }, undefined);
}

function builtinsOf(context: Context, frame: Frame | undefined): Builtins {
  return { ...jumps(frame), shift, ...commands(context, frame), ...functions(context) };
}

/** POSIX.1-2024, 2.15, shift: of the arguments that are the line's, and the loops' and conditions' in it. */
const shift: Builtin = async ([count = "1"], { args }, state) => {
  const many = Number(count);
  if (Number.isInteger(many) && many >= 0 && many <= args.length) args.splice(0, many);
  else state.stderr.write(`Cannot shift ${JSON.stringify(count)} arguments: there are ${args.length}\n`);
  return await Promise.resolve(many <= args.length ? 0 : 2);
};

function commands(context: Context, frame: Frame | undefined): Builtins {
  return Object.fromEntries(
    context.compounds.map((compound, index): [string, Builtin] => [
      `${COMPOUND}${index}`,
      async (words, options, state) => {
        const own = words.indexOf(END_OF_WORDS);
        const behind = own < words.length - 1 && !usesArguments(compound);
        if (behind && !takesArguments(compound)) {
          state.stderr.write("Cannot put arguments behind a script that ends in a compound command\n");
          return 2;
        }
        const called = behind && compound.kind === "not" ? { ...compound, body: `${compound.body} "$@"` } : compound;
        const code = await perform(called, words.slice(0, own), { ...context, args: options.args }, state, frame);
        for (const [name, run] of Object.entries(functions(context))) options.builtins.set(name, run);
        return code;
      },
    ]),
  );
}

function functions(context: Context): Builtins {
  return Object.fromEntries([...context.functions].map(([name, body]): [string, Builtin] => [name, call(body, context)]));
}

/** In the state of who calls it, with arguments of its own. */
function call(body: string, context: Context): Builtin {
  return async (words, options, state) => {
    const { code, end } = await run(body, { ...context, args: [...words] }, state, 0);
    for (const [name, inner] of Object.entries(functions(context))) options.builtins.set(name, inner);
    if (end === "exit") state.exitCode = code;
    return code;
  };
}

/** A simple command behind `!` does, as without it. */
function takesArguments(compound: Compound): boolean {
  return compound.kind === "not" && !compound.body.endsWith(END_OF_WORDS);
}

function usesArguments(compound: Compound): boolean {
  return listsOf(compound).some((list) => /\$\{?[@*#\d]/.test(list));
}

function jumps(frame: Frame | undefined): Builtins {
  const jump =
    (word: "break" | "continue"): Builtin =>
    async ([count = "1"], _options, state) => {
      if (frame !== undefined && frame.loops > 0) leaveBy(frame, state, { word, loops: Math.min(Math.max(Number(count) || 1, 1), frame.loops) });
      return await Promise.resolve(0);
    };
  const back: Builtin = async ([code], _options, state) => {
    const own = Number(code ?? state.variables["?"] ?? 0) || 0;
    leaveBy(frame, state, { word: "return", code: own });
    return await Promise.resolve(own);
  };
  return { break: jump("break"), continue: jump("continue"), return: back };
}

/** The library ends a line where a state has an exit code. */
function leaveBy(frame: Frame | undefined, state: State, jump: Jump): void {
  if (frame !== undefined) {
    takeOver(frame.state, state);
    frame.end = jump;
  }
  state.exitCode = jump.word === "return" ? jump.code : 0;
}

function takeOver(state: State, from: State): void {
  Object.assign(state, { cwd: from.cwd, environment: from.environment, variables: from.variables });
}

async function perform(compound: Compound, words: readonly string[], context: Context, state: State, frame: Frame | undefined): Promise<number> {
  const list = async (text: string): Promise<number> => await passing(text, context, state, frame);
  switch (compound.kind) {
    case "group":
      return await list(compound.body);
    case "not": {
      const code = await list(compound.body);
      return state.exitCode === null ? Number(code === 0) : code;
    }
    case "function":
      context.functions.set(compound.name, compound.body);
      return 0;
    case "subshell":
      return (await run(compound.body, { ...context, args: [...context.args], functions: new Map(context.functions) }, { ...state, environment: { ...state.environment }, variables: { ...state.variables } }, 0)).code;
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
    if (end.word === "return") {
      leaveBy(frame, state, end);
      return code;
    }
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
  else if (end !== "itself") leaveBy(frame, state, end);
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
