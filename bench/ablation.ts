import { parseArgs } from 'node:util';
import { ablate, type EngineName, engineInfo, type NodeEvent } from 'secateur';
import { loadSubject, type Subject, subjectNames } from './networks.js';
import { choose, count, median } from './options.js';
import { onnxruntime } from './peers/onnxruntime.js';
import type { Ablated, NodewisePeer, Peer, PeerSession, SweepingPeer } from './peers/peer.js';
import { prototype } from './peers/prototype.js';
import { tfjs } from './peers/tfjs.js';

/** How fast is it to know every node, against the engines that users would run instead? */

const peers: Readonly<Record<string, Peer>> = { onnxruntime, tfjs, prototype };
const engines: readonly EngineName[] = ['native', 'reference'];

interface Row {
  readonly network: string;
  readonly engine: string;
  readonly samples: number;
  readonly nodes: number;
  readonly nodesTimed: number;
  /** For all nodes: measured where all were timed, else the median of the timed ones times the number of nodes. */
  readonly seconds: number;
  readonly ratioToNative: number | null;
  readonly maxAbsLossDifference: number | null;
}

/**
 * Losses of two float32 engines: each logit is a chain of K roundings of 2^-24 on sums of order |z|, and a mean over
 * samples of a 2-Lipschitz function (in the largest logit error) of them. With K = 784 and |z| up to 32 the random walk
 * of roundings gives sqrt(784) * 2^-24 * 32 = 5e-5 for one sample at worst; means over hundreds of samples stay below
 * a fifth of it.
 */
const lossTolerance = 1e-5;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      networks: { type: 'string', default: 'A,B' },
      engines: { type: 'string', default: 'native,onnxruntime,tfjs' },
      samples: { type: 'string' },
      nodes: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '5' },
      threads: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const names = choose('network', values.networks, subjectNames);
  const chosen = choose('engine', values.engines, [...engines, ...Object.keys(peers)]);
  const settings = {
    perRound: count('nodes', values.nodes),
    rounds: count('rounds', values.rounds),
    ...(values.threads === undefined ? {} : { threads: count('threads', values.threads) }),
  };
  const rows: Row[] = [];
  for (const name of names) {
    const subject = await loadSubject(
      name,
      values.samples === undefined ? undefined : count('samples', values.samples),
    );
    rows.push(...(await measure(subject, chosen, settings)));
  }
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else print(rows);
}

interface Settings {
  /** Nodes that a peer times in each round. */
  readonly perRound: number;
  readonly rounds: number;
  readonly threads?: number;
}

/** One contestant: losses of some nodes, and the seconds they took. */
interface Contestant {
  readonly name: string;
  readonly samplesOfTime: number[];
  maxAbsLossDifference: number | null;
  nodesTimed: number;
  round(round: number): Promise<void>;
}

async function measure(subject: Subject, chosen: readonly string[], settings: Settings): Promise<Row[]> {
  const truth = await nodesOf(subject, 'native', settings);
  console.error(`${subject.name}: ${subject.source}, ${subject.data.count} samples, ${truth.length} nodes`);
  const sessions: PeerSession[] = [];
  try {
    const contestants: Contestant[] = [];
    for (const name of chosen) {
      const session = await peers[name]?.open(subject.network, subject.data);
      if (session) sessions.push(session);
      if (session && 'ablate' in session) contestants.push(nodewiseContestant(name, session, truth, settings));
      else if (session) contestants.push(sweepingContestant(name, session, truth, settings));
      else if (!(name in peers)) contestants.push(engineContestant(subject, name as EngineName, truth, settings));
    }
    await alternate(contestants, settings.rounds);
    return rowsOf(subject, contestants, truth.length);
  } finally {
    for (const session of sessions) await session[Symbol.asyncDispose]();
  }
}

/** Round by round, so that a busy moment of the machine hits all contestants; round -1 warms up and checks. */
async function alternate(contestants: readonly Contestant[], rounds: number): Promise<void> {
  for (let round = -1; round < rounds; round++) {
    for (const contestant of contestants) await contestant.round(round);
  }
}

async function nodesOf(subject: Subject, engine: EngineName, { threads }: Settings): Promise<NodeEvent[]> {
  const nodes: NodeEvent[] = [];
  for await (const event of ablate(subject.network, subject.data, { engine, ...(threads ? { threads } : {}) })) {
    if (event.type === 'node') nodes.push(event);
  }
  return nodes;
}

