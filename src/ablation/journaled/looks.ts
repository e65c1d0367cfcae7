import { sampleBlock } from '../../engine/index.js';
import { type Journal, packDoubles, unpackDoubles } from '../../run/index.js';
import { SecateurError } from '../../util/errors.js';
import { isPositiveInteger } from '../../util/expect.js';
import type { Block } from '../adaptive/draws.js';
import { type Heard, type LookTask, measureLook } from '../adaptive/measure.js';
import { createPace, type Pace } from './pace.js';

/** What was found on some blocks of a look, for each of its nodes; `changes` block after block of a node. */
interface Part {
  readonly blocks: number;
  readonly changes: Float64Array;
  readonly correct: Float64Array;
  readonly flips: Float64Array;
}

/** Measures look after look of a run, as `measureLook` does, and keeps the changes. */
export function createLooks(journal: Journal): typeof measureLook {
  const pace = createPace();
  let looks = 0;
  return (task, look) => measureKept(task, look, { journal, pace, name: `look ${looks++}` });
}

interface Keeping {
  readonly journal: Journal;
  readonly pace: Pace;
  readonly name: string;
}

async function* measureKept(
  task: LookTask,
  look: readonly Block[],
  { journal, pace, name }: Keeping,
): AsyncGenerator<Heard, void> {
  const nodes = task.sweeps.flatMap(({ numbers }) => numbers);
  const sums = nodes.map((node) => ({ node, correct: 0, flips: 0 }));
  for (let from = 0; from < look.length; ) {
    const key = `${name} from ${from}`;
    let part = keptPart(journal.get(key), nodes.length, look.length - from);
    if (part === null) {
      const atOnce = Math.ceil(pace.samples() / sampleBlock);
      const started = performance.now();
      part = yield* measurePart({ ...task, nodes }, look, from, Math.min(look.length, from + atOnce));
      pace.took((performance.now() - started) / 1000);
      await journal.put(key, packPart(part));
    }
    for (const [i, sum] of sums.entries()) {
      for (let b = 0; b < part.blocks; b++) task.record(sum.node, from + b, part.changes[i * part.blocks + b]!);
      sum.correct += part.correct[i]!;
      sum.flips += part.flips[i]!;
    }
    from += part.blocks;
  }
  for (const sum of sums) yield { type: 'found', ...sum };
}

async function* measurePart(
  { nodes, ...task }: LookTask & { readonly nodes: readonly number[] },
  look: readonly Block[],
  from: number,
  to: number,
): AsyncGenerator<Heard, Part> {
  const blocks = to - from;
  const place = new Map(nodes.map((node, i) => [node, i]));
  const part = emptyPart(nodes.length, blocks);
  const record: LookTask['record'] = (node, block, change) => {
    part.changes[place.get(node)! * blocks + block] = change;
  };
  for await (const heard of measureLook({ ...task, record }, look.slice(from, to))) {
    if (heard.type === 'progress') yield { type: 'progress', share: (from + heard.share * blocks) / look.length };
    else {
      part.correct[place.get(heard.node)!] = heard.correct;
      part.flips[place.get(heard.node)!] = heard.flips;
    }
  }
  return part;
}

const emptyPart = (nodes: number, blocks: number): Part => ({
  blocks,
  changes: new Float64Array(nodes * blocks),
  correct: new Float64Array(nodes),
  flips: new Float64Array(nodes),
});

const packPart = ({ blocks, changes, correct, flips }: Part) => ({
  blocks,
  changes: packDoubles(changes),
  correct: packDoubles(correct),
  flips: packDoubles(flips),
});

function keptPart(kept: unknown, nodes: number, most: number): Part | null {
  if (kept === undefined) return null;
  const { blocks, changes, correct, flips } = { ...(kept as object) } as Record<string, unknown>;
  if (!isPositiveInteger(blocks) || blocks > most)
    throw new SecateurError('ERR_DATA', `a record of the journal is about ${String(blocks)} blocks of ${most}`);
  const [sums, each] = [nodes, nodes * blocks];
  return {
    blocks,
    changes: unpackDoubles(changes, each),
    correct: unpackDoubles(correct, sums),
    flips: unpackDoubles(flips, sums),
  };
}
