import {
  type EpochEvent,
  type EvaluationResult,
  formatCsv,
  formatDuration,
  formatNumber,
  formatPercent,
  type TrainingDoneEvent,
  type TrainingEvent,
  type TrainingResult,
} from '../index.js';
import type { Context } from './context.js';
import { evaluationText } from './evaluationText.js';
import type { Presenter } from './output.js';

/** The network on the test split, once it is trained. */
type EvaluationEvent = { readonly type: 'evaluation' } & EvaluationResult;

/** What `train` tells: the run's own events, then the evaluation; at last `done`, with where the model went. */
export type ShownEvent =
  | Exclude<TrainingEvent, TrainingDoneEvent>
  | EvaluationEvent
  | (TrainingDoneEvent & { readonly model: string | null });

/** A finished training as one document. */
export interface TrainingReport extends Omit<TrainingResult, 'network'> {
  readonly schemaVersion: 1;
  /** On the test split; null for data without one. */
  readonly evaluation: EvaluationResult | null;
  readonly seconds: number;
  /** Where the model was saved. */
  readonly model: string | null;
}

const headers = ['epoch', 'loss', 'accuracy', 'valLoss', 'valAccuracy', 'seconds'] as const;

/** A run for people: a line an epoch, then the test figures. */
export function trainingText(title: string): Presenter<ShownEvent, TrainingReport> {
  return {
    event: (event) => {
      if (event.type === 'start') {
        const { parameters, samples, lossName, optimizer, backend } = event;
        const facts = `${parameters} parameters, ${samples} samples, ${lossName}, ${optimizer}, backend ${backend}`;
        return `Training on ${title}\n${facts}\n\n${line(headers)}`;
      }
      return event.type === 'epoch' ? line(epochCells(event)) : '';
    },
    result: ({ evaluation, bestEpoch, seconds, model }) => {
      const best = bestEpoch === null ? '' : `\nthe network of epoch ${bestEpoch}, the best one`;
      const test = evaluation === null ? '' : `\ntest split, ${evaluationText(evaluation)}`;
      const kept = model === null ? '' : `; the model is in ${model}`;
      return `${best}${test}\ntrained in ${formatDuration(seconds)}${kept}\n`;
    },
  };
}

/** Lines are printed one by one, so that the widest cell cannot be asked. */
const columnWidth = 13;

const line = (cells: readonly string[]): string => `${cells.map((cell) => cell.padStart(columnWidth)).join('')}\n`;

const epochCells = ({ epoch, loss, accuracy, valLoss, valAccuracy, seconds }: EpochEvent): string[] => [
  String(epoch),
  formatNumber(loss),
  formatPercent(accuracy),
  formatNumber(valLoss),
  formatPercent(valAccuracy),
  formatDuration(seconds),
];

export const trainingCsv = ({ history }: TrainingReport): string =>
  formatCsv(
    headers,
    history.map((event) => headers.map((header) => event[header])),
  );

/** Shows on the terminal where a training is, and says which backend was passed over. */
export function narrateTraining({ progress, note }: Context): (event: TrainingEvent) => void {
  return (event) => {
    if (event.type === 'start' && event.notice) note(`notice: ${event.notice}`);
    if (event.type === 'progress') {
      const { done, of, epoch, loss, eta } = event;
      const left = `loss ${formatNumber(loss)}, ${formatDuration(eta)} left`;
      progress.show({ label: `epoch ${epoch}`, done, of, note: left });
    }
  };
}
