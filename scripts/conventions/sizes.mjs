// Functions stay within 60 lines (kernels 80), files within 500.
import ts from 'typescript';
import { code, filesLike, read } from './tree.mjs';

const mostLines = 500;
const mostFunctionLines = (path) => (path.startsWith('native/kernels/') ? 80 : 60);

/** Tests are listed in functions of their own (`describe`), which only hold others together. */
const listing = (node) => ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText());

function* typescriptFunctions(path, text) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position) => file.getLineAndCharacterOfPosition(position).line + 1;
  const nodes = [file];
  for (const node of nodes) {
    ts.forEachChild(node, (child) => void nodes.push(child));
    if (!ts.isFunctionLike(node) || !node.body || listing(node)) continue;
    yield { first: lineOf(node.getStart()), last: lineOf(node.end) };
  }
}

/** The same text without what only looks like braces. */
const bare = (text) =>
  text
    .replace(/\/\/.*/g, '')
    .replace(/"(\\.|[^"\\\n])*"/g, '""')
    .replace(/'(\\.|[^'\\\n])'/g, "' '");

/** C++ that stands in braces behind something in parentheses: functions and lambdas, loops and branches. */
function* blocks(_path, text) {
  const open = [];
  let statement = '';
  for (const [i, line] of bare(text).split('\n').entries()) {
    for (const character of line.startsWith('#') ? '' : line) {
      if (character === '{') open.push({ first: i + 1, runs: runs(statement) });
      const closed = character === '}' ? open.pop() : undefined;
      if (closed?.runs) yield { first: closed.first, last: i + 1 };
      statement = /[{};]/.test(character) ? '' : statement + character;
    }
  }
}

const runs = (statement) => statement.includes('(') && !/^\s*(template\b.*>\s*)?(struct|class)\b/.test(statement);

export function* sizeProblems() {
  for (const path of filesLike(code)) {
    const text = read(path);
    const lines = text.split('\n').length - 1;
    if (lines > mostLines) yield `${path}: ${lines} lines, more than ${mostLines}`;
    const functions = /\.(cc|h)$/.test(path) ? blocks : typescriptFunctions;
    for (const { first, last } of functions(path, text)) {
      const length = last - first + 1;
      if (length > mostFunctionLines(path)) yield `${path}:${first}: a function of ${length} lines`;
    }
  }
}
