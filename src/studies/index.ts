export type { CellVerdict, ComparedCell } from './compare.js';
export { studyDocument } from './document.js';
export {
  runStudy,
  type StudyDoneEvent,
  type StudyEvent,
  type StudyOptions,
  type StudyProgressEvent,
  type StudyReport,
  type StudyRun,
  type StudyStartEvent,
  type StudyTrialEvent,
} from './runStudy.js';
export { comparisonCsv, type SaveStudyOptions, saveStudy, studyFiles } from './save.js';
export type {
  DoneTrial,
  Json,
  Publication,
  Study,
  StudyFile,
  StudyOption,
  StudyPlaces,
  StudySettings,
  StudyTable,
  TrialContext,
} from './study.js';
export { type StudyName, studies, studyNames } from './table.js';
