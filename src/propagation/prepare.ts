import type { LabelledData } from '../data/index.js';
import {
  type Engine,
  type LabelledSamples,
  type PropagationJob,
  prepareLabelled,
  type RunOptions,
  type Start,
  selectEngine,
  starts,
  type Tap,
} from '../engine/index.js';
import {
  ancestorsOf,
  foldBatchNorm,
  type Layer,
  type LossHead,
  type LossName,
  type Network,
  nodeCount,
  nodeOutput,
} from '../network/index.js';
import { SecateurError } from '../util/errors.js';
import { expectOneOf, invalid } from '../util/expect.js';
import { type Composite, type CompositeName, type LayerRule, layerRules } from './composites.js';
import { type Convention, type ConventionName, resolveConvention } from './conventions.js';
import type { RuleChoice } from './rules/index.js';

/** How relevance goes back, and what of it is told. */
export interface PropagateOptions extends RunOptions {
  /** One rule for all layers. Default `absolute`, importance propagation. */
  readonly rule?: RuleChoice;
  /** Rules by layer, instead of one rule. */
  readonly composite?: Composite | CompositeName;
  /** Default `uniform`. */
  readonly start?: Start;
  /** Default `zennit`. */
  readonly convention?: ConventionName | ({ readonly base?: ConventionName } & Partial<Convention>);
  /** Names of the layers whose nodes are told; default: every dense and convolution layer that the scores depend on. */
  readonly layers?: readonly string[];
  /**
   * Where a node's relevance is read: at what the next layers receive, behind the batch normalisation and activation that
   * follow its layer alone (`output`, the default), or at the layer's own output (`pre`).
   */
  readonly at?: 'output' | 'pre';
  /** What is summed over positions: the relevance, or the relevance times the activation there. Default `one`. */
  readonly times?: Tap['times'];
  /** Names of the layers whose whole relevance is wanted; the input's is the map that heat maps are drawn from. */
  readonly maps?: readonly string[];
  /**
   * Which layers tell what they received and handed on: all, the default, or none; `passed`: those that relevance passes on
   * its way to `layers` and `maps`, beyond which it then does not go, as with none. Past the first layer with weights, often
   * the largest, is most of what is saved.
   */
  readonly conservation?: boolean | 'passed';
  /** Whether batch normalisations are folded into the layer before; default: unless the rule is `gradient`. */
  readonly fold?: boolean;
  /** Default: the model's own, else by its head and the targets. */
  readonly loss?: LossName;
}

/** What was asked for, checked. */
export interface Prepared {
  readonly network: Network;
  readonly folded: readonly string[];
  readonly engine: Engine;
  readonly notice: string | null;
  readonly samples: LabelledSamples;
  readonly head: LossHead;
  readonly start: Start;
  readonly convention: Convention;
  /** By layer id. */
  readonly rules: readonly LayerRule[];
  /** Layers whose nodes are told, in graph order, each with where it is read. */
  readonly told: readonly { readonly layer: Layer; readonly tap: Tap }[];
  readonly maps: readonly Layer[];
  readonly options: PropagateOptions;
  /** Milliseconds of `performance.now()` at the call. */
  readonly started: number;
}

/** Checks everything and works nothing out. */
export function prepare(given: Network, data: LabelledData, options: PropagateOptions): Prepared {
  const started = performance.now();
  const { conservation = true } = options;
  if (![true, false, 'passed'].includes(conservation))
    throw invalid('conservation', "true, false or 'passed'", conservation);
  const start = expectOneOf('start', options.start ?? 'uniform', starts);
  const convention = resolveConvention(options.convention);
  const { network, folded } =
    (options.fold ?? !isGradient(options)) ? foldBatchNorm(given) : { network: given, folded: [] };
  const { samples, head } = prepareLabelled(network, data, options.loss);
  checkStart(start, head);
  const names = given.layers.map(({ name }) => name);
  const rules = layerRules(network, compositeOf(options), convention, names);
  const told = toldLayers(network, head, options);
  const maps = mapLayers(network, options.maps ?? []);
  const chosen = selectEngine(options.engine);
  return { network, folded, ...chosen, samples, head, start, convention, rules, told, maps, options, started };
}

/** What the engine is asked for. Taps are those of `told`; one more at the input sends relevance all the way. */
export function jobOf({ network, samples, head, start, rules, told, maps, options }: Prepared): PropagationJob {
  const { conservation = true, signal } = options;
  const farthest = conservation === true ? [{ layer: network.input, times: 'one' } as const] : [];
  return {
    samples,
    head,
    start,
    rules: rules.map(({ backward }) => backward),
    taps: [...told.map(({ tap }) => tap), ...farthest],
    maps: maps.map(({ id }) => id),
    weightGradients: [],
    squaredGradients: false,
    weightedSquares: [],
    totals: conservation !== false,
    ...(signal ? { signal } : {}),
  };
}

const isGradient = ({ rule, composite }: PropagateOptions): boolean =>
  composite === undefined && (rule === 'gradient' || (typeof rule === 'object' && rule?.rule === 'gradient'));

function compositeOf({ rule, composite }: PropagateOptions): Composite | CompositeName {
  if (rule !== undefined && composite !== undefined) {
    throw invalid('composite', 'a rule or a composite', 'both', { hint: 'a composite names a rule for every layer' });
  }
  return composite ?? { rows: [], otherwise: rule ?? 'absolute' };
}

function checkStart(start: Start, { loss }: LossHead): void {
  if (!start.startsWith('label') || loss === 'crossentropy') return;
  throw new SecateurError('ERR_ARGUMENT', `start ${start} wants labels of classes, not targets of the loss ${loss}`, {
    hint: 'start at the prediction, uniformly, or at the loss',
  });
}

function toldLayers(network: Network, head: LossHead, { layers, at = 'output', times = 'one' }: PropagateOptions) {
  expectOneOf('at', at, ['output', 'pre']);
  expectOneOf('times', times, ['one', 'activation']);
  const reaching = ancestorsOf(network, head.scores);
  const possible = network.layers.filter((layer) => nodeCount(layer) > 0 && reaching.has(layer.id));
  const wrong = layers?.find((name) => !possible.some((layer) => layer.name === name));
  if (wrong !== undefined || layers?.length === 0) {
    throw invalid('layers', 'names of layers with nodes', wrong ?? layers, {
      hint: `layers with nodes: ${possible.map(({ name }) => name).join(', ')}`,
    });
  }
  return possible
    .filter(({ name }) => layers?.includes(name) ?? true)
    .map((layer) => {
      const site = at === 'pre' ? layer : nodeOutput(network, layer, head.scores);
      return { layer, tap: { layer: site.id, times } };
    });
}

function mapLayers(network: Network, names: readonly string[]): Layer[] {
  return names.map((wanted) => {
    const layer = network.layers.find(({ name }) => name === wanted);
    if (layer) return layer;
    throw invalid('maps', 'names of layers', wanted, {
      hint: `layers, folded ones left out: ${network.layers.map(({ name }) => name).join(', ')}`,
    });
  });
}
