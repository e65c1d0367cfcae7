/** Colours of Okabe and Ito, told apart with every kind of colour vision; in the order in which the nodes are sorted. */
export const nodeClasses = [
  { class: 'important', colour: '#0072b2', says: 'important: worse without it' },
  { class: 'zero', colour: '#7f7f7f', says: 'zero: within the tolerances (band)' },
  { class: 'worse', colour: '#d55e00', says: 'worse: better without it' },
] as const;

export const ink = {
  text: '#1a1a1a',
  soft: '#5c5c5c',
  line: '#b8b8b8',
  grid: '#ececec',
  band: '#f5efdb',
  background: '#ffffff',
} as const;

/** The same palette for curves, in an order in which neighbours differ most. */
export const lineColours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#5c5c5c'] as const;
