// What pages of studies say beyond results: why numbers were missed, what else ours were held against, which figures are shown.
import { readFileSync } from 'node:fs';
import { expectedShares } from '../dist/studies/lrpToy/rankCurves.js';

/** Figures of each page, by file name; the others are left to `--out`. */
export const figuresOf = {
  'ablation-importance': [
    'changes-single-mnist-train.svg',
    'histogram-single-mnist-train.svg',
    'changes-multi-mnist-train.svg',
    'histogram-cnn-mnist-validation.svg',
  ],
  'importance-propagation': ['pixels.svg'],
  'weight-vs-unit': ['images.svg', 'accuracy-sparsity.svg'],
  'lrp-toy': [
    'accuracy-moon-as-published-train.svg',
    'accuracy-circle-as-published-train.svg',
    'accuracy-mult-as-published-train.svg',
    'accuracy-mult-as-published-test-noise-0.3.svg',
    'boxes-mult-as-published.svg',
    'regions-moon-as-published-0.svg',
  ],
  'iris-threshold': ['flowers.svg', 'loss.svg', 'precision-threshold.svg', 'zeros-threshold.svg', 'network.svg'],
};

const ownTraining =
  "Networks are trained by our own loop with Keras' rule for Adam and other random numbers; samples are shuffled as NumPy's legacy generator does.";

/** What differs from the publications in the runs on each page. */
export const deviations = {
  'ablation-importance': [
    ownTraining,
    'Layers are named as in our networks, since some of the printed names are reversed, which the widths give away.',
    'Fewer trials than published: 10 of 50 of `single`, 5 of 50 of `multi`, 3 (MNIST) and 2 (Fashion-MNIST) of 10 of `cnn` on held-back samples; `cnn` on the samples that it learnt from, and on CIFAR-10, has not been run at this size.',
  ],
  'importance-propagation': [
    'Training ends after 36 whole epochs, 19,800 batches; the published one was stopped by hand after 19,801.',
    "Adam's epsilon is 1e-7, Keras' default, and not 1e-8, TensorFlow 1's.",
    'Other random numbers: for the start, which samples are held back and the order of batches.',
  ],
  'weight-vs-unit': [ownTraining, 'Nine networks and their mean; published is one run.'],
  'lrp-toy': [
    'The published weights are lost: ours are other networks, and verdicts are about means over a few of them.',
    'moon and circle learn by 10,000 steps on random batches of 100 in the place of as many full batches.',
    'Two networks of mult learnt in the published order, 40,000 steps on batches of one class each (15 minutes of one core); they were scored on 5, 20 and 100 samples a class. The whole grid of mult, with noise and rankings, is of two networks of 10,000 random batches (`--mult-batches random`), in tables of their own and in the figures.',
    'Decision regions are a raster of classes; the published contours show bands of classes in between along some borders.',
    'A log is replaced, not appended to.',
  ],
  'iris-threshold': [
    'The published seed is not known: ours are 100 other starts and splits.',
    'Where the average precision never falls the published program ends with an index error; ours says so.',
  ],
};

/** P(|t| > 3 / sqrt(1 + 1 / 2)) with one degree of freedom: how often the band of two networks leaves out a third one. */
const twoNetworks = 'Three deviations over two networks leave out a quarter of all networks like them (Student).';
/** The same of three, with two degrees of freedom: 1 - t / sqrt(2 + t^2) at t = 3 / sqrt(1 + 1 / 3). */
const threeNetworks =
  'Three deviations over three networks leave out one in eight of all networks like them (Student).';
const otherMult =
  'These two networks learnt from 10,000 random batches, the published one, as far as its script tells, from 40,000 in the order of the file. Two that did so keep what it keeps (the other table of mult).';

