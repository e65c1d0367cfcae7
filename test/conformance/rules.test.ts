import { describe, expect, inject, test } from 'vitest';
import { type PropagationJob, type Start, sampleBlock, starts } from '../../src/engine/index.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import { ancestorsOf, createNetwork, definitionOf, layerKinds, type Network } from '../../src/network/index.js';
import {
  conventionNames,
  layerRules,
  type RuleName,
  resolveConvention,
  ruleNames,
} from '../../src/propagation/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { judges } from '../support/engines.js';
import { columnsOf, conditioned } from '../support/perturbed.js';
import { propagated, propagationJob } from '../support/propagate.js';
import { type RandomData, randomData, randomNetwork } from '../support/randomNetwork.js';
import { expectClose, tolerances } from '../support/tolerance.js';

/** Engines that are held to the reference. */
const others = judges.filter(({ engine }) => engine !== referenceEngine);

/**
 * Moves of inputs and weights that the condition of a job is measured by. Near a denominator of 0 changes have no mean, and
 * the largest of four may be far below that of the next: what fails by four is measured again by more. Where no denominator
 * is near 0 both come to about the same.
 */
const fewProbes = 4;
const manyProbes = 256;

/** Every layer tapped both ways and mapped; weight gradients where every rule behind is the gradient. */
function everything(network: Network, data: RandomData, rule: RuleName, turn: number): PropagationJob {
  const convention = resolveConvention(conventionNames[turn % conventionNames.length]!);
  const given = rule === 'identity' ? 'epsilon' : rule;
  const rows = rule === 'identity' ? [{ layers: { kinds: ['batchNorm'] }, rule } as const] : [];
  const rules = layerRules(network, { rows, otherwise: given }, convention).map(({ backward }) => backward);
  const ids = network.layers.map(({ id }) => id);
  const weighted = network.layers.filter(({ kind }) => definitionOf(kind).weights !== undefined);
  return propagationJob(network, data, {
    start: startFor(data, turn),
    rules,
    taps: ids.flatMap((layer) => [{ layer, times: 'one' } as const, { layer, times: 'activation' } as const]),
    maps: ids,
    weightGradients: rule === 'gradient' ? weighted.map(({ id }) => id) : [],
    squaredGradients: rule === 'gradient',
    weightedSquares:
      rule === 'gradient' ? network.layers.filter(({ kind }) => definitionOf(kind).hasNodes).map(({ id }) => id) : [],
  });
}

/** One start after the other; those by label only where there are classes. */
function startFor({ head }: RandomData, turn: number): Start {
  const possible = starts.filter((start) => head.loss === 'crossentropy' || !start.startsWith('label'));
  return possible[turn % possible.length]!;
}

const cases = layerKinds.flatMap((kind, row) =>
  Array.from({ length: inject('networksPerKind') }, (_, i) => [kind, 300 + 10 * row + i] as const),
);

describe.each(others)('$engine.name', ({ engine }) => {
  describe.each(cases)('%s, seed %i', (kind, seed) => {
    const network = randomNetwork(seed, { include: [kind], extra: 1 });
    const data = randomData(network, seed, { count: 3 });

    test.each(ruleNames)('rule %s hands back what the reference does', async (rule) => {
      const job = everything(network, data, rule, seed + ruleNames.indexOf(rule));
      using reference = referenceEngine.compile(network);
      using compiled = engine.compile(network);
      const [expected, actual] = [await propagated(reference, job), await propagated(compiled, job)];
      const found = columnsOf(actual);
      expect([...found.keys()]).toEqual([...columnsOf(expected).keys()]);
      const agree = async (probes: number): Promise<void> => {
        const toleranceOf = await conditioned(network, job, expected, probes);
        for (const [name, values] of columnsOf(expected))
          expectClose(found.get(name)!, values, toleranceOf(name), name);
      };
      await agree(fewProbes).catch(() => agree(manyProbes));
    });
  });

  const network = randomNetwork(77, { include: ['conv2d', 'batchNorm', 'add'], loss: 'crossentropy' });
  const data = randomData(network, 78, { count: 2 * sampleBlock + 7 });

  test.each(ruleNames)('rule %s gives the same bits for any threads and memory', async (rule) => {
    const job = everything(network, data, rule, 0);
    using first = engine.compile(network, { threads: 1 });
    const expected = await propagated(first, job);
    for (const options of [{ threads: 2 }, { threads: 3 }, { threads: 2, memory: 2 ** 23 }]) {
      using compiled = engine.compile(network, options);
      expect(await propagated(compiled, job)).toEqual(expected);
    }
  });

  test('counts the denominators that were 0 and lost what came', async () => {
    const dark = { ...data, x: new Float32Array(data.x.length), scale: 1 };
    const job = everything(network, dark, 'absolute', 1);
    using reference = referenceEngine.compile(network);
    using compiled = engine.compile(network);
    const dead = (await propagated(reference, job)).layers.map((layer) => layer.dead);
    expect(dead.some((count) => count > 0)).toBe(true);
    expect((await propagated(compiled, job)).layers.map((layer) => layer.dead)).toEqual(dead);
  });

  test('sums of many samples are the sums of their maps', async () => {
    const job = everything(network, data, 'gradient', 0);
    using compiled = engine.compile(network);
    const { taps, maps, layers } = await propagated(compiled, job);
    const reached = ancestorsOf(network, data.head.scores);
    for (const { id, outputShape } of network.layers) {
      const map = maps[id]!;
      const channels = outputShape.at(-1)!;
      const [sum, absolute, square] = [0, 0, 0].map(() => new Float64Array(channels));
      const perSample = map.length / data.count;
      for (let sample = 0; sample < data.count; sample++) {
        const own = new Float64Array(channels);
        for (let i = 0; i < perSample; i++) own[i % channels]! += map[sample * perSample + i]!;
        own.forEach((s, c) => {
          sum![c]! += s;
          absolute![c]! += Math.abs(s);
          square![c]! += s * s;
        });
      }
      if (!reached.has(id)) expect(absolute!.every((value) => value === 0)).toBe(true);
      expectClose(taps[2 * id]!.sum, sum!, tolerances.mapSums, `sum ${id}`);
      expectClose(taps[2 * id]!.absolute, absolute!, tolerances.mapSums, `absolute ${id}`);
      expectClose(taps[2 * id]!.square, square!, tolerances.mapSums, `square ${id}`);
      expectClose([layers[id]!.total], [sum!.reduce((a, b) => a + b, 0)], tolerances.mapSums, `total ${id}`);
    }
  });

  test('zBox loses nothing where inputs lie at a bound and a unit has no weight above 0', async () => {
    const network = createNetwork({
      layers: [
        { name: 'input', kind: 'input', config: { shape: [1] } },
        {
          name: 'dense',
          kind: 'dense',
          config: { units: 2 },
          weights: {
            kernel: tensor([1, 2], Float32Array.of(-1, 0.5)),
            bias: tensor([2], new Float32Array(2)),
          },
        },
      ],
    });
    const convention = resolveConvention('captum');
    const rules = layerRules(network, { rows: [], otherwise: 'zBox' }, convention).map(({ backward }) => backward);
    const data = { ...randomData(network, 1, { count: 1 }), x: Float32Array.of(1), scale: 1 };
    const job = propagationJob(network, data, { start: 'uniform', rules, maps: network.layers.map(({ id }) => id) });
    using compiled = engine.compile(network);
    const [given, handed] = (await propagated(compiled, job)).maps;
    // The second unit hands back all that it was given, the first one loses it.
    expect(handed![1]).toBeGreaterThan(0.1);
    expectClose(given!, [handed![1]!], tolerances.stored, 'what the second unit was given');
  });

  test('leaving the loop ends the work', async () => {
    using compiled = engine.compile(network);
    for await (const event of compiled.propagate(everything(network, data, 'zplus', 0))) {
      expect(event.type).toBe('progress');
      break;
    }
  });
});

