import { SecateurError } from '../../util/errors.js';
import type { PointsProgressEvent } from './events.js';

export const secondsSince = (started: number): number => (performance.now() - started) / 1000;

/** What is told after each point. */
export function pointsProgress(started: number, done: number, of: number): PointsProgressEvent {
  const seconds = secondsSince(started);
  return { type: 'progress', done, of, seconds, eta: (seconds * (of - done)) / done };
}

type Told<Event, Type> = Omit<Extract<Event, { readonly type: Type }>, 'type'>;

/** A run of points read to its end. */
export interface GatheredPoints<Event extends { readonly type: string }> {
  /** The first event of a type, without that. */
  first<Type extends Event['type']>(type: Type): Told<Event, Type>;
  all<Type extends Event['type']>(type: Type): Told<Event, Type>[];
  readonly seconds: number;
}

/** @throws SecateurError ERR_ARGUMENT if the events were read before. */
export async function gatherPoints<Event extends { readonly type: string }>(
  events: AsyncIterable<Event>,
): Promise<GatheredPoints<Event>> {
  const told: Event[] = [];
  for await (const event of events) if (event.type !== 'progress') told.push(event);
  const done = told.at(-1) as { readonly seconds?: number } | undefined;
  if (done?.seconds === undefined) {
    throw new SecateurError('ERR_ARGUMENT', 'the events of this run were read before');
  }
  const all = (type: string): unknown[] =>
    told.filter((event) => event.type === type).map(({ type: _type, ...rest }) => rest);
  return { first: (type) => all(type)[0] as never, all: (type) => all(type) as never[], seconds: done.seconds };
}
