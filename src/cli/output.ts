import { rm } from 'node:fs/promises';
import { expectWritable, readRegularFile, writeFileAtomic } from '../index.js';
import { type Colours, createColours, wantsColour } from './colour.js';
import type { Context } from './context.js';
import { type OutputFlags, outputFormat } from './options/output.js';
import { visible } from './visible.js';

/** How results look in one format: what is written for an event, and at the end for all of them together. */
export interface Presenter<Event, Result> {
  event?(event: Event): string;
  result?(result: Result): string;
}

/** What a command has to say about its looks; `json` and `ndjson` need nothing said. */
export interface Presentation<Event, Result> {
  text(colours: Colours): Presenter<Event, Result>;
  csv(): Presenter<Event, Result>;
}

/** Where a command's data go. Only a finished output leaves a file behind. */
export interface Output<Event, Result> {
  event(event: Event): Promise<void>;
  finish(result: Result): Promise<void>;
}

/**
 * Opens stdout or the file of `--out` in the format of the flags.
 *
 * @throws SecateurError ERR_IO if the file cannot be written: before the work, not after it.
 */
export async function openOutput<Event extends object, Result>(
  context: Context,
  flags: OutputFlags & { readonly out?: string },
  presentation: Presentation<Event, Result>,
): Promise<Output<Event, Result>> {
  const { stdout, env } = context.host;
  const colours = createColours(flags.out === undefined && wantsColour(stdout, env, flags.color));
  const presenters: Record<ReturnType<typeof outputFormat>, () => Presenter<Event, Result>> = {
    text: () => presentation.text(colours),
    csv: () => presentation.csv(),
    json: () => ({ result: (result) => `${JSON.stringify(result, null, 2)}\n` }),
    ndjson: eventLines,
  };
  const presenter = presenters[outputFormat(flags)]();
  const sink = flags.out === undefined ? stdoutSink(context) : await fileSink(flags.out);
  return {
    event: async (event) => sink.write(presenter.event?.(event) ?? ''),
    finish: async (result) => {
      await sink.write(presenter.result?.(result) ?? '');
      await sink.close();
    },
  };
}

/** Sends one thing after the other, in the order in which they are handed over; `sent` waits for all of them. */
export function inOrder<T>(send: (item: T) => Promise<void>): { send(item: T): void; sent(): Promise<void> } {
  let last = Promise.resolve();
  return {
    send: (item) => {
      last = last.then(() => send(item));
      // A failure is told to whoever waits at the end.
      last.catch(() => {});
    },
    sent: () => last,
  };
}

/** Passes a run's events on, after they were shown and printed. */
export async function* watch<Event>(
  run: AsyncIterable<Event>,
  show: (event: Event) => void,
  output: Output<Event, unknown>,
): AsyncGenerator<Event> {
  for await (const event of run) {
    show(event);
    await output.event(event);
    yield event;
  }
}

/** The version of the events' shapes, which the first event of a stream carries, whichever that is. */
const schemaVersion = 1;

function eventLines(): Presenter<object, unknown> {
  let version: object = { schemaVersion };
  return {
    event: (event) => {
      const line = JSON.stringify({ ...event, ...version });
      version = {};
      return `${line}\n`;
    },
  };
}

interface Sink {
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Waits until the text is out, so that a slow reader slows the work down instead of filling the memory. */
function stdoutSink({ host: { stdout }, progress }: Context): Sink {
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        if (text === '') return resolve();
        // Only where both go to the same terminal do they get into each other's way.
        if (stdout.isTTY) progress.hide();
        stdout.write(stdout.isTTY ? visible(text) : text, (error) => (error ? reject(error) : resolve()));
      }),
    close: async () => {},
  };
}

async function fileSink(path: string): Promise<Sink> {
  await expectWritable(path);
  const parts: string[] = [];
  return {
    write: async (text) => void parts.push(text),
    close: () => writeFileAtomic(path, parts.join('')),
  };
}

/** Writes a file, if there is a path for it, then does the rest; if that fails, there is what was there before. */
export async function withFile<T>(
  path: string | undefined,
  write: (path: string) => Promise<void>,
  rest: () => Promise<T>,
): Promise<T> {
  if (path === undefined) return await rest();
  const before = await readRegularFile(path).catch(() => null);
  await write(path);
  try {
    return await rest();
  } catch (error) {
    await (before === null ? rm(path, { force: true }) : writeFileAtomic(path, before)).catch(() => {});
    throw error;
  }
}

/** Prints one document: pretty with `--json`, as one event with `--ndjson`, else as the command presents it. */
export async function printDocument<Document extends object>(
  context: Context,
  flags: OutputFlags & { readonly out?: string },
  { type, document, text, csv }: DocumentView<Document>,
): Promise<void> {
  const output = await openOutput<object, Document>(context, flags, {
    text: (colours) => ({ result: (result) => text(result, colours) }),
    csv: () => ({ result: csv }),
  });
  await output.event({ type, ...document });
  await output.finish(document);
}

export interface DocumentView<Document> {
  /** What the document's event is called. */
  readonly type: string;
  readonly document: Document;
  text(document: Document, colours: Colours): string;
  csv(document: Document): string;
}
