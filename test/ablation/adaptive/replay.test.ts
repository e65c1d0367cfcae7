import { beforeAll, describe, expect, test } from 'vitest';
import { classify, replayAdaptive } from '../../../src/ablation/index.js';
import { ablate, denseNetwork, initialize, loadDataset, type NodeEvent, trainNetwork } from '../../../src/index.js';
import { createRandom } from '../../../src/util/random.js';

const runs = 200;

/** How many of the runs err, at most, when each does with the probability that is granted. */
const granted = (confidence: number): number => (1 - confidence) * runs;

/**
 * Changes as trained networks have them: mostly zero, as large as the loss of the sample allows, and with a few samples
 * that outweigh the rest; means on both sides of the tolerances and near to them.
 */
function drawChanges(count: number, nodes: number) {
  const random = createRandom(0xad);
  const losses = Float64Array.from({ length: count }, () => Math.exp(3 * random.normal() - 6));
  const changes = new Float64Array(count * nodes);
  for (let node = 0; node < nodes; node++) {
    const [scale, shift, live] = [10 ** (-2 * random.uniform()), random.normal() / 4, random.uniform()];
    for (let sample = 0; sample < count; sample++) {
      const reacts = random.uniform() < live;
      if (reacts) changes[sample * nodes + node] = scale * losses[sample]! * (random.normal() + shift);
    }
  }
  return { losses, changes };
}

const meansOf = (changes: Float64Array, nodes: number): number[] =>
  Array.from({ length: nodes }, (_, node) => {
    let sum = 0;
    for (let i = node; i < changes.length; i += nodes) sum += changes[i]!;
    return (sum * nodes) / changes.length;
  });

describe('replayAdaptive(losses, changes, settings) of drawn changes', () => {
  const nodes = 12;
  const { losses, changes } = drawChanges(6000, nodes);
  const tolerances = { low: -1e-4, high: 1e-4 };

  test.each([0.5, 0.9])('errs in no more runs than confidence %d grants, and saves samples', (confidence) => {
    let [erring, missing, samples] = [0, 0, 0];
    for (let seed = 0; seed < runs; seed++) {
      const replay = replayAdaptive(losses, changes, { confidence, seed, tolerances });
      erring += Number(replay.wrong.length > 0);
      missing += Number(replay.missed.length > 0);
      samples += replay.samples.reduce((sum, own) => sum + own, 0) / nodes / runs;
    }
    expect(erring).toBeLessThanOrEqual(granted(confidence));
    expect(missing).toBeLessThanOrEqual(granted(confidence));
    expect(samples).toBeLessThan(losses.length / 2);
  });

  test('says which classes are wrong', () => {
    const means = meansOf(changes, nodes);
    for (let seed = 0; seed < 10; seed++) {
      const { classes, wrong } = replayAdaptive(losses, changes, { confidence: 0.5, seed, tolerances });
      expect(wrong).toEqual([...means.keys()].filter((i) => classes[i] !== classify(means[i]!, tolerances)));
    }
  });

  test('is misled by what it cannot see: one easy sample that outweighs all others', () => {
    const spike = changes.map((change, i) => (i % nodes === 0 ? 1e-9 * change : change));
    const easiest = losses.indexOf(losses.reduce((a, b) => Math.min(a, b)));
    spike[easiest * nodes] = 10;
    const { wrong, missed } = replayAdaptive(losses, spike, { confidence: 0.9, seed: 1, tolerances });
    expect(wrong).toEqual([0]);
    expect(missed).toEqual([0]);
  });
});

describe('the embedded digits', () => {
  const options = { toleranceLow: -1e-3, toleranceHigh: 1e-3 } as const;
  const tolerances = { low: options.toleranceLow, high: options.toleranceHigh };
  const losses: number[] = [];
  const changes: number[] = [];
  let network: Awaited<ReturnType<ReturnType<typeof trainNetwork>['result']>>['network'];
  let digits: Awaited<ReturnType<typeof loadDataset>>;

  beforeAll(async () => {
    digits = await loadDataset('digits');
    const untrained = initialize(denseNetwork(digits.shape, [24], digits.classes ?? 0), { seed: 4 });
    ({ network } = await trainNetwork(untrained, digits, { epochs: 3, seed: 4 }).result());
    const size = digits.x.length / digits.count;
    for (let sample = 0; sample < digits.count; sample++) {
      const x = digits.x.subarray(sample * size, (sample + 1) * size);
      for await (const event of ablate(network, { ...digits, x, y: digits.y.slice(sample, sample + 1) })) {
        if (event.type === 'baseline') losses.push(event.loss);
        if (event.type === 'node') changes.push(event.change);
      }
    }
  }, 120_000);

  test('err in no more of the replays than granted', () => {
    let erring = 0;
    for (let seed = 0; seed < runs; seed++) {
      const settings = { confidence: 0.9, seed, tolerances };
      const { wrong } = replayAdaptive(Float64Array.from(losses), Float64Array.from(changes), settings);
      erring += Number(wrong.length > 0);
    }
    expect(erring).toBeLessThanOrEqual(granted(0.9));
  });

  test('are classed by ablate() as a replay says', async () => {
    for (const seed of [0, 7]) {
      const nodes: NodeEvent[] = [];
      const adaptive = { confidence: 0.9, seed };
      for await (const event of ablate(network, digits, { ...options, adaptive })) {
        if (event.type === 'node') nodes.push(event);
      }
      nodes.sort((a, b) => a.node - b.node);
      const settings = { ...adaptive, tolerances };
      const replay = replayAdaptive(Float64Array.from(losses), Float64Array.from(changes), settings);
      expect(nodes.map((node) => node.class)).toEqual(replay.classes);
      expect(nodes.map(({ samples }) => samples)).toEqual(replay.samples);
      expect(nodes.some(({ exact }) => !exact)).toBe(true);
    }
  });
});
