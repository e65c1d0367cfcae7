export type { CellVerdict, ComparedCell } from './compare.js';
export {
  runStudy,
  type StudyEvent,
  type StudyOptions,
  type StudyReport,
  type StudyRun,
} from './runStudy.js';
export { comparisonCsv, saveStudy, studyFiles } from './save.js';
export type { Json, Publication, Study, StudyFile, StudyOption, StudyTable } from './study.js';
export { type StudyName, studies, studyNames } from './table.js';
