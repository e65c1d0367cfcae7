import type { LayerConfigs, LayerKind, LayerOf } from '../../network/index.js';
import type { Shape } from '../../tensor/tensor.js';

/** For each channel the number that it is for every sample and at every position, or null where it is not one number. */
export type Constants = readonly (number | null)[];

/** What pruning asks of a layer kind. One file a kind. */
export interface PruningRules<K extends LayerKind> {
  /** Which channels of the output are constant, given those of the inputs. */
  readonly constants: (layer: LayerOf<K>, inputs: readonly Constants[], shapes: readonly Shape[]) => Constants;
  /** The weights that can hold a channel of the output at a number: one that is multiplied by, one that is added. */
  readonly holders?: { readonly factor: string; readonly missing: 0 | 1; readonly offset: string };
  /** Whether a number comes out of the layer as it went in; default: it does. */
  readonly passes?: (layer: LayerOf<K>, value: number) => boolean;
  /**
   * Of layers that mix channels: what a constant channel of the input adds to each channel of the output at every
   * position, or why that is not one number. Absent where the channels of the output are those of the input.
   */
  readonly contribution?: (layer: LayerOf<K>, channel: number, value: number, shape: Shape) => Float64Array | string;
  /** Whether this layer mixes channels; default: it does if it has contributions. */
  readonly mixes?: (layer: LayerOf<K>) => boolean;
  /** The settings with fewer channels; default: they do not say how many there are. */
  readonly resized?: (
    layer: LayerOf<K>,
    channels: { readonly before: number; readonly after: number },
  ) => LayerConfigs[K];
}

/** Layers that hand the numbers of their only input on. */
export const handsOn = { constants: (_layer: unknown, [input = []]: readonly Constants[]): Constants => input };

/** The same numbers in another shape: number `i` lies in channel `i mod channels` of both. */
export function sameNumbers(input: Constants, channels: number): Constants {
  const found: (number | null | undefined)[] = Array.from({ length: channels });
  for (let i = 0; i < channels * input.length; i++) {
    const [to, value] = [i % channels, input[i % input.length] ?? null];
    found[to] = found[to] === undefined || found[to] === value ? value : null;
  }
  return found as Constants;
}

/** Elementwise operations; the only channel of an input that is repeated meets all. */
export function elementwise(
  inputs: readonly Constants[],
  channels: number,
  join: (values: readonly (number | null)[]) => number | null,
): Constants {
  return Array.from({ length: channels }, (_, c) =>
    join(inputs.map((input) => input[input.length === 1 ? 0 : c] ?? null)),
  );
}