/** By channel the sum over samples of the Euclidean norm of its positions. */
function sampleNorms(values: ArrayLike<number>, perSample: number, channels: number): Float64Array {
  const norms = new Float64Array(channels);
  for (let start = 0; start < values.length; start += perSample) {
    for (let c = 0; c < channels; c++) {
      let square = 0;
      for (let i = c; i < perSample; i += channels) square += values[start + i]! ** 2;
      norms[c]! += Math.sqrt(square);
    }
  }
  return norms;
}

describe.each(judges)('activationSums of $engine.name', ({ engine, means }) => {
  test.each(cases)('%s, seed %i', async (kind, seed) => {
    const network = randomNetwork(seed, { include: [kind], extra: 1 });
    const data = randomData(network, seed, { count: sampleBlock + 3 });
    using compiled = engine.compile(network);
    using reference = referenceEngine.compile(network);
    const sites = network.layers.map(({ id }) => id);
    const [found, outputs] = [
      await compiled.activationSums(data, sites),
      await Promise.all(sites.map((layer) => reference.forward(data, { layer }))),
    ];
    for (const { id, outputShape } of network.layers) {
      const values = outputs[id]!;
      const channels = outputShape.at(-1)!;
      const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const own = found[id]!;
      expect(own.count).toBe(values.length / channels);
      const mean = (of: (value: number) => number) =>
        Float64Array.from({ length: channels }, (_, c) => {
          let sum = 0;
          for (let i = c; i < values.length; i += channels) sum += of(values[i]!);
          return (sum / values.length) * channels;
        });
      const perCount = (sums: Float64Array) => sums.map((sum) => sum / own.count);
      const bound = means(network, scale);
      const slack = {
        relative: bound.relative + tolerances.stored.relative,
        absolute: bound.absolute + 2 ** -23 * scale,
      };
      const squares = { relative: 2 * slack.relative, absolute: 3 * slack.absolute * Math.max(scale, 1) };
      expectClose(
        perCount(own.sum),
        mean((a) => a),
        slack,
        `sum ${id}`,
      );
      expectClose(perCount(own.absolute), mean(Math.abs), slack, `absolute ${id}`);
      expectClose(
        perCount(own.square),
        mean((a) => a * a),
        squares,
        `square ${id}`,
      );
      const perSample = values.length / data.count;
      const norms = sampleNorms(values, perSample, channels);
      const positions = perSample / channels;
      const ofNorm = { relative: slack.relative, absolute: slack.absolute * Math.sqrt(positions) };
      expectClose(
        own.norm.map((sum) => sum / data.count),
        norms.map((sum) => sum / data.count),
        ofNorm,
        `norm ${id}`,
      );
      const isDead = (c: number) => values.every((value, i) => i % channels !== c || value === 0);
      own.zeros.forEach((zeros, c) => {
        if (isDead(c)) expect(zeros, `zeros ${id}`).toBe(own.count);
      });
    }
  });
});
