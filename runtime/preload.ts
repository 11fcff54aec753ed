// Loaded by the engine before the program (`--require`). It explains refusals and loads TypeScript; it enforces nothing:
// the program may break all of it, and the kernel still holds the policy. Every start pays for what is in here, so most of
// the runtime waits in late.ts.
import { takeOwnArguments } from "./arguments.ts";
import { createRest, watchFetch, watchGetBuiltinModule, watchRequire } from "./builtins.ts";
import { openDoors } from "./doors.ts";
import { deleteProperty, Module } from "./engine.ts";
import { guardAddons } from "./guards/addons.ts";
import type { Start } from "./guards/index.ts";
import { guardMemory } from "./guards/memory.ts";
import { takeHandedOver } from "./handed-over.ts";
import type { createLate } from "./late.ts";
import { createLoader } from "./loader.ts";

const handed = takeHandedOver();
const folder = import.meta.dirname;
const bundle = import.meta.filename;
const start: Start = { bundle, own: takeOwnArguments(bundle) };
const load = createLoader(folder);
// The bundle is ours: its one export is the function that the type names.
const { rest, guardian } = createRest((watch) => (load("late") as { createLate: typeof createLate }).createLate(handed, start, load, watch));

guardAddons(rest);
guardMemory();
watchRequire(guardian, rest);
watchGetBuiltinModule(guardian);
watchFetch(guardian, rest);
openDoors(rest);
// cordon's own shell for scripts is large, and the same at each start.
if (process.argv[1] === `${folder}/shell.cjs`) rest().modules.cacheCode();
if (handed.learning !== undefined) rest().explainer.learn();
// A program that walks or clears require.cache finds what it finds on the bare engine.
deleteProperty((Module as unknown as { _cache: object })._cache, bundle);
