// A plugin of TypeDoc (typedoc.json). Properties whose name means the same everywhere need no comment in the source: the
// reference takes it from the table below. Any other that has none, and a function that does not say what it throws, is a
// warning, and warnings fail. A word or function in the tables that nobody has any more is one too.

import { Comment, Converter, ReflectionKind } from 'typedoc';

/** What a name means; `Owner.name` where one owner means something else by it. */
const words = {
  type: 'Tells this document or event apart from others.',
  schemaVersion: 'Version of the events; another one comes when a field changes its meaning.',
  version: 'Version of the form in which it is written.',
  'LoadedBackend.version': 'Version of TensorFlow.js.',
  layer: 'Name of the layer.',
  layers: 'The layers, in the order of the graph.',
  'Conversion.layers': 'How many layers were converted.',
  node: 'Number of the node within its layer, from 0.',
  nodes: 'How many nodes.',
  'LayerTable.nodes': 'The nodes of the layer, by their numbers.',
  'RelevanceTable.nodes': 'The nodes of the layer, by their numbers.',
  'PairsTable.nodes': 'The single nodes, by their numbers.',
  'Kept.nodes': 'Numbers of the nodes.',
  'NodeGroup.nodes': 'Numbers of the nodes, from 0.',
  'Criterion.nodes': 'Scores whole nodes; absent where it cannot.',
  'Criterion.weights': 'Scores single weights; absent where it cannot.',
  'LayerSummary.name': 'Name of the layer.',
  kind: 'What the layer does.',
  outputShape: "Shape of one sample's output.",
  name: 'What it is called.',
  title: 'What it is called, for people.',
  seconds: 'Seconds from the call on.',
  eta: 'Seconds to go, as far as can be told.',
  done: 'How much of the work is done, in the units of `of`.',
  of: 'How much work there is.',
  total: 'How many bytes there are; null where nobody said.',
  'DownloadProgress.received': 'Bytes so far.',
  'ConservationEvent.received': 'What came to its output, summed; a mean over the samples.',
  samples: 'How many samples.',
  count: 'How many there are.',
  parameters: 'How many weights are numbers to be learnt or kept, biases and moments included.',
  macs: 'Multiply-accumulates for one sample.',
  epoch: 'Counts from 1.',
  epochs: 'Passes over the samples.',
  loss: 'Mean loss over the samples, in nats for the cross-entropies.',
  lossName: 'Which loss is measured.',
  'CertifyOptions.loss': 'Which loss is measured; default: as `evaluate` finds it.',
  'SensitivityOptions.loss': "Which loss is measured; default: the model's own, else by its head and the targets.",
  'SweepOptions.loss': "Which loss is measured; default: the model's own, else by its head and the targets.",
  'NetworkSpec.loss': 'What it is trained to make small; null if nobody says.',
  accuracy: 'Share of right answers, 0 to 1; null for the mean squared error.',
  valAccuracy: 'Share of right answers on the validation samples; null without such samples.',
  perClass: 'The same for the samples of each class, in the order of the classes.',
  correct: 'How many of them are right.',
  change: 'Intact loss minus the loss without the node: positive where the network is better without.',
  class: 'Number of the class, from 0.',
  'NodeEvent.class': 'What the node is classed as, by its change.',
  'PlottedNode.class': 'What the node is classed as, by its change.',
  zero: 'Nodes whose change lies within the tolerances.',
  worse: 'Nodes without which the network is better.',
  important: 'Nodes that the network misses.',
  indices: 'Numbers of the nodes of each class, ascending.',
  low: 'Lower end, included.',
  high: 'Upper end, included.',
  toleranceHigh: 'Upper end of the changes that class a node as zero, included. Default 1e-5.',
  tolerances: 'Changes that class a node as zero.',
  standardError: 'Standard error of the change, from the means of blocks of 64 samples; null from a single block.',
  confidence: 'Probability that no class of the run is wrong.',
  seed: 'Seed of the random numbers.',
  cut: 'Where nodes are cut.',
  baseline: 'The intact network.',
  group: 'Place of the group among those that were asked for.',
  groups: 'One for each group, in the order they were asked for.',
  removed: 'What is gone: how many, or the nodes themselves, in the numbering of the original network.',
  removals: 'One for each node of the order.',
  pairs: 'One for each two nodes.',
  engine: 'What computed, or is to compute.',
  threads: 'Threads that compute; results do not depend on it.',
  'Latency.threads': 'Threads of the runtime.',
  signal: 'Ends the run with ERR_ABORTED.',
  notice: 'What the reader should know, for people; null if there is nothing.',
  notices: 'What the reader should know, for people.',
  reason: 'Why, for people.',
  criterion: 'Name of the criterion.',
  signed: 'Whether the sign of a score tells the way the loss goes.',
  needs: 'What it looks at besides the graph and its weights.',
  standardErrors: 'Standard errors of sampled scores, in their order; absent for all others.',
  normalize: 'What the scores of a layer were divided by.',
  score: 'In the units of the paper that proposed the criterion.',
  scores: 'In the units of the paper that proposed the criterion, in the order of nodes or of the row-major kernel.',
  kernels: 'One for each kernel.',
  overlap25: 'The same for the best quarter.',
  overlap50: 'The same for the best half.',
  'trust.overlap25': 'Least overlap of the best quarter, in the median over layers.',
  'trust.spearman': 'Least rank correlation, in the median over layers.',
  'trust.fewestNodes': 'Layers with fewer nodes have no say.',
  skipped: 'Criteria that have nothing to say here.',
  rows: 'Row by row.',
  columns: 'What the columns are called.',
  header: 'What the column is called.',
  headers: 'What the columns are called.',
  what: 'What the work is at.',
  scope: 'Whether each layer loses its share, or all together.',
  amount: 'Share that was asked for, 0 to below 1.',
  step: 'Counts from 1.',
  event: 'What the training tells.',
  schedule: 'How shares grow.',
  points: 'The points, in the order they were measured.',
  history: 'One event for each epoch.',
  refused: 'Layers of which nothing can go.',
  network: 'The network that came of it.',
  'PrunedModel.original': 'The network that was pruned.',
  folded: 'Names of the batch normalisations that were folded.',
  plan: 'Which nodes and weights go.',
  certificate: 'The measured proof.',
  kept: 'Nodes that are planned but keep their place, and why.',
  'bytes.before': 'Of the original; null for a network that came from no file.',
  'bytes.after': 'Of the pruned one.',
  before: 'The original network in numbers.',
  after: 'The shrunk network in numbers.',
  shrunk: 'Digest of the shrunk network.',
  pruned: 'Digest of the pruned network.',
  made: 'How the plan came to be, for people: plain data that nothing reads.',
  random: 'Over random inputs.',
  'maxAbsDifference.data': 'Over the data; null without any.',
  'FileCheck.maxAbsDifference': 'Largest difference between an output of the file and one of ours.',
  'CertifyOptions.data': 'Samples that the proof measures on besides random inputs.',
  data: 'Its numbers in row-major order; as many as the product of `shape`.',
  shape: 'Length of each axis, the outermost first.',
  values: 'The numbers in row-major order.',
  maps: 'The whole relevance of the layers that were asked for.',
  epsilon: 'What keeps denominators from 0.',
  stabiliser: 'Whether it is added with the sign of the denominator or as it is.',
  convention: 'How the details of the rules are settled.',
  base: 'What is left out is as in this one. Default `zennit`.',
  start: 'What the relevance at the scores is.',
  rule: 'Name of the rule.',
  otherwise: 'The rule of layers that no row fits.',
  'Composite.rows': 'The first row that fits a layer counts.',
  'rows.layers': 'Which layers the row fits.',
  names: 'Names of the layers.',
  kinds: 'The kinds of the layers.',
  from: 'Where it begins.',
  'LayerChoice.from': 'Place of the first of these layers among the layers with nodes, from 0.',
  to: 'Where it ends.',
  'LayerChoice.to': 'Place of the last of these layers among the layers with nodes, from 0.',
  path: 'File or folder.',
  format: 'Model format.',
  first: 'The share that was asked for.',
  rest: 'All other samples.',
  file: 'Name of the file.',
  'SavedCertificate.file': 'What came of the model as a file.',
  split: 'Training or test samples.',
  addon: 'The native addon, or why it is not there.',
  found: 'Whether it can be used.',
  supported: 'Instruction sets that this processor has.',
  hint: 'What to do about it; undefined if there is nothing to be done.',
  code: 'Where the fault lies; stable, for programs.',
  cause: 'What lies behind it.',
  input: 'The layer that takes the samples.',
  output: "The layer whose output is the network's.",
  inputLayout: 'The layout in which the model takes images.',
  config: 'The settings of the kind; those left out have defaults.',
  weights: 'Weights by name, as Keras lays them out.',
  '[layerIdBrand]': 'Tells it apart from other numbers, for the compiler alone.',
  id: 'Place in the layers of the network.',
  median: 'The middle one, in ms.',
  quartiles: 'A quarter is below the first and above the second, in ms.',
  check: "What the format's own runtime made of the file.",
  min: 'The smallest.',
  max: 'The largest.',
  mean: 'The mean.',
  '25%': 'A quarter is below.',
  '50%': 'The median.',
  '75%': 'A quarter is above.',
  label: 'What it says.',
  'StudyTrialEvent.label': 'What a reader calls the trial.',
  says: 'What it says.',
  marks: 'What is pointed at.',
  x: 'Along the horizontal axis.',
  y: 'Along the vertical axis.',
  tf: 'TensorFlow.js itself.',
  backend: 'Which backend of TensorFlow.js.',
  optimizer: 'Which rule the weights learn by.',
  options: "The study's own options, by name.",
  settings: 'What the study was asked for.',
  source: 'Where it was published.',
  study: 'Name of the study.',
  trials: 'The trials; of a number: how many.',
  trial: 'What was run: plain data.',
  outcome: 'What came of it: plain data.',
  verdicts: 'How many compared numbers got each verdict.',
  verdict: 'How ours and the published number go together.',
  tables: 'Tables as they are printed and saved.',
  files: 'Files besides the tables.',
  content: 'What is in it.',
  table: 'Name of the table.',
  row: 'Row of the table.',
  column: 'Column of the table.',
  published: 'The published mean; null if there is none.',
  publishedStd: 'The published standard deviation; null if there is none.',
  ours: 'Mean of our trials.',
};

