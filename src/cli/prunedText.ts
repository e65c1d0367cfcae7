import {
  type Certificate,
  type FileCheck,
  type FileReport,
  formatCsv,
  formatDuration,
  formatIndices,
  formatNumber,
  formatPercent,
  formatTable,
  type Measurement,
  type PlannedNodes,
  type PruningEvent,
  type SavedCertificate,
  type Verification,
} from '../index.js';
import type { Context } from './context.js';
import type { DocumentView, Presentation } from './output.js';

/** What pruning commands print. */
export interface PrunedDocument {
  /** Planned nodes: deleted, unless the network was only masked. */
  readonly removed: readonly PlannedNodes[];
  /** Planned weights: 0, where their nodes are left. */
  readonly weights: readonly { readonly layer: string; readonly count: number; readonly of: number }[];
  readonly kept: Certificate['kept'];
  readonly before: Measurement;
  readonly after: Measurement;
  /** Null where outputs are not compared: a model that was trained is proven to be the certified one. */
  readonly maxAbsDifference: number | null;
  readonly tolerance: number | null;
  readonly holds: boolean;
  readonly flips: number | null;
  readonly flipsPerClass: readonly number[] | null;
  readonly cut: string;
  readonly model: string | null;
  /** What came of the model as a file; null if it was not kept. */
  readonly file: FileReport | null;
  /** Of `verify`: how it was proven, whether the certified loss was found again, and the file in its format's runtime. */
  readonly proof?: Verification['proof'];
  readonly lossAgrees?: true | null;
  readonly runtime?: FileCheck | null;
}

export function documentOf(certificate: Certificate | SavedCertificate, model: string | null): PrunedDocument {
  const { kept, holds } = certificate;
  return { ...shared(certificate), kept, holds, model, file: 'file' in certificate ? certificate.file : null };
}

/** What `verify` prints: what does not hold is an error. */
export function verifiedDocument(verification: Verification): PrunedDocument {
  const { proof, lossAgrees, file: runtime } = verification;
  return { ...shared(verification), proof, lossAgrees, runtime, kept: [], holds: true, model: null, file: null };
}

function shared({ plan, maxAbsDifference: most, ...found }: Certificate | Verification) {
  const { before, after, tolerance, flips, flipsPerClass } = found;
  return {
    removed: plan.nodes,
    weights: (plan.weights ?? []).map(({ layer, count, shape }) => {
      return { layer, count, of: shape.reduce((product, n) => product * n, 1) };
    }),
    before,
    after,
    maxAbsDifference: most && Math.max(most.data ?? 0, most.random),
    tolerance,
    flips,
    flipsPerClass,
    cut: plan.cut,
  };
}

/** How such a document looks. */
export const prunedView = (type: string, title: string, document: PrunedDocument): DocumentView<PrunedDocument> => ({
  type,
  document,
  text: (shown) => `${title}\n\n${prunedText(shown)}`,
  csv: (shown) =>
    formatCsv(
      ['figure', 'before', 'after'],
      figures(shown).map(({ name, values }) => [name, ...values]),
    ),
});

/** The same for a run that also tells its steps. */
export const pruningPresentation = (
  titleOf: (document: PrunedDocument) => string,
): Presentation<object, PrunedDocument> => {
  const view = (document: PrunedDocument) => prunedView('pruned', titleOf(document), document);
  return {
    text: (colours) => ({ result: (document) => view(document).text(document, colours) }),
    csv: () => ({ result: (document) => view(document).csv(document) }),
  };
};

/** A step's plan as `step`; what its training tells under its own names, with the step. */
export function shownEvent(event: PruningEvent): object {
  if (event.type === 'training') return { ...event.event, step: event.step, of: event.of };
  return { ...event, type: 'step' };
}

type Figure = { readonly name: string; readonly values: readonly (number | null)[] };

function figures({ before, after, file }: PrunedDocument): Figure[] {
  const measured = (['parameters', 'zeros', 'macs', 'loss', 'accuracy'] as const satisfies (keyof Measurement)[]).map(
    (name) => ({ name, values: [before[name], after[name]] }),
  );
  return [
    ...measured,
    ...(file ? [{ name: 'bytes', values: [file.bytes.before, file.bytes.after] }] : []),
    ...(file?.latency ? [{ name: 'milliseconds', values: file.latency.times.map(({ median }) => median) }] : []),
  ];
}

