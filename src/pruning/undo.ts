import {
  createNetwork,
  keepShared,
  type Layer,
  type LayerKind,
  type LayerSpec,
  layerAt,
  type Network,
  networkDigest,
  outputNames,
  type SharedWeight,
  sharedWeights,
} from '../network/index.js';
import { type Shape, type Tensor, tensor } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';

interface StoredWeight {
  readonly shape: Shape;
  readonly type: 'float32' | 'float64';
  /** Little-endian bytes in base64. */
  readonly bytes: string;
}

interface StoredLayer {
  readonly name: string;
  readonly kind: LayerKind;
  readonly inputs: readonly string[];
  readonly config: object;
  /** Absent where the pruned network has the same. */
  readonly weights?: Readonly<Record<string, StoredWeight>>;
}

/** What leads from a pruned network back to the original: plain data, to be kept as JSON beside the plan. */
export interface Undo {
  readonly type: 'secateur-undo';
  readonly version: 1;
  /** Digests of the two networks. */
  readonly original: string;
  readonly pruned: string;
  readonly name: string;
  /** Names of the original network's outputs, in their order. */
  readonly outputs: readonly string[];
  readonly layers: readonly StoredLayer[];
  /** Weights of the original that layers share; absent where they share none. */
  readonly shared?: readonly SharedWeight[];
}

/** Inverts a pruning: the original's graph, and its weights where the pruned network has others. */
export function invertPruning(original: Network, pruned: Network): Undo {
  expectArguments({ original, pruned });
  const shared = sharedWeights(original);
  const others = new Map(pruned.layers.map((layer) => [layer.name, layer]));
  return {
    type: 'secateur-undo',
    version: 1,
    original: networkDigest(original),
    pruned: networkDigest(pruned),
    name: original.name,
    outputs: outputNames(original),
    ...(shared.length > 0 ? { shared } : {}),
    layers: original.layers.map((layer) => ({
      name: layer.name,
      kind: layer.kind,
      inputs: layer.inputs.map((id) => layerAt(original, id).name),
      config: layer.config,
      ...(sameWeights(layer, others.get(layer.name)) ? {} : { weights: stored(layer.weights) }),
    })),
  };
}

/**
 * The original network, bit for bit.
 *
 * @throws SecateurError ERR_DATA if the undo belongs to another network or does not lead back to its original.
 */
export function undoPruning(pruned: Network, undo: Undo): Network {
  expectArguments({ pruned });
  if (undo?.type !== 'secateur-undo' || undo.version !== 1) {
    throw new SecateurError('ERR_DATA', 'the undo: it is no undo of a pruning of version 1');
  }
  if (undo.pruned !== networkDigest(pruned)) {
    throw new SecateurError('ERR_DATA', 'the undo was made for another pruned network', {
      hint: 'a network that was trained or changed after its pruning has no way back',
    });
  }
  const kept = new Map(pruned.layers.map((layer) => [layer.name, layer.weights]));
  const layers = undo.layers.map(
    ({ weights, ...layer }) => ({ ...layer, weights: weights ? restored(weights) : kept.get(layer.name) }) as LayerSpec,
  );
  const { loss, inputLayout } = pruned;
  const output = undo.outputs[pruned.outputs.indexOf(pruned.output)] ?? '';
  const parts = { outputs: undo.outputs, output, loss, inputLayout };
  const original = createNetwork({ name: undo.name, layers: keepShared(layers, undo.shared ?? []), ...parts });
  if (networkDigest(original) === undo.original) return original;
  throw new SecateurError('ERR_DATA', 'the undo does not lead back to the network it was made from: it was changed');
}

function sameWeights(layer: Layer, other: Layer | undefined): boolean {
  const names = Object.keys(layer.weights);
  if (other === undefined || names.length !== Object.keys(other.weights).length) return false;
  return names.every((name) => {
    const [a, b] = [layer.weights[name], other.weights[name]];
    return a !== undefined && b !== undefined && String(a.shape) === String(b.shape) && bytesOf(a).equals(bytesOf(b));
  });
}

const bytesOf = ({ data }: Tensor): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

const stored = (weights: Readonly<Record<string, Tensor>>): Record<string, StoredWeight> =>
  mapValues(weights, (weight) => ({
    shape: weight.shape,
    type: weight.data instanceof Float64Array ? 'float64' : 'float32',
    bytes: bytesOf(weight).toString('base64'),
  }));

const restored = (weights: Readonly<Record<string, StoredWeight>>): Record<string, Tensor> =>
  mapValues(weights, ({ shape, type, bytes }) => {
    const { buffer } = Uint8Array.from(Buffer.from(bytes, 'base64'));
    return tensor(shape, type === 'float64' ? new Float64Array(buffer) : new Float32Array(buffer));
  });

const mapValues = <A, B>(object: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
