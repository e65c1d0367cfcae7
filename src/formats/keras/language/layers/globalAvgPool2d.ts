import { flag } from '../json.js';
import type { LayerMapping } from './mapping.js';

export const globalAvgPool2d: LayerMapping<'globalAvgPool2d'> = {
  classes: { GlobalAveragePooling2D: (config) => ({ keepDims: flag(config, 'keepdims', false) }) },
  /** tfjs drops the two axes of size 1: a reshape puts them back. */
  write: ({ name, config: { keepDims }, outputShape }, dialect) => {
    const keeps = keepDims && dialect !== 'tfjs' ? { keepdims: true } : {};
    const mean = { className: 'GlobalAveragePooling2D', config: { data_format: 'channels_last', ...keeps } };
    if (!keepDims || dialect !== 'tfjs') return [{ ...mean, name }];
    return [
      { ...mean, name: `${name}/mean` },
      { className: 'Reshape', name, config: { target_shape: outputShape } },
    ];
  },
};
