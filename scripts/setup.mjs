// `npm run setup`: makes the addon and tfjs-node work in a checkout. Run it as often as you like: what is ready is left as
// it is. Only tfjs-node may need the network. Fails only if the addon's build does; whatever else is missing is said.
import { buildAddon } from './native.mjs';
import { setupTfjs } from './setupTfjs.mjs';

const log = (line) => console.log(line);
const built = buildAddon({ log });
await setupTfjs({ log });
process.exitCode = built ? 0 : 1;
