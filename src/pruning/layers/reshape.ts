import { channelsOf } from '../../network/index.js';
import { type PruningRules, sameNumbers } from './rules.js';

export const reshape: PruningRules<'reshape'> = {
  constants: ({ outputShape }, [input = []]) => sameNumbers(input, channelsOf(outputShape)),
  resized: ({ config: { shape } }, { after }) => ({ shape: [...shape.slice(0, -1), after] }),
};