const timesText = ({ runtime, batch, threads, runs }: NonNullable<FileReport['latency']>): string =>
  `milliseconds: median of ${runs} passes in ${runtime}, batch ${batch}, ${threads === 1 ? 'one thread' : `${threads} threads`}`;

const checkText = ({ runtime, maxAbsDifference }: FileCheck): string[] =>
  runtime === null ? [] : [`the file in ${runtime}: outputs differ by at most ${formatNumber(maxAbsDifference ?? 0)}`];

const shows: Readonly<Record<string, (value: number) => string>> = {
  loss: formatNumber,
  accuracy: formatPercent,
  milliseconds: formatNumber,
};

function prunedText(shown: PrunedDocument): string {
  const { removed, weights, flips, model, file, runtime, lossAgrees } = shown;
  const checked = file?.check ?? runtime;
  const columns = ['', 'before', 'after'].map((header, i) => ({
    header,
    align: i === 0 ? ('left' as const) : ('right' as const),
  }));
  const rows = figures(shown)
    .filter(({ values }) => values[0] !== null)
    .map(({ name, values }) => [name, ...values.map((value) => (shows[name] ?? String)(value as number))]);
  const nodes = removed.map(({ layer, nodes: own }) => `  ${layer}: ${formatIndices(own)}`);
  const zeros = weights.map(({ layer, count, of }) => `  ${layer}: ${count} of ${of}`);
  const lines = [
    formatTable(columns, rows),
    nodes.length === 0 && zeros.length === 0 ? 'removed: nothing' : [],
    nodes.length === 0 ? [] : `removed:\n${nodes.join('\n')}`,
    zeros.length === 0 ? [] : `weights that are 0:\n${zeros.join('\n')}`,
    flips === null ? [] : `predictions that changed: ${flips}`,
    classesText(shown),
    proofText(shown),
    lossAgrees ? 'the loss is the one that was certified' : [],
    file?.latency ? timesText(file.latency) : [],
    checked ? checkText(checked) : [],
    model === null ? [] : `written: ${model}, ${model}.certificate.json`,
  ];
  return `${lines.flat().join('\n')}\n`;
}

function proofText({ maxAbsDifference, tolerance, holds }: PrunedDocument): string[] {
  if (maxAbsDifference === null || tolerance === null) return [];
  const proven = `${holds ? 'proven' : 'NOT proven'} (tolerance ${formatNumber(tolerance)})`;
  return [`masked and pruned outputs differ by at most ${formatNumber(maxAbsDifference)}: ${proven}`];
}

/** What pruning does to each class. */
function classesText({ before, after, flipsPerClass }: PrunedDocument): string[] {
  if (before.perClass === null || after.perClass === null) return [];
  const share = (of: { correct: number; samples: number }): string =>
    formatPercent(of.samples === 0 ? null : of.correct / of.samples);
  const rows = before.perClass.map((old, label) => {
    const now = after.perClass![label]!;
    return [label, old.samples, share(old), share(now), flipsPerClass?.[label] ?? ''];
  });
  const heads = ['class', 'samples', 'accuracy before', 'after', 'predictions changed'];
  return [
    formatTable(
      heads.map((header) => ({ header, align: 'right' })),
      rows,
    ),
  ];
}

/** Says what each step plans and shows on the terminal how its training goes. */
export function narratePruning({ progress, note }: Context): (event: PruningEvent) => void {
  return (told) => {
    const { step, of } = told;
    if (told.type === 'plan') {
      if (of > 1) note(`step ${step} of ${of}: ${formatPercent(told.amount)} gone, ${goneIn(told)}`);
    } else if (told.event.type === 'start' && told.event.notice && step === 1) note(`notice: ${told.event.notice}`);
    else if (told.event.type === 'progress') {
      const { done, of: all, epoch, loss, eta } = told.event;
      const left = `loss ${formatNumber(loss)}, ${formatDuration(eta)} left in this step`;
      progress.show({ label: `step ${step} of ${of}, epoch ${epoch}`, done, of: all, note: left });
    }
  };
}

const goneIn = ({ nodes, weights }: { readonly nodes: number; readonly weights: number }): string =>
  weights > 0 ? `${weights} weights` : `${nodes} nodes`;
