import type { Shape } from '../../tensor/tensor.js';
import { type ChannelLink, type LayerDefinition, LayerProblem, only, shapeMismatch } from '../definition.js';
import { channelsOf, sameChannels } from '../links.js';

export interface ConcatConfig {
  /** Which axis of the sample the inputs are joined along, 0 for the first; negative counts from the last. */
  readonly axis: number;
}

/** The axis of a concat as an index into the sample's shape. */
export function concatAxis({ axis }: ConcatConfig, shape: Shape): number {
  const index = axis < 0 ? axis + shape.length : axis;
  if (!Number.isSafeInteger(index) || index < 0 || index >= shape.length) {
    throw new LayerProblem(`axis ${axis} is outside of its input's shape [${shape}]`);
  }
  return index;
}

/** Inputs joined along one axis. */
export const concat: LayerDefinition<ConcatConfig> = {
  arity: 'many',
  defaults: { axis: -1 },
  inferShape: (config, inputs) => {
    const first = only(inputs);
    const axis = concatAxis(config, first);
    const odd = inputs.find(
      (shape) => shape.length !== first.length || shape.some((size, i) => i !== axis && size !== first[i]),
    );
    if (odd) throw shapeMismatch(`[${first}] but for axis ${axis}`, odd);
    return first.map((size, i) => (i === axis ? inputs.reduce((sum, shape) => sum + (shape[axis] ?? 0), 0) : size));
  },
  links: (config, inputs, output) =>
    concatAxis(config, output) === output.length - 1 ? sideBySide(inputs) : sameChannels(config, inputs, output),
};

/** The channels of the inputs one after the other. */
function* sideBySide(inputs: readonly Shape[]): Iterable<ChannelLink> {
  let offset = 0;
  for (const [input, shape] of inputs.entries()) {
    for (let channel = 0; channel < channelsOf(shape); channel++) yield [input, channel, offset + channel];
    offset += channelsOf(shape);
  }
}
