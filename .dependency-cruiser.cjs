// The house of ARCHITECTURE.md as rules: a room imports only rooms on lower floors, and nobody reaches around the one
// door of the native engine. The table below is the only place where a floor is written down.
const floors = [
  ['util'],
  ['tensor'],
  ['network', 'data', 'metrics', 'report', 'run'],
  ['formats', 'engine'],
  ['pruning', 'training', 'propagation', 'ablation'],
  ['criteria', 'runtimes'],
  ['recipes'],
  ['studies'],
];

const room = (names) => `^src/(${names.join('|')})/`;

const floorRules = floors.map((rooms, floor) => ({
  name: `floor-${floor}-${rooms[0]}`,
  comment: `${rooms.join(', ')} stand on the floors below and see nothing above or beside them.`,
  severity: 'error',
  from: { path: room(rooms) },
  to: { path: '^src/', pathNot: [room(floors.slice(0, floor).flat().concat('\u0000')), '^src/$1/'].filter(Boolean) },
}));

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/(index|cli/main)\\.ts$' },
      to: {},
    },
    ...floorRules,
    {
      name: 'rooms-are-entered-by-their-index',
      comment: 'util and tensor are drawers of small files; every other room has one door.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/(?!util/|tensor/)[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'criteria-do-not-see-pruning',
      severity: 'error',
      from: { path: '^src/criteria/' },
      to: { path: '^src/pruning/' },
    },
    {
      name: 'nothing-rests-on-propagation',
      comment:
        'Relevance propagation is the subject of patents: without it two criteria and two studies are gone, no more.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(propagation/|studies/|criteria/(options|relevance)\\.ts$|index\\.ts$)' },
      to: { path: '^src/propagation/' },
    },
    {
      name: 'cli-uses-the-public-api',
      comment: 'The command line is the first honest user of the library.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: '^src/(cli/|index\\.ts$)' },
    },
    {
      name: 'nobody-imports-the-index',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/(index\\.ts$|cli/)' },
    },
    {
      name: 'one-door-to-the-addon',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/native/' },
      to: { path: 'node-gyp-build|\\.node$' },
    },
    {
      name: 'peers-stay-out-of-the-product',
      comment: 'Runtimes of model formats check and time files; results never come from them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(training|runtimes)/' },
      to: { path: 'onnxruntime-node|@tensorflow' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
