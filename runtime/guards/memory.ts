// Without namespaces children cannot read their own /proc/self/stat, where the engine looks for its size.
import { apply, getBuiltinModule, isObject, type Bag } from "../engine.ts";
import { replace } from "../look-alike.ts";

export function guardMemory(): void {
  const usage = process.memoryUsage as unknown as Bag;
  replace(usage, "rss", { apply: (original, self, args) => whereRefused(() => apply(original, self, args), mostResident) });
  replace(process as unknown as Bag, "memoryUsage", { apply: (original, self, args) => whereRefused(() => apply(original, self, args), estimate) });
}

function whereRefused(ask: () => unknown, fallback: () => unknown): unknown {
  try {
    return ask();
  } catch (error) {
    if (isObject(error) && error.syscall === "uv_resident_set_memory" && error.code === "EACCES") return fallback();
    throw error;
  }
}

/** In bytes: what the process had at most, which the kernel tells without a file (getrusage(2)). */
function mostResident(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** V8 does not say how much of what is outside its heap belongs to buffers. */
function estimate(): NodeJS.MemoryUsage {
  const { total_heap_size: heapTotal, used_heap_size: heapUsed, external_memory: external } = getBuiltinModule("node:v8").getHeapStatistics();
  return { rss: mostResident(), heapTotal, heapUsed, external, arrayBuffers: 0 };
}
