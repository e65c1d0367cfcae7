import { definitionOf, type LayerConfigs, type LayerKind, type LayerSpec } from '../../src/network/index.js';
import { type Shape, sizeOf, type Tensor, tensor } from '../../src/tensor/tensor.js';
import type { Random } from '../../src/util/random.js';

/** A network that grows: what pieces see. */
export interface Draft {
  readonly random: Random;
  /** Name and output shape of the layer behind which the next piece goes. */
  readonly end: { readonly name: string; readonly shape: Shape };
  /** Appends a layer behind `inputs` (default: the end) with random weights; it becomes the end. Returns its name. */
  add<K extends LayerKind>(kind: K, config: Partial<LayerConfigs[K]>, inputs?: readonly string[]): string;
}

/** An integer in `[from, to]`. */
export const between = (random: Random, from: number, to: number): number => from + random.integer(to - from);

export function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.integer(values.length - 1)] as T;
}

export const chance = (random: Random, probability: number): boolean => random.uniform() < probability;

/** A draft that continues `layers`; what it appends is found in `added`. */
export function openDraft(layers: readonly LayerSpec[], random: Random): { draft: Draft; added: LayerSpec[] } {
  const added: LayerSpec[] = [];
  const shapes = shapesOf(layers);
  let name = layers.at(-1)?.name ?? '';
  const draft: Draft = {
    random,
    get end() {
      return { name, shape: shapes.get(name) ?? [] };
    },
    add(kind, config, inputs = definitionOf(kind).arity === 0 ? [] : [name]) {
      const inputShapes = inputs.map((input) => shapes.get(input) ?? []);
      const full = { ...(definitionOf(kind).defaults as object), ...config };
      name = `${kind}_${shapes.size}`;
      shapes.set(name, definitionOf(kind).inferShape(full, inputShapes));
      const weights = randomWeights(kind, full, inputShapes, random);
      added.push({ name, kind, inputs, config, weights } as LayerSpec);
      return name;
    },
  };
  return { draft, added };
}

function shapesOf(layers: readonly LayerSpec[]): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const { name, kind, config, inputs = [] } of layers) {
    const { defaults, inferShape } = definitionOf(kind);
    const inputShapes = inputs.map((input) => shapes.get(input) ?? []);
    shapes.set(name, inferShape({ ...(defaults as object), ...config }, inputShapes));
  }
  return shapes;
}

/** He-like normal kernels keep the sizes of values; the rest lies within 0.5 of its untrained value. */
function randomWeights(
  kind: LayerKind,
  config: object,
  inputs: readonly Shape[],
  random: Random,
): Readonly<Record<string, Tensor>> {
  const weights: Record<string, Tensor> = {};
  for (const [name, { shape, optional, initial }] of Object.entries(
    definitionOf(kind).weights?.(config, inputs) ?? {},
  )) {
    if (optional && chance(random, 0.2)) continue;
    const draw =
      typeof initial === 'number'
        ? () => initial + random.uniform() - 0.5
        : () => random.normal() * Math.sqrt(1.5 / initial.fanIn);
    weights[name] = tensor(shape, Float32Array.from({ length: sizeOf(shape) }, draw));
  }
  return weights;
}
