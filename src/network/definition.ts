import type { Shape, Tensor } from '../tensor/tensor.js';

/** What a weight must look like and what it does: its shape, and whether the layer works without it. */
export interface WeightSpec {
  readonly shape: Shape;
  /** What each axis counts: channels of the input, channels of the output, or neither. */
  readonly axes: readonly ('in' | 'out' | null)[];
  /** Whether it multiplies what comes in, is added to it, or remembers the training data. */
  readonly role: 'factor' | 'offset' | 'statistic';
  readonly optional?: boolean;
  /** How an untrained layer fills it: Glorot-uniform with these fans, or one number everywhere. */
  readonly initial: { readonly fanIn: number; readonly fanOut: number } | number;
}

/**
 * Everything the graph needs to know about one layer kind; one file a kind in `layers/`. Shared code asks a kind's
 * definition and never which kind it is. Shapes leave the sample axis out; images are `[height, width, channels]`.
 */
export interface LayerDefinition<Config> {
  /** How many inputs the layer takes; `many` is two or more. */
  readonly arity: 0 | 1 | 'many';
  /** Whether the output holds the input's numbers in their order, at most in another shape. */
  readonly keepsNumbers?: true;
  /** Whether the output also holds numbers that come from no input. */
  readonly pads?: true;
  /** Values for the settings that a description leaves out. */
  readonly defaults: Partial<Config>;
  /** Complains about settings that no input could make valid. */
  readonly check?: (config: Config) => void;
  /** Names and shapes of the weights, given the shapes of the inputs. */
  readonly weights?: (config: Config, inputs: readonly Shape[]) => Readonly<Record<string, WeightSpec>>;
  /** Complains about weights of the right shape with values that make no sense. */
  readonly checkWeights?: (config: Config, weights: Readonly<Record<string, Tensor>>) => void;
  /** The output's shape; throws what {@link shapeMismatch} builds where the inputs do not fit. */
  readonly inferShape: (config: Config, inputs: readonly Shape[]) => Shape;
  /**
   * Which channels of its inputs and of its output are one and the same, so that they can only be removed together.
   * Absent where the channels of the output are new ones (dense layers, convolutions).
   */
  readonly links?: (config: Config, inputs: readonly Shape[], output: Shape) => Iterable<ChannelLink>;
  /** Channels of its inputs that cannot be removed without changing what the layer does to the others. */
  readonly needs?: (config: Config, inputs: readonly Shape[], output: Shape) => Iterable<NeededChannel>;
  /** Multiply-accumulates for one sample; 0 where the layer multiplies no weights. */
  readonly macs?: (config: Config, inputs: readonly Shape[], output: Shape) => number;
  /** Whether the layer's output channels are nodes that can be ablated. */
  readonly hasNodes?: true;
  /**
   * Whether the layer only dresses each node of the layer before it (batch normalisation, activations, dropout): a node
   * is then cut behind it. A function where it depends on the settings.
   */
  readonly carriesNodes?: (config: Config) => boolean;
}

/** Channel `from` of input number `input` is, or feeds as its only source, channel `to` of the output. */
export type ChannelLink = readonly [input: number, from: number, to: number];
export type NeededChannel = readonly [input: number, channel: number];

/** Thrown by `inferShape` and `check`; the builder adds the layer's name and kind. */
export class LayerProblem extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

export const shapeMismatch = (expected: string, actual: Shape, hint?: string): LayerProblem =>
  new LayerProblem(`expected ${expected} but its input has shape [${actual}]`, hint);

/** The only input of a layer with arity 1. */
export function only(inputs: readonly Shape[]): Shape {
  return inputs[0] ?? [];
}
