// Prints, as JSON, hashes of what the library in dist/ computes from fixed seeds and embedded data: `everywhere` what no
// instruction set changes, `native` what the one of SECATEUR_ISA may round in its own way, with the losses themselves.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ablate,
  ablateCumulative,
  ablatePairs,
  createPlan,
  denseNetwork,
  engineInfo,
  initialize,
  loadDataset,
  loadModel,
  propagate,
  saveModel,
  scores,
  selectNodes,
  shrinkNetwork,
} from '../../dist/index.js';

/** Plain data without times; numbers as JSON writes them, which tells every double apart. */
const withoutTimes = (key, value) => (key === 'seconds' ? undefined : ArrayBuffer.isView(value) ? [...value] : value);
const hash = (value) => {
  const bytes = value instanceof Uint8Array ? value : JSON.stringify(value, withoutTimes);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
};

const network = await loadModel(fileURLToPath(new URL('../../examples/digits.onnx', import.meta.url)));
const digits = await loadDataset('digits', { limit: 300 });
const few = { ...digits, x: digits.x.slice(0, 64 * 130), y: digits.y.slice(0, 130) };

async function written(pruned) {
  const path = join(tmpdir(), `secateur-golden-${process.pid}.onnx`);
  await saveModel(pruned, path);
  const bytes = readFileSync(path);
  rmSync(path);
  return bytes;
}

/** The same for every instruction set: what is generated, read, drawn, planned and written, and the reference engine. */
async function everywhere() {
  const engine = 'reference';
  const drawn = initialize(denseNetwork([4], [5, 3], 3), { seed: 7 });
  const { keep, layers } = await scores(network, null, { criterion: 'l1' }).collect();
  const ranked = layers.flatMap(({ layer, scores: of }) => of.map((score, node) => ({ layer, node, score })));
  const plan = createPlan(network, selectNodes(network, ranked, { amount: 0.5, keep }));
  return {
    'initial weights': hash(await written(drawn)),
    'moon, circle, mult': hash(
      await Promise.all(['moon', 'circle', 'mult'].map((name) => loadDataset(name, { seed: 3 }))),
    ),
    'plan by l1': hash(plan),
    'shrunk model': hash(await written(shrinkNetwork(network, plan).network)),
    'ablation by the reference engine': hash(await ablate(network, few, { engine, nodes: [0, 5] }).collect()),
    'relevance by the reference engine': hash(await propagate(network, few, { engine }).collect()),
  };
}

async function native() {
  const engine = 'native';
  const table = await ablate(network, digits, { engine }).collect();
  const [layer] = table.layers;
  const order = layer.nodes.map(({ node }) => ({ layer: layer.layer, node }));
  return {
    hashes: {
      ablation: hash(table),
      pairs: hash(await ablatePairs(network, digits, { engine, layer: layer.layer, nodes: [0, 1, 2, 3] }).collect()),
      removals: hash(await ablateCumulative(network, digits, order, { engine }).collect()),
      relevance: hash(await propagate(network, digits, { engine }).collect()),
      taylor: hash(await scores(network, digits, { engine, criterion: 'taylor' }).collect()),
    },
    losses: table.layers.flatMap(({ nodes }) => nodes.map(({ loss }) => loss)),
  };
}

const { addon } = engineInfo();
const here = process.argv[2] === 'native' ? { set: addon.instructionSet, ...(await native()) } : await everywhere();
console.log(JSON.stringify(here));
