import { afterAll, describe, expect, inject, test } from 'vitest';
import type { CompiledNetwork, EngineEvent, Measured, Sweep } from '../../src/engine/engine.js';
import { hiddenLayers, layerKinds, type Network, nodeCount, nodeOutput } from '../../src/network/index.js';
import { createRandom, type Random } from '../../src/util/random.js';
import { chance } from '../support/draft.js';
import { type Judge, judges } from '../support/engines.js';
import { closeCalls, type NaiveResult, naiveFlips, naiveMeasure, naivePass } from '../support/naive.js';
import { pieces } from '../support/pieces.js';
import { type RandomData, randomData, randomNetwork } from '../support/randomNetwork.js';
import { collectSets, cutsOf, drawSets } from '../support/sets.js';
import { expectClose, slack, tolerances } from '../support/tolerance.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** How many networks each layer kind is tried in; the nightly run tries more. */
    networksPerKind: number;
  }
}

/** Networks a kind, each with its own loss, shapes and settings. */
const perKind = inject('networksPerKind');
/** More than a block of samples, and no whole number of them. */
const count = 70;

let close = 0;
afterAll(() => {
  process.stdout.write(`right answers that hung on less than the error bound: ${close}\n`);
});

test('every layer kind has a row in the generator', () => {
  expect(Object.keys(pieces).sort()).toEqual([...layerKinds].sort());
});

const cases = layerKinds.flatMap((kind, row) =>
  Array.from({ length: perKind }, (_, i) => [kind, perKind * row + i] as const),
);

describe.each(cases)('%s, seed %i', (kind, seed) => {
  const network = randomNetwork(seed, { include: [kind], extra: 1 });
  const data = randomData(network, seed, { count });
  const intact = naiveMeasure(network, data);

  test('the network holds the kind between two layers with nodes', () => {
    const kinds = network.layers.map((layer) => layer.kind);
    expect(kinds).toContain(kind);
    expect(network.layers.filter((layer) => nodeCount(layer) > 0).length).toBeGreaterThanOrEqual(2);
  });

  describe.each(judges)('$engine.name', (judge) => {
    test('forward(samples) gives the outputs of plain passes', async () => {
      using compiled = judge.engine.compile(network);
      const expected = range(count).flatMap((sample) => [...outputOf(network, data, sample)]);
      expectClose(await compiled.forward(data), expected, judge.outputs(network, intact.scale), 'output');
    });

    test('evaluate(samples) gives the sums of plain passes', async () => {
      using compiled = judge.engine.compile(network);
      const evaluation = await compiled.evaluate(data, data.head);
      compare(judge, network, data, evaluation, intact, 'intact');
      const byClass = evaluation.perClass.reduce((sum, own) => sum + own.lossSum, 0);
      if (evaluation.perClass.length > 0) expectClose([byClass], [evaluation.lossSum], tolerances.double);
    });

    test('activationSums(samples) gives the sums of plain passes', async () => {
      using compiled = judge.engine.compile(network);
      const sites = hiddenLayers(network).map((layer) => nodeOutput(network, layer).id);
      const found = await compiled.activationSums(data, sites);
      expect(found.length).toBe(sites.length);
      for (const [i, site] of sites.entries()) {
        const channels = network.layers[site]?.outputShape.at(-1) as number;
        const sums = new Float64Array(channels);
        let positions = 0;
        for (let sample = 0; sample < count; sample++) {
          const output = naivePass(network, data, sample)[site] as Float64Array;
          output.forEach((value, at) => {
            sums[at % channels] = (sums[at % channels] as number) + value;
          });
          positions += output.length / channels;
        }
        const expected = sums.map((sum) => sum / positions);
        const means = found[i]?.sum.map((sum) => sum / (found[i]?.count ?? 0)) ?? [];
        expectClose(means, expected, judge.means(network, intact.scale), `means of layer ${site}`);
      }
    });

    test('ablate(job) gives for every node the sums of plain passes', async () => {
      using compiled = judge.engine.compile(network);
      const sweeps = drawSweeps(network, createRandom(seed));
      const { baseline, nodes, classes } = await run(compiled, data, sweeps);
      compare(judge, network, data, baseline, intact, 'baseline');
      compareByClass(judge, network, data, classes.shift() ?? [], intact, 'baseline');
      for (const { sweep, index, flips, ...measured } of nodes) {
        const { site, nodes: numbers, values } = sweeps[sweep] as Sweep;
        const cut = { site, node: numbers[index] as number, value: values[index] as number };
        const expected = naiveMeasure(network, data, cut);
        const where = `node ${cut.node} of layer ${site} at ${cut.value}`;
        compare(judge, network, data, measured, expected, where);
        compareClasses(baseline.lossSum - measured.lossSum, intact.lossSum - expected.lossSum, where);
        compareFlips(judge, network, data, flips, { intact, ablated: expected }, where);
        compareByClass(judge, network, data, classes.shift() ?? [], expected, where);
      }
    });

    test('ablateSets(job) gives for every set the sums of plain passes', async () => {
      using compiled = judge.engine.compile(network);
      const job = { samples: data, head: data.head, ...drawSets(network, createRandom(seed)) };
      const { baseline, sets } = await collectSets(compiled, job);
      compare(judge, network, data, baseline, intact, 'baseline');
      for (const [set, measured] of sets.entries()) {
        const expected = naiveMeasure(network, data, ...cutsOf(job, set));
        compare(judge, network, data, measured, expected, `set ${set}`);
        compareFlips(judge, network, data, measured.flips, { intact, ablated: expected }, `set ${set}`);
      }
    });
  });
});

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

