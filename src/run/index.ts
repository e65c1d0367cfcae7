export { openChildren, serveTasks } from './children.js';
export { createMailbox } from './mailbox.js';
export { runTasks } from './tasks.js';
