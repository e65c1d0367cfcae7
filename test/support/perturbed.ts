import type { PropagationJob, PropagationResult } from '../../src/engine/index.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import type { Layer, LayerId, Network } from '../../src/network/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { createRandom, type Random } from '../../src/util/random.js';
import { propagated } from './propagate.js';
import { float32Roundings, largest, randomWalk, type Tolerance } from './tolerance.js';

/** All numbers of a result in lists that are compared each as a whole. */
export function columnsOf({
  taps,
  maps,
  weights,
  weightedSquares,
  layers,
}: PropagationResult): ReadonlyMap<string, ArrayLike<number>> {
  const columns = new Map<string, ArrayLike<number>>();
  for (const [i, tap] of taps.entries())
    for (const [key, values] of Object.entries(tap)) columns.set(`tap ${i} ${key}`, values);
  for (const [i, map] of maps.entries()) columns.set(`map ${i}`, map);
  for (const { layer, gradients, squares } of weights) {
    for (const [name, values] of Object.entries(gradients)) columns.set(`gradient ${layer} ${name}`, values);
    for (const [name, values] of Object.entries(squares ?? {})) columns.set(`squared ${layer} ${name}`, values);
  }
  for (const [i, squares] of weightedSquares.entries()) columns.set(`weighted squares ${i}`, squares);
  for (const [id, { total }] of layers.entries()) columns.set(`total ${id}`, [total]);
  return columns;
}

/** Numbers moved by up to 2^-21 of their size: 8 roundings of a float. */
export const moved = (values: ArrayLike<number>, random: Random): Float64Array =>
  Float64Array.from(values, (value) => value * (1 + 2 ** -21 * (2 * random.uniform() - 1)));

export function movedNetwork(network: Network, random: Random): Network {
  const layers = network.layers.map((layer) => {
    const weights = Object.entries(layer.weights).map(([name, { shape, data }]) => [
      name,
      tensor(shape, moved(data, random)),
    ]);
    return { ...layer, weights: Object.fromEntries(weights) } as Layer;
  });
  return { ...network, layers };
}

/**
 * How far a float32 engine may be from the reference in each column. A quotient by a denominator near 0 is as uncertain as
 * the roundings that made the denominator, whatever engine divides; so the tolerance is measured where it matters: the
 * reference runs again with inputs and weights moved at random by up to 8 float roundings, and four times the largest
 * change that this makes in a column is granted, and a random walk of roundings of the column's largest number besides.
 * Signals that cancel each other out leave the roundings of the signals that they came from, as large as the largest of all.
 * Sums of signals that a rule conserves do not change at all then, though their terms do: they get what their terms are
 * granted, as a random walk of unrelated errors of that size. The job maps every layer that it taps.
 *
 * The first term is measured and not derived, because what can be derived says nothing here. A running error analysis
 * bounds a denominator's error by d = n eps sum |x w|, and so a quotient's by |R| d / (|z| (|z| - d)). Rules without a
 * stabiliser meet |z| <= d on random networks, where that is infinite, and elsewhere every layer multiplies the worst
 * case of the one before by its condition sum |x w| / |z|: after a few layers that can be more than the signals
 * themselves, and no fault would be seen. The probes measure the same first-order term along random directions instead
 * of the worst one. The reference itself is held to equations written out independently
 * (test/propagation/rules.test.ts), so that only roundings are left to grant.
 */
export async function conditioned(network: Network, job: PropagationJob, result: PropagationResult, probes: number) {
  const expected = columnsOf(result);
  const changes = new Map<string, number>();
  for (let probe = 0; probe < probes; probe++) {
    const random = createRandom(0xc0de + probe);
    using compiled = referenceEngine.compile(movedNetwork(network, random));
    const samples = { ...job.samples, x: moved(job.samples.x, random) };
    const found = columnsOf(await propagated(compiled, { ...job, samples }));
    for (const [name, values] of expected) {
      const other = found.get(name) as ArrayLike<number>;
      const change = largest(Array.from(values, (value, i) => value - other[i]!));
      changes.set(name, Math.max(change, changes.get(name) ?? 0));
    }
  }
  const cancelled = float32Roundings(network) * Math.max(...result.maps.map((map) => largest(map)));
  const own = (name: string): number =>
    4 * changes.get(name)! + 2 ** -18 * largest(expected.get(name)!) + (name.startsWith('map') ? cancelled : 0);
  const ofTerms = await termSlacks(network, job, result, (layer) => own(`map ${job.maps.indexOf(layer)}`));
  return (name: string): Tolerance => ({ relative: 0, absolute: own(name) + (ofTerms.get(name) ?? 0) });
}

/** By the name of a column of sums: how far it may be off for what the signals that it sums are granted. */
async function termSlacks(
  network: Network,
  { samples, taps }: PropagationJob,
  { maps, taps: sums }: PropagationResult,
  slackOf: (layer: LayerId) => number,
): Promise<ReadonlyMap<string, number>> {
  using compiled = referenceEngine.compile(network);
  const slacks = new Map<string, number>();
  for (const { id } of network.layers) slacks.set(`total ${id}`, randomWalk(maps[id]!.length) * slackOf(id));
  for (const [i, { layer, times }] of taps.entries()) {
    const factor = times === 'one' ? 1 : largest(await compiled.forward(samples, { layer }));
    const slack = slacks.get(`total ${layer}`)! * factor;
    slacks.set(`tap ${i} sum`, slack);
    slacks.set(`tap ${i} absolute`, slack);
    slacks.set(`tap ${i} square`, slack * (2 * largest(sums[i]!.absolute) + slack));
  }
  return slacks;
}
