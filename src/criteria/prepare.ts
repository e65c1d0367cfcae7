import type { LabelledData } from '../data/index.js';
import {
  type CompiledNetwork,
  type Engine,
  type EngineName,
  prepareLabelled,
  prepareSamples,
  type RunOptions,
  type Samples,
  selectEngine,
} from '../engine/index.js';
import { chooseLayers, type Layer, type LossName, type Network } from '../network/index.js';
import { SecateurError } from '../util/errors.js';
import type { Context, Labelled } from './context.js';
import type { Criterion, Need } from './criterion.js';
import { type CriterionOptions, resolveOptions } from './options.js';
import type { PassMemory } from './passMemory.js';
import type { Scoring } from './steps.js';
import { type CriterionName, criterionNames, criterionOf } from './table.js';

/** Samples, and what is expected of them if the criterion wants to know. */
export type ScoredData = Omit<LabelledData, 'y'> & Partial<Pick<LabelledData, 'y'>>;

/** What all kinds of scores can be told. */
export interface SharedOptions extends RunOptions, CriterionOptions {
  readonly criterion: CriterionName;
  /** Names of the layers; default every hidden dense and convolution layer, as for an ablation. */
  readonly layers?: readonly string[];
  /** Default: the model's own, else by its head and the targets. */
  readonly loss?: LossName;
}

/** What a run is about; a part of its first event. */
export interface RunFacts {
  readonly criterion: CriterionName;
  /** Which end of the scores is worth keeping. */
  readonly keep: 'high' | 'low';
  readonly signed: boolean;
  /** How many samples were looked at; null for criteria that look at none. */
  readonly samples: number | null;
  readonly lossName: LossName | null;
  /** What computed, or null where nothing had to be. */
  readonly engine: EngineName | null;
  /** What the reader should know: layers left out, an engine passed over. */
  readonly notice: string | null;
}

/** A run whose arguments are checked. */
export interface PreparedRun {
  readonly facts: RunFacts;
  readonly score: (context: Context) => Scoring;
  readonly layers: readonly Layer[];
  /** Opens what the criterion needs; compiled networks are freed with it. */
  open(): Context & Disposable;
  /** From the start to now, with the passes that another criterion has made. */
  seconds(): number;
}

/** Which needs ask for samples, and which for labels too. */
const wantsLabels: Readonly<Record<Need, boolean>> = {
  samples: false,
  labels: true,
  gradients: true,
  relevance: true,
  ablation: true,
};

/**
 * Checks everything before any work.
 *
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for what does not fit; ERR_NATIVE for an engine that is not
 * there.
 */
export function prepareRun(
  network: Network,
  data: ScoredData | null,
  options: SharedOptions,
  what: 'nodes' | 'weights',
  passes: PassMemory | null = null,
): PreparedRun {
  const started = performance.now();
  const borrowed = passes?.borrowed ?? 0;
  const criterion = pickCriterion(options.criterion, what);
  const resolved = resolveOptions(options.criterion, criterion.takes, options);
  const { layers, leftOut } = suitedLayers(network, options, criterion);
  const inputs = prepareInputs(network, data, options, criterion);
  const selection = criterion.needs.length > 0 ? selectEngine(options.engine) : null;
  const notices = [leftOut, selection?.notice ?? null].filter((notice) => notice !== null);
  return {
    facts: {
      criterion: options.criterion,
      keep: criterion.keep,
      signed: criterion.signed,
      samples: inputs.samples?.count ?? null,
      lossName: inputs.labelled?.head.loss ?? null,
      engine: selection?.engine.name ?? null,
      notice: notices.length > 0 ? notices.join('; ') : null,
    },
    score: criterion[what]!,
    layers,
    open: () =>
      openContext({ network, layers, options: resolved, passes, ...inputs }, selection?.engine ?? null, data, options),
    seconds: () => (performance.now() - started) / 1000 + (passes?.borrowed ?? 0) - borrowed,
  };
}

function pickCriterion(name: CriterionName, what: 'nodes' | 'weights'): Criterion {
  const able = criterionNames.filter((candidate) => criterionOf(candidate)[what] !== undefined);
  if (able.includes(name)) return criterionOf(name);
  throw new SecateurError('ERR_ARGUMENT', `criterion: ${JSON.stringify(name)} scores no ${what}`, {
    hint: `criteria for ${what}: ${able.join(', ')}`,
  });
}

/** The layers that were asked for; of those by default the ones that the criterion can say something about. */
function suitedLayers(
  network: Network,
  { layers: names, criterion: name }: SharedOptions,
  { suits = () => true }: Criterion,
): { layers: readonly Layer[]; leftOut: string | null } {
  const asked = chooseLayers(network, names);
  const layers = asked.filter((layer) => suits(network, layer));
  const others = asked.filter((layer) => !layers.includes(layer)).map((layer) => `"${layer.name}"`);
  if (others.length === 0) return { layers, leftOut: null };
  const message = `criterion ${name} has nothing to say about layer ${others.join(', ')}`;
  if (names === undefined && layers.length > 0) return { layers, leftOut: message };
  throw new SecateurError('ERR_ARGUMENT', message, { hint: 'name other layers, or choose another criterion' });
}

interface Inputs {
  readonly samples: Samples | null;
  readonly labelled: Labelled | null;
}

function prepareInputs(
  network: Network,
  data: ScoredData | null,
  { criterion, loss }: SharedOptions,
  { needs }: Criterion,
): Inputs {
  if (needs.length === 0) return { samples: null, labelled: null };
  const labels = needs.some((need) => wantsLabels[need]);
  if (data === null || (labels && data.y === undefined)) {
    throw new SecateurError('ERR_ARGUMENT', `criterion ${criterion} needs ${labels ? 'labelled samples' : 'samples'}`, {
      hint: `give data { x${labels ? ', y' : ''} }; on the command line --data or --dataset`,
    });
  }
  if (!labels) return { samples: prepareSamples(network, data), labelled: null };
  const labelled = prepareLabelled(network, data as LabelledData, loss);
  return { samples: labelled.samples, labelled };
}

function openContext(
  parts: Pick<Context, 'network' | 'layers' | 'options' | 'passes'> & Inputs,
  engine: Engine | null,
  data: ScoredData | null,
  { engine: name, signal, threads, memory, loss }: SharedOptions,
): Context & Disposable {
  const sizes = { ...(threads === undefined ? {} : { threads }), ...(memory === undefined ? {} : { memory }) };
  const run: RunOptions = { ...sizes, ...(name && { engine: name }), ...(signal && { signal }) };
  let compiled: CompiledNetwork | undefined;
  return {
    ...(parts as Context),
    get compiled() {
      compiled ??= engine!.compile(parts.network, sizes);
      return compiled;
    },
    request: { data: data as LabelledData, run, ...(loss && { loss }) },
    [Symbol.dispose]: () => compiled?.[Symbol.dispose](),
  };
}
