/** `name`, or the first of `name_2`, `name_3`, ... that is not taken yet; it is then. */
export function unique(name: string, taken: Set<string>): string {
  let found = name;
  for (let i = 2; taken.has(found); i++) found = `${name}_${i}`;
  taken.add(found);
  return found;
}
