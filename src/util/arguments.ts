import { invalid, isNonNegativeInteger } from './expect.js';

/** What is expected, who fits, and what to do about the rest. */
interface Kind {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
  readonly hint?: string;
}

const isObject = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> =>
  typeof value === 'object' && value !== null;
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) && !Array.isArray(value) && !ArrayBuffer.isView(value);
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isReal = (value: unknown): boolean => value instanceof Float32Array || value instanceof Float64Array;
const isText = (value: unknown): value is string => typeof value === 'string';
/** What a function itself looks at more closely. */
const anything: Kind = { expected: 'anything', fits: () => true };
const isDataset = (value: unknown): boolean =>
  isRecord(value) && [value.x, value.y].every(ArrayBuffer.isView) && Number.isSafeInteger(value.count);
const has = (value: unknown, method: PropertyKey): boolean => isObject(value) && typeof value[method] === 'function';

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const kind = (expected: string, fits: Kind['fits'], hint?: string): Kind =>
  hint === undefined ? { expected, fits } : { expected, fits, hint };
const listOf = (expected: string, fits: Kind['fits']): Kind =>
  kind(expected, (value) => isList(value) && value.every(fits));

/** What arguments and options must be, and the names of those, since a name means the same wherever it stands. */
const named: readonly (readonly [kind: Kind, names: string])[] = [
  [
    kind(
      'a network',
      (value) =>
        isRecord(value) &&
        isList(value.layers) &&
        isList(value.outputs) &&
        isNonNegativeInteger(value.input) &&
        value.input in value.layers,
      'loadModel() reads one, initialize() gives one its first weights',
    ),
    'network original pruned shrunk',
  ],
  [kind('layers, as createNetwork() takes them', (value) => isRecord(value) && isList(value.layers)), 'spec'],
  [kind('a layer of a network', (value) => isRecord(value) && isList(value.outputShape)), 'vertex'],
  [kind('a plan', isRecord, 'createPlan() makes one, and prune()'), 'plan'],
  [
    kind('a plan', (value) => isRecord(value) && isList(value.nodes), 'createPlan() makes one, and prune()'),
    'first second',
  ],
  [kind('a certificate', (value) => isRecord(value) && isRecord(value.maxAbsDifference)), 'certificate'],
  [
    kind(
      'the report of a study',
      (value) => isRecord(value) && isList(value.files) && isList(value.tables) && isRecord(value.settings),
    ),
    'report',
  ],
  // No file's name holds NUL: some systems cut a path off there.
  [
    kind('a path', (value) => isText(value) && value !== '' && !value.includes('\0')),
    'path from to journal font folder',
  ],
  [kind('an AbortSignal', (value) => has(value, 'addEventListener')), 'signal'],
  [kind('the events of a run', (value) => has(value, Symbol.asyncIterator)), 'events'],
  [kind('the bytes of a file as a Uint8Array', (value) => value instanceof Uint8Array), 'bytes'],
  [kind('arrays by name, as a Map or pairs', (value) => has(value, Symbol.iterator)), 'arrays'],
  [kind('a data set with x, y and count', isDataset), 'labelled'],
  [kind('true, false or an object by layers', (value) => typeof value === 'boolean' || isRecord(value)), 'weights'],
  [kind('TensorFlow.js', (value) => has(value, 'loadLayersModel')), 'tf'],
  [kind('a model of TensorFlow.js', (value) => has(value, 'save')), 'layersModel'],
  [kind('a function', (value) => typeof value === 'function'), 'isGood'],
  [kind('an object', isRecord), 'options adaptive rates earlyStopping finetune hold made'],
  [kind('an object', isRecord), 'window tolerances model table document settings x y data validation scoringData'],
  [kind('a list', isList), 'nodes amounts points indices columns maps networks'],
  [listOf('a list of lists', isList), 'facts rows groups'],
  [listOf('a list of strings', isText), 'layers criteria freeze kernels folders headers categories subtitles notes'],
  [
    listOf('a list of objects', isObject),
    'order scores cells series bands lines graphs images panels tiles figures tables',
  ],
  [kind('a string', isText), 'title subtitle legend lead svg'],
  [listOf('a list of numbers', isNumber), 'inputShape hidden shape'],
  [kind('a Float32Array or Float64Array', isReal), 'reals'],
  [kind('numbers', (value) => isObject(value) && isNumber(value.length)), 'numbers'],
  [kind('a number or null', (value) => isNumber(value) || value === null), 'formatted'],
  [kind('a number, or a list of them', (value) => isNumber(value) || isList(value)), 'thresholds'],
  [kind('a number', isNumber), 'seconds seed share'],
];
const kinds = new Map(named.flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind] as const)));

/**
 * Checks arguments of an exported function by their names, and the options among them one by one. Types do that for
 * TypeScript; plain JavaScript would learn of a mistake from the middle of the library. Options that are undefined are
 * left out.
 *
 * @throws SecateurError ERR_ARGUMENT, naming the first that does not fit.
 */
export function expectArguments(given: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(given)) {
    const { expected, fits, hint } = kinds.get(name) ?? anything;
    if (!fits(value)) throw invalid(name, expected, value, hint === undefined ? {} : { hint });
    if (name === 'options') expectOptions(value as Readonly<Record<string, unknown>>);
  }
}

const expectOptions = (options: Readonly<Record<string, unknown>>): void =>
  expectArguments(Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)));
