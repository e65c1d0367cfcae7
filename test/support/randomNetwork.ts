import {
  createNetwork,
  type LayerKind,
  type LayerSpec,
  type LossHead,
  type LossName,
  lossHead,
  type Network,
  type NetworkSpec,
  type Targets,
} from '../../src/network/index.js';
import { type Shape, sizeOf } from '../../src/tensor/tensor.js';
import { createRandom, type Random } from '../../src/util/random.js';
import { between, chance, type Draft, openDraft, pick } from './draft.js';
import { pieces } from './pieces.js';

export interface RandomNetworkOptions {
  /** Kinds that must be in the network, each with a node before and behind it. Default: whatever is drawn. */
  readonly include?: readonly LayerKind[];
  /**
   * What the user of the network can take: pieces with a layer that it refuses are drawn again, and left out where every
   * drawing is refused, unless they are included. Default: everything.
   */
  readonly allow?: (layer: LayerSpec) => boolean;
  readonly loss?: LossName;
  /** Pieces drawn besides the included ones. Default: 2. */
  readonly extra?: number;
}

/**
 * A small network with finite random weights, drawn from every layer kind with its strides, paddings, dilations, groups
 * and branches. The same seed and options give the same network.
 *
 * @throws Error if `allow` refuses every drawing of a piece that the network cannot do without.
 */
export function randomNetwork(seed: number, options: RandomNetworkOptions = {}): Network {
  const random = createRandom(seed);
  const { include = [], extra = 2 } = options;
  const loss = options.loss ?? pick(random, ['crossentropy', 'binary-crossentropy', 'mse'] as const);
  const allow = options.allow ?? (() => true);
  const rows = pieceRows(include, extra, random);
  const isImage = rows.some(({ on }) => on === 'image') || chance(random, 0.5);

  let layers: readonly LayerSpec[] = [];
  const grow = (piece: (draft: Draft) => void, required = true): void => {
    const added = drawAllowed(layers, piece, random, allow);
    if (added === undefined && required) throw new Error('every drawing of a piece holds a layer that is not allowed');
    layers = [...layers, ...(added ?? [])];
  };
  grow(({ add }) => add('input', { shape: isImage ? imageShape(random) : [pick(random, widths)] }));
  grow(isImage ? pieces.conv2d.add : pieces.dense.add);
  if (isImage) {
    for (const { on, add, required } of rows) if (on !== 'flat') grow(add, required);
    grow(chance(random, 0.7) ? ({ add }) => add('flatten', {}) : ({ add }) => add('globalAvgPool2d', {}));
  }
  for (const { on, add, required } of rows) if (on === 'flat' || (on === 'any' && !isImage)) grow(add, required);
  grow(pieces.dense.add);
  grow((draft) => addHead(draft, loss));
  return createNetwork({ name: `random-${seed}`, layers, loss } satisfies NetworkSpec);
}

const widths = [2, 3, 5, 8, 9, 16, 17, 33] as const;

const imageShape = (random: Random): Shape => [
  between(random, 5, 9),
  between(random, 5, 9),
  pick(random, [1, 2, 3, 4, 6]),
];

function pieceRows(include: readonly LayerKind[], extra: number, random: Random) {
  const drawn = Array.from({ length: extra }, () => ({ ...pick(random, Object.values(pieces)), required: false }));
  return [...include.map((kind) => ({ ...pieces[kind], required: true })), ...drawn];
}

function addHead({ add, random }: Draft, loss: LossName): void {
  add('dense', { units: loss === 'crossentropy' ? between(random, 2, 6) : between(random, 1, 4) });
  const fused = { crossentropy: 'softmax', 'binary-crossentropy': 'sigmoid', mse: 'tanh' } as const;
  if (chance(random, 0.7)) add('activation', { fn: fused[loss] });
}

/** The layers of the first drawing of a piece that is allowed, if one of fifty is. */
function drawAllowed(
  layers: readonly LayerSpec[],
  piece: (draft: Draft) => void,
  random: Random,
  allow: (layer: LayerSpec) => boolean,
): readonly LayerSpec[] | undefined {
  for (let attempt = 0; attempt < 50; attempt++) {
    const { draft, added } = openDraft(layers, random);
    piece(draft);
    if (added.every(allow)) return added;
  }
  return undefined;
}

export interface RandomData {
  readonly x: Float32Array | Float64Array | Uint8Array;
  readonly count: number;
  readonly scale: number;
  readonly targets: Targets;
  readonly head: LossHead;
}

/** Samples and targets that fit a network and its loss: floats around 0, or bytes with a scale. */
export function randomData(network: Network, seed: number, { count = 70 } = {}): RandomData {
  const random = createRandom(seed);
  const length = count * sizeOf(network.layers[network.input]?.outputShape ?? []);
  const bytes = chance(random, 0.3);
  const x = bytes
    ? Uint8Array.from({ length }, () => random.integer(255))
    : Float32Array.from({ length }, () => random.normal());
  const head = lossHead(network, new Int32Array());
  return { x, count, scale: bytes ? 1 / 255 : 1, targets: randomTargets(head, count, random), head };
}

const targetKinds = {
  crossentropy: ({ width }, count, random) => Int32Array.from({ length: count }, () => random.integer(width - 1)),
  'binary-crossentropy': ({ width }, count, random) =>
    Float32Array.from({ length: count * width }, () => random.integer(1)),
  mse: ({ width }, count, random) => Float32Array.from({ length: count * width }, () => random.normal()),
} as const satisfies Record<LossName, (head: LossHead, count: number, random: Random) => Targets>;

const randomTargets = (head: LossHead, count: number, random: Random): Targets =>
  targetKinds[head.loss](head, count, random);
