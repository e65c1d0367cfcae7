import { readFileSync } from 'node:fs';

/** What scikit-learn's MLPClassifier found for a seed; see the script beside the numbers. */
export interface PeerRun {
  readonly seed: number;
  readonly before: number;
  readonly loss: number;
  readonly cutoff: number | null;
  readonly zeros: number | null;
}

const fixture = new URL('../fixtures/irisThreshold/irisThreshold.json', import.meta.url);

export const peerRuns: readonly PeerRun[] = JSON.parse(readFileSync(fixture, 'utf8')).runs;
