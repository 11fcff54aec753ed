// How hard it is for the event loop. Looked at by the clock; reading it costs nothing.
import { performance } from "node:perf_hooks";

export type Pressure = {
  /** Looks again; `late` is how many milliseconds the clock came too late. */
  look(late: number): void;
  /** The loop has hardly any time left: what is doubtful is refused, and slow clients get less time. */
  isStrained: boolean;
  /** Everybody waits too long: requests are refused. */
  isOverloaded: boolean;
  /** Milliseconds, smoothed. */
  delay: number;
};

const BUSY = 0.95;
const SMOOTHING = 0.3;

export function createPressure(limit: number): Pressure {
  let before = performance.eventLoopUtilization();
  let busy = 0;
  return {
    isStrained: false,
    isOverloaded: false,
    delay: 0,
    look(late) {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      busy += (utilization - busy) * SMOOTHING;
      this.delay += (Math.max(late, 0) - this.delay) * SMOOTHING;
      // Once on, it goes off at half: no flicker.
      this.isOverloaded = this.delay > (this.isOverloaded ? limit / 2 : limit);
      this.isStrained = this.isOverloaded || busy > BUSY;
    },
  };
}
