import { run as ablation } from './ablation.js';
import { run as adaptive } from './adaptive.js';
import { run as classes } from './classes.js';
import { run as criteria } from './criteria.js';
import { run as forward } from './forward.js';
import { run as memory } from './memory.js';
import { run as native } from './native.js';
import { run as prediction } from './prediction.js';
import { run as propagation } from './propagation.js';
import { run as sets } from './sets.js';
import { run as sweep } from './sweep.js';
import { run as training } from './training.js';

/** Every bench by its name: one file a question. */
const benches = {
  ablation,
  adaptive,
  classes,
  criteria,
  forward,
  memory,
  native,
  prediction,
  propagation,
  sets,
  sweep,
  training,
} as const satisfies Record<string, (args: readonly string[]) => Promise<void>>;

const [name = '', ...args] = process.argv.slice(2);
const bench = Object.entries(benches).find(([known]) => known === name)?.[1];
if (bench) {
  await bench(args).catch((error: Error) => {
    console.error(`bench ${name}: ${error.message}`);
    process.exitCode = 1;
  });
} else {
  console.error(`usage: npm run -s bench -- NAME [options]; benches: ${Object.keys(benches).join(', ')}`);
  process.exitCode = 2;
}
