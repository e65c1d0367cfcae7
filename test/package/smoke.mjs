// Run in a folder where the package was installed from its tarball, without optional packages and without a compiler.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as imported from 'secateur';

const { ablate, denseNetwork, engineInfo, initialize, loadBackend, loadDataset, loadModel, SecateurError } = imported;
const require = createRequire(import.meta.url);
assert.equal(require('secateur').SecateurError, SecateurError, 'import and require give two instances');

const { addon } = engineInfo();
assert.equal(addon.found, true, addon.reason);
const digits = await loadDataset('digits');
const network = initialize(denseNetwork([8, 8, 1], [16], 10), { seed: 1 });
const [native, reference] = await Promise.all(
  ['native', 'reference'].map((engine) => ablate(network, digits, { engine, nodes: [0, 7] }).collect()),
);
for (const [i, { change }] of native.layers[0].nodes.entries()) {
  assert.ok(Math.abs(change - reference.layers[0].nodes[i].change) < 1e-5, 'the engines disagree');
}

const advises = (name) => (error) =>
  error instanceof SecateurError && error.code === 'ERR_BACKEND' && `${error.message} ${error.hint}`.includes(name);
await assert.rejects(loadModel('chain.h5'), advises('npm install h5wasm'));
await assert.rejects(loadBackend(), advises('@tensorflow/tfjs'));

const cli = join(import.meta.dirname, 'node_modules/secateur/dist/cli/main.js');
const doctor = JSON.parse(execFileSync(process.execPath, [cli, 'doctor', '--json'], { encoding: 'utf8' }));
assert.equal(doctor.engine.addon.found, true);
console.log(`${process.version}, ${addon.instructionSet}: works`);