/** Why a published number was missed. A page whose missed numbers are not all explained is not written. */
export const explanations = [
  {
    table: 'multi, mnist, train samples',
    row: 'dense_3',
    column: 'zero',
    says: 'Five counts of 0 or 1 spread less (0.55) than fifty published ones (1.64). With the published spread for both, 2.0 standard errors lie between the means.',
  },
  {
    table: 'single, mnist, validation samples',
    row: 'dense_1',
    column: 'worse',
    says: 'Ten of ours spread less (3.6) than fifty published ones (6.5). With the published spread for both, 2.0 standard errors lie between the means; ours are networks of other random numbers.',
  },
  {
    table: 'moon, as published',
    row: 'test samples, 1 a class',
    column: /taylor|grad/,
    says: 'The test samples are the two that units were scored on, 100 in all 50 runs: a sample is a point. Every network has the same 100, so that networks hardly differ, and the band is a point or two wide. One network had 4 (taylor) and 12 (grad) of them wrong, ours 2 and 9.',
  },
  {
    table: 'circle, as published',
    row: 'test samples, 5 a class',
    column: 'taylor',
    says: 'Missed by a tenth of a point beyond the band. A standard deviation of three networks is so uncertain that three of them leave out about one network in ten.',
  },
  {
    table: 'mult, as published',
    row: /./,
    column: 'grad',
    says: `The same 50 draws of five samples a class on the training and on the test samples, by grad, which spreads by 7 points over draws and by half a point over our two networks. ${twoNetworks}`,
  },
  {
    table: 'mult from random batches, as published',
    row: /^training samples|^test samples, (noise 0\.01, )?\d+ a class$/,
    column: 'lrp',
    says: `${otherMult} They keep 84 to 87 % by lrp where it keeps 91 or 92 %, with little spread over seeds. ${twoNetworks}`,
  },
  {
    table: 'mult from random batches, as published',
    row: /^test samples, noise 0\.3/,
    column: 'lrp',
    says: `${otherMult} With noise on few samples they keep 2 to 3 points more by lrp, since they know the noisy points half a point better before pruning. ${twoNetworks}`,
  },
  {
    table: 'mult from random batches, as published',
    row: 'training samples, 2 a class',
    column: 'taylor',
    says: `The first sample of every class is the origin, so that taylor looks at four points in all, one a class: what it keeps depends on the very network, as with one sample a class. ${otherMult} ${twoNetworks}`,
  },
  {
    table: 'mult from random batches, as published',
    row: 'test samples, 10 a class',
    column: 'weight',
    says: `On the training samples one of our networks loses 5 points by weight and the other 11, the published one 4; on these 40 points the two happen to lie close together. ${otherMult} ${twoNetworks}`,
  },
  {
    table: 'mult from random batches, as published',
    row: /./,
    column: /./,
    says: `${otherMult} ${twoNetworks}`,
  },
  {
    table: 'moon, as published',
    row: /noise/,
    column: /./,
    says: threeNetworks,
  },
  {
    table: 'mult from random batches, as published: rankings of different seeds',
    row: /./,
    column: /./,
    says: `${otherMult} ${twoNetworks}`,
  },
  {
    table: /^(moon|circle), as published: rankings of different seeds$/,
    row: /./,
    column: /./,
    says: `${threeNetworks} A band is a hundredth wide at least, and networks that agree within a thousandth by chance have no wider one.`,
  },
];

const fits = (pattern, text) => (pattern instanceof RegExp ? pattern.test(text) : pattern === text);

export const explanationOf = (cell) =>
  explanations.find((own) => fits(own.table, cell.table) && fits(own.row, cell.row) && fits(own.column, cell.column));

/** The largest distance between two distribution functions (Kolmogorov and Smirnov). */
export function distance(a, b) {
  const below = (values, limit) => values.filter((value) => value <= limit).length / values.length;
  return Math.max(...[...a, ...b].map((limit) => Math.abs(below(a, limit) - below(b, limit))));
}

