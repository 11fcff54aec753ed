// How hard it is for the event loop. Looked at by the clock; reading it costs nothing.
import { performance } from "node:perf_hooks";

export type Pressure = {
  /** Looks again; `late` is how many milliseconds the clock came too late. */
  look(late: number): void;
  /** The loop has hardly any time left: what is doubtful is refused, and slow clients get less time. */
  isStrained: boolean;
  /** And it shows: whoever asks for much more than others gets no more than a share. */
  isCrowded: boolean;
  /** Everybody waits too long: everybody gets a share, and no more. */
  isOverloaded: boolean;
  /** Milliseconds, smoothed. */
  delay: number;
};

const BUSY = 0.95;
const CROWDED = 50;
/** Looks in a row that have to be late. */
const LATE_LOOKS = 4;
const CROWDED_LOOKS = 8;
const SMOOTHING = 0.3;
/** A machine that stood still has no bearing on the loop. */
const LONGEST = 2000;

export function createPressure(limit: number): Pressure {
  let before = performance.eventLoopUtilization();
  let busy = 0;
  let inARow = 0;
  return {
    isStrained: false,
    isCrowded: false,
    isOverloaded: false,
    delay: 0,
    look(late) {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      busy += (utilization - busy) * SMOOTHING;
      this.delay += (Math.min(Math.max(late, 0), LONGEST) - this.delay) * SMOOTHING;
      // One standstill, however long, is a page that was compiled or a heap that was swept.
      inARow = late > Math.min(CROWDED, limit) / 2 ? inARow + 1 : 0;
      // Once on, it goes off at half: no flicker.
      this.isOverloaded = this.isOverloaded ? this.delay > limit / 2 && inARow > 0 : this.delay > limit && inARow >= LATE_LOOKS;
      this.isCrowded = this.isOverloaded || (busy > BUSY && this.delay > CROWDED && inARow >= CROWDED_LOOKS);
      this.isStrained = this.isOverloaded || busy > BUSY;
    },
  };
}
