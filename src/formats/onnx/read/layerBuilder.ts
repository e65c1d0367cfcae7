import { definitionOf, type LayerSpec } from '../../../network/index.js';
import type { Shape } from '../../../tensor/tensor.js';
import { SecateurError } from '../../../util/errors.js';
import { unique } from '../../names.js';
import { within } from '../../problems.js';
import { checkActivation, type ElementBudget } from '../limits.js';
import { corrupt } from '../problems.js';
import { describeNode, nodeName, type ReadNode } from './node.js';
import { asListed, type Value } from './values.js';

type WithoutPlace<S> = S extends LayerSpec ? Omit<S, 'name' | 'inputs'> : never;
/** A layer before it has a name and a place. */
export type Part = WithoutPlace<LayerSpec>;

type Layout = Partial<Pick<Value, 'axes' | 'order'>>;

/** What conversions may ask about the whole file. */
export interface FileFacts {
  readonly budget: ElementBudget;
  /** Samples that the model was exported for; null if any number. */
  readonly batch: number | null;
  /** Whether everything that takes this tensor turns it from channels last to channels first. */
  readonly turnedByAll: (tensor: string) => boolean;
}

/** The network while it is made, layer by layer, in the order of the file. */
export interface Builder extends FileFacts {
  /**
   * The output of a new layer, named after the node. The layout is that of its first input where both have as many axes,
   * else as the layer has it; `layout` says otherwise.
   *
   * @throws SecateurError ERR_MODEL_CORRUPT if the inputs do not fit, ERR_LIMIT if the output is too large.
   */
  add(node: ReadNode, part: Part, inputs: readonly Value[], layout?: Layout): Value;
  /** The layer that makes a value. */
  partOf(value: Value): LayerSpec;
  /** Changes the layer that makes a value, which nothing but `node` may take; gives the value behind the change. */
  amend(node: ReadNode, value: Value, part: Part, shape?: Shape): Value;
  /** Takes away the layer that makes a value, which nothing else may take. */
  remove(value: Value): void;
  /** The layers made so far. */
  layers(): LayerSpec[];
}

export function createBuilder(facts: FileFacts): Builder {
  const drafts = new Map<string, LayerSpec>();
  const names = new Set<string>();
  const partOf = ({ layer }: Value): LayerSpec => {
    const draft = drafts.get(layer);
    if (draft === undefined) throw new RangeError(`no layer "${layer}"`);
    return draft;
  };
  return {
    ...facts,
    partOf,
    add: (node, part, inputs, layout = inputs[0] ?? {}) => {
      const name = unique(nodeName(node.proto), names);
      drafts.set(name, { ...part, name, inputs: inputs.map(({ layer }) => layer) } as LayerSpec);
      const shape = inferShape(
        node,
        part,
        inputs.map((input) => input.shape),
      );
      return outputValue(node, name, shape, layout);
    },
    amend: (node, value, part, shape = value.shape) => {
      drafts.set(value.layer, { ...partOf(value), ...part } as LayerSpec);
      return outputValue(node, value.layer, shape, value);
    },
    remove: ({ layer }) => void drafts.delete(layer),
    layers: () => [...drafts.values()],
  };
}

function outputValue({ sole }: ReadNode, layer: string, shape: Shape, { axes, order = null }: Layout): Value {
  const kept = axes !== undefined && axes.length === shape.length;
  return {
    type: 'value',
    layer,
    shape,
    axes: kept ? axes : asListed(shape.length),
    order: shape.length === 1 ? order : null,
    sole,
  };
}

function inferShape(node: ReadNode, { kind, config }: Part, inputs: readonly Shape[]): Shape {
  const definition = definitionOf(kind);
  const complete = { ...(definition.defaults as object), ...config };
  try {
    definition.check?.(complete);
    const shape = definition.inferShape(complete, inputs);
    checkActivation(shape);
    return shape;
  } catch (error) {
    const where = describeNode(node.proto);
    if (error instanceof SecateurError) throw within(where, error);
    throw corrupt(`${where}: ${(error as Error).message}`, error);
  }
}
