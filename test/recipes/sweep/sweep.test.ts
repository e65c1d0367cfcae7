import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/engine/index.js';
import { createNetwork, denseNetwork, initialize, type Network, summarize } from '../../../src/network/index.js';
import { maskNetwork } from '../../../src/pruning/index.js';
import { prune, type SweepOptions, sweep } from '../../../src/recipes/index.js';
import { tensor } from '../../../src/tensor/tensor.js';
import { createRandom } from '../../../src/util/random.js';
import { judges } from '../../support/engines.js';
import { randomData, randomNetwork } from '../../support/randomNetwork.js';
import { expectClose, type Tolerance, tolerances } from '../../support/tolerance.js';

const network = initialize(denseNetwork([5], [8, 6], 3), { seed: 2 });
const random = createRandom(1);
const data = {
  x: Float32Array.from({ length: 90 * 5 }, () => random.normal()),
  y: Int32Array.from({ length: 90 }, () => random.integer(2)),
};
const engine = { engine: 'reference' } as const;
const run = (options: SweepOptions) => sweep(network, data, { ...engine, ...options });

/** The network with some numbers of the kernels and biases of its hidden layers set to 0, by hand. */
function zeroed(
  from: Network,
  goes: (kernel: ArrayLike<number>, units: number) => (index: number) => boolean,
): Network {
  const hidden = from.layers.filter(({ kind }) => kind === 'dense').slice(0, -1);
  const layers = from.layers.map(({ name, kind, config, inputs, weights }, id) => {
    const spec = { name, kind, config, inputs: inputs.map((i) => from.layers[i]!.name), weights };
    if (!hidden.includes(from.layers[id] as never)) return spec;
    const { kernel, bias } = weights as { kernel: { shape: number[]; data: Float32Array }; bias: typeof kernel };
    const units = kernel.shape[1]!;
    const gone = goes(kernel.data, units);
    const data = kernel.data.map((w, i) => (gone(i) ? 0 : w));
    // The bias of a node is one more row of its kernel.
    const last = bias.data.map((b, node) => (gone(kernel.data.length + node) ? 0 : b));
    return { ...spec, weights: { kernel: tensor(kernel.shape, data), bias: tensor(bias.shape, last) } };
  });
  return createNetwork({ layers } as never);
}

/** The indices of the smallest `share` of some numbers, the lower index first. */
const smallest = (values: readonly number[], share: number): Set<number> =>
  new Set(
    [...values.keys()].sort((a, b) => values[a]! - values[b]! || a - b).slice(0, Math.round(share * values.length)),
  );

