import type { LayerSpec, Padding } from '../../src/network/index.js';

type Settings = {
  readonly groups?: number;
  readonly fn?: string;
  readonly padding?: Padding;
  readonly strides?: readonly number[];
  readonly dilation?: readonly number[];
  readonly includePadding?: boolean;
};

/** Layers that tfjs can say, be it in two. */
export function isExpressible({ kind, config }: LayerSpec): boolean {
  const settings = (config ?? {}) as Settings;
  const { groups = 1, fn, padding = 'valid', strides = [1, 1], dilation = [1, 1], includePadding } = settings;
  const isDilated = dilation.some((step) => step > 1);
  const isPool = kind === 'maxPool2d' || kind === 'avgPool2d';
  return [
    groups === 1,
    fn !== 'hardSwish' && fn !== 'geluTanh',
    !isPool || (typeof padding === 'string' && !isDilated),
    !isDilated || strides.every((step) => step === 1),
    !includePadding || padding === 'valid',
  ].every(Boolean);
}
