export { openChildren, serveTasks } from './children.js';
export { digestOf } from './digest.js';
export { packDoubles, unpackDoubles } from './doubles.js';
export { type Journal, type JournalFacts, openJournal } from './journal.js';
export { createMailbox } from './mailbox.js';
export { runTasks } from './tasks.js';
