import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CriterionName, denseNetwork, loadDataset, type Network, prune, type SweepPoint, sweep } from 'secateur';
import { count } from './options.js';
import { openForward } from './peers/onnxruntime.js';
import { trainedOnce } from './trained.js';

/** How long does the published comparison of weights and units take: 10 sparsities of 5 layers by 2 methods? */

const amounts = [0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99];
const methods = [
  { method: 'weights', criterion: 'magnitude', weights: true },
  { method: 'units', criterion: 'l2', weights: false },
] as const satisfies readonly { method: string; criterion: CriterionName; weights: boolean }[];

/** The points that the peer measures too. */
const checked: readonly number[] = [0, 0.5, 0.9, 0.99];

/** As for the ablation: two float32 engines, a mean over many samples. */
const lossTolerance = 1e-5;

interface Row {
  readonly method: string;
  readonly samples: number;
  readonly points: number;
  /** From the call to the last point: scores, plans, shrinking, packing and every pass. */
  readonly seconds: number;
  /** Against onnxruntime on the same pruned networks. */
  readonly maxLossDifference: number | null;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      samples: { type: 'string', default: '10000' },
      limit: { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
    },
  });
  const given = existsSync(join(process.env.SECATEUR_DATA ?? '', 'mnist'));
  if (!given) console.error('SECATEUR_DATA has no mnist, taking the embedded digits');
  const dataset = given ? 'mnist' : 'digits';
  const data = await loadDataset(dataset, { split: 'test', limit: count('samples', values.samples) });
  const spec = denseNetwork(data.shape, [1000, 1000, 500, 200], data.classes ?? 10);
  const network = await trainedOnce('sweep', spec, dataset);
  const rows: Row[] = [];
  for (const { method, criterion, weights } of methods) {
    const { points, seconds } = await sweep(network, data, { criteria: [criterion], amounts, weights }).collect();
    const differences = await Promise.all(
      points.filter(({ amount }) => checked.includes(amount)).map((point) => difference(network, data, weights, point)),
    );
    const maxLossDifference = differences.includes(null) ? null : Math.max(...differences.map((d) => d ?? 0));
    rows.push({ method, samples: data.count, points: points.length, seconds, maxLossDifference });
  }
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else console.table(rows);
  judge(rows, Number(values.limit));
}

type Data = Awaited<ReturnType<typeof loadDataset>>;

/** How far the loss is from what onnxruntime measures on the network that `prune` makes; null where it is not there. */
async function difference(network: Network, data: Data, weights: boolean, point: SweepPoint): Promise<number | null> {
  const { criterion, amount } = point;
  const pruned = amount === 0 ? { network } : await prune(network, null, { criterion, amount, weights });
  await using peer = await openForward(pruned.network, data);
  if (peer === null) return null;
  const { loss } = await peer.run();
  return Math.abs(loss - point.loss);
}

function judge(rows: readonly Row[], limit: number): void {
  const wrong = rows.find(({ maxLossDifference: d }) => d !== null && !(d <= lossTolerance));
  if (wrong) throw new Error(`${wrong.method}: losses differ by ${wrong.maxLossDifference}`);
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
  console.error(`${seconds.toFixed(1)} s for both methods; at most ${limit} s are promised`);
  if (!(seconds <= limit)) throw new Error(`${seconds.toFixed(1)} s are more than ${limit} s`);
}
