import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/engine/index.js';
import {
  initialize,
  type Layer,
  type LayerSpec,
  type Network,
  networkDigest,
  nodeCount,
} from '../../src/network/index.js';
import { amountsOf, maskNetwork, rebasePlan, shrinkNetwork } from '../../src/pruning/index.js';
import { finetune, type PruneOptions, type PruningEvent, prune } from '../../src/recipes/index.js';
import { trainNetwork } from '../../src/training/index.js';
import { createRandom } from '../../src/util/random.js';

const folder = mkdtempSync(join(tmpdir(), 'secateur-steps-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Activations whose value at 0 is not 0, so that cutting a node leaves something. */
const layers: readonly LayerSpec[] = [
  { name: 'in', kind: 'input', config: { shape: [6, 6, 1] } },
  { name: 'conv', kind: 'conv2d', config: { filters: 8, kernelSize: [3, 3] } },
  { name: 'norm', kind: 'batchNorm' },
  { name: 'relu', kind: 'activation', config: { fn: 'relu' } },
  { name: 'flat', kind: 'flatten' },
  { name: 'a', kind: 'dense', config: { units: 10 } },
  { name: 'sigmoid', kind: 'activation', config: { fn: 'sigmoid' } },
  { name: 'b', kind: 'dense', config: { units: 3 } },
];
const initial = initialize({ layers }, { seed: 5 });
const random = createRandom(3);
const x = Float32Array.from({ length: 90 * 36 }, () => random.normal());
const y = Int32Array.from({ length: 90 }, (_, i) => (x[36 * i]! > 0 ? 1 : 0) + (x[36 * i + 7]! > 0.5 ? 1 : 0));
const data = { x, y };
const tuning = { epochs: 2, batch: 15, learningRate: 0.01 } as const;
const trained = (await trainNetwork(initial, data, { epochs: 6, learningRate: 0.01 }).result()).network;
const layerIn = ({ layers: all }: Network, name: string): Layer => all.find((layer) => layer.name === name)!;
const lossOf = async (network: Network): Promise<number> => (await evaluate(network, data)).loss;

describe('prune with fine-tuning', () => {
  it.each(['weights', 'zero', 'mean'] as const)('shrinks what it has tuned, nodes cut at %s', async (cut) => {
    const options = { criterion: 'l2', amount: 0.5, cut } as const;
    const plain = await prune(trained, data, options);
    const { network, plan, certificate, steps } = await prune(trained, data, { ...options, finetune: tuning });
    expect(plan.nodes).toEqual(plain.plan.nodes);
    expect(certificate).toMatchObject({ holds: true, original: networkDigest(trained) });
    expect(certificate.tuned).toMatch(/^[0-9a-f]{64}$/);
    expect(plain.certificate.tuned).toBeNull();
    expect(steps).toMatchObject([{ amount: null, history: [{ epoch: 1 }, { epoch: 2 }] }]);
    expect([nodeCount(layerIn(network, 'conv')), nodeCount(layerIn(network, 'a'))]).toEqual([4, 5]);
    expect(await lossOf(network)).toBeLessThan(await lossOf(plain.network));
    expect(certificate.after.loss).toBe(await lossOf(network));
    expect(plan.made).toMatchObject({ criterion: 'l2', finetune: { epochs: 2 } });
  });

  it('keeps zeros exactly 0 where single weights go', async () => {
    const options = { criterion: 'magnitude', weights: true, pattern: '2:4', layers: ['conv', 'a'] } as const;
    const { network, plan, certificate } = await prune(trained, data, { ...options, finetune: tuning });
    expect(networkDigest(maskNetwork(network, rebasePlan(plan, network)))).toBe(networkDigest(network));
    expect(certificate.after.zeros).toBeGreaterThanOrEqual(plan.weights!.reduce((sum, { count }) => sum + count, 0));
    expect(layerIn(network, 'a').weights.kernel!.data).not.toEqual(layerIn(trained, 'a').weights.kernel!.data);
  });

  it('by hand comes to the same: finetune, rebasePlan, shrinkNetwork', async () => {
    const { plan, network } = await prune(trained, data, {
      criterion: 'l2',
      amount: 0.5,
      cut: 'zero',
      finetune: tuning,
    });
    const { network: tuned } = await finetune(trained, plan, data, tuning).result();
    expect(networkDigest(shrinkNetwork(tuned, rebasePlan(plan, tuned)).network)).toBe(networkDigest(network));
  });

  it('needs labels', async () => {
    await expect(prune(trained, null, { criterion: 'l2', amount: 0.5, finetune: tuning })).rejects.toThrow(
      /labelled samples/,
    );
    await expect(prune(trained, { x }, { criterion: 'l2', amount: 0.5, finetune: tuning })).rejects.toThrow(/labelled/);
  });
});

describe('a shrunk network', () => {
  it('learns on, as small as it is, and goes on from its checkpoint to the same bytes', async () => {
    const { network: small } = await prune(trained, data, { criterion: 'l2', amount: 0.5 });
    const options = { ...tuning, epochs: 4, validation: data, earlyStopping: { patience: 3 } } as const;
    const whole = await trainNetwork(small, data, options).result();
    expect(layerIn(whole.network, 'a').outputShape).toEqual([5]);
    expect(await lossOf(whole.network)).toBeLessThan(await lossOf(small));
    const journal = join(folder, 'small');
    for await (const event of trainNetwork(small, data, { ...options, journal })) {
      if (event.type === 'epoch' && event.epoch === 2) break;
    }
    const resumed = await trainNetwork(small, data, { ...options, journal }).result();
    expect(networkDigest(resumed.network)).toBe(networkDigest(whole.network));
  });
});

describe('prune in steps', () => {
  it.each([
    ['linear', 'weights'],
    ['cubic', 'zero'],
    ['exponential', 'mean'],
  ] as const)('follows a %s schedule, cut at %s, and plans in the original numbering', async (schedule, cut) => {
    const events: PruningEvent[] = [];
    const steps = { schedule, steps: 3, amount: 0.6 } as const;
    const options: PruneOptions = { criterion: 'taylor', cut, finetune: tuning, ...steps };
    const result = await prune(trained, data, { ...options, onEvent: (event) => void events.push(event) });
    const amounts = amountsOf({ schedule, steps: 3, to: 0.6 });
    expect(result.steps.map(({ amount }) => amount)).toEqual(amounts);
    const counts = amounts.map((amount) => Math.round(8 * amount) + Math.round(10 * amount));
    const plans = events.filter((event) => event.type === 'plan');
    expect(plans.map(({ nodes, step, of }) => [nodes, step, of])).toEqual(counts.map((count, i) => [count, i + 1, 3]));
    expect(events.filter((event) => event.type === 'training' && event.event.type === 'epoch')).toHaveLength(6);
    expect(result.certificate.holds).toBe(true);
    expect(result.plan.network).toBe(networkDigest(trained));
    const gone = result.plan.nodes.map(({ nodes }) => nodes.length);
    expect(gone).toEqual([Math.round(8 * 0.6), 6]);
    expect(nodeCount(layerIn(result.network, 'a'))).toBe(4);
    expect(() => maskNetwork(trained, result.plan)).not.toThrow();
  });

  it('takes what went before first, and looks anew at what is left', async () => {
    const seen: PruningEvent[] = [];
    const options: PruneOptions = { criterion: 'random', seed: 1, schedule: 'linear', steps: 4, amount: 0.8 };
    const plans = [];
    for (const steps of [1, 2, 3, 4]) {
      const { plan } = await prune(trained, data, { ...options, steps, amount: 0.2 * steps, mask: true });
      plans.push(new Set(plan.nodes.find(({ layer }) => layer === 'a')!.nodes));
    }
    for (const [i, plan] of plans.slice(1).entries()) {
      for (const node of plans[i]!) expect(plan.has(node)).toBe(true);
    }
    await prune(trained, data, { ...options, onEvent: (event) => void seen.push(event) });
    expect(seen.map(({ type }) => type)).toEqual(['plan', 'plan', 'plan', 'plan']);
  });

  it('prunes single weights and blocks in steps', async () => {
    const options: PruneOptions = {
      criterion: 'snip',
      weights: true,
      pattern: 'block:2x2',
      schedule: 'cubic',
      steps: 3,
    };
    const { plan, certificate, network } = await prune(trained, data, { ...options, amount: 0.5, finetune: tuning });
    expect(certificate.holds).toBe(true);
    const { kernel } = layerIn(network, 'a').weights;
    const zeros = kernel!.data.filter((weight) => weight === 0).length;
    expect(plan.weights!.find(({ layer }) => layer === 'a')!.count).toBe(zeros);
    expect(zeros).toBe(kernel!.data.length / 2);
  });

  it('rewinds what is left to earlier weights: a lottery ticket', async () => {
    const options: PruneOptions = { criterion: 'magnitude', weights: true, schedule: 'linear', steps: 2, amount: 0.4 };
    const { network, plan } = await prune(trained, data, { ...options, rewind: initial });
    expect(networkDigest(network)).toBe(networkDigest(maskNetwork(initial, rebasePlan(plan, initial))));
    const ticket = await prune(trained, data, { ...options, rewind: initial, finetune: tuning });
    const start = maskNetwork(initial, rebasePlan(ticket.plan, initial));
    const again = await trainNetwork(start, data, {
      ...tuning,
      hold: { a: held(start, 'a'), conv: held(start, 'conv') },
    }).result();
    expect(layerIn(again.network, 'a').weights).toEqual(layerIn(ticket.network, 'a').weights);
    expect(ticket.certificate.tuned).not.toBeNull();
    const other = initialize({ layers: layers.slice(0, 6) }, { seed: 1 });
    await expect(prune(trained, data, { ...options, rewind: other })).rejects.toThrow(/rewind: its layers/);
  });

  it.each([
    [{ threshold: 1 }, /towards a share/],
    [{ amount: 3 }, /towards a share/],
    [{ amount: 0.5, steps: 0 }, /positive integer/],
    [{ amount: 0.5, schedule: 'x' }, /one of oneshot/],
  ])('%j makes no steps', async (wrong, message) => {
    const options = { criterion: 'l2', schedule: 'linear', steps: 2, ...wrong } as PruneOptions;
    await expect(prune(trained, data, options)).rejects.toThrow(message);
  });
});

const held = (network: Network, name: string): { kernel: Uint8Array } => ({
  kernel: Uint8Array.from(layerIn(network, name).weights.kernel!.data, (weight) => (weight === 0 ? 1 : 0)),
});

describe('a journal', () => {
  const options: PruneOptions = { criterion: 'taylor', schedule: 'linear', steps: 3, amount: 0.6, finetune: tuning };

  it('lets a pruning go on from where it was stopped, and end with the same bytes', async () => {
    const whole = await prune(trained, data, options);
    for (const stopAt of [1, 3, 6, 9]) {
      const journal = join(folder, `stop${stopAt}`);
      const abort = new AbortController();
      let told = 0;
      const onEvent = (): void => {
        told += 1;
        if (told === stopAt) abort.abort();
      };
      await expect(prune(trained, data, { ...options, journal, onEvent, signal: abort.signal })).rejects.toMatchObject({
        code: 'ERR_ABORTED',
      });
      expect(existsSync(journal)).toBe(true);
      const resumed = await prune(trained, data, { ...options, journal });
      expect(networkDigest(resumed.network)).toBe(networkDigest(whole.network));
      expect(resumed.plan).toEqual(whole.plan);
      expect(resumed.certificate).toEqual(whole.certificate);
      const again = await prune(trained, data, { ...options, journal });
      expect(networkDigest(again.network)).toBe(networkDigest(whole.network));
    }
    expect(readdirSync(folder).filter((name) => name.includes('.step'))).toEqual([]);
  });

  it('of another pruning is refused', async () => {
    const journal = join(folder, 'stop1');
    const other = [
      { ...options, amount: 0.5 },
      { ...options, finetune: { ...tuning, epochs: 3 } },
    ];
    for (const wrong of other) {
      await expect(prune(trained, data, { ...wrong, journal })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    }
    await expect(prune(initial, data, { ...options, journal })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
  });
});
