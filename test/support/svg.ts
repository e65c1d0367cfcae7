/** Attributes of all elements of a kind in the markup of a picture, in order. */
export function elementsOf(svg: string, name: string): Readonly<Record<string, string>>[] {
  return [...svg.matchAll(new RegExp(`<${name}((?: [\\w-]+="[^"]*")*)`, 'g'))].map(([, attributes]) =>
    Object.fromEntries([...attributes!.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
  );
}

/** What is told of the parts of a picture that are pointed at. */
export const titlesOf = (svg: string): string[] =>
  [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, text]) => text!);

/** A document of its own with numbers that are numbers. */
export const wellFormed =
  /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="\d+"(?![\s\S]*(?:NaN|undefined|Infinity))/;
