import type { Commands } from "./context.ts";

const change: Commands[string] = async () => (await import("./change.ts")).change;

export const commands: Commands = {
  install: change,
  add: change,
  remove: change,
  update: change,
  dedupe: change,
  prune: change,
  import: change,
  list: async () => (await import("./list.ts")).list,
  why: async () => (await import("./why.ts")).why,
  outdated: async () => (await import("./outdated.ts")).outdated,
};
