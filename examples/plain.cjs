// The library in plain JavaScript, by `require`, with samples of your own and a network that has not learnt anything yet.

const { ablate, denseNetwork, initialize } = require('secateur');

// Three samples of four numbers each, and their classes.
const x = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1);
const y = Int32Array.of(0, 1, 1);
const network = initialize(denseNetwork([4], [6], 2), { seed: 7 });

async function main() {
  const { baseline, layers } = await ablate(network, { x, y }).collect();
  console.log(`intact loss ${baseline.loss.toFixed(4)}`);
  for (const { layer, nodes, indices } of layers) {
    for (const { node, change } of nodes) console.log(`${layer} ${node}: ${change.toFixed(4)}`);
    console.log(
      `without effect: ${indices.zero.join(', ') || 'none'}; better without: ${indices.worse.join(', ') || 'none'}`,
    );
  }
}

main();
