import { formatDuration, type PointsProgressEvent, type ScoringEvent } from '../index.js';
import type { Context } from './context.js';

/** Shows on the terminal how far scoring is, and says what the reader should know about the run. */
export function narrateScoring({ progress, note }: Context, label: string): (event: ScoringEvent) => void {
  return (event) => {
    if (event.type === 'start' && event.notice) note(`notice: ${event.notice}`);
    if (event.type === 'layer' && event.dead > 0)
      note(`notice: layer "${event.layer}": ${event.dead} denominators were 0; what came to them was lost`);
    if (event.type !== 'progress') return;
    const { done, of, eta } = event;
    progress.show({ label, done, of, note: `${formatDuration(eta)} left` });
  };
}

/** The same for runs that tell points of curves. */
export function narratePoints(
  { progress, note }: Context,
  label: string,
): (event: PointsProgressEvent | { readonly type: string; readonly notice?: string | null }) => void {
  return (event) => {
    if ('notice' in event && event.notice) note(`notice: ${event.notice}`);
    if (!('eta' in event)) return;
    const { done, of, eta } = event;
    progress.show({ label, done, of, note: `${formatDuration(eta)} left` });
  };
}
