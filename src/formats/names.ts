/** Names of layers that a format takes. */
export interface NameRule {
  /** A whole name that stays as it is. */
  readonly accepts: RegExp;
  /** What does not stand in a name that is made for one that cannot stay. */
  readonly foreign: RegExp;
}

/** By name of a layer in the network: what it is called in a file whose format does not take that name. */
export type RenamedLayers = Readonly<Record<string, string>>;

/** `name`, or the first of `name_2`, `name_3`, ... that is not taken yet; it is then. */
export function unique(name: string, taken: Set<string>): string {
  let found = name;
  for (let i = 2; taken.has(found); i++) found = `${name}_${i}`;
  taken.add(found);
  return found;
}

/** A name that the format takes: `name` itself, or what is left of it when all that is foreign is. */
export function acceptedName(name: string, { accepts, foreign }: NameRule): string {
  if (accepts.test(name)) return name;
  return name.replaceAll(foreign, '_').replace(/^[^a-z\d]+/i, '') || 'layer';
}

/** By name that cannot stay: one that the format takes, unlike all others. */
export function renamedBy(rule: NameRule, names: readonly string[]): Map<string, string> {
  const taken = new Set(names.filter((name) => rule.accepts.test(name)));
  const others = names.filter((name) => !taken.has(name));
  return new Map(others.map((name) => [name, unique(acceptedName(name, rule), taken)]));
}
