import { weighted } from './weighted.js';

export const dense = weighted<'dense'>(({ config: { units } }, { data }) => (visit) => {
  for (let i = 0; i < data.length; i++) for (let j = 0; j < units; j++) visit(i, j, i * units + j);
});
