import { describe, expect, test } from 'vitest';
import {
  type Criterion,
  type CriterionName,
  criteria,
  criterionNames,
  scores,
  weightScores,
} from '../../src/criteria/index.js';
import { type EngineName, evaluate } from '../../src/engine/index.js';
import { referenceEngine } from '../../src/engine/reference/index.js';
import { layerKinds, type Network } from '../../src/network/index.js';
import { createRandom } from '../../src/util/random.js';
import { judges } from '../support/engines.js';
import { moved, movedNetwork } from '../support/perturbed.js';
import { type RandomData, randomData, randomNetwork } from '../support/randomNetwork.js';
import { expectClose, largest, movedBy } from '../support/tolerance.js';

const others = judges.filter(({ engine }) => engine !== referenceEngine);

/** Criteria that an engine has work with. */
const measured = criterionNames.filter((name) => criteria[name].needs.length > 0);

/** A change is a difference of two losses, and of the same size as their roundings where a node does next to nothing. */
const isDifference = (name: CriterionName) => (criteria[name] as Criterion).needs.includes('ablation');

async function intactLoss(network: Network, { x, scale, targets: y, head }: RandomData): Promise<number> {
  return (await evaluate(network, { x, y, scale }, { engine: 'reference', loss: head.loss })).loss;
}

/** All scores of a criterion in one list: of nodes, then of weights. */
async function allScores(network: Network, data: RandomData, criterion: CriterionName, engine: EngineName) {
  const { x, scale, targets: y, head } = data;
  const { nodes, weights, takes }: Criterion = criteria[criterion];
  const few = takes.includes('permutations') ? { permutations: 4 } : {};
  const options = { criterion, engine, loss: head.loss, ...few };
  const own = nodes ? (await scores(network, { x, y, scale }, options).collect()).layers : [];
  const kernels = weights ? (await weightScores(network, { x, y, scale }, options)).kernels : [];
  return [...own, ...kernels].map(({ layer, scores: values }) => ({ layer, values: Float64Array.from(values) }));
}

/** How far scores move when inputs and weights do by 8 roundings of a float: an engine in single precision may do the same. */
async function movement(network: Network, data: RandomData, criterion: CriterionName): Promise<number[]> {
  const before = await allScores(network, data, criterion, 'reference');
  const loss = isDifference(criterion) ? await intactLoss(network, data) : 0;
  const most = before.map(() => 0);
  for (let probe = 0; probe < 4; probe++) {
    const random = createRandom(0xc0de + probe);
    const shifted = {
      ...data,
      x: moved(
        Array.from(data.x, (value) => value * data.scale),
        random,
      ),
      scale: 1,
    };
    const other = movedNetwork(network, random);
    const after = await allScores(other, shifted, criterion, 'reference');
    const lossMoved = isDifference(criterion) ? Math.abs((await intactLoss(other, shifted)) - loss) : 0;
    for (const [i, { values }] of before.entries()) {
      most[i] = Math.max(most[i]!, lossMoved + largest(values.map((value, k) => value - after[i]!.values[k]!)));
    }
  }
  return most;
}

const engines: readonly EngineName[] = others.map(({ engine }) => engine.name);

const cases = layerKinds.map((kind, row) => [kind, 700 + row] as const);

describe.skipIf(engines.length === 0).each(cases)('criteria with %s, seed %i', (kind, seed) => {
  const network = randomNetwork(seed, { include: [kind], extra: 1, loss: 'crossentropy' });
  const data = randomData(network, seed, { count: 5 });

  test.each(measured)('%s is on every engine what the reference says', async (criterion) => {
    const expected = await allScores(network, data, criterion, 'reference');
    const granted = await movement(network, data, criterion);
    const size = isDifference(criterion) ? await intactLoss(network, data) : 0;
    for (const engine of engines) {
      const found = await allScores(network, data, criterion, engine);
      expect(found.map(({ layer }) => layer)).toEqual(expected.map(({ layer }) => layer));
      for (const [i, { layer, values }] of expected.entries()) {
        expectClose(
          found[i]!.values,
          values,
          movedBy(granted[i]!, size + largest(values)),
          `${criterion} of ${layer} by ${engine}`,
        );
      }
    }
  });
});
