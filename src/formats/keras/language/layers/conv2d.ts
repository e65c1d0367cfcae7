import type { Dialect } from '../dialect.js';
import { number, Unsupported } from '../json.js';
import { kernelAndBias, type LayerMapping } from './mapping.js';
import { readConvolution, writeConvolution } from './window.js';

function checkGroups(groups: number, dialect: Dialect): number {
  if (groups !== 1 && dialect === 'tfjs') throw new Unsupported(`a convolution in ${groups} groups`);
  return groups;
}

export const conv2d: LayerMapping<'conv2d'> = {
  classes: {
    Conv2D: (config, _inputs, dialect) => ({
      ...readConvolution(config),
      filters: number(config, 'filters', Number.NaN),
      groups: checkGroups(number(config, 'groups', 1), dialect),
    }),
  },
  weights: kernelAndBias('kernel'),
  fusesActivation: true,
  write: ({ name, config, weights: { bias } }, dialect) => {
    const groups = checkGroups(config.groups, dialect);
    const settings = { filters: config.filters, use_bias: bias !== undefined, ...(groups === 1 ? {} : { groups }) };
    return writeConvolution({ className: 'Conv2D', name, config: settings }, config);
  },
};
