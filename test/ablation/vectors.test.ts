import { describe, expect, test } from 'vitest';
import { ablateCumulative, ablateGroups } from '../../src/ablation/index.js';
import { scores } from '../../src/criteria/index.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import { createNetwork, type LayerSpec, type Network } from '../../src/network/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { flat, idOf, sampleAxis, type Vector, vectorData, vectorNetwork, vectorsOf } from '../support/attribution.js';
import { expectClose, type Tolerance, tolerances } from '../support/tolerance.js';

const vectors = vectorsOf('knock-out');
const stated = (vector: Vector): Tolerance => ({ relative: 0, absolute: vector.tolerance! });
const engine = 'reference';

/** What is cut, and what stands in its place; inputs are cut as the units of a layer that hands them on. */
interface Removal {
  readonly site: string;
  readonly values: readonly number[];
  readonly sets: readonly (readonly number[])[];
}

/**
 * One score of one sample in the intact network and without each set. What is measured are losses, and two squared errors
 * tell a score: with `n` scores, target 0 for all and target 1 for this one alone, their difference is `(2 score - 1) / n`.
 */
async function scoreWithout(network: Network, x: Float64Array, unit: number, { site, values, sets }: Removal) {
  const width = network.layers[network.output]!.outputShape[0]!;
  const head = { loss: 'mse', scores: network.output, width } as const;
  const job = {
    head,
    cuts: {
      sites: Uint32Array.from(values, () => idOf(network, site)),
      nodes: Uint32Array.from(values, (_, node) => node),
      values: Float32Array.from(values),
    },
    sets: {
      members: Uint32Array.from(sets.flat()),
      ends: Uint32Array.from(sets, (_, i) => sets.slice(0, i + 1).flat().length),
      grows: new Uint8Array(sets.length),
    },
  };
  using compiled = referenceEngine.compile(network);
  const lossesFor = async (target: number): Promise<number[]> => {
    const targets = Float32Array.from({ length: width }, (_, k) => (k === unit ? target : 0));
    const losses: number[] = [];
    for await (const event of compiled.ablateSets({ ...job, samples: { x, count: 1, scale: 1, targets } })) {
      if (event.type !== 'progress') losses.push(event.lossSum);
    }
    return losses;
  };
  const [near, far] = [await lossesFor(1), await lossesFor(0)];
  const [intact = 0, ...without] = far.map((loss, i) => (width * (loss - near[i]!) + 1) / 2);
  return { intact, without };
}

/** For each unit what its cut takes from the score, together with those that `mask` gives the same number. */
async function effects(
  network: Network,
  x: Float64Array,
  unit: number,
  removal: Omit<Removal, 'sets'>,
  mask?: readonly number[],
) {
  const numbers = mask ?? removal.values.map((_, i) => i);
  const sets = numbers.map((own) => numbers.flatMap((number, i) => (number === own ? [i] : [])));
  const { intact, without } = await scoreWithout(network, x, unit, { ...removal, sets });
  return without.map((score) => intact - score);
}

const samplesOf = ({ input }: Vector): Float64Array[] =>
  sampleAxis(input).map((sample) => Float64Array.from(flat(sample)));

describe('captum', () => {
  test.each(['fa1', 'fa2', 'fa3', 'fa5', 'la1', 'la2', 'la3', 'na1'])('inputs and units without: %s', async (id) => {
    const vector = vectors.get(id);
    const { target, neuron = 0, feature_mask, layer_mask, baseline = 0, layer_baseline } = vector.params!;
    const masks = feature_mask ?? layer_mask;
    const expected = vector.expected as readonly (readonly number[])[];
    for (const [s, x] of samplesOf(vector).entries()) {
      const removal = { site: 'linear0', values: layer_baseline?.[0] ?? [...x].map(() => baseline) };
      const found = await effects(vectorNetwork(vector), x, target ?? neuron, removal, masks?.[s] ?? masks?.[0]);
      expectClose(found, expected[s]!, stated(vector), `${id}, sample ${s}`);
    }
  });

  test('whole filters: la7', async () => {
    const vector = vectors.get('la7');
    const [x] = samplesOf(vector);
    const found = await effects(vectorNetwork(vector), x!, 0, { site: 'relu1', values: [0, 0] });
    const expected = flat(vector.expected as readonly number[]);
    expectClose(
      found.flatMap((effect) => [effect, effect, effect, effect]),
      expected,
      stated(vector),
    );
  });

  test('single positions of filters, as the units of a dense layer: la4', async () => {
    const vector = vectors.get('la4');
    const [x] = samplesOf(vector);
    const found = await effects(unrolled(vectorNetwork(vector)), x!, 0, { site: 'relu1', values: Array(8).fill(0) });
    expectClose(found, flat(vector.expected as readonly number[]), stated(vector));
  });

  test('Shapley values of inputs: sv1', async () => {
    const vector = vectors.get('sv1');
    const network = vectorNetwork(vector);
    const [x] = samplesOf(vector);
    const options = { criterion: 'shapley', cut: 'zero', layers: ['linear0'], loss: 'mse', engine } as const;
    const ofLoss = async (target: number) => {
      const { layers } = await scores(network, { x: x!, y: Float32Array.of(target, 0) }, options).collect();
      return layers[0]!.scores;
    };
    const [near, far] = [await ofLoss(1), await ofLoss(0)];
    // Values are linear in what is shared out, and two squared errors of two scores tell one of these.
    const found = near.map((value, i) => value - far[i]!);
    expectClose(found, flat(vector.expected as readonly number[]), stated(vector));
  });
});

