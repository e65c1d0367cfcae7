/** Colours of Okabe and Ito, told apart with every kind of colour vision; in the order in which the nodes are sorted. */
export const nodeClasses = [
  { class: 'important', colour: '#0072b2', says: 'important: worse without it' },
  { class: 'zero', colour: '#7f7f7f', says: 'zero: within the tolerances (band)' },
  { class: 'worse', colour: '#d55e00', says: 'worse: better without it' },
] as const;

/** Nodes of a class look the same in every plot. */
export const classColour = (name: string): string | undefined => nodeClasses.find((own) => own.class === name)?.colour;

export const ink = {
  text: '#1a1a1a',
  soft: '#5c5c5c',
  line: '#b8b8b8',
  grid: '#ececec',
  band: '#f5efdb',
  background: '#ffffff',
  /** Of text on tiles of light or of deep colour, which stay as they are on dark pages. */
  onLight: '#111111',
  onDeep: '#fdfdfd',
} as const;

/** The same palette for curves, in an order in which neighbours differ most. */
export const lineColours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#5c5c5c'] as const;

/** What the colours become where dark pages are preferred: those not named stay as they are. */
export const darkColours: Readonly<Record<string, string>> = {
  [ink.text]: '#e8eaed',
  [ink.soft]: '#b4bac1',
  [ink.line]: '#626a73',
  [ink.grid]: '#2f353c',
  [ink.band]: '#383521',
  [ink.background]: '#16191d',
  '#0072b2': '#4ba6e3',
  '#d55e00': '#f58549',
  '#009e73': '#33c79b',
  '#7f7f7f': '#949494',
};
