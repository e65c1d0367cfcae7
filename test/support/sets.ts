import { expect } from 'vitest';
import type { Ablated, CompiledNetwork, CutSets, Cuts, SetsEvent, SetsJob } from '../../src/engine/engine.js';
import { hiddenLayers, type LayerId, type Network, nodeCount, nodeOutput } from '../../src/network/index.js';
import type { Random } from '../../src/util/random.js';
import { chance } from './draft.js';
import type { Cut } from './naive.js';

/** Every node of every hidden layer, each layer cut in front of or behind what dresses it. */
export function drawCuts(network: Network, random: Random): Cuts {
  const cuts = hiddenLayers(network).flatMap((layer) => {
    const behind = chance(random, 0.5);
    const site = behind ? nodeOutput(network, layer).id : layer.id;
    return Array.from({ length: nodeCount(layer) }, (_, node) => ({ site, node, value: behind ? random.normal() : 0 }));
  });
  return {
    sites: Uint32Array.from(cuts, ({ site }) => site),
    nodes: Uint32Array.from(cuts, ({ node }) => node),
    values: Float32Array.from(cuts, ({ value }) => value),
  };
}

/** Sets as rows of lists of cuts: each set but the first of a row holds the lists before its own too. */
export function setsOf(rows: readonly (readonly (readonly number[])[])[]): CutSets {
  const sets = rows.flat();
  let end = 0;
  return {
    members: Uint32Array.from(sets.flat()),
    ends: Uint32Array.from(sets, (set) => {
      end += set.length;
      return end;
    }),
    grows: Uint8Array.from(rows.flatMap((row) => row.map((_, step) => Number(step > 0)))),
  };
}

/** The first cut alone, all cuts at once, and all in a drawn order: one, two, a third and the rest of them. */
export function drawSets(network: Network, random: Random): { readonly cuts: Cuts; readonly sets: CutSets } {
  const cuts = drawCuts(network, random);
  const order = [...cuts.sites.keys()];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const third = 3 + Math.ceil(order.length / 3);
  const grown = [order.slice(0, 1), order.slice(1, 3), order.slice(3, third), order.slice(third)];
  return { cuts, sets: setsOf([[[0]], [order], grown]) };
}

/** What set `set` of a job holds. */
export function cutsOf({ cuts, sets }: Pick<SetsJob, 'cuts' | 'sets'>, set: number): Cut[] {
  const before = sets.grows[set] ? cutsOf({ cuts, sets }, set - 1) : [];
  const members = sets.members.subarray(set === 0 ? 0 : sets.ends[set - 1], sets.ends[set]);
  return [
    ...before,
    ...Array.from(members, (cut) => ({
      site: cuts.sites[cut] as LayerId,
      node: cuts.nodes[cut] as number,
      value: cuts.values[cut] as number,
    })),
  ];
}

/** The final sums of a run, which tells them in their order. */
export async function collectSets(compiled: CompiledNetwork, job: SetsJob) {
  const events: SetsEvent[] = [];
  for await (const event of compiled.ablateSets(job)) events.push(event);
  const [baseline] = events;
  if (baseline?.type !== 'baseline') throw new Error(`the first event is ${baseline?.type}, not the baseline`);
  const told = events.filter((event) => event.type === 'set');
  expect(told.map(({ set }) => set)).toEqual([...job.sets.ends.keys()]);
  const sets: readonly Ablated[] = told.map(({ lossSum, correct, flips }) => ({ lossSum, correct, flips }));
  const done = events.flatMap((event) => (event.type === 'progress' ? [event.done] : []));
  expect(done).toEqual([...done].sort((a, b) => a - b));
  return { baseline: { lossSum: baseline.lossSum, correct: baseline.correct }, sets };
}
