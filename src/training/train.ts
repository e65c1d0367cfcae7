import type { LabelledData } from '../data/index.js';
import type { Network } from '../network/index.js';
import { sizeOf } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { abortedError, SecateurError } from '../util/errors.js';
import { resumeRandom } from '../util/random.js';
import { type LoadedBackend, loadBackend } from './backends.js';
import { type Best, type Checkpoint, factsOf, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { runEpoch, secondsSince, startClock } from './epoch.js';
import type { EpochEvent, StartEvent, TrainingEvent, TrainingResult } from './events.js';
import { type Prepared, prepareTraining, type TrainOptions } from './options.js';
import { neededKernels } from './program.js';
import { networkOf, Trainer } from './trainer.js';

/** A run: read its events once with `for await`, or wait for its result. Nothing is computed before. */
export interface TrainingRun extends AsyncIterable<TrainingEvent> {
  /**
   * Runs to the end.
   *
   * @throws SecateurError ERR_ABORTED if the reading of the events was given up before.
   */
  result(): Promise<TrainingResult>;
}

/**
 * Trains a network, from the weights that it has, on tfjs.
 *
 * Events: `start`, `epoch` after each pass over the samples, `done`; `progress` several times a second between them. The
 * same network, data, options and backend give the same run. A signal is heard between two steps. A run that goes on from
 * its journal tells the epochs of before again.
 *
 * @param data `x` holds whole samples in the model's own layout, `y` a class or a row of targets for each.
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for input that does not fit; while the events are read:
 * ERR_BACKEND if nothing can train here, ERR_DATA if the training diverges or the journal is damaged, ERR_ARGUMENT if it
 * is another run's, ERR_IO if it cannot be read or written, ERR_ABORTED.
 * @example
 * const { network } = await trainNetwork(initialize(spec, { seed: 0 }), { x, y }, { epochs: 5 }).result();
 */
export function trainNetwork(network: Network, data: LabelledData, options: TrainOptions = {}): TrainingRun {
  expectArguments({ network, options });
  const prepared = prepareTraining(network, data, options);
  const finished: { result?: TrainingResult } = {};
  const events = run(prepared, finished);
  return {
    [Symbol.asyncIterator]: () => events,
    result: async () => {
      for await (const _ of events);
      if (finished.result !== undefined) return finished.result;
      throw new SecateurError('ERR_ABORTED', 'the training was left before its end', {
        hint: 'read its events to the end, or only wait for its result',
      });
    },
  };
}

async function* run(prepared: Prepared, finished: { result?: TrainingResult }): AsyncGenerator<TrainingEvent, void> {
  const { program, settings, hold, options } = prepared;
  const { backend, signal, journal } = options;
  if (signal?.aborted) throw abortedError(signal);
  const started = performance.now();
  const loaded = await loadBackend({ ...(backend ? { backend } : {}), kernels: neededKernels(program) });
  const facts = journal === undefined ? {} : factsOf(prepared, loaded.name);
  const kept = journal === undefined ? null : await readCheckpoint(journal, facts);
  yield startEvent(prepared, loaded);
  if (kept !== null) yield* kept.history;
  const { trainer: from, history: before } = kept ?? { history: [] };
  const random = kept === null ? prepared.random : resumeRandom(kept.random);
  const setting = { optimizer: settings.optimizer, settings, random, hold, ...(from ? { from } : {}) };
  using trainer = new Trainer(loaded, program, setting);
  const history = [...before];
  const clock = startClock(started, history.length, options);
  let best = kept?.best ?? null;
  while (!isOver(prepared, history, best)) {
    const event = yield* runEpoch({ ...prepared, random }, trainer, history.length + 1, clock);
    history.push(event);
    best = better(prepared, event, best, trainer);
    const checkpoint = (): Checkpoint => ({ history, trainer: trainer.state(), random: random.state(), best });
    if (journal !== undefined) await writeCheckpoint(journal, facts, checkpoint());
    yield event;
  }
  const network = best === null ? trainer.network() : networkOf(program, best.values);
  const bestEpoch = best?.epoch ?? null;
  finished.result = { network, backend: loaded.name, history, bestEpoch };
  yield { type: 'done', epochs: history.length, bestEpoch, seconds: secondsSince(started) };
}

function startEvent({ program, head, samples, settings }: Prepared, loaded: LoadedBackend): StartEvent {
  const { name, version, notice } = loaded;
  const sizes = program.parameters.map((parameter) => sizeOf(parameter.layer.weights[parameter.name]?.shape ?? []));
  return {
    type: 'start',
    schemaVersion: 1,
    backend: name,
    version,
    notice,
    lossName: head.loss,
    optimizer: settings.optimizer,
    samples: samples.count,
    epochs: settings.epochs,
    parameters: sizes.reduce((sum, size) => sum + size, 0),
  };
}

function isOver({ settings }: Prepared, { length }: readonly EpochEvent[], best: Best | null): boolean {
  const { epochs, earlyStopping } = settings;
  return length >= epochs || (earlyStopping !== null && best !== null && length - best.epoch >= earlyStopping.patience);
}

/** The best epoch after this one; null where nobody asked for it. */
function better(
  { settings: { earlyStopping } }: Prepared,
  { epoch, valLoss }: EpochEvent,
  best: Best | null,
  trainer: Trainer,
): Best | null {
  if (earlyStopping === null || valLoss === null) return null;
  const isBetter = best === null || valLoss < best.loss - earlyStopping.least;
  return isBetter ? { epoch, loss: valLoss, values: trainer.values() } : best;
}
