import { parseArgs } from 'node:util';
import {
  ablateCumulative,
  ablateGroups,
  ablatePairs,
  evaluate,
  hiddenLayers,
  type Network,
  type NodeGroup,
  type NodeRef,
  nodeCount,
} from 'secateur';
import { loadSubject, type Subject, subjectNames } from './networks.js';
import { choose, count, median } from './options.js';
import { withoutNode } from './peers/modified.js';

/** How fast are sets of nodes, against whole forward passes of the same engine? In CPU time, all threads together. */

interface Row {
  readonly network: string;
  readonly what: string;
  readonly samples: number;
  readonly sets: number;
  readonly cpuSeconds: number;
  /** Of one whole forward pass a set: the median of those timed, times the number of sets. */
  readonly cpuSecondsOfPasses: number;
  readonly ratio: number;
  /** Of the sets that were passed whole, relative to 1 + loss. */
  readonly maxLossDifference: number;
}

/** What a way of measuring sets found: for each of some sets its nodes and its loss. */
interface Found {
  readonly sets: readonly { readonly nodes: readonly NodeRef[]; readonly loss: number }[];
}

/** Two ways through one engine round alike but for the order: see the tolerance of bench ablation, whose peers do not. */
const lossTolerance = 1e-5;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      networks: { type: 'string', default: 'A,B' },
      samples: { type: 'string', default: '10000' },
      nodes: { type: 'string', default: '128' },
      passes: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
    },
  });
  const [nodes, passes] = [count('nodes', values.nodes), count('passes', values.passes)];
  const rows: Row[] = [];
  for (const name of choose('network', values.networks, subjectNames)) {
    const subject = await loadSubject(name, count('samples', values.samples));
    for (const [what, way] of ways(subject, nodes)) rows.push(await compare(subject, what, way, passes));
  }
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else console.table(rows);
}

/**
 * Pairs of each hidden layer; groups of the nodes that have the same number in all layers; and all hidden nodes removed
 * one after the other, the layers in turn.
 */
function ways({ network, data }: Subject, most: number): [string, () => Promise<Found>][] {
  const layers = hiddenLayers(network).map((layer) => ({ name: layer.name, nodes: Math.min(most, nodeCount(layer)) }));
  const order = Array.from({ length: most }, (_, node) =>
    layers.filter(({ nodes }) => node < nodes).map(({ name }) => ({ layer: name, node })),
  ).flat();
  const pairs = layers.map(({ name: layer, nodes }): [string, () => Promise<Found>] => [
    `pairs of ${layer}`,
    async () => {
      const table = await ablatePairs(network, data, { layer, nodes: [...Array(nodes).keys()] }).collect();
      return {
        sets: table.pairs.map((pair) => ({ nodes: pair.nodes.map((node) => ({ layer, node })), loss: pair.loss })),
      };
    },
  ]);
  const groups = Array.from({ length: most }, (_, node) =>
    layers.filter(({ nodes }) => node < nodes).map(({ name: layer }) => ({ layer, nodes: [node] })),
  ).filter((group) => group.length > 0);
  const together = async (): Promise<Found> => {
    const table = await ablateGroups(network, data, groups).collect();
    return { sets: table.groups.map(({ loss }, i) => ({ nodes: refs(groups[i] ?? []), loss })) };
  };
  const cumulative = async (): Promise<Found> => {
    const { removals } = await ablateCumulative(network, data, order).collect();
    return { sets: removals.map(({ loss }, i) => ({ nodes: order.slice(0, i + 1), loss })) };
  };
  return [
    ...pairs,
    [`${groups.length} groups of up to ${layers.length}`, together],
    [`${order.length} removals in turn`, cumulative],
  ];
}

const refs = (group: NodeGroup): NodeRef[] =>
  group.flatMap(({ layer, nodes }) => nodes.map((node) => ({ layer, node })));

async function compare(
  { name, network, data }: Subject,
  what: string,
  way: () => Promise<Found>,
  passes: number,
): Promise<Row> {
  const { result, seconds } = await cpuTimed(way);
  const { sets } = result;
  const times: number[] = [];
  let worst = 0;
  for (let i = 0; i < passes; i++) {
    const { nodes, loss } = sets[Math.floor(((i + 0.5) * sets.length) / passes)] as Found['sets'][number];
    const without = nodes.reduce((left: Network, { layer, node }) => withoutNode(left, layer, node), network);
    const pass = await cpuTimed(() => evaluate(without, data));
    worst = Math.max(worst, Math.abs(pass.result.loss - loss) / (1 + loss));
    times.push(pass.seconds);
  }
  if (!(worst <= lossTolerance)) throw new Error(`${name}, ${what}: losses differ by ${worst} of 1 + loss`);
  const ofPasses = median(times) * sets.length;
  return {
    network: name,
    what,
    samples: data.y.length,
    sets: sets.length,
    cpuSeconds: seconds,
    cpuSecondsOfPasses: ofPasses,
    ratio: ofPasses / seconds,
    maxLossDifference: worst,
  };
}

async function cpuTimed<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly seconds: number }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, seconds: (user + system) / 1e6 };
}