/** Functions with nothing to throw on what their types allow. */
const harmless = new Set([
  'amountAt',
  'classify',
  'comparisonCsv',
  'coupledNodes',
  'dataFolders',
  'denseNetwork',
  'engineInfo',
  'foldBatchNorm',
  'formatCsv',
  'formatDuration',
  'formatIndices',
  'formatNumber',
  'formatPercent',
  'formatTable',
  'hiddenLayers',
  'invertPruning',
  'isPng',
  'networkDigest',
  'nodeCount',
  'rebasePlan',
  'replayAdaptive',
  'summarize',
  'writeNpz',
]);

/** Who owns a property: the nearest one above with a name of its own. */
function ownerOf({ parent }) {
  return parent.name === '__type' ? ownerOf(parent) : parent;
}

/** Entries of the tables that are exported as they stand in the source. */
function ofTable(reflection) {
  for (let above = reflection.parent; above; above = above.parent) {
    if (above.kind === ReflectionKind.Variable) return above.name;
  }
  return undefined;
}

function wordFor(property) {
  const owned = `${ownerOf(property).name}.${property.name}`;
  const known = ofTable(property) ? [owned] : [owned, property.name];
  return known.find((word) => word in words);
}

export function load(app) {
  const used = new Set();
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
      if (property.hasComment()) continue;
      const word = wordFor(property);
      used.add(word);
      const text = words[word] ?? (ofTable(property) && `An entry of \`${ofTable(property)}\`.`);
      if (text) property.comment = new Comment([{ kind: 'text', text }]);
    }
  });
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    const functions = project.getReflectionsByKind(ReflectionKind.Function);
    for (const { name, signatures } of functions) {
      const says = signatures.every(({ comment }) => comment?.getTag('@throws'));
      if (says === harmless.has(name)) {
        app.logger.warn(says ? `${name} throws: it is not harmless` : `${name} does not say what it throws`);
      }
    }
    for (const word of Object.keys(words)) if (!used.has(word)) app.logger.warn(`nothing is called "${word}"`);
    for (const name of harmless) {
      if (!functions.some((one) => one.name === name)) app.logger.warn(`no function is called "${name}"`);
    }
  });
}
