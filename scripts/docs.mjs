// Writes the tables of the documentation that follow from tables in the code, between markers in docs/*.md.
//   node scripts/docs.mjs            writes them
//   node scripts/docs.mjs --check    writes nothing; fails and says which page is out of date, if one is
// It asks the compiled library in dist/: `npm run build` comes first.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { commands } from '../dist/cli/commands/index.js';
import { criteria } from '../dist/criteria/index.js';
import { datasets } from '../dist/data/index.js';
import { formats } from '../dist/formats/index.js';
import { mappingOf } from '../dist/formats/keras/language/layers/index.js';
import { operatorSets } from '../dist/formats/onnx/read/graph.js';
import { operators } from '../dist/formats/onnx/read/operators/index.js';
import { modelOf } from '../dist/formats/onnx/write/model.js';
import { initialize, layerKinds, nodeCount } from '../dist/index.js';
import { activationDefaults } from '../dist/network/activations.js';
import { composites, conventions, rules } from '../dist/propagation/index.js';

const code = (text) => `\`${text}\``;
const codes = (texts) => [...new Set(texts)].map(code).join(', ');

function table(headers, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(headers), line(headers.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A layer of each kind to be looked at, as small as it can be: the shape of its input, and its settings. */
const image = [4, 4, 2];
const window = { kernelSize: [2, 2] };
const samples = {
  input: { shape: image },
  dense: { shape: [4], config: { units: 2 } },
  conv2d: { shape: image, config: { ...window, filters: 2 } },
  depthwiseConv2d: { shape: image, config: window },
  batchNorm: { shape: image },
  activation: { shape: image, config: { fn: 'relu' }, written: 'see below' },
  maxPool2d: { shape: image },
  avgPool2d: { shape: image },
  globalAvgPool2d: { shape: image },
  flatten: { shape: image },
  reshape: { shape: image, config: { shape: [2, 8, 2] } },
  dropout: { shape: image, config: { rate: 0.5 } },
  add: { shape: image, inputs: ['input', 'input'] },
  concat: { shape: image, inputs: ['input', 'input'] },
  multiply: { shape: image, inputs: ['input', 'input'] },
  zeroPad2d: {
    shape: image,
    config: {
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  },
};

/** A network of an input and one layer of a kind. */
function networkOf(kind, { shape, inputs, config }) {
  const input = { name: 'input', kind: 'input', config: { shape } };
  const layers =
    kind === 'input' ? [input] : [input, { name: 'layer', kind, ...(inputs && { inputs }), ...(config && { config }) }];
  return initialize({ layers }, { seed: 0 });
}

const onnxOperators = (network) =>
  codes(modelOf(network).graph.node.map(({ opType }) => opType)) || "the graph's input";

function layersTable() {
  const rows = layerKinds.map((kind) => {
    const network = networkOf(kind, samples[kind]);
    const layer = network.layers.at(-1);
    const nodes = nodeCount(layer) > 0 ? 'yes' : '';
    return [
      code(kind),
      nodes,
      codes(Object.keys(layer.weights)),
      codes(Object.keys(mappingOf(kind).classes)),
      samples[kind].written ?? onnxOperators(network),
    ];
  });
  return table(['kind', 'nodes', 'weights', 'Keras and tfjs classes', 'written to ONNX as'], rows);
}

/** How tfjs says an activation; nothing where it has no word for it. */
function tfjsActivation(layer) {
  try {
    const [{ className, config }] = mappingOf('activation').write(layer, 'tfjs');
    return config.activation === undefined ? code(className) : `${code(className)} ${code(config.activation)}`;
  } catch {
    return 'cannot be written';
  }
}

function activationsTable() {
  const rows = Object.entries(activationDefaults).map(([fn, parameters]) => {
    const network = networkOf('activation', { shape: image, config: { fn } });
    const settings = Object.entries(parameters).map(([name, value]) => code(`${name} = ${value}`));
    return [code(fn), settings.join(', '), tfjsActivation(network.layers.at(-1)), onnxOperators(network)];
  });
  return table(['function', 'parameters', 'tfjs', 'ONNX'], rows);
}

const operatorsText = () =>
  `Operator sets ${operatorSets.from} to ${operatorSets.to}. Operators: ${codes([...operators.keys()].sort())}.`;

const formatsTable = () =>
  table(
    ['format', 'is'],
    Object.values(formats).map(({ name, describe }) => [code(name), describe]),
  );

const datasetsTable = () =>
  table(
    ['name', 'what'],
    Object.entries(datasets).map(([name, { summary }]) => [code(name), summary]),
  );

const criteriaTable = () =>
  table(
    ['name', 'score', 'keep', 'for', 'needs', 'options', 'source'],
    Object.entries(criteria).map(([name, { keep, signed, formula, source, needs, takes, nodes, weights }]) => [
      code(name),
      `${formula}${signed ? ' (signed)' : ''}`,
      keep,
      [nodes && 'nodes', weights && 'weights'].filter(Boolean).join(', '),
      needs.join(', ') || 'nothing',
      codes(takes) || '',
      source,
    ]),
  );

const rulesTable = () =>
  table(
    ['name', 'what a layer with weights hands back', 'options', 'conserves', 'source'],
    Object.entries(rules).map(([name, { formula, defaults, conserves, source }]) => [
      code(name),
      code(formula),
      codes(Object.entries(defaults).map(([option, value]) => `${option} = ${value}`)),
      conserves,
      source,
    ]),
  );

const conventionsTable = () =>
  table(
    ['name', ...Object.keys(conventions.zennit).map(code)],
    Object.entries(conventions).map(([name, settings]) => [code(name), ...Object.values(settings)]),
  );

const choiceText = ({ from, to, kinds }) => (kinds === undefined ? `layers with nodes ${from} to ${to}` : codes(kinds));

const compositesTable = () =>
  table(
    ['name', 'first row that fits counts', 'otherwise'],
    Object.entries(composites).map(([name, { rows, otherwise }]) => [
      code(name),
      rows.map(({ layers, rule }) => `${choiceText(layers)}: ${code(rule)}`).join('; '),
      code(otherwise),
    ]),
  );

const configured = Object.entries(commands).map(([name, command]) => {
  const commander = new Command(name);
  command.configure(commander);
  return { name, summary: command.summary, commander };
});

const commandsTable = () =>
  table(
    ['command', 'does'],
    configured.map(({ name, summary, commander }) => [
      code([name, ...commander.registeredArguments.map((argument) => argument.name())].join(' ')),
      summary,
    ]),
  );

/** What the help says of a flag besides its description. */
function flagText({ description, argChoices, defaultValue, negate }) {
  const choices = argChoices ? `; one of ${codes(argChoices)}` : '';
  const preset = defaultValue === undefined || negate ? '' : ` (default: ${defaultValue})`;
  return `${description}${choices}${preset}`;
}

function flagsTable() {
  const users = new Map();
  for (const { name, commander } of configured) {
    for (const option of commander.options) {
      const key = JSON.stringify([code(option.flags), flagText(option)]);
      users.set(key, [...(users.get(key) ?? []), name]);
    }
  }
  const rows = [...users].map(([key, names]) => {
    return [...JSON.parse(key), names.length === configured.length ? 'all' : names.join(', ')];
  });
  return table(['flag', 'does', 'commands'], rows);
}

const generators = {
  formats: formatsTable,
  layers: layersTable,
  activations: activationsTable,
  'onnx-operators': operatorsText,
  datasets: datasetsTable,
  criteria: criteriaTable,
  rules: rulesTable,
  conventions: conventionsTable,
  composites: compositesTable,
  commands: commandsTable,
  flags: flagsTable,
};

/** A page with what stands between its markers made anew. */
function regenerate(page) {
  return page.replaceAll(/(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)/gs, (_all, begin, name, end) => {
    const generate = generators[name];
    if (generate === undefined) throw new Error(`nothing generates "${name}"`);
    return `${begin}\n${generate()}\n\n${end}`;
  });
}

const folder = join(import.meta.dirname, '../docs');
for (const name of (await readdir(folder)).filter((file) => file.endsWith('.md'))) {
  const page = await readFile(join(folder, name), 'utf8');
  const made = regenerate(page);
  if (made === page) continue;
  if (process.argv.includes('--check')) {
    console.error(`docs/${name} is out of date: npm run build && node scripts/docs.mjs`);
    process.exitCode = 1;
  } else {
    await writeFile(join(folder, name), made);
    console.log(`docs/${name} is written`);
  }
}
