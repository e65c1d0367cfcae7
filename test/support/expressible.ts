import type { LayerSpec, Padding } from '../../src/network/index.js';

type Settings = {
  readonly groups?: number;
  readonly fn?: string;
  readonly padding?: Padding;
  readonly dilation?: readonly number[];
  readonly includePadding?: boolean;
};

/** Layers that Keras can say, be it in two. */
export function isExpressible({ kind, config }: LayerSpec): boolean {
  const { groups = 1, fn, padding = 'valid', dilation = [1, 1], includePadding } = (config ?? {}) as Settings;
  const isPool = kind === 'maxPool2d' || kind === 'avgPool2d';
  const plainPool = typeof padding === 'string' && dilation.every((step) => step === 1);
  return groups === 1 && fn !== 'hardSwish' && (!isPool || plainPool) && !(includePadding && padding !== 'valid');
}
