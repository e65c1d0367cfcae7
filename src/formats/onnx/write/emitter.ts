import type { Shape } from '../../../tensor/tensor.js';
import { unique } from '../../names.js';
import { type AttributeDraft, attributeTypes, dataTypes, type NodeDraft, type TensorDraft } from '../proto/messages.js';

type AttributeValue = Omit<AttributeDraft, 'name'>;

export const integer = (i: number): AttributeValue => ({ type: attributeTypes.i, i });
export const integers = (ints: readonly number[]): AttributeValue => ({ type: attributeTypes.ints, ints });
export const float = (f: number): AttributeValue => ({ type: attributeTypes.f, f });
export const text = (s: string): AttributeValue => ({ type: attributeTypes.s, s: new TextEncoder().encode(s) });

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** For a node that only helps: what comes behind the layer's name in its own. */
  readonly helper?: string;
  /** The operator set that first has the node; default: the one that all files have at least. */
  readonly since?: number;
}

/** The nodes and constants of a file while they are made; everything is named after the layer that is being written. */
export interface Emitter {
  /** Adds a node and gives the name of its output, which is also its own. */
  node(opType: string, inputs: readonly string[], options?: NodeOptions): string;
  /** Adds a weight and gives its name. */
  weight(name: string, shape: Shape, data: Float32Array): string;
  /** Adds whole numbers that a node takes as an input, and gives their name. */
  sizes(name: string, values: readonly number[]): string;
}

/** What an emitter has collected. */
export interface Emitted {
  readonly nodes: NodeDraft[];
  readonly constants: TensorDraft[];
  /** Names of weights by layer and weight. */
  readonly weights: Map<string, string>;
  /** The operator set that the nodes need. */
  operatorSet: number;
}

/** What is known of a whole file. */
export interface FileNames {
  /** All names in use. */
  readonly taken: Set<string>;
  /** By layer and weight, the first layer that has it: what layers share is written once. */
  readonly owner: (layer: string, weight: string) => string;
}

/** An emitter for one layer, adding to `emitted`. */
export function emitterFor(layer: string, emitted: Emitted, { taken, owner }: FileNames): Emitter {
  const constant = (name: string, draft: Omit<TensorDraft, 'name'>): string => {
    const full = unique(`${layer}/${name}`, taken);
    emitted.constants.push({ name: full, ...draft });
    return full;
  };
  return {
    node: (opType, input, { attributes = {}, helper, since = 0 } = {}) => {
      const name = helper === undefined ? layer : unique(`${layer}/${helper}`, taken);
      const attribute = Object.entries(attributes).map(([key, value]) => ({ name: key, ...value }));
      emitted.nodes.push({ name, opType, input, output: [name], attribute });
      emitted.operatorSet = Math.max(emitted.operatorSet, since);
      return name;
    },
    weight: (name, dims, data) => {
      const key = JSON.stringify([owner(layer, name), name]);
      const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const written = emitted.weights.get(key) ?? constant(name, { dims, dataType: dataTypes.float32, rawData });
      emitted.weights.set(key, written);
      return written;
    },
    sizes: (name, values) =>
      constant(name, {
        dims: [values.length],
        dataType: dataTypes.int64,
        rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
      }),
  };
}
