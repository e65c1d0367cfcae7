/**
 * Passes over the samples that several criteria of one run ask for in the same words. Each is made once, and whoever asks
 * again is told what it took, so that a criterion's time stays that of the criterion alone.
 */
export interface PassMemory {
  /** Finds what was kept under a key; its seconds are borrowed. */
  find(key: string): unknown;
  keep(key: string, result: unknown, seconds: number): void;
  /** Seconds of all passes that were found instead of made. */
  readonly borrowed: number;
}

export function openPassMemory(): PassMemory {
  const kept = new Map<string, { readonly result: unknown; readonly seconds: number }>();
  let borrowed = 0;
  return {
    find(key) {
      const pass = kept.get(key);
      borrowed += pass?.seconds ?? 0;
      return pass?.result;
    },
    keep: (key, result, seconds) => void kept.set(key, { result, seconds }),
    get borrowed() {
      return borrowed;
    },
  };
}