/** The network of a 3x3 convolution over 4x4 pixels with its filters' positions as the units of a dense layer. */
function unrolled(network: Network): Network {
  const [, conv, , , fc] = network.layers;
  const { kernel, bias } = conv!.weights;
  const places = Array.from({ length: 8 }, (_, unit) => [unit >> 2, (unit >> 1) & 1, unit & 1] as const);
  const matrix = Array.from({ length: 16 }, (_, pixel) =>
    places.map(([filter, top, left]) => {
      const [y, x] = [(pixel >> 2) - top, (pixel & 3) - left];
      return y < 0 || y > 2 || x < 0 || x > 2 ? 0 : kernel!.data[(y * 3 + x) * 2 + filter]!;
    }),
  );
  const relu = (name: string): LayerSpec => ({ name, kind: 'activation', config: { fn: 'relu' } });
  const weights = {
    kernel: tensor([16, 8], Float64Array.from(matrix.flat())),
    bias: tensor(
      [8],
      Float64Array.from(places, ([filter]) => bias!.data[filter]!),
    ),
  };
  // The vectors flatten channels first, and so do the places.
  const rows = fc!.weights.kernel!.data;
  const order = places.map(([filter, top, left]) => (top * 2 + left) * 2 + filter);
  const last = tensor([8, 4], Float64Array.from(order.flatMap((row) => [...rows.subarray(4 * row, 4 * row + 4)])));
  return createNetwork({
    layers: [
      { name: 'input', kind: 'input', config: { shape: [16] } },
      { name: 'conv1', kind: 'dense', config: { units: 8 }, weights },
      relu('relu1'),
      { name: 'fc1', kind: 'dense', config: { units: 4 }, weights: { ...fc!.weights, kernel: last } },
      relu('relu2'),
    ],
  });
}

describe('closed forms in double', () => {
  const dataOf = (vector: Vector, network: Network) => {
    const { x, targets } = vectorData(vector, network, vector.labels!);
    return { x, y: targets as Int32Array };
  };

  test('hidden units removed one after the other: own5', async () => {
    const vector = vectors.get('own5');
    const network = vectorNetwork(vector);
    const order = vector.params!.order!.map((node) => ({ layer: 'd1', node }));
    const { removals } = await ablateCumulative(network, dataOf(vector, network), order, {
      engine,
      cut: 'zero',
    }).collect();
    const { dLoss_after_each } = vector.expected as Record<string, number[]>;
    expectClose(
      removals.map(({ change }) => -change),
      dLoss_after_each!,
      tolerances.printed,
    );
  });

  test('each time the unit without which the loss is lowest: own6', async () => {
    const vector = vectors.get('own6');
    const network = vectorNetwork(vector);
    const removed: number[] = [];
    const { sequence } = vector.expected as unknown as { sequence: [number, number][] };
    for (const [node, change] of sequence) {
      const left = [0, 1, 2, 3, 4].filter((candidate) => !removed.includes(candidate));
      const groups = left.map((candidate) => [{ layer: 'd1', nodes: [...removed, candidate] }]);
      const run = ablateGroups(network, dataOf(vector, network), groups, { engine, cut: 'zero' });
      const losses = (await run.collect()).groups.map((group) => -group.change);
      const least = losses.indexOf(Math.min(...losses));
      expect(left[least]).toBe(node);
      expectClose([losses[least]!], [change], tolerances.printed);
      removed.push(node);
    }
  });
});

test('every vector about knock-outs is compared with', () => {
  expect(vectors.forgotten()).toEqual([]);
});