const lossesOf = (nodes: readonly NodeEvent[]): Float64Array => Float64Array.from(nodes, ({ loss }) => loss);

const difference = (losses: Float64Array, truth: readonly NodeEvent[]): number =>
  truth.reduce((largest, { loss }, i) => Math.max(largest, Math.abs(loss - (losses[i] ?? Number.NaN))), 0);

function engineContestant(
  subject: Subject,
  name: EngineName,
  truth: readonly NodeEvent[],
  settings: Settings,
): Contestant {
  return wholeContestant(name, truth, async () => {
    const started = performance.now();
    const losses = lossesOf(await nodesOf(subject, name, settings));
    return { losses, seconds: (performance.now() - started) / 1000 };
  });
}

const sweepingContestant = (
  name: string,
  session: SweepingPeer,
  truth: readonly NodeEvent[],
  { threads = engineInfo().threads }: Settings,
): Contestant => wholeContestant(name, truth, () => session.ablateAll(threads));

function wholeContestant(name: string, truth: readonly NodeEvent[], ablateAll: () => Promise<Ablated>): Contestant {
  const contestant: Contestant = {
    name,
    samplesOfTime: [],
    maxAbsLossDifference: null,
    nodesTimed: truth.length,
    round: async (round) => {
      if (name === 'reference' && round > 0) return;
      const { losses, seconds } = await ablateAll();
      accept(contestant, difference(losses, truth));
      if (round >= 0) contestant.samplesOfTime.push(seconds);
    },
  };
  return contestant;
}

function nodewiseContestant(
  name: string,
  session: NodewisePeer,
  truth: readonly NodeEvent[],
  settings: Settings,
): Contestant {
  const contestant: Contestant = {
    name,
    samplesOfTime: [],
    maxAbsLossDifference: null,
    nodesTimed: 0,
    round: async (round) => {
      for (let k = 0; k < (round < 0 ? 1 : settings.perRound); k++) {
        const node = truth[((round + 1) * 37 + k * 101) % truth.length] as NodeEvent;
        const { loss, seconds } = await session.ablate(node.layer, node.node);
        accept(contestant, Math.abs(loss - node.loss));
        if (round < 0) continue;
        contestant.samplesOfTime.push(seconds * truth.length);
        contestant.nodesTimed += 1;
      }
    },
  };
  return contestant;
}

/** A contestant whose losses are wrong is not timed. */
function accept(contestant: Contestant, lossDifference: number): void {
  if (!(lossDifference <= lossTolerance)) {
    throw new Error(`${contestant.name}: losses differ by ${lossDifference} from native, more than ${lossTolerance}`);
  }
  contestant.maxAbsLossDifference = Math.max(contestant.maxAbsLossDifference ?? 0, lossDifference);
}

function rowsOf({ name, data }: Subject, contestants: readonly Contestant[], nodes: number): Row[] {
  const native = contestants.find((contestant) => contestant.name === 'native');
  const base = native && median(native.samplesOfTime);
  return contestants.map((contestant) => {
    const seconds = median(contestant.samplesOfTime);
    return {
      network: name,
      engine: contestant.name,
      samples: data.count,
      nodes,
      nodesTimed: contestant.nodesTimed,
      seconds,
      ratioToNative: base === undefined ? null : seconds / base,
      maxAbsLossDifference: contestant.name === 'native' ? null : contestant.maxAbsLossDifference,
    };
  });
}

function print(rows: readonly Row[]): void {
  console.log(
    '| network | engine | samples | nodes timed | seconds, all nodes | against native | max abs loss difference |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const row of rows) {
    const ratio = row.ratioToNative === null ? '-' : `${row.ratioToNative.toFixed(1)}x`;
    const off = row.maxAbsLossDifference?.toExponential(1) ?? '-';
    const timed = `${row.nodesTimed} of ${row.nodes}`;
    console.log(
      `| ${row.network} | ${row.engine} | ${row.samples} | ${timed} | ${row.seconds.toFixed(3)} | ${ratio} | ${off} |`,
    );
  }
  for (const { name, method } of Object.values(peers)) {
    if (rows.some(({ engine }) => engine === name)) console.log(`${name}: ${method}.`);
  }
}
