/** What a program can see of the guard of its HTTP servers. */
declare module "cordon:http" {
  /** Numbers of this thread, since it started unless they say otherwise. */
  export type HttpStats = {
    /** False where the manifest says `"http": false`. */
    readonly guarded: boolean;
    /** Open now. */
    readonly connections: number;
    /** Addresses known now, and those of them that are blocked while there is strain. */
    readonly clients: number;
    readonly blocked: number;
    readonly requests: number;
    /** By reason, such as "slow headers". */
    readonly dropped: Readonly<Record<string, number | undefined>>;
    /** Delay of the event loop, in milliseconds. */
    readonly loopDelay: number;
    readonly strained: boolean;
    readonly overloaded: boolean;
    /** Whether limits are shared with other servers at the moment. */
    readonly shared: boolean;
  };
  export type Drop = { readonly reason: string; readonly address: string; readonly at: Date };
  export function httpStats(): HttpStats;
  /** Calls `listener` for each drop, and gives what ends that. */
  export function onDrop(listener: (drop: Drop) => void): () => void;
  /** The numbers in Prometheus' text format, version 0.0.4. */
  export function prometheus(): string;
}
