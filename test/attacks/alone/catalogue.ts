// All attacks that need a start of their own.
import { alone as escapes } from "./escapes.ts";
import { alone as floods } from "./floods.ts";
import { alone as limits } from "./limits.ts";
import { alone as manifests } from "./manifests.ts";
import { alone as nested } from "./nested.ts";
import { alone as reports } from "./reports.ts";
import type { Alone } from "./scene.ts";
import { alone as surroundings } from "./surroundings.ts";

export const ALONE: readonly Alone[] = [...manifests, ...surroundings, ...limits, ...escapes, ...nested, ...reports, ...floods];
