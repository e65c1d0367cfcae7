import { sameShape, type Tensor } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import type { Layer, Network } from './network.js';

/** A weight that several layers have in common. */
export interface SharedWeight {
  /** Its name in each of them. */
  readonly weight: string;
  /** Names of the layers, in their order; two or more. */
  readonly layers: readonly string[];
}

/**
 * The weights that layers of one kind share: their numbers are one array. Loaders leave it so where a file uses a layer or
 * a weight more than once; pruning and training keep it so, and model files hold it once.
 *
 * @throws nothing.
 */
export function sharedWeights(spec: Pick<Network, 'layers'>): SharedWeight[] {
  expectArguments({ spec });
  const { layers } = spec;
  const found = new Map<Tensor['data'], Map<string, { weight: string; layers: string[] }>>();
  for (const { name, kind, weights } of layers) {
    for (const [weight, { shape, data }] of Object.entries(weights)) {
      const users = found.get(data) ?? new Map();
      found.set(data, users);
      const key = `${kind} ${weight} ${shape}`;
      const entry = users.get(key) ?? { weight, layers: [] };
      users.set(key, entry);
      entry.layers.push(name);
    }
  }
  return [...found.values()].flatMap((users) => [...users.values()]).filter(({ layers: own }) => own.length > 1);
}

/** By layer and weight, how the first layer that has it is called; only for weights that are shared. */
export function firstOwners(network: Pick<Network, 'layers'>): (layer: string, weight: string) => string {
  const owners = new Map<string, string>();
  for (const { weight, layers } of sharedWeights(network)) {
    for (const layer of layers) owners.set(JSON.stringify([layer, weight]), layers[0]!);
  }
  return (layer, weight) => owners.get(JSON.stringify([layer, weight])) ?? layer;
}

/** Every weight of a network, shared ones once, with the first layer that has it. */
export function ownWeights(network: Pick<Network, 'layers'>): { layer: Layer; name: string; weight: Tensor }[] {
  const owner = firstOwners(network);
  return network.layers.flatMap((layer) =>
    Object.entries(layer.weights)
      .filter(([name]) => owner(layer.name, name) === layer.name)
      .map(([name, weight]) => ({ layer, name, weight })),
  );
}

/** Layers whose shared weights are one array again, wherever they are equal bit for bit. */
export function keepShared<L extends { readonly name: string; readonly weights?: Readonly<Record<string, Tensor>> }>(
  layers: readonly L[],
  shared: readonly SharedWeight[],
): L[] {
  const replaced = new Map<string, Record<string, Tensor>>();
  const weightsOf = new Map(layers.map(({ name, weights = {} }) => [name, weights]));
  for (const { weight, layers: names } of shared) {
    const kept: Tensor[] = [];
    for (const name of names) {
      const own = weightsOf.get(name)?.[weight];
      if (own === undefined) continue;
      const same = kept.find((other) => sameBits(own, other));
      if (same === undefined) kept.push(own);
      else replaced.set(name, { ...replaced.get(name), [weight]: same });
    }
  }
  return layers.map((layer) => {
    const own = replaced.get(layer.name);
    return own === undefined ? layer : { ...layer, weights: Object.freeze({ ...layer.weights, ...own }) };
  });
}

const bytesOf = ({ data }: Tensor): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

const sameBits = (a: Tensor, b: Tensor): boolean =>
  sameShape(a.shape, b.shape) && (a.data === b.data || bytesOf(a).equals(bytesOf(b)));
