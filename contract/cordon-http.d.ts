/** What a program can see of the guard of its HTTP servers. */
declare module "cordon:http" {
  export type HttpStats = {
    /** False where the manifest says `"http": false`. */
    readonly guarded: boolean;
    readonly connections: number;
    readonly clients: number;
    readonly blocked: number;
    readonly requests: number;
    /** By reason, such as "slow headers". */
    readonly dropped: Readonly<Record<string, number | undefined>>;
    /** Milliseconds. */
    readonly loopDelay: number;
    readonly strained: boolean;
    readonly overloaded: boolean;
  };
  export type Drop = { readonly reason: string; readonly address: string; readonly at: Date };
  export function httpStats(): HttpStats;
  /** Calls `listener` for each drop, and gives what ends that. */
  export function onDrop(listener: (drop: Drop) => void): () => void;
  /** The numbers in Prometheus' text format. */
  export function prometheus(): string;
}
