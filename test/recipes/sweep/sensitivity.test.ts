import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/engine/index.js';
import { initialize, type NetworkSpec } from '../../../src/network/index.js';
import { coupledLayers, maskNetwork } from '../../../src/pruning/index.js';
import { prune, type SensitivityOptions, sensitivity } from '../../../src/recipes/index.js';
import { createRandom } from '../../../src/util/random.js';
import { judges } from '../../support/engines.js';
import { expectClose } from '../../support/tolerance.js';

const layer = (name: string, kind: string, inputs: string[], config: object = {}) => ({ name, kind, inputs, config });
const dense = (name: string, from: string, units: number) => layer(name, 'dense', [from], { units });
const relu = (name: string, from: string) => layer(name, 'activation', [from], { fn: 'relu' });

/** `a` and `b` are added up; `c` is free; `d` is added to the input, of which nothing can go. */
const tied = initialize(
  {
    layers: [
      layer('in', 'input', [], { shape: [5] }),
      dense('d', 'in', 5),
      layer('on', 'add', ['in', 'd']),
      dense('a', 'on', 6),
      dense('b', 'on', 6),
      layer('sum', 'add', ['a', 'b']),
      relu('act', 'sum'),
      dense('c', 'act', 4),
      relu('act2', 'c'),
      dense('out', 'act2', 3),
    ],
    loss: 'crossentropy',
  } as unknown as NetworkSpec,
  { seed: 3 },
);
const random = createRandom(1);
const data = {
  x: Float32Array.from({ length: 80 * 5 }, () => random.normal()),
  y: Int32Array.from({ length: 80 }, () => random.integer(2)),
};
const engine = { engine: 'reference' } as const;
const run = (options: SensitivityOptions = {}) => sensitivity(tied, data, { ...engine, ...options });

test('coupledLayers sorts layers by what hangs together and says of which nothing can go', () => {
  expect(coupledLayers(tied)).toEqual([
    { layers: ['d'], nodes: 5, stays: 'it is part of the input' },
    { layers: ['a', 'b'], nodes: 12, stays: null },
    { layers: ['c'], nodes: 4, stays: null },
  ]);
  expect(coupledLayers(tied, ['b']).map(({ layers }) => layers)).toEqual([['a', 'b']]);
  expect(coupledLayers(tied, ['out'])).toEqual([{ layers: ['out'], nodes: 3, stays: 'it is part of the output' }]);
});

describe.each(judges)('sensitivity by the engine $engine.name', ({ engine: { name }, loss }) => {
  test('measures each layer by itself as the masked network is, coupled layers together', async () => {
    const amounts = [0, 0.25, 0.5];
    const { points, ...intact } = await sensitivity(tied, data, { amounts, engine: name }).collect();
    expect(points.map((point) => [point.layer, point.amount, point.removed])).toEqual([
      ['a + b', 0, 0],
      ['a + b', 0.25, 4],
      ['a + b', 0.5, 6],
      ['c', 0, 0],
      ['c', 0.25, 1],
      ['c', 0.5, 2],
    ]);
    for (const { layer: of, amount, loss: found, accuracy, parameters, macs } of points) {
      if (amount === 0) expect([found, accuracy]).toEqual([intact.loss, intact.accuracy]);
      const options = { criterion: 'l2', amount, layers: of.split(' + '), ...engine } as const;
      const { network, plan } = await prune(tied, null, options);
      expectClose([found], [(await evaluate(maskNetwork(tied, plan), data, engine)).loss], loss, `${of} ${amount}`);
      const counts = (await sensitivity(network, data, { amounts: [0], ...engine }).collect()).points[0];
      expect([parameters, macs]).toEqual([counts?.parameters, counts?.macs]);
    }
  });
});

describe('sensitivity', () => {
  test('refuses layers of which nothing can go by name, and goes on with the others', async () => {
    const told: string[] = [];
    for await (const event of run({ amounts: [0.5] })) {
      if (event.type === 'refused') told.push(`${event.layer}: ${event.reason}`);
      else told.push(event.type === 'point' ? event.layer : event.type);
    }
    expect(told).toEqual(['baseline', 'd: it is part of the input', 'a + b', 'progress', 'c', 'progress', 'done']);
  });

  test('measures at every cut', async () => {
    for (const cut of ['zero', 'mean'] as const) {
      const { points } = await run({ cut, amounts: [0.5], layers: ['c'], criterion: 'ablation' }).collect();
      const { plan } = await prune(tied, data, { criterion: 'ablation', amount: 0.5, layers: ['c'], cut, ...engine });
      const masked = await evaluate(maskNetwork(tied, plan), data, engine);
      expectClose([points[0]!.loss], [masked.loss], { relative: 0, absolute: 2 ** -22 }, cut);
    }
  });

  test('sets single weights of each layer to 0, and draws a curve of each criterion', async () => {
    const criteria = ['magnitude', 'wanda'] as const;
    const { points, what, cut, refused } = await run({ weights: true, criteria, amounts: [0, 0.5] }).collect();
    expect([what, cut, refused]).toEqual(['weights', null, []]);
    const sizes: Record<string, number> = { d: 25, a: 30, b: 30, c: 24 };
    const expected = criteria.flatMap((criterion) =>
      Object.entries(sizes).flatMap(([name, size]) =>
        [0, 0.5].map((amount) => [criterion, name, amount, Math.round(amount * size)]),
      ),
    );
    expect(points.map(({ criterion, layer: of, amount, removed }) => [criterion, of, amount, removed])).toEqual(
      expected,
    );
    for (const { criterion, layer: of, amount, loss } of points) {
      const { network } = await prune(tied, data, { criterion, weights: true, amount, layers: [of], ...engine });
      expect(loss, `${criterion} ${of}`).toBe((await evaluate(network, data, engine)).loss);
    }
    const usual = await run({ weights: true, amounts: [0.5], layers: ['out'] }).collect();
    expect(usual.points).toMatchObject([{ criterion: 'magnitude', layer: 'out', removed: 6 }]);
  });

  test.each([
    [{ criterion: 'l2', criteria: ['l1'] }, 'none beside criteria'],
    [{ criteria: ['l2', 'l2'] }, 'different names'],
    [{ weights: true, criterion: 'l2' }, 'criterion: expected one of'],
    [{ weights: true, cut: 'zero' }, 'none: single weights become 0'],
    [{ criterion: 'magnitude' }, 'criterion: expected one of'],
    [{ amounts: [2] }, 'shares from 0 to below 1'],
    [{ layers: ['x'] }, 'names of layers'],
    [{ layers: ['c', 'out'] }, 'no node of layer "out" can go'],
    [{ criterion: 'l2', rule: 'epsilon' }, 'follows option rule'],
    [{ cut: 'half' }, 'one of weights, zero, mean'],
  ] as [SensitivityOptions, string][])('%j is refused before any work', (options, part) => {
    expect(() => run(options)).toThrow(part);
  });

  test('can be aborted', async () => {
    await expect(run({ signal: AbortSignal.abort() }).collect()).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });
});
