import { sampleBlock } from '../engine.js';

/** A run of samples, `to` left out. */
export interface Block {
  readonly from: number;
  readonly to: number;
}

/** The fixed blocks of samples whose sums are merged in order. */
export function blocksOf(count: number): Block[] {
  return Array.from({ length: Math.ceil(count / sampleBlock) }, (_, i) => ({
    from: i * sampleBlock,
    to: Math.min((i + 1) * sampleBlock, count),
  }));
}
