import { type CompiledNetwork, type LabelledSamples, type Sweep, sampleBlock } from '../../engine/index.js';
import type { LossHead } from '../../network/index.js';
import type { Block } from './draws.js';

/** Nodes of one site, with the number that each of them has in the run. */
export interface NumberedSweep extends Sweep {
  readonly numbers: readonly number[];
}

/** The nodes whose numbers, counted through all sweeps, are in `wanted`. */
export function selectNodes(sweeps: readonly Sweep[], wanted: ReadonlySet<number>): NumberedSweep[] {
  let first = 0;
  const selected = sweeps.map(({ site, nodes, values }) => {
    const kept = [...nodes.keys()].filter((index) => wanted.has(first + index));
    const numbers = kept.map((index) => first + index);
    first += nodes.length;
    return {
      site,
      nodes: Uint32Array.from(kept, (index) => nodes[index]!),
      values: Float32Array.from(kept, (index) => values[index]!),
      numbers,
    };
  });
  return selected.filter(({ numbers }) => numbers.length > 0);
}

export interface LookTask {
  readonly compiled: CompiledNetwork;
  readonly samples: LabelledSamples;
  readonly head: LossHead;
  readonly sweeps: readonly NumberedSweep[];
  /** Bytes that the blocks measured at a time may take. */
  readonly memory: number;
  /** Takes the change of a node over a block of the look. */
  readonly record: (node: number, block: number, change: number) => void;
  readonly signal?: AbortSignal;
}

/** `share` of the work on the look is done. */
export type Heard =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'found'; readonly node: number; readonly correct: number; readonly flips: number };

/** Measures nodes on the blocks of a look, as many at a time as fit. Each node is found once all its blocks are recorded. */
export async function* measureLook(task: LookTask, look: readonly Block[]): AsyncGenerator<Heard, void> {
  const { compiled, samples, head, sweeps, record, signal } = task;
  const found = sweeps.map(({ numbers }) => numbers.map((node) => ({ node, correct: 0, flips: 0 })));
  const atOnce = blocksAtOnce(task);
  for (let from = 0; from < look.length; from += atOnce) {
    const gathered = gather(samples, look.slice(from, from + atOnce));
    const job = { samples: gathered, head, sweeps, partial: false, blocks: true, ...(signal ? { signal } : {}) };
    for await (const event of compiled.ablate(job)) {
      if (event.type === 'progress') {
        const blocks = Math.min(atOnce, look.length - from);
        yield { type: 'progress', share: (from + (blocks * event.done) / gathered.count) / look.length };
      } else if (event.type === 'block') {
        record(found[event.sweep]![event.index]!.node, from + event.block, event.changeSum);
      } else if (event.type === 'node') {
        const node = found[event.sweep]![event.index]!;
        node.correct += event.correct;
        node.flips += event.flips;
        if (from + atOnce >= look.length) yield { type: 'found', ...node };
      }
    }
  }
}

/** A block takes its samples, and in the engine a double for each node. */
function blocksAtOnce({ samples: { x, count }, sweeps, memory }: LookTask): number {
  const nodes = sweeps.reduce((sum, { numbers }) => sum + numbers.length, 0);
  const block = (x.byteLength / count) * sampleBlock + Float64Array.BYTES_PER_ELEMENT * nodes;
  return Math.max(1, Math.floor(memory / block));
}

/** Samples of blocks, one behind the other. */
function gather({ x, targets, count, scale }: LabelledSamples, blocks: readonly Block[]): LabelledSamples {
  const chosen = blocks.flatMap(({ samples }) => [...samples]);
  return { x: rowsOf(x, count, chosen), targets: rowsOf(targets, count, chosen), count: chosen.length, scale };
}

function rowsOf<T extends LabelledSamples['x'] | LabelledSamples['targets']>(
  values: T,
  count: number,
  chosen: readonly number[],
): T {
  const size = values.length / count;
  const rows = new (values.constructor as new (length: number) => T)(chosen.length * size);
  for (const [i, row] of chosen.entries()) rows.set(values.subarray(row * size, (row + 1) * size), i * size);
  return rows;
}
