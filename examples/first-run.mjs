// A first run: trains a small network on handwritten digits, knocks out each of its hidden nodes, and shows what every
// one of them was worth. Start it with `npm start`, or with `node examples/first-run.mjs` after the set-up.

import { mkdir, writeFile } from 'node:fs/promises';
import {
  ablate,
  defaultTolerances,
  denseNetwork,
  formatDuration,
  formatIndices,
  formatNumber,
  formatPercent,
  formatTable,
  initialize,
  loadDataset,
  plotNodes,
  saveModel,
  trainNetwork,
} from 'secateur';

const folder = 'out';
await mkdir(folder, { recursive: true });

// 1. Train. The digits come with the package: 8x8 pixels, ten classes.
const digits = await loadDataset('digits');
const test = await loadDataset('digits', { split: 'test' });
const untrained = initialize(denseNetwork(digits.shape, [48, 24], digits.classes), { seed: 1 });
const training = trainNetwork(untrained, digits, { epochs: 25, validation: test });
for await (const event of training) {
  if (event.type === 'start') {
    if (event.notice) console.error(`notice: ${event.notice}`);
    console.log(`Training on ${event.samples} handwritten digits (${event.backend}) ...`);
  }
  if (event.type === 'epoch' && event.epoch % 5 === 0) {
    const { epoch, loss, valAccuracy } = event;
    console.log(`  epoch ${epoch}: loss ${formatNumber(loss)}, test accuracy ${formatPercent(valAccuracy)}`);
  }
}
const { network } = await training.result();
await saveModel(network, `${folder}/digits`);

// 2. Ablate. Each node's result is exact, and final the moment it arrives.
const signs = { zero: '.', worse: '+', important: '#' };
const nodes = [];
const rows = [];
for await (const event of ablate(network, digits)) {
  if (event.type === 'baseline') {
    if (event.notice) console.error(`notice: ${event.notice}`);
    console.log(`\nKnocking out every hidden node (engine ${event.engine}):  # important   . zero   + worse\n`);
  }
  if (event.type === 'node') {
    if (event.node === 0) process.stdout.write(`  ${event.layer}  `);
    process.stdout.write(signs[event.class]);
    nodes.push(event);
  }
  if (event.type === 'layer') {
    process.stdout.write('\n');
    const { layer, zero, worse, important } = event;
    const own = nodes.filter((node) => node.layer === layer);
    const useless = own.filter((node) => node.class !== 'important').map(({ node }) => node);
    const [best] = [...own].sort((a, b) => a.change - b.change);
    rows.push([layer, important, zero, worse, `${best.node} (${formatNumber(best.change)})`, formatIndices(useless)]);
  }
  if (event.type === 'done') console.log(`\n${event.nodes} nodes in ${formatDuration(event.seconds)}\n`);
}

// 3. Report.
const headers = ['layer', 'important', 'zero', 'worse', 'most important (change)', 'not needed one by one'];
console.log(
  formatTable(
    headers.map((header) => ({ header })),
    rows,
  ),
);

const svg = await plotNodes(nodes, {
  title: 'What each node of a digits network is worth',
  subtitle: `change of the loss on ${digits.count} training samples when the node is knocked out`,
  tolerances: defaultTolerances,
  unit: 'nats',
});
await writeFile(`${folder}/nodes.svg`, svg);

console.log(`The plot is in ${folder}/nodes.svg, the network in ${folder}/digits. Next:
  npx secateur inspect ${folder}/digits
  npx secateur ablate ${folder}/digits --dataset digits --split test --ndjson
  npx secateur ablate YOUR_MODEL --data YOUR_SAMPLES.npz --plot nodes.svg`);
