import type { BackwardRule } from '../engine/index.js';
import { definitionOf, inputShapes, type Layer, type LayerKind, type Network } from '../network/index.js';
import { sizeOf } from '../tensor/tensor.js';
import { SecateurError } from '../util/errors.js';
import { expectOneOf, invalid } from '../util/expect.js';
import type { Convention } from './conventions.js';
import { type ResolvedRule, type RuleChoice, type RuleName, resolveRule } from './rules/index.js';

/**
 * Which layers a row of a composite is for: by name, by kind, or by their places among the layers with nodes (dense and
 * convolutions), 0 for the one next to the input, -1 for the last; both ends included.
 */
export type LayerChoice =
  | { readonly names: readonly string[] }
  | { readonly kinds: readonly LayerKind[] }
  | { readonly from?: number; readonly to?: number };

/** Rules for layers: the first row that is for a layer counts, else `otherwise`. */
export interface Composite {
  readonly rows: readonly { readonly layers: LayerChoice; readonly rule: RuleChoice }[];
  readonly otherwise: RuleChoice;
}

const convolutions = { kinds: ['conv2d', 'depthwiseConv2d'] } as const satisfies LayerChoice;
const firstLayer = { from: 0, to: 0 } as const satisfies LayerChoice;

/**
 * Well-known composites: Kohlbrenner et al. 2020 (IJCNN), "Towards best practice in explaining neural network decisions
 * with LRP"; Montavon et al. 2019 (LNCS 11700, chapter 10).
 */
export const composites = {
  'epsilon-plus': { rows: [{ layers: convolutions, rule: 'zplus' }], otherwise: 'epsilon' },
  'epsilon-plus-flat': {
    rows: [
      { layers: firstLayer, rule: 'flat' },
      { layers: convolutions, rule: 'zplus' },
    ],
    otherwise: 'epsilon',
  },
  'epsilon-alpha2-beta1': { rows: [{ layers: convolutions, rule: 'alphaBeta' }], otherwise: 'epsilon' },
  'epsilon-alpha2-beta1-flat': {
    rows: [
      { layers: firstLayer, rule: 'flat' },
      { layers: convolutions, rule: 'alphaBeta' },
    ],
    otherwise: 'epsilon',
  },
  'epsilon-gamma-box': {
    rows: [
      { layers: firstLayer, rule: 'zBox' },
      { layers: convolutions, rule: 'gamma' },
    ],
    otherwise: 'epsilon',
  },
} as const satisfies Record<string, Composite>;

/** A composite of the table. */
export type CompositeName = keyof typeof composites;

/** All composites. */
export const compositeNames = Object.keys(composites) as CompositeName[];

/** What a layer does when relevance passes it. */
export interface LayerRule {
  readonly layer: Layer;
  readonly name: RuleName;
  readonly backward: BackwardRule;
  /** Whether what comes goes on, but for what the stabiliser keeps and dead denominators lose. */
  readonly conserves: boolean;
}

/**
 * The rule of each layer, by its id.
 *
 * @throws SecateurError ERR_ARGUMENT for unknown composites, rules, options and layers, and for a rule that a layer
 * cannot have.
 */
export function layerRules(
  network: Network,
  given: Composite | CompositeName,
  convention: Convention,
  names: readonly string[] = network.layers.map(({ name }) => name),
): LayerRule[] {
  const { rows, otherwise } = compositeOf(given);
  const tests = rows.map(({ layers, rule }) => ({
    matches: matcher(network, layers, names),
    rule: resolveRule(rule, convention),
  }));
  const last = resolveRule(otherwise, convention);
  return network.layers.map((layer) => {
    const rule = tests.find(({ matches }) => matches(layer))?.rule ?? last;
    return ruleFor(network, layer, rule);
  });
}

function compositeOf(given: Composite | CompositeName): Composite {
  if (typeof given === 'string') return composites[expectOneOf('composite', given, compositeNames)];
  if (typeof given === 'object' && given !== null && Array.isArray(given.rows)) return given;
  throw invalid('composite', `one of ${compositeNames.join(', ')}, or { rows, otherwise }`, given);
}

function matcher(network: Network, choice: LayerChoice, names: readonly string[]): (layer: Layer) => boolean {
  if ('names' in choice) {
    const wrong = choice.names.find((name) => !names.includes(name));
    if (wrong !== undefined)
      throw invalid('composite', 'names of layers', wrong, { hint: `layers: ${names.join(', ')}` });
    return ({ name }) => choice.names.includes(name);
  }
  if ('kinds' in choice) return ({ kind }) => choice.kinds.includes(kind);
  const placed = network.layers.filter(({ kind }) => definitionOf(kind).hasNodes).map(({ id }) => id);
  const { from = 0, to = -1 } = choice;
  const chosen = placed.filter(
    (_, place) => place >= fromEnd(from, placed.length) && place <= fromEnd(to, placed.length),
  );
  return ({ id }) => chosen.includes(id);
}

const fromEnd = (place: number, count: number): number => (place < 0 ? count + place : place);

function ruleFor(network: Network, layer: Layer, rule: ResolvedRule): LayerRule {
  const isWeighted = definitionOf(layer.kind).weights !== undefined;
  const backward = isWeighted ? rule.weighted : rule.weightless;
  if (isWeighted && backward.type === 'pass') checkSizes(network, layer, rule.name);
  return { layer, name: rule.name, backward, conserves: conserves(layer, backward, rule, isWeighted) };
}

function checkSizes(network: Network, layer: Layer, rule: RuleName): void {
  const [input = 0] = inputShapes(network, layer).map(sizeOf);
  if (input === sizeOf(layer.outputShape)) return;
  throw new SecateurError('ERR_ARGUMENT', `layer "${layer.name}": rule ${rule} wants as many inputs as outputs`, {
    hint: 'choose another rule; in the library a composite can give this one to the layers that it fits',
  });
}

function conserves(layer: Layer, backward: BackwardRule, rule: ResolvedRule, isWeighted: boolean): boolean {
  if (backward.type !== 'shares') return backward.type === 'pass' && !definitionOf(layer.kind).pads;
  const takesBias = backward.shares.some(({ products }) => products.some(({ bias }) => bias !== 'none'));
  const hasBias = isWeighted && definitionOf(layer.kind).hasNodes ? layer.weights.bias !== undefined : true;
  return rule.conserves === 'always' || (rule.conserves === 'without bias' && !(takesBias && hasBias));
}