describe('sweep(network, data, { criteria, amounts })', () => {
  const amounts = [0, 0.25, 0.5, 0.75];

  test('measures networks without the nodes of smallest norm, as zeroing them by hand does', async () => {
    const { points } = await run({ criteria: ['l2'], amounts }).collect();
    for (const { amount, loss, accuracy } of points) {
      const byHand = zeroed(network, (kernel, units) => {
        const norms = Array.from({ length: units }, (_, node) =>
          Array.from(kernel).reduce((sum, w, i) => sum + (i % units === node ? w * w : 0), 0),
        );
        const nodes = smallest(norms, amount);
        return (index) => nodes.has(index % units);
      });
      const expected = await evaluate(byHand, data, engine);
      expectClose([loss], [expected.loss], tolerances.double, `loss at ${amount}`);
      expect(accuracy).toBe(expected.accuracy);
    }
    expect(points.map(({ removed }) => removed)).toEqual([0, 2 + 2, 4 + 3, 6 + 5]);
    expect(points.map(({ parameters }) => parameters)).toEqual([
      5 * 8 + 8 + 8 * 6 + 6 + 6 * 3 + 3,
      5 * 6 + 6 + 6 * 4 + 4 + 4 * 3 + 3,
      5 * 4 + 4 + 4 * 3 + 3 + 3 * 3 + 3,
      5 * 2 + 2 + 2 * 1 + 1 + 1 * 3 + 3,
    ]);
    expect(points.map(({ macs }) => macs)).toEqual([5 * 8 + 8 * 6 + 6 * 3, 30 + 24 + 12, 20 + 12 + 9, 10 + 2 + 3]);
  });

  test('weights: measures networks without the weights of smallest size, biases kept', async () => {
    const { points, cut, what } = await run({ criteria: ['magnitude'], amounts, weights: true }).collect();
    expect([cut, what]).toEqual([null, 'weights']);
    for (const { amount, loss, removed, parameters } of points) {
      const byHand = zeroed(network, (kernel) => {
        const gone = smallest(Array.from(kernel, Math.abs), amount);
        return (index) => gone.has(index);
      });
      expectClose([loss], [(await evaluate(byHand, data, engine)).loss], tolerances.double, `loss at ${amount}`);
      expect(removed).toBe(amount * (40 + 48));
      expect(parameters).toBe(summarize(network).parameters - removed);
    }
    expect(points.map(({ macs }) => macs)).toEqual([106, 84, 62, 40]);
  });

  test('an amount that removes nothing is the intact network itself', async () => {
    const { loss, accuracy, parameters, macs, points } = await run({ amounts: [0, 0.01] }).collect();
    for (const point of points) expect(point).toMatchObject({ loss, accuracy, parameters, macs, removed: 0 });
  });

  test('tells the baseline first, then criterion by criterion each point with its progress, then that it is done', async () => {
    const told: string[] = [];
    for await (const event of run({ criteria: ['l2', 'random'], amounts: [0, 0.5] })) {
      if (event.type === 'point') told.push(`${event.criterion} ${event.amount}`);
      else told.push(event.type === 'progress' ? `${event.done}/${event.of}` : event.type);
    }
    expect(told).toEqual([
      'baseline',
      ...['l2 0', '1/4', 'l2 0.5', '2/4', 'random 0', '3/4', 'random 0.5', '4/4'],
      'done',
    ]);
  });

  test('scope global takes the share from all layers together', async () => {
    const { points } = await run({ criteria: ['random'], amounts: [0.5], scope: 'global' }).collect();
    expect(points[0]?.removed).toBe(7);
  });

  test('criteria may look at other samples than those that are measured', async () => {
    const scoringData = { x: data.x.subarray(0, 50), y: data.y.subarray(0, 10) };
    const options = { criteria: ['taylor'], amounts: [0.5], ...engine } as const;
    const apart = await sweep(network, data, { ...options, scoringData }).collect();
    const same = await sweep(network, data, options).collect();
    expect(apart.samples).toBe(90);
    expect(apart.points[0]).not.toEqual(same.points[0]);
  });

  test('an option counts for the criteria that follow it, and is refused where none does', async () => {
    const seeded = (seed: number) => run({ criteria: ['random', 'l2'], amounts: [0.5], seed }).collect();
    const [a, b] = [await seeded(1), await seeded(2)];
    expect(a.points[1]).toEqual(b.points[1]);
    expect(a.points[0]).not.toEqual(b.points[0]);
    expect(() => run({ criteria: ['l2'], seed: 1 })).toThrow('none of the criteria l2 follows option seed');
  });

  test.each([{}, { weights: true }] as const)('with finetune each point is what prune trains to: %j', async (how) => {
    const criterion = how.weights ? 'magnitude' : 'l2';
    const finetune = { epochs: 2, batch: 30, seed: 3 };
    const amounts = [0, 0.5];
    const { points } = await run({ ...how, criteria: [criterion], amounts, finetune }).collect();
    const plain = await run({ ...how, criteria: [criterion], amounts }).collect();
    expect(points.map(({ tuned: _tuned, ...point }) => point)).toEqual(plain.points);
    for (const { amount, tuned, loss } of points) {
      const { certificate } = await prune(network, data, { ...how, criterion, amount, finetune, ...engine });
      const { after } = certificate;
      expectClose([tuned!.loss], [after.loss!], shrunkLoss(tolerances.double), `trained at ${amount}`);
      expect(tuned!.accuracy).toBe(after.accuracy);
      expect(tuned!.loss).toBeLessThan(loss);
    }
  });

  test('trains on the samples that criteria look at, which must be labelled', async () => {
    const scoringData = { x: data.x.subarray(0, 100), y: data.y.subarray(0, 20) };
    const options = { criteria: ['l2'], amounts: [0.5], finetune: { epochs: 1 } } as const;
    const apart = (await run({ ...options, scoringData }).collect()).points[0]!;
    const same = (await run(options).collect()).points[0]!;
    expect([apart.loss, apart.tuned!.loss === same.tuned!.loss]).toEqual([same.loss, false]);
    expect(() => run({ ...options, scoringData: { x: data.x } })).toThrow('labelled samples to fine-tune on');
  });

  test.each([
    [{ criteria: ['l2', 'l2'] }, 'different names'],
    [{ criteria: [] }, 'at least one'],
    [{ criteria: ['magnitude'] }, 'criteria: expected one of'],
    [{ criteria: ['apoz'], weights: true }, 'criteria: expected one of'],
    [{ amounts: [1] }, 'shares from 0 to below 1'],
    [{ amounts: [] }, 'shares from 0 to below 1'],
    [{ amounts: [Number.NaN] }, 'shares from 0 to below 1'],
    [{ weights: true, cut: 'mean' }, 'single weights become 0'],
    [{ layers: ['x'] }, 'names of layers'],
    [{ scope: 'all' }, 'one of layer, global'],
  ] as [SweepOptions, string][])('%j is refused before any work', (options, part) => {
    expect(() => run(options)).toThrow(part);
  });

  test('can be aborted, and read once', async () => {
    const events = run({ signal: AbortSignal.abort() });
    await expect(events.collect()).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    const short = run({ criteria: ['l2'], amounts: [0] });
    await short.collect();
    await expect(short.collect()).rejects.toThrow('read before');
  });
});

/** A shrunk network has constants folded into biases, which are stored as floats. */
const shrunkLoss = ({ relative, absolute }: Tolerance): Tolerance => ({
  relative,
  absolute: absolute + tolerances.storedCut.absolute,
});

describe.each(judges)('sweeps by the engine $engine.name', ({ engine: { name }, loss }) => {
  test('agree with masked networks of every kind of layer', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const drawn = randomNetwork(seed, {
        loss: 'crossentropy',
        include: seed % 2 ? ['add'] : ['concat', 'batchNorm'],
      });
      const { x, scale, targets: y } = randomData(drawn, seed, { count: 33 });
      const samples = { x, y, scale };
      const { points } = await sweep(drawn, samples, { criteria: ['l2'], amounts: [0.4], engine: name }).collect();
      const { plan } = await prune(drawn, null, { criterion: 'l2', amount: 0.4, mask: true, ...engine });
      const masked = await evaluate(maskNetwork(drawn, plan), samples, engine);
      expectClose([points[0]!.loss], [masked.loss], shrunkLoss(loss), `seed ${seed}`);
      expect(points[0]!.removed).toBe(plan.nodes.reduce((sum, { nodes }) => sum + nodes.length, 0));
    }
  });

  test('are the same to the last bit with 1, 2 and 3 threads', async () => {
    const tables = [1, 2, 3].map((threads) =>
      sweep(network, data, { criteria: ['l2', 'taylor'], engine: name, threads }).collect(),
    );
    const [one, ...others] = await Promise.all(tables);
    for (const other of others) expect(other.points).toEqual(one!.points);
  });
});