const outputOf = (network: Network, data: RandomData, sample: number): Float64Array =>
  naivePass(network, data, sample)[network.output] as Float64Array;

/** Nodes of every hidden layer, cut in front of or behind what dresses them: the first, the last and some between. */
function drawSweeps(network: Network, random: Random): Sweep[] {
  return hiddenLayers(network).map((layer) => {
    const behind = chance(random, 0.5);
    const last = nodeCount(layer) - 1;
    const nodes = Uint32Array.from(new Set([0, random.integer(last), random.integer(last), last]));
    const site = behind ? nodeOutput(network, layer).id : layer.id;
    return { site, nodes, values: Float32Array.from(nodes, () => (behind ? random.normal() : 0)) };
  });
}

type NodeSums = Extract<EngineEvent, { type: 'node' }>;
type ClassSums = Extract<EngineEvent, { type: 'class' }>;

async function run(compiled: CompiledNetwork, data: RandomData, sweeps: readonly Sweep[]) {
  const events: EngineEvent[] = [];
  const classes: ClassSums[][] = [[]];
  const perClass = data.head.loss === 'crossentropy';
  for await (const event of compiled.ablate({ samples: data, head: data.head, sweeps, partial: false, perClass })) {
    if (event.type === 'class') classes.at(-1)?.push(event);
    else events.push(event);
    if (event.type === 'baseline' || event.type === 'node') classes.push([]);
  }
  const [baseline] = events;
  if (baseline?.type !== 'baseline') throw new Error(`the first event is ${baseline?.type}, not the baseline`);
  const nodes = events.filter((event): event is NodeSums => event.type === 'node');
  const order = nodes.map(({ sweep, index }) => [sweep, index]);
  expect(order).toEqual(sweeps.flatMap((sweep, i) => [...sweep.nodes.keys()].map((index) => [i, index])));
  return { baseline, nodes, classes };
}

function compare(
  judge: Judge,
  network: Network,
  data: RandomData,
  actual: Measured,
  expected: NaiveResult,
  where: string,
) {
  expectClose([actual.lossSum / count], [expected.lossSum / count], judge.loss, `${where}: mean loss`);
  const calls = closeCalls(data, expected, judge.scoreBound(network, expected.scale));
  close += calls;
  expect(Math.abs(actual.correct - expected.correct), `${where}: right answers`).toBeLessThanOrEqual(calls);
}

/** A flip hangs on the close calls of either side. */
function compareFlips(
  judge: Judge,
  network: Network,
  data: RandomData,
  flips: number,
  { intact, ablated }: { readonly intact: NaiveResult; readonly ablated: NaiveResult },
  where: string,
): void {
  const calls = [intact, ablated].map((result) => closeCalls(data, result, judge.scoreBound(network, result.scale)));
  const expected = naiveFlips(data, intact, ablated);
  const slack = calls.reduce((a, b) => a + b, 0);
  expect(Math.abs(flips - expected), `${where}: flips`).toBeLessThanOrEqual(slack);
}

function compareByClass(
  judge: Judge,
  network: Network,
  data: RandomData,
  classes: readonly ClassSums[],
  expected: NaiveResult,
  where: string,
): void {
  expect(classes.map((own) => own.class)).toEqual([...expected.byClass.keys()]);
  const calls = closeCalls(data, expected, judge.scoreBound(network, expected.scale));
  for (const [label, { samples, lossSum, correct }] of expected.byClass.entries()) {
    const own = classes[label] as ClassSums;
    expect(own.samples, `${where}: samples of class ${label}`).toBe(samples);
    expectClose([own.lossSum / count], [lossSum / count], judge.loss, `${where}: loss of class ${label}`);
    expect(Math.abs(own.correct - correct), `${where}: class ${label}`).toBeLessThanOrEqual(calls);
  }
}

const zeroEdge = 1e-5;
const classOf = (change: number): string =>
  Math.abs(change) <= zeroEdge ? 'zero' : change > 0 ? 'worse' : 'important';

/** Classes by the mean change of a sample; open within the promised distance of an edge. */
function compareClasses(actualSum: number, expectedSum: number, where: string): void {
  const [actual, expected] = [actualSum / count, expectedSum / count];
  if (Math.abs(Math.abs(expected) - zeroEdge) <= slack(tolerances.classEdge, expected)) return;
  expect(classOf(actual), `${where}: change ${actual} instead of ${expected}`).toBe(classOf(expected));
}
