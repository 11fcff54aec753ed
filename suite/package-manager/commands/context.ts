import type { Notices } from "../notices.ts";
import type { Age } from "../policy/age.ts";
import type { Manifests } from "../registry/manifests.ts";
import type { Metadata } from "../registry/metadata.ts";
import type { Progress } from "../progress.ts";
import type { Request } from "../request.ts";

/** What every command works with. */
export type Context = {
  readonly request: Request;
  readonly progress: Progress;
  readonly notices: Notices;
  readonly metadata: Metadata;
  readonly age: Age;
  readonly manifests: Manifests;
};

/** How a command ends: 0, 10 where nothing is to be done, or a failure's code. */
export type Command = (context: Context) => Promise<number>;

/** By name, each loaded when it is wanted. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

export const NOTHING_TO_DO = 10;
