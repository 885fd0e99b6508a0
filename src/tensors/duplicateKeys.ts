/**
 * Finds the first key that an object of a JSON text has twice, which `JSON.parse` would silently resolve to the last.
 * The text must be valid JSON. Nothing recurses, so depth is not limited by the stack.
 * @returns the key, or undefined when every object's keys differ
 */
export function findDuplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let index = 0;
  while (index < json.length) {
    const character = json[index];
    if (character === '"') {
      const start = index;
      index += 1;
      while (json[index] !== '"') index += json[index] === '\\' ? 2 : 1;
      index += 1;
      let after = index;
      while (json[after] === ' ' || json[after] === '\n' || json[after] === '\r' || json[after] === '\t') after += 1;
      const keys = open[open.length - 1];
      if (json[after] !== ':' || keys === undefined) continue;
      const key = JSON.parse(json.slice(start, index)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
      continue;
    }
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(undefined);
    else if (character === '}' || character === ']') open.pop();
    index += 1;
  }
  return undefined;
}
