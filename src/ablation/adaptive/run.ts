import { type CompiledNetwork, defaultMemory, type Evaluation } from '../../engine/index.js';
import { noCounts, type Tolerances } from '../classify.js';
import type { AblationEvent, NodeClass, NodeEvent } from '../events.js';
import { ablatedMeansOf, baselineEvent, doneEvent, type Measuring, progressEvents, signalOf } from '../measuring.js';
import { type LayerSweep, nodesIn } from '../plan.js';
import { drawBlocks, samplesIn } from './draws.js';
import { type Heard, type measureLook, selectNodes } from './measure.js';
import type { AdaptiveSettings } from './options.js';
import { startTrial, type Trial, type Verdict } from './trial.js';

/** Part of the memory of a run that the blocks measured at a time may take. */
const gathered = 1 / 8;

export interface AdaptiveMeasuring extends Measuring {
  readonly sweeps: readonly LayerSweep[];
  readonly tolerances: Tolerances;
  readonly adaptive: AdaptiveSettings;
}

/** See docs/ablation.md: look by look the nodes that are still open, each final as soon as its class is decided. */
export async function* runAdaptive(
  prepared: AdaptiveMeasuring,
  compiled: CompiledNetwork,
  measure: typeof measureLook,
): AsyncGenerator<AblationEvent, void> {
  const { samples, head, sweeps, tolerances, adaptive, options } = prepared;
  const stop = signalOf(prepared);
  const intact = await compiled.evaluate(samples, head, stop);
  yield { ...baselineEvent(prepared, intact), adaptive };
  const { confidence, seed } = adaptive;
  const nodes = nodesIn(sweeps);
  const trial = startTrial({ draws: drawBlocks(intact.losses, seed), nodes, confidence, tolerances });
  const narrator = new Narrator(prepared, intact);
  const memory = (options.memory ?? defaultMemory) * gathered;
  let behind = samples.count;
  for (let look = trial.look(); look && narrator.pending.size > 0; look = trial.look()) {
    const size = samplesIn(look);
    behind -= size;
    narrator.begin(size, behind);
    const wanted = selectNodes(sweeps, narrator.pending);
    const task = { compiled, samples, head, sweeps: wanted, memory, record: trial.record, ...stop };
    for await (const heard of measure(task, look)) yield* narrator.tell(heard, trial);
    trial.next();
  }
  yield { ...doneEvent(prepared, nodes), measured: narrator.measured };
}

interface Place {
  readonly sweep: number;
  readonly layer: string;
  readonly node: number;
}

/** Turns what is heard into events, and knows which nodes are still to be measured. */
class Narrator {
  /** Numbers of the nodes that are not final. */
  readonly pending: Set<number>;
  readonly #prepared: AdaptiveMeasuring;
  readonly #intact: Evaluation;
  readonly #places: readonly Place[];
  readonly #counts: Record<NodeClass, number>[];
  readonly #left: number[];
  readonly #correct: Float64Array;
  readonly #flips: Float64Array;
  readonly #samples: Float64Array;
  readonly #decided = new Set<number>();
  #work = { before: 0, look: 0, behind: 0 };

  constructor(prepared: AdaptiveMeasuring, intact: Evaluation) {
    const { sweeps } = prepared;
    this.#prepared = prepared;
    this.#intact = intact;
    this.#places = sweeps.flatMap(({ layer, nodes }, sweep) =>
      Array.from(nodes, (node) => ({ sweep, layer: layer.name, node })),
    );
    this.pending = new Set(this.#places.keys());
    this.#counts = sweeps.map(noCounts);
    this.#left = sweeps.map(({ nodes }) => nodes.length);
    this.#correct = new Float64Array(this.#places.length);
    this.#flips = new Float64Array(this.#places.length);
    this.#samples = new Float64Array(this.#places.length);
  }

  /** The part that was measured of all pairs of a node and a sample. */
  get measured(): number {
    const all = this.#places.length * this.#prepared.samples.count;
    return this.#samples.reduce((sum, samples) => sum + samples, 0) / all;
  }

  /** The open nodes go through so many samples more, of which `behind` will be left. */
  begin(samples: number, behind: number): void {
    const before = this.#samples.reduce((sum, seen) => sum + seen, 0);
    this.#work = { before, look: this.pending.size * samples, behind: this.pending.size * behind };
  }

  tell(heard: Heard, trial: Trial): AblationEvent[] {
    if (heard.type === 'progress') return this.#progress(heard.share);
    const verdict = trial.judge(heard.node);
    this.#correct[heard.node]! += heard.correct;
    this.#flips[heard.node]! += heard.flips;
    this.#samples[heard.node] = verdict.samples;
    const { class: found } = verdict;
    if (found !== null && (verdict.exact || !this.#prepared.adaptive.complete)) return this.#final(verdict, found);
    return this.#estimate(verdict);
  }

  #final(verdict: Verdict, found: NodeClass): AblationEvent[] {
    const { sweep, layer, node } = this.#places[verdict.node]!;
    this.pending.delete(verdict.node);
    const counts = this.#counts[sweep]!;
    counts[found] += 1;
    this.#left[sweep]! -= 1;
    const told = this.#nodeEvent(verdict, { layer, node, class: found });
    return this.#left[sweep] === 0 ? [told, { type: 'layer', layer, ...counts }] : [told];
  }

  #nodeEvent(
    { node: number, change, exact, low, high, samples }: Verdict,
    { layer, node, class: found }: Pick<NodeEvent, 'layer' | 'node' | 'class'>,
  ): NodeEvent {
    const sums = { lossSum: 0, correct: this.#correct[number]!, flips: this.#flips[number]! };
    const measured = ablatedMeansOf(this.#prepared, sums);
    const { accuracy, flips } = exact ? measured : { accuracy: null, flips: null };
    const loss = this.#intact.lossSum / this.#prepared.samples.count - change;
    const evidence = { exact, low: low ?? change, high: high ?? change, samples };
    return { type: 'node', layer, node, loss, change, accuracy, class: found, flips, ...evidence };
  }

  /** An estimate, unless the class was decided before. */
  #estimate({ node: number, change, low, high, samples, class: found }: Verdict): AblationEvent[] {
    if (this.#decided.has(number)) return [];
    if (found !== null) this.#decided.add(number);
    const { layer, node } = this.#places[number]!;
    return [{ type: 'estimate', layer, node, change, low, high, samples, class: found }];
  }

  /** Work in pairs of a node and a sample: what is left counts the open nodes on all samples that they have not seen. */
  #progress(share: number): AblationEvent[] {
    const { before, look, behind } = this.#work;
    const done = before + share * look;
    return progressEvents(this.#prepared, (this.#prepared.samples.count * done) / (before + look + behind));
  }
}
