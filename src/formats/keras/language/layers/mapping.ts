import type { LayerConfigs, LayerKind, LayerOf } from '../../../../network/index.js';
import type { Shape } from '../../../../tensor/tensor.js';
import type { Dialect } from '../dialect.js';
import type { Json, KerasLayer } from '../json.js';

/** How one layer kind is said in Keras' words, and understood from them. One file a kind. */
export interface LayerMapping<K extends LayerKind> {
  /**
   * The Keras classes that are this kind, each with how its settings are read, given the shapes of the inputs.
   * They throw `Unsupported` for what the kind cannot express.
   */
  readonly classes: Readonly<
    Record<string, (config: Json, inputs: readonly Shape[], dialect: Dialect) => LayerConfigs[K]>
  >;
  /** Keras' names of the weights that a layer with these settings has, by ours, in Keras' order. */
  readonly weights?: (config: Json) => Readonly<Record<string, string>>;
  /** Whether Keras lets the layer apply an activation to its own output. */
  readonly fusesActivation?: true;
  /** What Keras calls the activation that this layer is, if another layer can apply it. */
  readonly activationName?: (config: LayerConfigs[K], dialect: Dialect) => string | undefined;
  /** The layer as one or more Keras layers in a row; the one with the layer's own name has its weights. */
  readonly write: (layer: LayerOf<K>, dialect: Dialect) => readonly KerasLayer[];
}

/** Keras' names of a kernel with an optional bias. */
export const kernelAndBias =
  (kernel: string) =>
  ({ use_bias }: Json): Readonly<Record<string, string>> =>
    use_bias === false ? { kernel } : { kernel, bias: 'bias' };

/** A row for a layer without settings. */
export function plain<K extends LayerKind>(
  className: string,
  config: LayerConfigs[K],
): Pick<LayerMapping<K>, 'classes' | 'write'> {
  return { classes: { [className]: () => config }, write: ({ name }) => [{ className, name, config: {} }] };
}