/** Seed by seed the same starts and splits in scikit-learn. */
function besideScikitLearn({ trials }) {
  const path = new URL('../test/fixtures/irisThreshold/irisThreshold.json', import.meta.url);
  const { sklearn, runs } = JSON.parse(readFileSync(path, 'utf8'));
  const peers = runs.slice(0, trials.length);
  const ours = trials.map(({ outcome }) => ({
    before: outcome.before,
    cutoff: outcome.reported?.threshold ?? null,
    zeros: outcome.reported?.zeros ?? null,
  }));
  const learnt = (all) => all.filter(({ before, cutoff }) => before > 0.9 && cutoff !== null);
  const apart = (key) => distance(...[ours, peers].map((all) => learnt(all).map((run) => run[key]))).toFixed(3);
  const never = (all) => all.filter(({ before }) => before <= 0.9).length;
  return [
    `MLPClassifier of scikit-learn ${sklearn} from the same starts on the same splits, ${peers.length} seeds: ${never(peers)} never learn there, ${never(ours)} here`,
    `distance of Kolmogorov and Smirnov between ours and scikit-learn's: ${apart('cutoff')} of the cutoffs, ${apart('zeros')} of the weights gone`,
  ];
}

const thinned = [
  { row: 'test accuracy', column: 'before', of: (outcome) => outcome.before },
  { row: 'test accuracy', column: 'after', of: (outcome) => outcome.after },
  { row: 'hidden 1', column: 'kept nodes', of: ({ hidden }) => hidden[0].kept },
  { row: 'hidden 2', column: 'kept nodes', of: ({ hidden }) => hidden[1].kept },
];

/** Whether the one published run lies between the least and the most of ours. */
function rangesOf({ trials, cells }) {
  const own = trials.filter(({ trial }) => trial.variant === 'as-published').map(({ outcome }) => outcome);
  return thinned.flatMap(({ row, column, of }) => {
    const cell = cells.find((one) => one.row === row && one.column === column && one.published !== null);
    if (cell === undefined || own.length === 0) return [];
    const [least, most] = [Math.min, Math.max].map((pick) => pick(...own.map(of)));
    const where = cell.published < least ? 'below' : cell.published > most ? 'above' : 'within';
    return [
      `${row}, ${column}: published ${cell.published}, ${where} the range of ours as published, ${least} to ${most}`,
    ];
  });
}

/** The published finding is one run's curve; ours is the mean's, and what single networks do stands beside it. */
function whoseCurves({ trials, notes }) {
  if (trials.length === 1) return [];
  const single = notes.filter((note) => /^seed .*up to 60 %/.test(note));
  const within = single.filter((note) => note.endsWith(': holds')).length;
  return [
    `the published curves are judged by the mean of ${trials.length} networks, as the figure shows them; of the ${single.length} networks alone ${within} stay within one point up to 60 %, and those that do not are told above with what they lose`,
  ];
}

/** How far all published numbers about rankings lie from ours, which says something of one network too. */
function rankDistances({ files }) {
  return files
    .filter(({ name }) => name.startsWith('ranks-published-'))
    .map(({ name, content }) => {
      const [head, ...rows] = content.trim().split(/\r?\n/);
      const [published, ours, trials] = ['published', 'ours', 'networks'].map((key) => head.split(',').indexOf(key));
      const cells = rows.map((line) => line.split(','));
      const apart = cells.map((own) => Math.abs(own[published] - own[ours])).sort((a, b) => a - b);
      const at = (share) => apart[Math.ceil(share * apart.length) - 1].toFixed(3);
      const networks = cells[0][trials] === '1' ? '1 network' : `${cells[0][trials]} networks`;
      return `${name.split('-')[2]}, ${networks}: of ${apart.length} published numbers about rankings half are within ${at(0.5)} of ours, nine tenths within ${at(0.9)}, all within ${at(1)}`;
    });
}

/** Rows of a CSV whose cells hold no commas, by name. */
function rowsOf(content) {
  const [head, ...lines] = content.trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
}

