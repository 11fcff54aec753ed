// What registries' answers may take of memory: large ones come one after the other, and all of them together have an end.
import { RegistryError } from "./error.ts";

export type Budget = {
  /** One that is not taken yet. */
  turn(): Turn;
  /** Counts what is kept. */
  add(bytes: number): void;
};

export type Turn = {
  /** Waits until everybody who took a turn before has ended it. */
  take(): Promise<void>;
  readonly isTaken: boolean;
  end(): void;
};

/** `total` bytes of all answers. */
export function makeBudget(total: number): Budget {
  let last = Promise.resolve();
  let kept = 0;
  return {
    turn: () => {
      let release: (() => void) | undefined;
      return {
        take: () => {
          const before = last;
          const { promise, resolve } = Promise.withResolvers<void>();
          release = resolve;
          last = before.then(() => promise);
          return before;
        },
        get isTaken() {
          return release !== undefined;
        },
        end: () => release?.(),
      };
    },
    add: (bytes) => {
      kept += bytes;
      if (kept > total) throw new RegistryError(`the registries' answers have more than ${total >> 20} MiB together, which no project needs`);
    },
  };
}
