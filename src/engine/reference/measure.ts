import { type Loss, losses } from '../../metrics/index.js';
import type { LossHead, LossName } from '../../network/index.js';
import type { LabelledSamples, Measured } from '../engine.js';
import type { Outputs } from './pass.js';

/** What one sample adds to the sums. */
export type MeasureSample = (outputs: Outputs, sample: number) => Measured;

const lossByName: Readonly<Record<LossName, Loss>> = losses;

/** Numbers in the target of one sample. */
function targetWidth({ loss, width }: LossHead): number {
  return lossByName[loss].byClass ? 1 : width;
}

/** Loss and right answers of single samples at a head. */
export function measureAt(head: LossHead, { targets }: LabelledSamples): MeasureSample {
  const { measure, correct } = lossByName[head.loss];
  const width = targetWidth(head);
  return (outputs, sample) => {
    const scores = outputs[head.scores]!;
    const target = targets.subarray(sample * width, (sample + 1) * width);
    return { lossSum: measure(scores, target), correct: correct(scores, target) };
  };
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
