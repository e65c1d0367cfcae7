import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { AblationJob, LabelledSamples, Sweep } from '../../../src/engine/index.js';
import { nativeAddon, nativeProblem } from '../../../src/engine/native/index.js';
import { denseNetwork, initialize, type LayerId, type LossHead, lossHead } from '../../../src/network/index.js';
import { createRandom } from '../../../src/util/random.js';

/** Whether the addon is there; if not, says on stderr what is skipped. For `describe.skipIf(!addonIsHere('...'))`. */
export function addonIsHere(what: string): boolean {
  const problem = nativeProblem();
  if (problem) process.stderr.write(`skipped: ${what}: ${problem.message}\n`);
  return problem === null;
}

const units = 64;

/** 12 -> 64 relu -> 5 softmax with drawn weights. */
export const network = initialize(denseNetwork([12], [units], 5), { seed: 0x5eca });
/** The relu layer, whose outputs are the nodes that the jobs cut. */
export const site = 2 as LayerId;

export function drawSamples(count: number): LabelledSamples {
  const random = createRandom(0xda7a);
  return {
    x: Float32Array.from({ length: 12 * count }, () => random.normal()),
    targets: Int32Array.from({ length: count }, () => random.integer(4)),
    count,
    scale: 1,
  };
}

export const head: LossHead = lossHead(network, new Int32Array());

const allNodes: Sweep = {
  site,
  nodes: Uint32Array.from({ length: units }, (_, node) => node),
  values: new Float32Array(units),
};

/** Every node of the layer, `sweeps` times over. */
export function drawJob(count: number, sweeps: number, signal?: AbortSignal): AblationJob {
  const job = { samples: drawSamples(count), head, sweeps: Array<Sweep>(sweeps).fill(allNodes), partial: false };
  return signal ? { ...job, signal } : job;
}

/** A job whose events fill every queue many times, so that it stands in mid-stream as long as nobody reads. */
export const longJob = (signal?: AbortSignal): AblationJob => drawJob(640, 200, signal);

/** Milliseconds until no task holds a thread or an array any more. */
export async function untilFree(): Promise<number> {
  const started = performance.now();
  while (nativeAddon().liveTasks() > 0 && performance.now() - started < 10_000) await sleep(1);
  return performance.now() - started;
}

/**
 * Milliseconds within which everything is to be free: the promised 50, ten times over, since the processors may be shared
 * with other tests. What is measured would else go on until somebody reads.
 */
export const soon = 500;

export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
