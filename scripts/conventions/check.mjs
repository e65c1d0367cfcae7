// What CONTRIBUTING.md promises and a machine can hold: sizes, no second copies, and every row of every table with a test, a
// line in the docs and a bench or a reason; workflows without a fault. It asks the compiled library in dist/ for the tables.
import { duplicateProblems } from './duplicates.mjs';
import { rowProblems } from './rows.mjs';
import { sizeProblems } from './sizes.mjs';
import { workflowProblems } from './workflows.mjs';

const problems = [...sizeProblems(), ...duplicateProblems(), ...rowProblems(), ...(await workflowProblems())];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log('sizes, copies, rows and workflows are in order');
