import type { Padding, Window } from '../../../../network/index.js';
import { type Json, type KerasLayer, pair, Unsupported } from '../json.js';

function readPadding(config: Json): 'same' | 'valid' {
  const padding = config.padding ?? 'valid';
  if (padding !== 'same' && padding !== 'valid') throw new Unsupported(`padding ${JSON.stringify(padding)}`);
  return padding;
}

/** The window of a convolution. */
export function readConvolution(config: Json): Window {
  return {
    kernelSize: pair(config, 'kernel_size', Number.NaN),
    strides: pair(config, 'strides', 1),
    padding: readPadding(config),
    dilation: pair(config, 'dilation_rate', 1),
  };
}

/** The window of a pooling; its strides are its size unless they are given. */
export function readPool(config: Json): Window {
  const kernelSize = pair(config, 'pool_size', 2);
  return {
    kernelSize,
    strides: pair(config, 'strides', kernelSize),
    padding: readPadding(config),
    dilation: [1, 1],
  };
}

const isNone = (padding: Padding): boolean => Array.isArray(padding) && padding.flat().every((zeros) => zeros === 0);

/** Keras has no explicit padding: a layer of zeros goes before a convolution without padding. */
export function writeConvolution(layer: KerasLayer, { kernelSize, strides, padding, dilation }: Window): KerasLayer[] {
  if (strides.some((step) => step > 1) && dilation.some((step) => step > 1)) {
    throw new Unsupported(`strides [${strides}] together with dilation [${dilation}]`);
  }
  const named = padding === 'same' || padding === 'valid';
  const window = { kernel_size: kernelSize, strides, padding: named ? padding : 'valid', dilation_rate: dilation };
  const convolution = { ...layer, config: { ...layer.config, ...window, data_format: 'channels_last' } };
  if (named || isNone(padding)) return [convolution];
  const zeros = { padding, data_format: 'channels_last' };
  return [{ className: 'ZeroPadding2D', name: `${layer.name}/padding`, config: zeros }, convolution];
}

export function writePool(
  layer: Omit<KerasLayer, 'config'>,
  { kernelSize, strides, padding, dilation }: Window,
): KerasLayer[] {
  if (dilation.some((step) => step !== 1)) throw new Unsupported(`a pooling with dilation [${dilation}]`);
  const named = isNone(padding) ? 'valid' : padding;
  if (typeof named !== 'string') throw new Unsupported(`a pooling with padding ${JSON.stringify(padding)}`);
  const config = { pool_size: kernelSize, strides, padding: named, data_format: 'channels_last' };
  return [{ ...layer, config }];
}
