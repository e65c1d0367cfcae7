const escapeCharacter = '\u001b';

/**
 * Text as a terminal may have it. Names and bytes out of files can hold control characters, with which a terminal can be
 * made to lie; they are shown as `\u00xx`, which inside JSON is the same character. Line ends, tabs and colours stay.
 */
export const visible = (text: string): string =>
  text.replaceAll(/[^\P{Cc}\n\t]/gu, (character, at: number) =>
    character === escapeCharacter && /^\[[\d;]*m/.test(text.slice(at + 1, at + 16)) ? character : shown(character),
  );

const shown = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
