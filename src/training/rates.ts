import { expectOneOf, invalid, isFiniteNumber } from '../util/expect.js';

/** Numbers that a schedule goes by. */
interface Pace {
  /** Epochs behind the step since the warm-up, with their fraction. */
  readonly epochs: number;
  /** Which part of the way behind the warm-up that is, from 0 to below 1. */
  readonly way: number;
  readonly factor: number;
  readonly every: number;
}

/** What the learning rate is multiplied by on the way, each with its default factor. */
const schedules = {
  constant: { factor: 1, of: () => 1 },
  /** Down to a part after every so many whole epochs. */
  step: { factor: 0.1, of: ({ epochs, factor, every }: Pace) => factor ** Math.floor(epochs / every) },
  /** Half a cosine from 1 to 0: Loshchilov & Hutter, "SGDR", 2017, equation 5 without restarts. */
  cosine: { factor: 1, of: ({ way }: Pace) => (1 + Math.cos(Math.PI * way)) / 2 },
  /** The same part every epoch, a little at each step. */
  exponential: { factor: 0.9, of: ({ epochs, factor }: Pace) => factor ** epochs },
} as const;

/** How a learning rate changes. */
export type RateScheduleName = keyof typeof schedules;

/** All schedules of learning rates. */
export const rateScheduleNames = Object.keys(schedules) as RateScheduleName[];

/** How the learning rate changes from step to step. */
export interface RateSchedule {
  /** Default `constant`. */
  readonly schedule?: RateScheduleName;
  /** Of `step` (default 0.1) and `exponential` (0.9): what the rate is multiplied by, above 0 and at most 1. */
  readonly factor?: number;
  /** Of `step`: after so many epochs. Default 1. */
  readonly every?: number;
  /** Epochs (also parts) at the start in which the rate rises linearly, after Goyal et al. 2017. Default 0. */
  readonly warmUp?: number;
}

/** @throws SecateurError ERR_ARGUMENT for settings that make no sense. */
export function checkRateSchedule(given: RateSchedule, epochs: number): Required<RateSchedule> {
  const schedule = expectOneOf('rates.schedule', given.schedule ?? 'constant', rateScheduleNames);
  const { factor = schedules[schedule].factor, every = 1, warmUp = 0 } = given;
  if (!isFiniteNumber(factor) || factor <= 0 || factor > 1) {
    throw invalid('rates.factor', 'a number above 0 and at most 1', factor);
  }
  if (!isFiniteNumber(every) || every <= 0) throw invalid('rates.every', 'a number of epochs above 0', every);
  if (!isFiniteNumber(warmUp) || warmUp < 0 || warmUp > epochs) {
    throw invalid('rates.warmUp', `a number of epochs from 0 to ${epochs}`, warmUp);
  }
  return { schedule, factor, every, warmUp };
}

/**
 * What the learning rate is multiplied by at a step.
 *
 * @param step counts from 0 over all epochs, which have `steps` each.
 */
export function rateAt(
  { schedule, factor, every, warmUp }: Required<RateSchedule>,
  { step, steps, epochs }: { readonly step: number; readonly steps: number; readonly epochs: number },
): number {
  const rising = warmUp * steps;
  if (step < rising) return Math.min(1, (step + 1) / rising);
  const behind = (step - rising) / steps;
  return schedules[schedule].of({ epochs: behind, way: behind / (epochs - warmUp), factor, every });
}
