// What CONTRIBUTING.md promises and a machine can hold: sizes, no second copies, and every row of every table with a test, a
// line in the docs and a bench or a reason. It asks the compiled library in dist/ for the tables.
import { duplicateProblems } from './duplicates.mjs';
import { rowProblems } from './rows.mjs';
import { sizeProblems } from './sizes.mjs';

const problems = [...sizeProblems(), ...duplicateProblems(), ...rowProblems()];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log('sizes, copies and rows are in order');
