/** Deeper nesting than this is refused: no release comes near, and Python's own pickler gives up at its recursion limit. */
export const maxDepth = 500;

/** Lists, dicts and sets: what can hold other values. */
export const isContainer = (value: unknown): value is unknown[] | Map<unknown, unknown> | Set<unknown> =>
  Array.isArray(value) || value instanceof Map || value instanceof Set;

/**
 * Finds what is wrong with values that hold each other: the container that holds itself, or the one nested too deeply.
 * Each container is visited once, without recursion.
 * @returns undefined when all is well.
 */
export function findBadNesting(root: unknown): { container: unknown; reason: string } | undefined {
  if (!isContainer(root)) return undefined;
  const finishedDepth = new Map<unknown, number>();
  const open = new Set<unknown>([root]);
  const path = [{ container: root as unknown, children: childrenOf(root), next: 0, depth: 1 }];
  while (path.length > 0) {
    const top = path[path.length - 1];
    if (top.next === top.children.length) {
      path.pop();
      open.delete(top.container);
      finishedDepth.set(top.container, top.depth);
      if (path.length > 0) path[path.length - 1].depth = Math.max(path[path.length - 1].depth, top.depth + 1);
      if (top.depth > maxDepth) return { container: top.container, reason: tooDeep };
      continue;
    }
    const child = top.children[top.next++];
    if (open.has(child)) return { container: child, reason: 'a value that holds itself' };
    const known = finishedDepth.get(child);
    if (known !== undefined) {
      top.depth = Math.max(top.depth, known + 1);
      continue;
    }
    if (path.length === maxDepth) return { container: child, reason: tooDeep };
    open.add(child);
    path.push({ container: child, children: childrenOf(child as unknown[]), next: 0, depth: 1 });
  }
  return undefined;
}

export const tooDeep = `values nested more than ${maxDepth} deep`;

function childrenOf(container: unknown[] | Map<unknown, unknown> | Set<unknown>): unknown[] {
  const children: unknown[] = [];
  if (container instanceof Map) {
    for (const [key, value] of container) {
      if (isContainer(key)) children.push(key);
      if (isContainer(value)) children.push(value);
    }
  } else {
    for (const value of container) if (isContainer(value)) children.push(value);
  }
  return children;
}