/** Why numbers about rankings are outside: what their curve tells, and what the bands of few networks leave out anyway. */
function rankCauses({ files }) {
  const total = (rows, ...keys) =>
    rows.reduce((sum, row) => sum + keys.reduce((own, key) => own + Number(row[key]), 0), 0);
  return files
    .filter(({ name }) => name.startsWith('ranks-all-curves-'))
    .map(({ name, content }) => {
      const curves = rowsOf(content);
      const apart = curves.filter(({ probability }) => Number(probability) < 0.05);
      const outside = (rows) => total(rows, 'outside_above', 'outside_below');
      const [all, networks] = [total(curves, 'numbers'), Number(curves[0].networks)];
      const chance = expectedShares(networks);
      const percent = (share) => `${Math.round(100 * share)} %`;
      return [
        `${name.split('-')[3]}: of ${outside(curves)} numbers about rankings outside their bands`,
        `${outside(apart)} are on the ${apart.length} of ${curves.length} curves that Student's test tells apart from ours at 5 % (${Math.round(curves.length / 20)} are by chance),`,
        `named in the table below with how far and to which side;`,
        `the other ${outside(curves) - outside(apart)} are on curves that one more network like ours would have:`,
        `three deviations over ${networks} networks leave out up to ${percent(chance.outside)} of such numbers by chance (here ${percent(outside(curves) / all)} in all),`,
        `and ${percent(total(curves, 'between') / all)} lie between our networks, by chance ${percent(chance.within)}`,
      ].join(' ');
    });
}

const comparisons = {
  'lrp-toy': (report) => [...rankDistances(report), ...rankCauses(report)],
  'iris-threshold': besideScikitLearn,
  'importance-propagation': rangesOf,
  'weight-vs-unit': whoseCurves,
};

/** Sentences about a report that are no findings of the study itself. */
export const remarksOn = (report) => comparisons[report.study]?.(report) ?? [];

const toyCriteria = ['lrp', 'taylor', 'grad', 'weight'];

/** A table of the report with the most networks of a dataset that has it. */
function toyTable(reports, dataset, title) {
  const networks = ({ trials }) => trials.filter(({ trial }) => trial.dataset === dataset).length;
  const [most] = reports
    .filter(({ tables }) => tables.some((own) => own.title === title))
    .sort((a, b) => networks(b) - networks(a));
  return most?.tables.find((own) => own.title === title);
}

/** Another implementation's accuracies and units lost beside ours, as the mean of our networks has them. */
function besideRerun(reports) {
  const { source, accuracy, lost, rankings } = JSON.parse(
    readFileSync(new URL('../test/fixtures/toyRerun.json', import.meta.url), 'utf8'),
  );
  const pairOf = (theirs, table, isRow, column) => {
    const own = table?.rows.find(isRow)?.[table.headers.indexOf(column)];
    return own === undefined ? theirs : `${theirs} / ${own}`;
  };
  const accuracies = accuracy.map(({ dataset, perClass, ...theirs }) => {
    const table = toyTable(reports, dataset, `${dataset}, as-published: accuracy on training samples, %`);
    const pairs = toyCriteria.map((name) => pairOf(theirs[name], table, ([size]) => size === String(perClass), name));
    return [`${dataset}, ${perClass} a class`, ...pairs];
  });
  const losses = toyTable(reports, 'moon', 'moon, as-published: units lost by the first / second / third layer');
  const lostOf = (name) => pairOf(`${lost[name]};`, losses, ([size]) => size === '5', name).replace('; /', ';');
  const shown = ['spearman', 'unit-spearman', 'first-1000', 'last-1000'];
  const agreement = toyTable(reports, 'moon', 'moon, as-published, network 0: how rankings of different seeds agree');
  return {
    says: `${source} Theirs / ours.`,
    tables: [
      { headers: ['training samples, %', ...toyCriteria], rows: accuracies },
      {
        headers: ['units lost by layer, moon, 5 a class: theirs; ours', ...toyCriteria],
        rows: [['', ...toyCriteria.map(lostOf)]],
      },
      {
        headers: ['rankings of different seeds, moon', ...shown],
        rows: rankings.map(({ criterion, perClass, means }) => [
          `${criterion}, ${perClass} a class`,
          ...shown.map((name, i) =>
            pairOf(means[i], agreement, ([own, size]) => own === criterion && size === perClass, name),
          ),
        ]),
      },
    ],
  };
}

/** What else a page sets beside ours, over all its reports. */
export const peersOf = { 'lrp-toy': besideRerun };
