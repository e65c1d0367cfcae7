export { digestOf } from './digest.js';
export { packDoubles, unpackDoubles } from './doubles.js';
export { type Journal, type JournalFacts, openJournal } from './journal.js';
