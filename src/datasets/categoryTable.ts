import { duplicateId, type Problem } from './problem.js';

/** Collects category names: those that a release declares with their ids, then those it uses all the same. */
export function createCategoryTable(problems: Problem[]) {
  const names: string[] = [];
  const nameRows = new Map<string, number>();
  /** Ids of the declared categories, parallel to the first of `names`. */
  const ids: number[] = [];
  const rows = new Map<number, number>();

  /** Row of a name; a new one is added. */
  const rowOf = (name: string): number => {
    const known = nameRows.get(name);
    if (known !== undefined) return known;
    nameRows.set(name, names.length);
    return names.push(name) - 1;
  };
  return {
    names,
    ids,
    rowOf,
    /** Declares a category; an id that is declared already becomes a problem. */
    add(id: number, name: string, file: string): void {
      if (rows.has(id)) {
        problems.push(duplicateId(file, 'category', id));
        return;
      }
      rows.set(id, rowOf(name));
      if (names.length > ids.length) ids.push(id);
    },
    has: (id: number): boolean => rows.has(id),
    /** Name of a declared category, `category 7` of another one. */
    nameOf(id: number): string {
      const row = rows.get(id);
      return row === undefined ? `category ${id}` : names[row];
    },
  };
}

export type CategoryTable = ReturnType<typeof createCategoryTable>;
