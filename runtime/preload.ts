// Loaded by the engine before the program (`--require`). It explains refusals and loads TypeScript; it enforces nothing:
// the program may break all of it, and the kernel still holds the policy.
import { createGuardian, watchFetch, watchGetBuiltinModule, watchRequire } from "./builtins.ts";
import { deleteProperty, Module } from "./engine.ts";
import { createExplainer } from "./explainer.ts";
import { guardAddons } from "./guards/addons.ts";
import { takeOwnArguments } from "./arguments.ts";
import { createModules } from "./modules.ts";
import { takeSettings } from "./settings.ts";

const settings = takeSettings();
const bundle = import.meta.filename;
const explainer = createExplainer(settings, import.meta.dirname);
const guardian = createGuardian(explainer, { bundle, own: takeOwnArguments(bundle) });

guardAddons(explainer);
watchRequire(guardian);
watchGetBuiltinModule(guardian);
watchFetch(guardian, explainer);
createModules(explainer, guardian, import.meta.dirname).openDoors();
if (settings.learning !== undefined) explainer.learn();
// A program that walks or clears require.cache finds what it finds on the bare engine.
deleteProperty((Module as unknown as { _cache: object })._cache, bundle);
