import { sampleBlock } from '../../engine/index.js';
import { createRandom, type Random, shuffle } from '../../util/random.js';

/** Samples that are measured together; `stratum` 0 is the hardest. */
export interface Block {
  readonly stratum: number;
  readonly samples: Uint32Array;
}

/** Which samples are measured when. Together the looks hold every sample once. */
export interface Draws {
  /** Blocks in each stratum. */
  readonly population: readonly number[];
  readonly looks: readonly (readonly Block[])[];
}

export const samplesIn = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, { samples }) => sum + samples.length, 0);

/** Shares of the sampled strata, the harder first; what they leave is stratum 0, which the first look takes whole. */
const shares = [0.05, 0.1, 0.2, 0.6];
/** Blocks that the first look draws from each of them; every further one doubles what was drawn. */
const firstDraws = 4;
/** The spread of a stratum is compared with that of the harder one, which needs two blocks for it. */
const leastBlocks = 2;

/**
 * Ranks samples by their intact losses into strata and draws blocks from each without replacement.
 *
 * Too few samples for blocks of every stratum make one look that holds them all.
 */
export function drawBlocks(losses: Float64Array, seed: number): Draws {
  const random = createRandom(seed);
  const byLoss = Uint32Array.from(losses.keys()).sort((a, b) => losses[b]! - losses[a]! || a - b);
  let from = 0;
  const strata = stratumSizes(losses.length).map((size, stratum) => {
    const members = byLoss.subarray(from, from + size);
    from += size;
    return blocksOf(members, stratum, random);
  });
  return { population: strata.map((blocks) => blocks.length), looks: looksOver(strata) };
}

/** Whole blocks for each stratum but the hardest. */
function stratumSizes(count: number): number[] {
  const sizes = shares.map((share) => Math.floor((share * count) / sampleBlock) * sampleBlock);
  const [, , second = 0] = sizes;
  if (second < leastBlocks * sampleBlock) return [count];
  return [count - sizes.reduce((sum, size) => sum + size, 0), ...sizes];
}

function blocksOf(members: Uint32Array, stratum: number, random: Random): Block[] {
  shuffle(members, random);
  return Array.from({ length: Math.ceil(members.length / sampleBlock) }, (_, i) => ({
    stratum,
    samples: members.subarray(i * sampleBlock, (i + 1) * sampleBlock),
  }));
}

/** Stratum 0 stands last in its look: only its last block may be short, and engines take short blocks last. */
function looksOver([hardest = [], ...sampled]: readonly Block[][]): Block[][] {
  const looks: Block[][] = [];
  const most = Math.max(0, ...sampled.map((blocks) => blocks.length));
  for (let [from, to] = [0, firstDraws]; from === 0 || from < most; [from, to] = [to, 2 * to]) {
    looks.push(sampled.flatMap((blocks) => blocks.slice(from, to)));
  }
  looks[0]!.push(...hardest);
  return looks;
}
