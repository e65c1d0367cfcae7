import type { CutPoint, LabelledData, Network } from '../../index.js';
import type { Context } from '../context.js';
import { type EngineFlags, runOptions } from './engine.js';
import { type LossFlags, lossOptions } from './loss.js';
import type { OutputFlags } from './output.js';

/** The flags of `ablate` that count where sets of nodes are cut. */
export interface SetsFlags extends LossFlags, EngineFlags, OutputFlags {
  readonly layers?: string[];
  readonly cut: CutPoint;
  readonly journal?: string;
  readonly out?: string;
}

/** What is measured, and what it is called. */
export interface Subject {
  readonly network: Network;
  readonly data: LabelledData;
  readonly title: string;
}

export const measureOptions = (context: Context, flags: SetsFlags) => ({
  ...runOptions(flags, context),
  ...lossOptions(flags),
  cut: flags.cut,
  ...(flags.journal !== undefined && { journal: flags.journal }),
});
