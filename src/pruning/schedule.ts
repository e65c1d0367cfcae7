import { expectArguments } from '../util/arguments.js';
import { expectOneOf, expectPositiveInteger, invalid, isFiniteNumber } from '../util/expect.js';

/** How the amount grows from step to step of an iterative pruning, as a function of the share of the way, 0 to 1. */
const schedules = {
  /** Everything at once, at the first step. */
  oneshot: () => 1,
  linear: (way: number) => way,
  /** Fast first, slow at the end: Zhu & Gupta, "To prune, or not to prune", 2017, equation 1. */
  cubic: (way: number) => 1 - (1 - way) ** 3,
  /** The same share of what is left goes at every step. */
  exponential: null,
} as const;

/** How shares grow from step to step. */
export type ScheduleName = keyof typeof schedules;

/** All schedules. */
export const scheduleNames = Object.keys(schedules) as ScheduleName[];

/** From which share to which, in how many steps. */
export interface ScheduleOptions {
  readonly schedule: ScheduleName;
  /** Steps after the start, at least 1. */
  readonly steps: number;
  /** Share that is gone before the first step. Default 0. */
  readonly from?: number;
  /** Share that is gone after the last step. */
  readonly to: number;
}

/**
 * The share that is to be gone after each step, `steps` numbers, the last one `to`.
 *
 * @throws SecateurError ERR_ARGUMENT for shares that are not from 0 to below 1, or steps that are none.
 */
export function amountsOf(options: ScheduleOptions): number[] {
  expectArguments({ settings: options });
  const { schedule, steps, from = 0, to } = options;
  expectOneOf('schedule', schedule, scheduleNames);
  expectPositiveInteger('steps', steps);
  expectShare('from', from);
  expectShare('to', to);
  return Array.from({ length: steps }, (_, i) => amountAt(schedule, from, to, (i + 1) / steps));
}

function expectShare(name: string, value: number): void {
  if (!isFiniteNumber(value) || value < 0 || value >= 1) throw invalid(name, 'a share from 0 to below 1', value);
}

/** The share that is to be gone at a point of the way, 0 to 1. */
export function amountAt(schedule: ScheduleName, from: number, to: number, way: number): number {
  const shape = schedules[expectOneOf('schedule', schedule, scheduleNames)];
  if (shape === null) return 1 - (1 - from) * ((1 - to) / (1 - from)) ** way;
  return from + (to - from) * shape(way);
}
