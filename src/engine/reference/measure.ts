import { type Loss, losses } from '../../metrics/index.js';
import type { LossHead, LossName, Targets } from '../../network/index.js';
import type { Ablated, LabelledSamples, Measured } from '../engine.js';
import type { Outputs } from './pass.js';

/** What one sample adds to the sums. */
export type MeasureSample = (outputs: Outputs, sample: number) => Measured;

const lossByName: Readonly<Record<LossName, Loss>> = losses;

/** The target of one sample: a row of numbers, or of one class. */
export function targetAt({ loss, width }: LossHead, { targets }: LabelledSamples, sample: number): Targets {
  const numbers = lossByName[loss].byClass ? 1 : width;
  return targets.subarray(sample * numbers, (sample + 1) * numbers);
}

/** Loss and right answers of single samples at a head. */
export function measureAt(head: LossHead, samples: LabelledSamples): MeasureSample {
  const { measure, correct } = lossByName[head.loss];
  return (outputs, sample) => {
    const scores = outputs[head.scores]!;
    const target = targetAt(head, samples, sample);
    return { lossSum: measure(scores, target), correct: correct(scores, target) };
  };
}

/** How many predictions of one sample differ from those of the intact network. */
export function flipsAt({ loss, scores }: LossHead): (outputs: Outputs, intact: Outputs) => number {
  const { flips } = lossByName[loss];
  return (outputs, intact) => flips(outputs[scores]!, intact[scores]!);
}

/** Whether a head tells classes apart, and how many. */
export const classesOf = ({ loss, width }: LossHead): number => (lossByName[loss].byClass ? width : 0);

/** A sum that grows in the fixed order of samples in blocks. */
export interface Sum {
  lossSum: number;
  correct: number;
}

export const emptySum = (): Sum => ({ lossSum: 0, correct: 0 });

export function addTo(sum: Sum, { lossSum, correct }: Measured): void {
  sum.lossSum += lossSum;
  sum.correct += correct;
}

/** The same without some nodes. */
export interface AblatedSum extends Sum {
  flips: number;
}

export const emptyAblatedSum = (): AblatedSum => ({ ...emptySum(), flips: 0 });

export function addAblatedTo(sum: AblatedSum, ablated: Ablated): void {
  addTo(sum, ablated);
  sum.flips += ablated.flips;
}
