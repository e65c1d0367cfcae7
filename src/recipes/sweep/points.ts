import type { LabelledData } from '../../data/index.js';
import { type EvaluateOptions, evaluate } from '../../engine/index.js';
import { type Network, summarize } from '../../network/index.js';
import { expectArguments } from '../../util/arguments.js';
import { SecateurError } from '../../util/errors.js';
import type { IntactEvent, PointsProgressEvent } from './events.js';

/** The intact network in numbers. */
export async function measureIntact(
  network: Network,
  data: LabelledData,
  options: EvaluateOptions,
): Promise<Omit<IntactEvent, 'type' | 'schemaVersion' | 'what' | 'cut' | 'scope'>> {
  const { parameters, macs } = summarize(network);
  const { samples, loss, accuracy, lossName, engine, notice } = await evaluate(network, data, options);
  return { samples, loss, accuracy, parameters, macs, lossName, engine, notice };
}

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
  expectArguments({ events });
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
