import {
  type Layer,
  type LayerId,
  type Network,
  nodeCount,
  sharedWeights,
  weightSpecs,
  withWeights,
} from '../../network/index.js';
import { type Shape, type Tensor, tensor } from '../../tensor/tensor.js';
import { expectArguments } from '../../util/arguments.js';
import { SecateurError } from '../../util/errors.js';
import { invalid, isNonNegativeInteger } from '../../util/expect.js';

/** By layer name, for each weight of its kernel, in the kernel's layout: whether it goes (1) or stays (0). */
export type WeightsByLayer = Readonly<Record<string, Uint8Array>>;

/** Weights of one layer's kernel that go: each becomes 0. */
export interface PlannedWeights {
  readonly layer: string;
  /** Shape of the kernel. */
  readonly shape: Shape;
  /** How many go. */
  readonly count: number;
  /** Base64 of one bit a weight, in the kernel's layout: bit `i % 8` (the lowest is 0) of byte `i / 8` is 1 if it goes. */
  readonly mask: string;
}

/**
 * The network with these weights at exactly 0 and everything else as it was.
 *
 * @throws SecateurError ERR_ARGUMENT for layers without a kernel and masks of another size.
 */
export function maskWeights(network: Network, weights: WeightsByLayer): Network {
  expectArguments({ network, weights });
  const replaced = new Map<LayerId, Record<string, Tensor>>();
  for (const [name, mask] of Object.entries(weights)) {
    const { layer, kernel } = kernelFor(network, name, mask);
    replaced.set(layer.id, { ...layer.weights, kernel: masked(kernel, mask) });
  }
  return withWeights(network, replaced);
}

function masked({ shape, data }: Tensor, mask: Uint8Array): Tensor {
  const left = data.slice();
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) left[i] = 0;
  return tensor(shape, left);
}

/** @throws SecateurError ERR_ARGUMENT if there is no such layer or it has no kernel. */
export function kernelNamed(network: Network, name: string): { readonly layer: Layer; readonly kernel: Tensor } {
  const layer = network.layers.find((candidate) => candidate.name === name);
  const kernel = layer?.weights.kernel;
  if (layer !== undefined && kernel !== undefined) return { layer, kernel };
  const known = network.layers.filter(({ weights }) => weights.kernel !== undefined).map((candidate) => candidate.name);
  throw invalid('weights', 'names of layers with a kernel', name, {
    hint: `layers with a kernel: ${known.join(', ')}`,
  });
}

function kernelFor(network: Network, name: string, mask: Uint8Array): ReturnType<typeof kernelNamed> {
  const found = kernelNamed(network, name);
  if (mask.length === found.kernel.data.length) return found;
  throw invalid('weights', `a mask of ${found.kernel.data.length} numbers for layer "${name}"`, mask);
}

/** Whether patterns can be laid over a layer's kernel: its last axis counts outputs, the one before inputs to be summed. */
export const suitsPattern = (network: Network, layer: Layer): boolean =>
  nodeCount(layer) > 0 &&
  weightSpecs(network, layer).some(([name, { axes }]) => name === 'kernel' && axes.at(-1) === 'out');

/** By layer, the layers that have its kernel: itself and those that share it. */
export function kernelUsers(network: Network): (layer: string) => readonly string[] {
  const users = new Map(
    sharedWeights(network)
      .filter(({ weight }) => weight === 'kernel')
      .flatMap(({ layers }) => layers.map((layer) => [layer, layers])),
  );
  return (layer) => users.get(layer) ?? [layer];
}

/**
 * Entries of a plan, in the order of the layers; kernels that lose nothing have none. What one layer loses of a kernel, all
 * lose that share it.
 */
export function planWeights(network: Network, weights: WeightsByLayer): PlannedWeights[] {
  for (const [name, mask] of Object.entries(weights)) kernelFor(network, name, mask);
  const users = kernelUsers(network);
  return network.layers.flatMap((layer) => {
    const masks = users(layer.name).flatMap((name) => weights[name] ?? []);
    const mask = masks[0]?.map((_, i) => (masks.some((own) => own[i] !== 0) ? 1 : 0));
    return mask === undefined ? [] : plannedWeights(layer.name, layer.weights.kernel!.shape, mask);
  });
}

/** One entry, or none for a mask that lets everything stay. */
export function plannedWeights(layer: string, shape: Shape, mask: Uint8Array): PlannedWeights[] {
  const bits = new Uint8Array(Math.ceil(mask.length / 8));
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    bits[i >> 3]! |= 1 << (i & 7);
    count += 1;
  }
  return count === 0 ? [] : [{ layer, shape, count, mask: Buffer.from(bits).toString('base64') }];
}

/** The mask of an entry, a number for each weight. */
export function maskOf({ shape, mask }: PlannedWeights): Uint8Array {
  const bits = Buffer.from(mask, 'base64');
  const size = shape.reduce((product, n) => product * n, 1);
  return Uint8Array.from({ length: size }, (_, i) => (bits[i >> 3]! >> (i & 7)) & 1);
}

/** The masks of a plan's entries by layer, for {@link maskWeights}. */
export const masksOf = (planned: readonly PlannedWeights[]): WeightsByLayer =>
  Object.fromEntries(planned.map((entry) => [entry.layer, maskOf(entry)]));

/**
 * Checks what a file says about weights.
 *
 * @throws SecateurError ERR_DATA for entries that are damaged; ERR_ARGUMENT for layers that are not there.
 */
export function checkPlannedWeights(network: Network, entries: unknown): PlannedWeights[] {
  if (!Array.isArray(entries)) throw new SecateurError('ERR_DATA', 'the plan: its weights are no list');
  const found = entries.map((entry) => checkEntry(network, entry));
  const twice = found.find(({ layer }, i) => found.findIndex((other) => other.layer === layer) < i);
  if (twice) throw new SecateurError('ERR_DATA', `the plan: it lists weights of layer "${twice.layer}" twice`);
  return found;
}

function checkEntry(network: Network, entry: unknown): PlannedWeights {
  const { layer, shape, count, mask } = (entry ?? {}) as Partial<PlannedWeights>;
  const damaged = (why: string) => new SecateurError('ERR_DATA', `the plan: the weights of layer "${layer}": ${why}`);
  if (typeof layer !== 'string' || !Array.isArray(shape) || typeof mask !== 'string' || !isNonNegativeInteger(count)) {
    throw damaged('an entry has layer, shape, count and mask');
  }
  const { kernel } = kernelNamed(network, layer);
  if (String(kernel.shape) !== String(shape)) throw damaged(`shape [${shape}] where the kernel has [${kernel.shape}]`);
  const bits = Buffer.from(mask, 'base64');
  if (bits.toString('base64') !== mask || bits.length !== Math.ceil(kernel.data.length / 8)) {
    throw damaged(`the mask is no base64 of ${kernel.data.length} bits`);
  }
  const set = bits.reduce((sum, byte) => sum + bitsIn(byte), 0);
  const known = maskOf(entry as PlannedWeights).reduce((sum, bit) => sum + bit, 0);
  if (set !== count || known !== count) throw damaged(`${set} bits are set, and count says ${count}`);
  return entry as PlannedWeights;
}

const bitsIn = (byte: number): number => byte.toString(2).replaceAll('0', '').length;
